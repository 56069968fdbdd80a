//! The public half of a key, for those who verify or encrypt elsewhere.

use super::KmsError;
use super::desk::Desk;
use super::grant::Operation;
use super::id::{KeyId, KeyRef};
use super::room::Use;
use super::spec::{KeySpec, KeyUsage};
use super::state::Needs;
use crate::barrier::Fault;

/// A public key.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PublicKey {
    /// The key.
    pub key: KeyId,
    /// What it is made of.
    pub spec: KeySpec,
    /// What it is for.
    pub usage: KeyUsage,
    /// SubjectPublicKeyInfo, DER.
    pub spki: Vec<u8>,
}

pub(crate) fn public_key(desk: &Desk<'_>, key: &KeyRef) -> Result<PublicKey, KmsError> {
    let found = desk.may(key, Operation::GetPublicKey, None, Needs::Enabled)?;
    let record = &found.record;
    if !record.spec.is_asymmetric() {
        return Err(KmsError::Unsupported { what: "show a public key: they have none" });
    }
    desk.usable(&found, record.usage)?;
    let (_, material) = desk.current(&found, Use::Open)?;
    let spki = material.public_key().map_err(Fault::from)?.ok_or(Fault::Corrupt { what: "a key's material" })?;
    Ok(PublicKey { key: record.id, spec: record.spec, usage: record.usage, spki })
}
