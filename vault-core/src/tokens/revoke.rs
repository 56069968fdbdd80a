//! Ending tokens: at the next call, on open connections too, because each call
//! looks at the record.

use super::{TokenRecord, all, place};
use crate::barrier::{Barrier, Fault};
use crate::names::App;
use crate::secrets::{Refusal, Shelf};

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
    barrier.delete_all(all(barrier, shelf, Some(app))?.into_iter().map(|(place, _)| place.key()))
}

/// Removes what ended long enough ago.
pub(crate) fn purge(barrier: &Barrier, shelf: &Shelf) -> Result<(), Fault> {
    let now_ms = barrier.now_ms();
    let tokens = all(barrier, shelf, None)?.into_iter().filter(|(_, record)| record.is_forgotten(now_ms));
    barrier.delete_all(tokens.map(|(place, _)| place.key()))
}

/// A token's record in its envelope.
const RECORD_ROOM: usize = 1_024;
