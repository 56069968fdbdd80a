//! Writing a key's record down, with the one row that tells upkeep when to
//! come by.

use super::places::due_place;
use super::record::KeyRecord;
use crate::barrier::{Fault, Place, Txn};

/// Writes `after` where `before` was, if anything.
pub(crate) fn save(
    txn: &mut Txn<'_>,
    place: &Place,
    before: Option<&KeyRecord>,
    after: &KeyRecord,
) -> Result<(), Fault> {
    let (old, new) = (before.and_then(KeyRecord::due_ms), after.due_ms());
    if old != new {
        if let Some(old) = old {
            txn.delete(due_place(place, old).key())?;
        }
        if let Some(new) = new {
            txn.write(&due_place(place, new), &[DUE_RECORD_VERSION])?;
        }
    }
    txn.write(place, &after.encode())
}

const DUE_RECORD_VERSION: u8 = 1;
