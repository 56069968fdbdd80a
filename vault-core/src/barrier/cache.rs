//! A bounded cache of ciphertext rows: what is in it is no more secret than the
//! file, and a hit saves the walk through SQLite.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::store::RecordKey;

pub(crate) struct Cache {
    shelf: Mutex<Shelf>,
    max_bytes: usize,
}

#[derive(Default)]
struct Shelf {
    rows: HashMap<RecordKey, Cached>,
    /// In order of arrival; an entry that was used meanwhile gets a second round.
    queue: VecDeque<RecordKey>,
    bytes: usize,
}

struct Cached {
    revision: u64,
    bytes: Arc<[u8]>,
    used: bool,
}

impl Cache {
    pub(crate) fn new(max_bytes: usize) -> Self {
        Self { shelf: Mutex::default(), max_bytes }
    }

    /// The row, if the cached one is of that very revision.
    pub(crate) fn get(&self, key: &RecordKey, revision: u64) -> Option<Arc<[u8]>> {
        let mut shelf = self.lock();
        let cached = shelf.rows.get_mut(key).filter(|cached| cached.revision == revision)?;
        cached.used = true;
        Some(Arc::clone(&cached.bytes))
    }

    pub(crate) fn put(&self, key: RecordKey, revision: u64, bytes: Arc<[u8]>) {
        if bytes.len() > self.max_bytes / 8 {
            return;
        }
        let mut shelf = self.lock();
        shelf.bytes += bytes.len();
        match shelf.rows.insert(key, Cached { revision, bytes, used: false }) {
            Some(replaced) => shelf.bytes -= replaced.bytes.len(),
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
            self.bytes -= gone.bytes.len();
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
        assert_eq!(cache.get(&key(1), 2).as_deref(), Some(&[2][..]));
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
