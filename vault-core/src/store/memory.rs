//! The store in memory: for tests and for vaults that live as long as their
//! process.
//!
//! The same preconditions and limits as the file, so that what passes here
//! passes there. [`MemoryStore::rows`] and [`MemoryStore::replace`] are the
//! attacker's hands: they read and change records behind the vault's back, as
//! somebody with the file could.

use std::collections::BTreeMap;
use std::ops::Bound;
use std::path::Path;
use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use super::rules::{self, Range};
use super::{Batch, Erasure, Op, RecordKey, Row, Store, StoreError};

/// Records in a map under a lock.
#[derive(Default)]
pub struct MemoryStore {
    records: RwLock<Records>,
}

impl MemoryStore {
    /// An empty store.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// A store that holds `rows`; of two with one key the later stays.
    #[must_use]
    pub fn from_rows(rows: impl IntoIterator<Item = (RecordKey, Row)>) -> Self {
        let store = Self::new();
        store.replace(rows);
        store
    }

    /// Everything it holds, in key order.
    #[must_use]
    pub fn rows(&self) -> Vec<(RecordKey, Row)> {
        self.read().iter().map(|(key, row)| (*key, row.clone())).collect()
    }

    /// Holds `rows` and nothing else from now on: no precondition, no limit.
    pub fn replace(&self, rows: impl IntoIterator<Item = (RecordKey, Row)>) {
        *self.write() = rows.into_iter().collect();
    }

    // A panic elsewhere cannot leave the map half changed: every change below
    // is checked before the first insert and infallible after it.
    fn read(&self) -> RwLockReadGuard<'_, Records> {
        self.records.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Records> {
        self.records.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Store for MemoryStore {
    fn get(&self, key: &RecordKey) -> Result<Option<Row>, StoreError> {
        Ok(self.read().get(key).cloned())
    }

    fn scan(
        &self,
        prefix: &[u8],
        after: Option<&RecordKey>,
        limit: usize,
    ) -> Result<Vec<(RecordKey, Row)>, StoreError> {
        rules::page(limit)?;
        let range = Range::new(prefix, after);
        let records = self.read();
        // `after` skips straight to its place; the byte range does the rest.
        let start = after.map_or(Bound::Unbounded, Bound::Excluded);
        let found = records
            .range::<RecordKey, _>((start, Bound::Unbounded))
            .skip_while(|(key, _)| key.as_bytes().as_slice() < range.from.as_slice())
            .take_while(|(key, _)| range.to.as_ref().is_none_or(|to| key.as_bytes().as_slice() < to.as_slice()))
            .take(limit);
        Ok(found.map(|(key, row)| (*key, row.clone())).collect())
    }

    fn walk(&self, visit: &mut dyn FnMut(&RecordKey, u64, &[u8])) -> Result<(), StoreError> {
        self.read().iter().for_each(|(key, row)| visit(key, row.revision, &row.bytes));
        Ok(())
    }

    fn commit(&self, batch: &Batch) -> Result<(), StoreError> {
        rules::admit(batch)?;
        let mut records = self.write();
        let found = records.get(&rules::state_key()).map(|row| row.revision);
        if found != batch.expected {
            return Err(StoreError::Precondition { found });
        }
        for op in &batch.ops {
            match op {
                Op::Put(key, bytes) => {
                    records.insert(*key, Row { revision: batch.revision, bytes: bytes.clone() });
                }
                Op::Delete(key) => {
                    records.remove(key);
                }
            }
        }
        Ok(())
    }

    fn erase(&self) -> Result<Erasure, StoreError> {
        // No file to clean; the records are ciphertext.
        Ok(Erasure::Done)
    }

    fn layout(&self) -> Result<[u8; 32], StoreError> {
        Ok([0; 32])
    }

    fn copy_to(&self, _path: &Path) -> Result<(), StoreError> {
        Err(StoreError::Unsupported { what: "be copied to a file: it is in memory" })
    }

    fn free_bytes(&self) -> Option<u64> {
        None
    }
}

impl std::fmt::Debug for MemoryStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "MemoryStore({} records)", self.read().len())
    }
}

type Records = BTreeMap<RecordKey, Row>;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Class;

    #[test]
    fn tampering_goes_round_every_precondition() {
        let key = RecordKey::new(Class::Scope, &[7; 16], 1, &[9; 16], 1);
        let store = MemoryStore::new();
        store.commit(&Batch { expected: None, revision: 4, ops: vec![Op::Put(key, vec![1])] }).unwrap();
        assert_eq!(store.rows(), vec![(key, Row { revision: 4, bytes: vec![1] })]);

        let twin = MemoryStore::from_rows(store.rows());
        twin.replace([(key, Row { revision: 3, bytes: vec![2] })]);
        assert_eq!(twin.get(&key).unwrap().unwrap().bytes, vec![2]);
        assert_eq!(store.get(&key).unwrap().unwrap().bytes, vec![1], "the copy is its own");
    }

    #[test]
    fn it_has_no_file_to_copy() {
        let answer = MemoryStore::new().copy_to(Path::new("/nowhere"));
        assert!(matches!(answer, Err(StoreError::Unsupported { .. })));
    }
}
