//! Encrypting under the current version of a key.

use std::fmt;

use super::KmsError;
use super::algorithm::EncryptionAlgorithm;
use super::desk::{Desk, Found};
use super::grant::Operation;
use super::id::{KeyId, KeyRef};
use super::material::Material;
use super::room::Use;
use super::spec::KeyUsage;
use super::state::Needs;
use crate::barrier::Fault;
use crate::envelope::{self, CallerContext};
use crate::hazmat::oaep::OaepHash;
use crate::keys::SecretBytes;
use crate::limits;

/// What to encrypt, and how.
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

impl fmt::Debug for Encrypt<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { key, plaintext, algorithm, .. } = self;
        f.debug_struct("Encrypt")
            .field("key", key)
            .field("plaintext", &format_args!("{} bytes", plaintext.len()))
            .field("algorithm", algorithm)
            .finish_non_exhaustive()
    }
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
    let ciphertext = match (&*material, oaep_hash(algorithm)) {
        (Material::Symmetric(key), None) => {
            let (id, entropy) = (record.id.as_bytes(), &*barrier.host().entropy);
            envelope::seal_message(key.expose(), id, version, barrier.vault(), context, plaintext, entropy)?
        }
        (Material::Oaep(key), Some(hash)) => {
            let max = key.plaintext_max(hash);
            if len > max {
                return Err(KmsError::TooLarge { what: "plaintext", len, max });
            }
            key.encrypt(hash, plaintext).map_err(Fault::from)?
        }
        _ => return Err(Fault::Corrupt { what: "a key's material" }.into()),
    };
    Ok(Encrypted { key: record.id, version, ciphertext })
}

pub(super) fn oaep_hash(algorithm: EncryptionAlgorithm) -> Option<OaepHash> {
    match algorithm {
        EncryptionAlgorithm::SymmetricDefault => None,
        EncryptionAlgorithm::RsaesOaepSha1 => Some(OaepHash::Sha1),
        EncryptionAlgorithm::RsaesOaepSha256 => Some(OaepHash::Sha256),
    }
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
