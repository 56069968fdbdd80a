//! Maps by what nobody outside can choose. Record keys and scope ids hold a
//! random id and a keyed index, so nobody can make many of them collide, and a
//! hash that defends against that would be paid for at every read.
//!
//! Not for names, users or numbers a client sends.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

/// A map by record key or scope id.
pub(crate) type ByKey<K, V> = HashMap<K, V, BuildHasherDefault<KeyHasher>>;

/// Folds eight bytes at a time.
#[derive(Clone, Copy, Default)]
pub(crate) struct KeyHasher(u64);

impl KeyHasher {
    fn fold(&mut self, word: u64) {
        self.0 = (self.0.rotate_left(5) ^ word).wrapping_mul(ODD);
    }
}

impl Hasher for KeyHasher {
    fn write(&mut self, bytes: &[u8]) {
        let (words, rest) = bytes.as_chunks::<8>();
        for word in words {
            self.fold(u64::from_le_bytes(*word));
        }
        if !rest.is_empty() {
            let mut word = [0; 8];
            word[..rest.len()].copy_from_slice(rest);
            self.fold(u64::from_le_bytes(word));
        }
    }

    fn write_usize(&mut self, number: usize) {
        self.fold(number as u64);
    }

    /// The product's high bits depend on every bit of the key, its low ones on
    /// few; a map takes both ends.
    fn finish(&self) -> u64 {
        self.0.rotate_left(32) ^ self.0
    }
}

/// 2⁶⁴ divided by the golden ratio, odd.
const ODD: u64 = 0x9e37_79b9_7f4a_7c15;

#[cfg(test)]
mod tests {
    use std::collections::HashSet;
    use std::hash::Hash;

    use super::*;
    use crate::store::{Class, RecordKey};

    fn hash(of: impl Hash) -> u64 {
        let mut hasher = KeyHasher::default();
        of.hash(&mut hasher);
        hasher.finish()
    }

    /// Versions of one secret differ in their last bytes only.
    #[test]
    fn neighbours_are_spread_over_both_ends() {
        let keys = (0..4_096).map(|version| hash(RecordKey::new(Class::Scope, &[7; 16], 2, &[9; 16], version)));
        let (low, high): (HashSet<u64>, HashSet<u64>) = keys.map(|hash| (hash & 0xfff, hash >> 57)).unzip();
        // 4,096 balls in as many boxes leave 37 % of them empty.
        assert!(low.len() > 2_200, "{}", low.len());
        assert_eq!(high.len(), 128);
    }

    #[test]
    fn every_byte_counts() {
        let scope = [0x55; 16];
        for at in 0..16 {
            for bit in 0..8 {
                let mut other = scope;
                other[at] ^= 1 << bit;
                assert_ne!(hash(scope), hash(other));
            }
        }
    }
}
