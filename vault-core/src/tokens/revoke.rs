//! Ending tokens: at the next call, on open connections too, because each call
//! looks at the record.

use super::{TokenRecord, all, place};
use crate::barrier::{Barrier, Fault, Place};
use crate::names::App;
use crate::secrets::{Refusal, Shelf};
use crate::store::RecordKey;

/// Ends one token; false when it was revoked before.
pub(crate) fn revoke(barrier: &Barrier, record: &TokenRecord) -> Result<bool, Refusal> {
    if record.revoked_ms != 0 {
        return Ok(false);
    }
    let mut txn = barrier.begin()?;
    let revoked_ms = txn.now_ms().max(1);
    txn.write(&place(&record.id), &TokenRecord { revoked_ms, ..record.clone() }.encode())?;
    txn.commit()?;
    Ok(true)
}

/// Ends every token of an app.
pub(crate) fn revoke_all(barrier: &Barrier, shelf: &Shelf, app: &App) -> Result<(), Refusal> {
    let mut txn = barrier.begin()?;
    for (place, record) in all(barrier, shelf, Some(app))?.into_iter().filter(|(_, record)| record.revoked_ms == 0) {
        if !txn.has_room(1, RECORD_ROOM) {
            txn.commit()?;
            txn = barrier.begin()?;
        }
        let revoked_ms = txn.now_ms().max(1);
        txn.write(&place, &TokenRecord { revoked_ms, ..(*record).clone() }.encode())?;
    }
    txn.commit()?;
    Ok(())
}

/// Removes every token of an app that goes.
pub(crate) fn forget(barrier: &Barrier, shelf: &Shelf, app: &App) -> Result<(), Fault> {
    let places: Vec<_> = all(barrier, shelf, Some(app))?.into_iter().map(|(place, _)| place).collect();
    drop_all(barrier, &places)
}

/// Removes what ended long enough ago.
pub(crate) fn purge(barrier: &Barrier, shelf: &Shelf) -> Result<(), Fault> {
    let now_ms = barrier.now_ms();
    let tokens = all(barrier, shelf, None)?.into_iter().filter(|(_, record)| record.is_forgotten(now_ms));
    let places: Vec<_> = tokens.map(|(place, _)| place).collect();
    if places.is_empty() { Ok(()) } else { drop_all(barrier, &places) }
}

fn drop_all(barrier: &Barrier, places: &[Place]) -> Result<(), Fault> {
    let mut txn = barrier.begin()?;
    for place in places {
        if !txn.has_room(1, RecordKey::LEN) {
            txn.commit()?;
            txn = barrier.begin()?;
        }
        txn.delete(place.key())?;
    }
    txn.commit().map(drop)
}

/// A token's record in its envelope.
const RECORD_ROOM: usize = 1_024;
