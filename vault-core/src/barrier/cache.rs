//! A bounded cache of ciphertext rows: a hit saves the walk through SQLite, and
//! from the second opening on the derivation of the row's own subkey. Those
//! subkeys are keys: they go with the row, and with the scope's key.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use crate::keys::Subkey;
use crate::store::{ByKey, RecordKey};

/// A row as stored, and the key that opened it. The bytes never change, so what
/// the first opening has proven of key and commitment holds for the next.
pub(crate) struct CachedRow {
    bytes: Arc<[u8]>,
    subkey: OnceLock<Subkey>,
}

impl CachedRow {
    fn new(bytes: Arc<[u8]>) -> Arc<Self> {
        Arc::new(Self { bytes, subkey: OnceLock::new() })
    }

    pub(crate) fn bytes(&self) -> &Arc<[u8]> {
        &self.bytes
    }

    /// What opened it before, if anything did.
    pub(crate) fn subkey(&self) -> Option<&Subkey> {
        self.subkey.get()
    }

    /// Remembers what opened it.
    pub(crate) fn opened_by(&self, subkey: Subkey) {
        // Somebody else was first: with the same key, which this one's drop erases.
        let _ = self.subkey.set(subkey);
    }
}

pub(crate) struct Cache {
    shelf: Mutex<Shelf>,
    max_bytes: usize,
}

#[derive(Default)]
struct Shelf {
    rows: ByKey<RecordKey, Cached>,
    /// In order of arrival; an entry that was used meanwhile gets a second round.
    queue: VecDeque<RecordKey>,
    bytes: usize,
}

struct Cached {
    revision: u64,
    row: Arc<CachedRow>,
    used: bool,
}

impl Cache {
    pub(crate) fn new(max_bytes: usize) -> Self {
        Self { shelf: Mutex::default(), max_bytes }
    }

    /// The row, if the cached one is of that very revision.
    pub(crate) fn get(&self, key: &RecordKey, revision: u64) -> Option<Arc<CachedRow>> {
        let mut shelf = self.lock();
        let cached = shelf.rows.get_mut(key).filter(|cached| cached.revision == revision)?;
        cached.used = true;
        Some(Arc::clone(&cached.row))
    }

    /// Keeps a row unless it is too large; gives it back as the cache has it.
    pub(crate) fn put(&self, key: RecordKey, revision: u64, bytes: Arc<[u8]>) -> Arc<CachedRow> {
        let row = CachedRow::new(bytes);
        if row.bytes.len() > self.max_bytes / 8 {
            return row;
        }
        let mut shelf = self.lock();
        shelf.bytes += row.bytes.len();
        match shelf.rows.insert(key, Cached { revision, row: Arc::clone(&row), used: false }) {
            Some(replaced) => shelf.bytes -= replaced.row.bytes.len(),
            None => shelf.queue.push_back(key),
        }
        while shelf.bytes > self.max_bytes {
            let Some(oldest) = shelf.queue.pop_front() else { break };
            match shelf.rows.get_mut(&oldest) {
                Some(cached) if cached.used => {
                    cached.used = false;
                    shelf.queue.push_back(oldest);
                }
                Some(_) => shelf.forget(&oldest),
                None => {}
            }
        }
        row
    }

    /// Forgets what opened a scope's rows. A reader that is opening one now
    /// leaves its key in a row that the cache no longer has.
    pub(crate) fn forget_subkeys(&self, scope: &[u8; 16]) {
        for (_, cached) in self.lock().rows.iter_mut().filter(|(key, _)| key.scope() == *scope) {
            cached.row = CachedRow::new(Arc::clone(&cached.row.bytes));
        }
    }

    pub(crate) fn remove(&self, key: &RecordKey) {
        // Its place in the queue stays and is passed over when its turn comes,
        // unless there are too many of those.
        let mut shelf = self.lock();
        shelf.forget(key);
        if shelf.queue.len() > 2 * shelf.rows.len() + 64 {
            let Shelf { rows, queue, .. } = &mut *shelf;
            let mut seen = std::collections::HashSet::new();
            queue.retain(|key| rows.contains_key(key) && seen.insert(*key));
        }
    }

    pub(crate) fn clear(&self) {
        *self.lock() = Shelf::default();
    }

    fn lock(&self) -> MutexGuard<'_, Shelf> {
        // Every row is checked against the index when it is used: a cache left
        // behind by a panic can be stale but not wrong.
        self.shelf.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Shelf {
    fn forget(&mut self, key: &RecordKey) {
        if let Some(gone) = self.rows.remove(key) {
            self.bytes -= gone.row.bytes.len();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Class;

    fn key(n: u64) -> RecordKey {
        RecordKey::new(Class::Scope, &[0; 16], 1, &[0; 16], n)
    }

    #[test]
    fn stays_within_its_bound_and_keeps_what_is_used() {
        let cache = Cache::new(1_000);
        for n in 0..50 {
            cache.put(key(n), 1, vec![0; 100].into());
            assert!(cache.get(&key(0), 1).is_some(), "used each round, kept each round ({n})");
        }
        assert!(cache.lock().bytes <= 1_000);
        assert!(cache.get(&key(10), 1).is_none());
    }

    #[test]
    fn an_older_revision_is_not_served() {
        let cache = Cache::new(1_000);
        cache.put(key(1), 1, vec![1].into());
        cache.put(key(1), 2, vec![2].into());
        assert!(cache.get(&key(1), 1).is_none());
        assert_eq!(cache.get(&key(1), 2).unwrap().bytes()[..], [2]);
        cache.remove(&key(1));
        assert!(cache.get(&key(1), 2).is_none());
        assert_eq!(cache.lock().bytes, 0);
    }

    #[test]
    fn removals_do_not_grow_the_queue() {
        let cache = Cache::new(1_000);
        for n in 0..10_000 {
            cache.put(key(n), 1, vec![0; 10].into());
            cache.remove(&key(n));
        }
        assert!(cache.lock().queue.len() < 200);
    }
}
