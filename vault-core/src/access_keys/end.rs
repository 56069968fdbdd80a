//! Ending access keys: at the next request, because each looks at the record.

use super::all;
use crate::barrier::{Barrier, Fault, Place};
use crate::limits;
use crate::names::User;
use crate::secrets::{Refusal, Shelf};
use crate::store::RecordKey;

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
    drop_all(barrier, all(barrier, shelf, Some(user))?.into_iter().map(|(place, _)| place))
}

/// Removes what expired long enough ago.
pub(crate) fn purge(barrier: &Barrier, shelf: &Shelf) -> Result<(), Fault> {
    let ended = barrier.now_ms().saturating_sub(limits::TOKEN_REMEMBERED_MS);
    let expired = all(barrier, shelf, None)?.into_iter().filter(|(_, record)| !record.is_good(ended));
    drop_all(barrier, expired.map(|(place, _)| place))
}

fn drop_all(barrier: &Barrier, places: impl Iterator<Item = Place>) -> Result<(), Fault> {
    let mut places = places.peekable();
    while places.peek().is_some() {
        let mut txn = barrier.begin()?;
        while txn.has_room(1, RecordKey::LEN)
            && let Some(place) = places.next()
        {
            txn.delete(place.key())?;
        }
        txn.commit()?;
    }
    Ok(())
}
