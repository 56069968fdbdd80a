//! Shredding everything a user has. The wraps of the scope keys go first, in
//! one commit with the directory entries: from then on nothing of it can be
//! opened, whatever happens to the rest. Clearing the rows away afterwards can
//! be interrupted and is taken up again at the next unseal.

use std::collections::BTreeSet;

use super::entries_of;
use crate::barrier::{Barrier, Fault, Place, RecordKind, SYSTEM};
use crate::kms;
use crate::names::User;
use crate::secrets::Refusal;
use crate::store::{Erasure, RecordKey};

/// Returns the scopes shredded, and whether their rows are cleared away too.
pub(crate) fn shred(barrier: &Barrier, user: &User) -> Result<(u64, Erasure), Refusal> {
    let mut txn = barrier.begin()?;
    let entries = entries_of(&txn, user)?;
    if entries.is_empty() {
        return Err(Refusal::Missing { expired: false });
    }
    let scopes = entries.len() as u64;
    for (place, entry) in entries {
        for wrap in barrier.keys(&Place::kind_prefix(&entry.scope, RecordKind::Wrap))? {
            txn.delete(wrap)?;
        }
        txn.delete(place.key())?;
    }
    txn.commit()?;
    // The shred is done and durable: to call what fails from here on an error,
    // "the disk is full; nothing was written" even, would be untrue.
    let cleared = clear_leftovers(barrier);
    let erased = barrier.erase();
    Ok((scopes, if cleared.is_ok() { erased } else { Erasure::Pending }))
}

/// Removes the rows of scopes that have no key any more.
pub(crate) fn clear_leftovers(barrier: &Barrier) -> Result<u64, Fault> {
    let mut dead = BTreeSet::new();
    for scope in barrier.scopes()? {
        if scope != SYSTEM && barrier.keys(&Place::kind_prefix(&scope, RecordKind::Wrap))?.is_empty() {
            dead.insert(scope);
        }
    }
    if dead.is_empty() {
        return Ok(0);
    }
    let mut cleared = kms::clear_entries(barrier, &dead)?;
    for scope in dead {
        let keys = barrier.keys(&RecordKey::scope_prefix(&scope))?;
        cleared += keys.len() as u64;
        barrier.delete_all(keys)?;
    }
    Ok(cleared)
}
