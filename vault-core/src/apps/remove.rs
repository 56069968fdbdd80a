//! Removing an app with everything its users stored for it, and giving one to
//! another owner. Both take several commits. The app is suspended, or its
//! tokens are ended, before anything else: stopped in between, nobody acts as
//! it, and doing it again finishes.

use super::{AppRecord, app_place, store, suspend};
use crate::barrier::{Barrier, Place, RecordKind, Txn};
use crate::secrets::{Account, Refusal, Shelf, scan_directory};
use crate::store::{Erasure, RecordKey};
use crate::{tokens, users};

/// Returns the scopes shredded. Refused while there are any, unless `shred`.
pub(crate) fn remove(
    barrier: &Barrier,
    shelf: &Shelf,
    app: &AppRecord,
    shred: bool,
) -> Result<(u64, Erasure), Refusal> {
    let entries: Vec<_> = scan_directory(barrier)?.into_iter().filter(|(_, entry)| entry.app == app.app).collect();
    let mut values = 0;
    for (_, entry) in &entries {
        values += barrier.usage(&entry.scope)?.secrets;
    }
    if values > 0 && !shred {
        return Err(Refusal::Orphans { values });
    }
    suspend(barrier, app, true)?;
    tokens::forget(barrier, shelf, &app.app)?;
    let mut txn = barrier.begin()?;
    for (place, entry) in &entries {
        for wrap in barrier.keys(&Place::kind_prefix(&entry.scope, RecordKind::Wrap))? {
            txn = delete(barrier, txn, wrap)?;
        }
        txn = delete(barrier, txn, place.key())?;
    }
    txn = delete(barrier, txn, app_place(&barrier.keyring(), &app.app).key())?;
    txn.commit()?;
    // Done and durable; what is left has no key any more.
    let cleared = users::clear_leftovers(barrier);
    let erased = barrier.erase();
    Ok((entries.len() as u64, if cleared.is_ok() { erased } else { Erasure::Pending }))
}

/// Changes the owner: every token and binding of the old one ends.
pub(crate) fn give(barrier: &Barrier, shelf: &Shelf, app: &AppRecord, owner: Account) -> Result<(), Refusal> {
    tokens::revoke_all(barrier, shelf, &app.app)?;
    let mut txn = barrier.begin()?;
    let changed_ms = txn.now_ms();
    store(&mut txn, &AppRecord { owner, bindings: Vec::new(), changed_ms, ..app.clone() })?;
    txn.commit()?;
    Ok(())
}

fn delete<'b>(barrier: &'b Barrier, mut txn: Txn<'b>, key: RecordKey) -> Result<Txn<'b>, Refusal> {
    if !txn.has_room(1, RecordKey::LEN) {
        txn.commit()?;
        txn = barrier.begin()?;
    }
    txn.delete(key)?;
    Ok(txn)
}
