//! Deleting a key: announced 7 to 30 days ahead, cancellable until it is done,
//! and then for good. What it has encrypted can never be read again.

use super::KmsError;
use super::alias::AliasInfo;
use super::desk::Desk;
use super::entry::entry_place;
use super::id::KeyRef;
use super::places::{due_place, import_place, of_key_prefix};
use super::record::KeyRecord;
use super::room::Room;
use super::save::save;
use super::state::{Needs, Transition};
use crate::barrier::{Barrier, Fault, Place, RecordKind, Txn};
use crate::limits::{self, DAY_MS};
use crate::store::RecordKey;

/// Returns when it will be deleted. By the wall clock, as its deletion goes by.
pub(crate) fn schedule_deletion(desk: &Desk<'_>, txn: &mut Txn<'_>, key: &KeyRef, days: u32) -> Result<u64, KmsError> {
    if !(limits::KMS_DELETION_DAYS_MIN..=limits::KMS_DELETION_DAYS_MAX).contains(&days) {
        return Err(KmsError::Invalid { field: "days", expected: "7 to 30" });
    }
    let found = desk.own(key, Needs::Nothing)?;
    let state = Some(found.state.after(Transition::ScheduleDeletion)?);
    let deletion_ms = txn.wall_ms().saturating_add(u64::from(days) * DAY_MS);
    let record = KeyRecord { state, deletion_ms, ..KeyRecord::clone(&found.record) };
    save(txn, &found.place, Some(&found.record), &record)?;
    Ok(deletion_ms)
}

/// The key comes back disabled, or waiting for its material.
pub(crate) fn cancel_deletion(desk: &Desk<'_>, txn: &mut Txn<'_>, key: &KeyRef) -> Result<(), KmsError> {
    let found = desk.own(key, Needs::Nothing)?;
    let has_material = found.record.usable(txn.now_ms()).is_some();
    let state = Some(found.state.after(Transition::CancelDeletion { has_material })?);
    let record = KeyRecord { state, deletion_ms: 0, ..KeyRecord::clone(&found.record) };
    Ok(save(txn, &found.place, Some(&found.record), &record)?)
}

/// Clears every row of a key away. In one commit when they fit into one; else
/// the first makes the key invisible, and an interruption is taken up again.
pub(super) fn clear<'b>(
    barrier: &'b Barrier,
    room: &Room,
    mut txn: Txn<'b>,
    place: &Place,
    record: &KeyRecord,
) -> Result<(), Fault> {
    let rows = rows_of(barrier, room, place, record)?;
    let mut record = record.clone();
    if !txn.has_room(rows.len() + LAST_ROWS, (rows.len() + LAST_ROWS) * RecordKey::LEN) {
        let before = record.clone();
        record.state = None;
        save(&mut txn, place, Some(&before), &record)?;
        txn.commit()?;
        txn = barrier.begin()?;
    }
    for row in rows {
        if !txn.has_room(1 + LAST_ROWS, (1 + LAST_ROWS) * RecordKey::LEN) {
            txn.commit()?;
            txn = barrier.begin()?;
        }
        txn.delete(row)?;
    }
    if let Some(due_ms) = record.due_ms() {
        txn.delete(due_place(place, due_ms).key())?;
    }
    txn.delete(entry_place(&txn.keyring(), &record.id).key())?;
    txn.delete(place.key())?;
    txn.commit().map(drop)
}

/// Its material, grants, import parameters and aliases.
fn rows_of(barrier: &Barrier, room: &Room, place: &Place, record: &KeyRecord) -> Result<Vec<RecordKey>, Fault> {
    let mut rows = barrier.keys(&of_key_prefix(place, RecordKind::KmsMaterial))?;
    rows.extend(barrier.keys(&of_key_prefix(place, RecordKind::KmsGrant))?);
    rows.push(import_place(place).key());
    let aliases = barrier.keys(&Place::kind_prefix(&place.scope, RecordKind::KmsAlias))?;
    for alias in aliases.iter().filter_map(Place::of) {
        let names = |info: &AliasInfo| info.key == record.id;
        if room.alias(barrier, &alias)?.is_some_and(|info| names(&info)) {
            rows.push(alias.key());
        }
    }
    Ok(rows)
}

/// Due row, entry and record.
const LAST_ROWS: usize = 3;
