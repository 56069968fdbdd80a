//! Ending access keys: at the next request, because each looks at the record.

use super::all;
use crate::barrier::{Barrier, Fault, Place};
use crate::limits;
use crate::names::User;
use crate::secrets::{Refusal, Shelf};

/// Ends one: nothing of it is kept.
pub(crate) fn revoke(barrier: &Barrier, place: &Place) -> Result<(), Refusal> {
    let mut txn = barrier.begin()?;
    txn.delete(place.key())?;
    txn.commit()?;
    barrier.erase();
    Ok(())
}

/// Ends every access key of a user who goes or becomes another.
pub(crate) fn forget(barrier: &Barrier, shelf: &Shelf, user: &User) -> Result<(), Fault> {
    barrier.delete_all(all(barrier, shelf, Some(user))?.into_iter().map(|(place, _)| place.key()))
}

/// Removes what expired long enough ago.
pub(crate) fn purge(barrier: &Barrier, shelf: &Shelf) -> Result<(), Fault> {
    let ended = barrier.now_ms().saturating_sub(limits::TOKEN_REMEMBERED_MS);
    let expired = all(barrier, shelf, None)?.into_iter().filter(|(_, record)| !record.is_good(ended));
    barrier.delete_all(expired.map(|(place, _)| place.key()))
}
