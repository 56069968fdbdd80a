//! Encrypting under the current version of a key.

use super::KmsError;
use super::algorithm::EncryptionAlgorithm;
use super::desk::{Desk, Found};
use super::grant::Operation;
use super::id::{KeyId, KeyRef};
use super::room::Use;
use super::spec::KeyUsage;
use super::state::Needs;
use crate::envelope::{self, CallerContext};
use crate::keys::SecretBytes;
use crate::limits;

/// What to encrypt, and how.
#[derive(Debug)]
pub struct Encrypt<'r> {
    /// The key.
    pub key: &'r KeyRef,
    /// What is kept secret.
    pub plaintext: &'r [u8],
    /// What is authenticated with it and has to be given again.
    pub context: &'r CallerContext,
    /// How.
    pub algorithm: EncryptionAlgorithm,
}

/// What came of it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Encrypted {
    /// The key.
    pub key: KeyId,
    /// The version of its material.
    pub version: u32,
    /// With [`EncryptionAlgorithm::SymmetricDefault`] an envelope that names key and version.
    pub ciphertext: Vec<u8>,
}

pub(crate) fn encrypt(desk: &Desk<'_>, request: &Encrypt<'_>) -> Result<Encrypted, KmsError> {
    let found = desk.may(request.key, Operation::Encrypt, Some(request.context), Needs::Enabled)?;
    seal(desk, &found, request.plaintext, request.context, request.algorithm)
}

/// The same, for a key already found.
pub(super) fn seal(
    desk: &Desk<'_>,
    found: &Found,
    plaintext: &[u8],
    context: &CallerContext,
    algorithm: EncryptionAlgorithm,
) -> Result<Encrypted, KmsError> {
    let record = &found.record;
    desk.usable(found, KeyUsage::EncryptDecrypt)?;
    check_algorithm(found, algorithm, context)?;
    let len = plaintext.len();
    if len > limits::KMS_PLAINTEXT_MAX {
        return Err(KmsError::TooLarge { what: "plaintext", len, max: limits::KMS_PLAINTEXT_MAX });
    }
    let (version, material) = desk.current(found, Use::Make)?;
    let barrier = desk.barrier;
    let entropy = &*barrier.host().entropy;
    let key = desk.message_key(Some(&material));
    let id = record.id.as_bytes();
    let ciphertext = envelope::seal_message(key.expose(), id, version, barrier.vault(), context, plaintext, entropy)?;
    Ok(Encrypted { key: record.id, version, ciphertext })
}

/// Refuses an algorithm that the key has not, and a context that it would not
/// authenticate.
pub(super) fn check_algorithm(
    found: &Found,
    algorithm: EncryptionAlgorithm,
    context: &CallerContext,
) -> Result<(), KmsError> {
    let record = &found.record;
    if !record.spec.encryption_algorithms().contains(&algorithm) {
        return Err(KmsError::WrongUsage { usage: record.usage });
    }
    if algorithm != EncryptionAlgorithm::SymmetricDefault && !context.is_empty() {
        return Err(KmsError::Invalid { field: "context", expected: "none: RSA authenticates no context" });
    }
    Ok(())
}

/// A plaintext and where it came from.
#[derive(Debug)]
pub struct Decrypted {
    /// The key.
    pub key: KeyId,
    /// The version of its material.
    pub version: u32,
    /// What was encrypted.
    pub plaintext: SecretBytes,
}
