//! Decrypting. The ciphertext names its key and version; whoever asks need not.
//!
//! A wrong context, a key that is not there or not the caller's, a version that
//! is gone, a changed bit: one error, after the same derivation and the same
//! pass over the bytes, under a key of nobody where there is none.

use super::KmsError;
use super::algorithm::EncryptionAlgorithm;
use super::desk::{Desk, Found};
use super::encrypt::{Decrypted, check_algorithm, oaep_hash};
use super::grant::Operation;
use super::id::{KeyId, KeyRef};
use super::material::Material;
use super::room::Use;
use super::spec::{KeySpec, KeyUsage};
use super::state::Needs;
use crate::barrier::Fault;
use crate::envelope::{self, CallerContext, Kind};
use crate::hazmat::oaep::OaepHash;

/// What to decrypt.
#[derive(Debug)]
pub struct Decrypt<'r> {
    /// The key, if the caller wants it to be that one; needed for RSA.
    pub key: Option<&'r KeyRef>,
    /// What [`super::Encrypted`] held.
    pub ciphertext: &'r [u8],
    /// The same as when it was encrypted.
    pub context: &'r CallerContext,
    /// How.
    pub algorithm: EncryptionAlgorithm,
}

pub(crate) fn decrypt(desk: &Desk<'_>, request: &Decrypt<'_>) -> Result<Decrypted, KmsError> {
    open(desk, request, Operation::Decrypt)
}

/// The same, as part of another operation.
pub(super) fn open(desk: &Desk<'_>, request: &Decrypt<'_>, operation: Operation) -> Result<Decrypted, KmsError> {
    let find = |key: &KeyRef| desk.may(key, operation, Some(request.context), Needs::Enabled);
    let expected = request.key.map(find).transpose()?;
    if let Some(found) = &expected {
        desk.usable(found, KeyUsage::EncryptDecrypt)?;
        check_algorithm(found, request.algorithm, request.context)?;
    }
    match (oaep_hash(request.algorithm), expected) {
        (None, expected) => open_envelope(desk, request, expected, find),
        (Some(hash), Some(found)) => open_oaep(desk, &found, hash, request.ciphertext),
        (Some(_), None) => {
            Err(KmsError::Invalid { field: "key", expected: "the key: what RSA encrypts does not name it" })
        }
    }
}

fn open_oaep(desk: &Desk<'_>, found: &Found, hash: OaepHash, ciphertext: &[u8]) -> Result<Decrypted, KmsError> {
    let (version, material) = desk.current(found, Use::Open)?;
    let Material::Oaep(key) = &*material else { return Err(Fault::Corrupt { what: "a key's material" }.into()) };
    let plaintext = key.decrypt(hash, ciphertext).map_err(|_| KmsError::InvalidCiphertext)?;
    Ok(Decrypted { key: found.record.id, version, plaintext })
}

fn open_envelope(
    desk: &Desk<'_>,
    request: &Decrypt<'_>,
    expected: Option<Found>,
    find: impl Fn(&KeyRef) -> Result<Found, KmsError>,
) -> Result<Decrypted, KmsError> {
    // What is no envelope of this kind says so by itself, to everybody.
    let parsed = envelope::parse(request.ciphertext).ok().filter(|parsed| parsed.kind == Kind::KmsMessage);
    let parsed = parsed.ok_or(KmsError::InvalidCiphertext)?;
    let id = KeyId::from_bytes(parsed.kms_key.ok_or(KmsError::InvalidCiphertext)?);
    let found = match expected {
        Some(found) if found.record.id != id => return Err(KmsError::IncorrectKey),
        Some(found) => Some(found),
        None => match find(&KeyRef::Id(id)) {
            Ok(found) => Some(found),
            Err(KmsError::NotFound { .. }) => None,
            Err(other) => return Err(other),
        },
    };
    // An envelope of this kind that names a key for something else is a forgery.
    let found = found.filter(|found| found.record.spec == KeySpec::SymmetricDefault);
    let material = match &found {
        Some(found) => desk.material(found, parsed.key_version)?,
        None => None,
    };
    let key = desk.message_key(material.as_deref());
    let opened = envelope::open_message(key.expose(), desk.barrier.vault(), request.context, request.ciphertext);
    match (opened, found, material) {
        (Ok(plaintext), Some(found), Some(_)) => {
            desk.note(&found.place, Some(parsed.key_version));
            desk.count(&found.place, parsed.key_version, Use::Open);
            Ok(Decrypted { key: id, version: parsed.key_version, plaintext })
        }
        _ => Err(KmsError::InvalidCiphertext),
    }
}
