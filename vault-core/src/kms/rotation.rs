//! Automatic rotation, and the history of a key's material.

use super::KmsError;
use super::desk::Desk;
use super::id::KeyRef;
use super::list::{Page, page_limit};
use super::record::{KeyRecord, MaterialInfo};
use super::rotate::check_rotates;
use super::save::save;
use super::state::Needs;
use crate::barrier::Txn;
use crate::limits::{self, DAY_MS};

/// How a key is rotated.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct RotationStatus {
    /// The period in days, while automatic rotation is on.
    pub period_days: Option<u32>,
    /// When the next one is due.
    pub next_ms: Option<u64>,
    /// How many rotations were asked for so far.
    pub on_demand: u8,
}

/// Rotates every so many days from now on.
pub(crate) fn enable_rotation(desk: &Desk<'_>, txn: &mut Txn<'_>, key: &KeyRef, days: u32) -> Result<(), KmsError> {
    if !(limits::KMS_ROTATION_DAYS_MIN..=limits::KMS_ROTATION_DAYS_MAX).contains(&days) {
        return Err(KmsError::Invalid { field: "days", expected: "90 to 2,560" });
    }
    let found = desk.own(key, Needs::Enabled)?;
    check_rotates(&found.record)?;
    let next_rotation_ms = next_rotation(txn.wall_ms(), days);
    let record = KeyRecord { rotation_days: days, next_rotation_ms, ..KeyRecord::clone(&found.record) };
    Ok(save(txn, &found.place, Some(&found.record), &record)?)
}

pub(crate) fn disable_rotation(desk: &Desk<'_>, txn: &mut Txn<'_>, key: &KeyRef) -> Result<(), KmsError> {
    let found = desk.own(key, Needs::Enabled)?;
    check_rotates(&found.record)?;
    let record = KeyRecord { rotation_days: 0, next_rotation_ms: 0, ..KeyRecord::clone(&found.record) };
    Ok(save(txn, &found.place, Some(&found.record), &record)?)
}

pub(crate) fn rotation_status(desk: &Desk<'_>, key: &KeyRef) -> Result<RotationStatus, KmsError> {
    let record = desk.own(key, Needs::Nothing)?.record;
    check_rotates(&record)?;
    let on = record.rotation_days != 0;
    Ok(RotationStatus {
        period_days: on.then_some(record.rotation_days),
        next_ms: on.then_some(record.next_rotation_ms),
        on_demand: record.on_demand,
    })
}

/// Versions of the material, oldest first, after a given one.
pub(crate) fn list_rotations(
    desk: &Desk<'_>,
    key: &KeyRef,
    after: Option<u32>,
    limit: usize,
) -> Result<Page<MaterialInfo>, KmsError> {
    let limit = page_limit(limit)?;
    let record = desk.own(key, Needs::Nothing)?.record;
    let mut rest = record.materials.iter().filter(|material| after.is_none_or(|after| material.version > after));
    let items = rest.by_ref().take(limit).cloned().collect();
    Ok(Page { items, more: rest.next().is_some() })
}

pub(super) fn next_rotation(now_ms: u64, days: u32) -> u64 {
    now_ms.saturating_add(u64::from(days) * DAY_MS)
}
