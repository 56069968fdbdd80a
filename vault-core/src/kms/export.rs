//! Handing material out: of keys that were made for it, to their owners.

use super::KmsError;
use super::desk::Desk;
use super::id::KeyRef;
use super::state::Needs;
use crate::barrier::Fault;
use crate::keys::SecretBytes;

/// The current material: 32 bytes, an HMAC key, or PKCS#8.
pub(crate) fn export(desk: &Desk<'_>, key: &KeyRef) -> Result<SecretBytes, KmsError> {
    let found = desk.own(key, Needs::Enabled)?;
    if !found.record.exportable {
        return Err(KmsError::Forbidden);
    }
    desk.usable(&found, found.record.usage)?;
    let version = found.record.current;
    let raw = desk.room.raw(desk.barrier, &found.place, version)?;
    desk.note(&found.place, Some(version));
    Ok(raw.ok_or(Fault::Corrupt { what: "a key's material" })?)
}
