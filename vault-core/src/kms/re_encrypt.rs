//! Moving a ciphertext to another key, version or context. The plaintext does
//! not leave.

use super::KmsError;
use super::algorithm::EncryptionAlgorithm;
use super::decrypt::{Decrypt, open};
use super::desk::Desk;
use super::encrypt::{Encrypted, seal};
use super::grant::Operation;
use super::id::{KeyId, KeyRef};
use super::state::Needs;
use crate::envelope::CallerContext;

/// From where to where.
#[derive(Debug)]
pub struct ReEncrypt<'r> {
    /// What there is.
    pub source: Decrypt<'r>,
    /// The new key; the same one brings a ciphertext to its newest version.
    pub key: &'r KeyRef,
    /// The new context.
    pub context: &'r CallerContext,
    /// The new way.
    pub algorithm: EncryptionAlgorithm,
}

/// What came of it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ReEncrypted {
    /// The key it was under.
    pub source: KeyId,
    /// The version it was under.
    pub source_version: u32,
    /// What it is now.
    pub sealed: Encrypted,
}

pub(crate) fn re_encrypt(desk: &Desk<'_>, request: &ReEncrypt<'_>) -> Result<ReEncrypted, KmsError> {
    let target = desk.may(request.key, Operation::ReEncryptTo, Some(request.context), Needs::Enabled)?;
    let opened = open(desk, &request.source, Operation::ReEncryptFrom)?;
    let sealed = seal(desk, &target, opened.plaintext.expose(), request.context, request.algorithm)?;
    Ok(ReEncrypted { source: opened.key, source_version: opened.version, sealed })
}
