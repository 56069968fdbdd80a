//! Keyed indexes already computed. The index key stays the same for as long as a
//! vault is open (no replacement renames a row), so neither does an index change.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Mutex, PoisonError};

/// By two parts of a name, so that looking up copies neither.
pub(crate) struct Indexes<A, B> {
    kept: Mutex<Kept<A, B>>,
}

struct Kept<A, B> {
    indexes: HashMap<A, HashMap<B, [u8; 16]>>,
    count: usize,
}

impl<A, B> Default for Indexes<A, B> {
    fn default() -> Self {
        Self { kept: Mutex::new(Kept { indexes: HashMap::new(), count: 0 }) }
    }
}

impl<A: Eq + Hash + Clone, B: Eq + Hash + Clone> Indexes<A, B> {
    /// The index of (a, b): the one remembered, or what `make` gives.
    pub(crate) fn get(&self, a: &A, b: &B, make: impl FnOnce() -> [u8; 16]) -> [u8; 16] {
        // Complete or absent entries only: a panic elsewhere leaves nothing half-written.
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(index) = kept.indexes.get(a).and_then(|of| of.get(b)) {
            return *index;
        }
        let index = make();
        if kept.count >= KEPT_MAX {
            kept.indexes.clear();
            kept.count = 0;
        }
        kept.indexes.entry(a.clone()).or_default().insert(b.clone(), index);
        kept.count += 1;
        index
    }
}

const KEPT_MAX: usize = 4_096;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_are_kept_apart_and_bounded() {
        let indexes = Indexes::<u32, u32>::default();
        for n in 0..3 * KEPT_MAX as u32 {
            assert_eq!(indexes.get(&(n / 7), &(n % 7), || [n as u8; 16]), [n as u8; 16]);
            assert_eq!(indexes.get(&(n / 7), &(n % 7), || [0xee; 16]), [n as u8; 16], "remembered");
            assert!(indexes.kept.lock().unwrap().count <= KEPT_MAX);
        }
    }
}
