//! What happens to keys by itself: deletion on its date, expiry of imported
//! material and of the parameters for an import, automatic rotation.
//!
//! Each key with something ahead has one row that says when, so a look costs
//! what is due and not what there is. The time is that of retention: it waits a
//! day when the clock has jumped.

use super::delete::clear;
use super::places::{import_place, material_place};
use super::record::{KeyRecord, MaterialSource};
use super::room::Room;
use super::rotate::renew;
use super::rotation::next_rotation;
use super::save::save;
use super::state::{KeyState, Transition};
use super::{KmsError, desk};
use crate::barrier::{Barrier, Fault, Place, RecordKind};

/// Something upkeep did, for the audit log.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Kept {
    pub(crate) op: &'static str,
    pub(crate) place: Place,
    pub(crate) version: Option<u64>,
}

/// Does what is due at `now_ms`; returns how many keys it could not, because
/// their records cannot be proven genuine. Each key's commit stands by itself.
pub(crate) fn upkeep(barrier: &Barrier, room: &Room, now_ms: u64, mut tell: impl FnMut(Kept)) -> Result<u64, Fault> {
    let mut due = Vec::new();
    for scope in barrier.scopes()? {
        let rows = barrier.keys(&Place::kind_prefix(&scope, RecordKind::KmsDue))?;
        due.extend(rows.iter().filter(|key| key.version() <= now_ms).filter_map(Place::of));
    }
    let mut spoiled = 0;
    for row in due {
        match one(barrier, room, &row, now_ms, &mut tell) {
            Ok(()) => {}
            // One spoiled record must not keep what others wait for.
            Err(Fault::Corrupt { .. }) => spoiled += 1,
            Err(other) => return Err(other),
        }
    }
    room.sweep(barrier)?;
    Ok(spoiled)
}

fn one(barrier: &Barrier, room: &Room, due: &Place, now_ms: u64, tell: &mut impl FnMut(Kept)) -> Result<(), Fault> {
    let place = Place { kind: RecordKind::KmsKey, version: 0, ..*due };
    let mut txn = barrier.begin()?;
    // Moved since the index was read, or the scope was shredded.
    if !txn.exists(&due.key())? || !desk::is_live(barrier, &due.scope)? {
        return Ok(());
    }
    let Some(before) = room.record(barrier, &place)? else {
        txn.delete(due.key())?;
        return txn.commit().map(drop);
    };
    if before.due_ms() != Some(due.version) {
        txn.delete(due.key())?;
        return txn.commit().map(drop);
    }
    if matches!(before.state, None | Some(KeyState::PendingDeletion)) {
        clear(barrier, room, txn, &place, &before)?;
        tell(Kept { op: "kms.deleted", place, version: None });
        return Ok(());
    }
    let mut record = KeyRecord::clone(&before);
    let mut done = Vec::new();
    let now = txn.now_ms();
    for material in record.materials.iter_mut().filter(|material| !material.gone && material.is_expired(now_ms)) {
        material.lose(now);
        txn.delete(material_place(&place, material.version).key())?;
        done.push(Kept { op: "kms.expired", place, version: Some(u64::from(material.version)) });
    }
    if record.material(record.current).is_none()
        && let Some(state) = record.state
    {
        record.state = state.after(Transition::LoseMaterial).ok().or(record.state);
    }
    if record.import_until_ms != 0 && record.import_until_ms <= now_ms {
        record.import_until_ms = 0;
        txn.delete(import_place(&place).key())?;
    }
    if record.rotation_days != 0 && record.next_rotation_ms <= now_ms && record.state == Some(KeyState::Enabled) {
        record.next_rotation_ms = next_rotation(now_ms, record.rotation_days);
        match renew(&mut txn, &place, &mut record, MaterialSource::Automatic) {
            Ok(()) => done.push(Kept { op: "kms.rotated", place, version: Some(u64::from(record.current)) }),
            // At the limit of versions the key goes on with the one it has.
            Err(KmsError::LimitExceeded { .. }) => {}
            Err(KmsError::Fault(fault)) => return Err(fault),
            Err(_) => return Err(Fault::Corrupt { what: "a key record" }),
        }
    }
    save(&mut txn, &place, Some(&before), &record)?;
    txn.commit()?;
    done.into_iter().for_each(tell);
    Ok(())
}
