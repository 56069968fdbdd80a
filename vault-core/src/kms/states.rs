//! Enabling and disabling.

use super::KmsError;
use super::desk::Desk;
use super::id::KeyRef;
use super::record::KeyRecord;
use super::save::save;
use super::state::{Needs, Transition};
use crate::barrier::Txn;

pub(crate) fn enable(desk: &Desk<'_>, txn: &mut Txn<'_>, key: &KeyRef) -> Result<(), KmsError> {
    transition(desk, txn, key, Transition::Enable)
}

pub(crate) fn disable(desk: &Desk<'_>, txn: &mut Txn<'_>, key: &KeyRef) -> Result<(), KmsError> {
    transition(desk, txn, key, Transition::Disable)
}

fn transition(desk: &Desk<'_>, txn: &mut Txn<'_>, key: &KeyRef, what: Transition) -> Result<(), KmsError> {
    let found = desk.own(key, Needs::Nothing)?;
    let state = Some(found.state.after(what)?);
    if state == found.record.state {
        return Ok(());
    }
    let record = KeyRecord { state, ..KeyRecord::clone(&found.record) };
    Ok(save(txn, &found.place, Some(&found.record), &record)?)
}
