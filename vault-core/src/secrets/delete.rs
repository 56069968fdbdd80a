//! Deleting (recoverable), undeleting, destroying.

use super::directory::{ScopeEntry, directory_place};
use super::metadata::{Metadata, VersionState};
use super::set::read_metadata;
use super::shelf::{grave_place, metadata_place, value_place};
use super::{Refusal, Target};
use crate::barrier::{Fault, Place, RecordKind, Txn};
use crate::limits;

/// Flags every live version; true when there was one.
pub(crate) fn delete(txn: &mut Txn<'_>, target: Target<'_>, if_version: Option<u64>) -> Result<bool, Refusal> {
    let Some((place, mut metadata)) = find(txn, target)? else { return absent(if_version) };
    expect(&metadata, if_version)?;
    // Retention goes by the wall clock, and so does its beginning.
    let now_ms = txn.wall_ms();
    let mut was_set = false;
    for version in metadata.versions.iter_mut().filter(|version| version.state == VersionState::Live) {
        version.state = VersionState::Deleted;
        version.deleted_ms = now_ms;
        was_set = true;
    }
    if was_set {
        txn.write(&tombstone_place(&place, now_ms), &[TOMBSTONE_RECORD_VERSION])?;
    }
    // What was only being tried is not worth keeping, and must not outlive this.
    let mut tried = false;
    for version in metadata.versions.iter_mut().filter(|version| version.state == VersionState::Pending) {
        txn.delete(value_place(&place, version.version).key())?;
        version.destroy(now_ms);
        tried = true;
    }
    if was_set || tried {
        bury(txn, &place, &metadata)?;
    }
    Ok(was_set)
}

/// Brings the versions of the last delete back; returns the current one.
pub(crate) fn undelete(txn: &mut Txn<'_>, target: Target<'_>) -> Result<u64, Refusal> {
    let missing = Refusal::Missing { expired: false };
    let Some((place, mut metadata)) = find(txn, target)? else { return Err(missing) };
    let current = metadata.current_version();
    if current != 0 {
        return Err(Refusal::Conflict { current });
    }
    let deleted = |state| state == VersionState::Deleted;
    // The newest deleted version was deleted last, whatever the clock said then.
    let last = metadata.versions.iter().rev().find(|v| deleted(v.state)).ok_or(missing)?.deleted_ms;
    for version in metadata.versions.iter_mut().filter(|v| deleted(v.state) && v.deleted_ms == last) {
        version.state = VersionState::Live;
        version.deleted_ms = 0;
    }
    let current = metadata.current_version();
    txn.delete(tombstone_place(&place, last).key())?;
    txn.write(&place, &metadata.encode())?;
    Ok(current)
}

/// Drops every value now; true when there was one. Only version numbers stay.
pub(crate) fn destroy(txn: &mut Txn<'_>, target: Target<'_>, if_version: Option<u64>) -> Result<bool, Refusal> {
    let Some((place, metadata)) = find(txn, target)? else { return absent(if_version) };
    expect(&metadata, if_version)?;
    destroy_all(txn, &place, metadata)?;
    Ok(true)
}

/// The same where the metadata lies, whoever it belongs to.
pub(crate) fn destroy_at(txn: &mut Txn<'_>, place: &Place) -> Result<(), Fault> {
    match read_metadata(txn, place)? {
        Some(metadata) => destroy_all(txn, place, metadata),
        None => Ok(()),
    }
}

fn destroy_all(txn: &mut Txn<'_>, place: &Place, mut metadata: Metadata) -> Result<(), Fault> {
    let now_ms = txn.now_ms();
    for version in metadata.versions.iter_mut().filter(|version| version.has_value()) {
        txn.delete(value_place(place, version.version).key())?;
        if version.state == VersionState::Deleted {
            txn.delete(tombstone_place(place, version.deleted_ms).key())?;
        }
        version.destroy(now_ms);
    }
    bury(txn, place, &metadata)
}

/// Replaces metadata that has no values left by a grave, or writes it back.
pub(super) fn bury(txn: &mut Txn<'_>, place: &Place, metadata: &Metadata) -> Result<(), Fault> {
    if metadata.has_values() {
        return txn.write(place, &metadata.encode());
    }
    txn.delete(place.key())?;
    txn.write(&grave_place(place), &metadata.encode())
}

pub(super) fn tombstone_place(metadata: &Place, deleted_ms: u64) -> Place {
    let due = deleted_ms.saturating_add(limits::RETENTION_MS);
    Place { kind: RecordKind::Tombstone, version: due, ..*metadata }
}

pub(super) fn find(txn: &Txn<'_>, target: Target<'_>) -> Result<Option<(Place, Metadata)>, Refusal> {
    let directory = directory_place(&txn.keyring(), &target.account.user, target.app);
    let Some(bytes) = txn.read(&directory)? else { return Ok(None) };
    let entry = ScopeEntry::parse(bytes.expose()).map_err(|_| Fault::Corrupt { what: "a directory record" })?;
    entry.admit(target.account)?;
    let place = metadata_place(txn.barrier(), &entry.scope, target);
    Ok(read_metadata(txn, &place)?.map(|metadata| (place, metadata)))
}

fn expect(metadata: &Metadata, if_version: Option<u64>) -> Result<(), Refusal> {
    let current = metadata.current_version();
    match if_version {
        Some(wanted) if wanted != current => Err(Refusal::Conflict { current }),
        _ => Ok(()),
    }
}

fn absent(if_version: Option<u64>) -> Result<bool, Refusal> {
    match if_version {
        Some(wanted) if wanted != 0 => Err(Refusal::Conflict { current: 0 }),
        _ => Ok(false),
    }
}

const TOMBSTONE_RECORD_VERSION: u8 = 1;
