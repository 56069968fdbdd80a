//! Using key pairs.

use super::Kms;
use crate::keys::SecretBytes;
use crate::kms::{
    self, DataKeyPair, KeyId, KeyRef, KmsError, NewDataKeyPair, NewSignature, PublicKey, SealedDataKeyPair, Signature,
};

impl Kms<'_> {
    /// Signs a message or its digest.
    pub fn sign(&self, request: &NewSignature<'_>) -> Result<Signature, KmsError> {
        self.look("kms.sign", |desk| kms::sign(desk, request))
    }

    /// Is this a signature of the message? If not, [`KmsError::InvalidSignature`].
    pub fn verify(&self, request: &NewSignature<'_>, signature: &[u8]) -> Result<KeyId, KmsError> {
        self.look("kms.verify", |desk| kms::verify(desk, request, signature))
    }

    /// The public half of a key.
    pub fn public_key(&self, key: &KeyRef) -> Result<PublicKey, KmsError> {
        self.look("kms.public_key", |desk| kms::public_key(desk, key))
    }

    /// The secret shared with the holder of a public key, a DER SubjectPublicKeyInfo.
    pub fn derive_shared_secret(&self, key: &KeyRef, peer: &[u8]) -> Result<SecretBytes, KmsError> {
        self.look("kms.derive_shared_secret", |desk| kms::derive_shared_secret(desk, key, peer))
    }

    /// Makes a data key pair, its private half in clear and sealed.
    pub fn generate_data_key_pair(&self, request: &NewDataKeyPair<'_>) -> Result<DataKeyPair, KmsError> {
        self.look("kms.generate_data_key_pair", |desk| kms::data_key_pair(desk, request))
    }

    /// Makes a data key pair, its private half sealed alone.
    pub fn generate_data_key_pair_without_plaintext(
        &self,
        request: &NewDataKeyPair<'_>,
    ) -> Result<SealedDataKeyPair, KmsError> {
        self.look("kms.generate_data_key_pair_without_plaintext", |desk| kms::sealed_data_key_pair(desk, request))
    }
}
