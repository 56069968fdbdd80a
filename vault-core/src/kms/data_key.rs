//! Data keys: random bytes, in clear and under a key, or under the key alone.

use super::KmsError;
use super::algorithm::EncryptionAlgorithm;
use super::desk::Desk;
use super::encrypt::{Encrypted, seal};
use super::grant::Operation;
use super::id::KeyRef;
use super::state::Needs;
use crate::envelope::CallerContext;
use crate::keys::SecretBytes;
use crate::limits;

/// A data key to be made.
#[derive(Debug)]
pub struct NewDataKey<'r> {
    /// The symmetric key to seal it under.
    pub key: &'r KeyRef,
    /// What is authenticated with it.
    pub context: &'r CallerContext,
    /// Its length in bytes.
    pub len: usize,
}

/// A data key, in clear and sealed.
#[derive(Debug)]
pub struct DataKey {
    /// In clear: use it and forget it.
    pub plaintext: SecretBytes,
    /// To be kept beside what it encrypts.
    pub sealed: Encrypted,
}

/// With the data key in clear.
pub(crate) fn data_key(desk: &Desk<'_>, request: &NewDataKey<'_>) -> Result<DataKey, KmsError> {
    make(desk, request, Operation::GenerateDataKey)
}

/// The data key is nowhere but in what it is sealed to.
pub(crate) fn sealed_data_key(desk: &Desk<'_>, request: &NewDataKey<'_>) -> Result<Encrypted, KmsError> {
    Ok(make(desk, request, Operation::GenerateDataKeyWithoutPlaintext)?.sealed)
}

/// Random bytes, under no key.
pub(crate) fn random(desk: &Desk<'_>, len: usize) -> Result<SecretBytes, KmsError> {
    check_len(len)?;
    Ok(SecretBytes::random(len, &*desk.barrier.host().entropy)?)
}

fn make(desk: &Desk<'_>, request: &NewDataKey<'_>, operation: Operation) -> Result<DataKey, KmsError> {
    let found = desk.may(request.key, operation, Some(request.context), Needs::Enabled)?;
    check_len(request.len)?;
    let plaintext = SecretBytes::random(request.len, &*desk.barrier.host().entropy)?;
    let algorithm = EncryptionAlgorithm::SymmetricDefault;
    let sealed = seal(desk, &found, plaintext.expose(), request.context, algorithm)?;
    Ok(DataKey { plaintext, sealed })
}

fn check_len(len: usize) -> Result<(), KmsError> {
    match len {
        0 => Err(KmsError::Invalid { field: "length", expected: "1 to 1,024 bytes" }),
        1..=limits::KMS_RANDOM_MAX => Ok(()),
        _ => Err(KmsError::TooLarge { what: "length", len, max: limits::KMS_RANDOM_MAX }),
    }
}
