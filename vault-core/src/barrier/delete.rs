//! Deleting many rows, in as many commits as they take.

use super::{Barrier, Fault};
use crate::store::RecordKey;

impl Barrier {
    /// Deletes rows, whether they are still there or not. What is interrupted, or fails, is done in part: whoever calls
    /// comes again.
    pub(crate) fn delete_all(&self, keys: impl IntoIterator<Item = RecordKey>) -> Result<(), Fault> {
        let mut keys = keys.into_iter().peekable();
        while keys.peek().is_some() {
            let mut txn = self.begin()?;
            while txn.has_room(1, RecordKey::LEN)
                && let Some(key) = keys.next()
            {
                txn.delete(key)?;
            }
            txn.commit()?;
        }
        Ok(())
    }
}
