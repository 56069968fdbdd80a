//! Using keys.

use super::Kms;
use crate::keys::SecretBytes;
use crate::kms::{
    self, DataKey, Decrypt, Decrypted, Encrypt, Encrypted, KeyId, KeyRef, KmsError, Mac, NewDataKey, NewMac, ReEncrypt,
    ReEncrypted,
};

impl Kms<'_> {
    /// Encrypts under the current version of a key.
    pub fn encrypt(&self, request: &Encrypt<'_>) -> Result<Encrypted, KmsError> {
        self.look("kms.encrypt", |desk| kms::encrypt(desk, request))
    }

    /// Decrypts with the version that the ciphertext names.
    pub fn decrypt(&self, request: &Decrypt<'_>) -> Result<Decrypted, KmsError> {
        self.look("kms.decrypt", |desk| kms::decrypt(desk, request))
    }

    /// Moves a ciphertext to another key, version or context.
    pub fn re_encrypt(&self, request: &ReEncrypt<'_>) -> Result<ReEncrypted, KmsError> {
        self.look("kms.re_encrypt", |desk| kms::re_encrypt(desk, request))
    }

    /// Makes a data key, in clear and sealed.
    pub fn generate_data_key(&self, request: &NewDataKey<'_>) -> Result<DataKey, KmsError> {
        self.look("kms.generate_data_key", |desk| kms::data_key(desk, request))
    }

    /// Makes a data key, sealed alone.
    pub fn generate_data_key_without_plaintext(&self, request: &NewDataKey<'_>) -> Result<Encrypted, KmsError> {
        self.look("kms.generate_data_key_without_plaintext", |desk| kms::sealed_data_key(desk, request))
    }

    /// Random bytes, 1 to 1,024.
    pub fn generate_random(&self, len: usize) -> Result<SecretBytes, KmsError> {
        self.look("kms.generate_random", |desk| kms::random(desk, len))
    }

    /// Makes a message's MAC.
    pub fn generate_mac(&self, request: &NewMac<'_>) -> Result<Mac, KmsError> {
        self.look("kms.generate_mac", |desk| kms::make_mac(desk, request))
    }

    /// Is this the message's MAC? If not, [`KmsError::InvalidMac`].
    pub fn verify_mac(&self, request: &NewMac<'_>, mac: &[u8]) -> Result<KeyId, KmsError> {
        self.look("kms.verify_mac", |desk| kms::verify_mac(desk, request, mac))
    }

    /// Hands out the material of a key that was made exportable.
    pub fn export_key(&self, key: &KeyRef) -> Result<SecretBytes, KmsError> {
        self.look("kms.export_key", |desk| kms::export(desk, key))
    }
}
