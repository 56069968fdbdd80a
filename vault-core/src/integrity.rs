//! Row-set integrity: what authenticated rows alone cannot show is a row that
//! is not there, or one that is an older version of itself.
//!
//! `leaf = HMAC-SHA-256(row-set key, LP(key) ‖ u64be revision ‖ kind u8 ‖ key version u32be ‖ C ‖ tag)` and
//! S = Σ leaves mod 2²⁵⁶ over every record but the header copies and the state
//! record. A keyed multiset hash: adding and removing a row is O(1), and
//! without the key no set of rows with a wanted sum can be computed.

use crate::codec::lp_prefix;
use crate::envelope::{self, Kind, Refused};
use crate::hazmat::hmac::MacKey;
use crate::keys::KeyVersion;
use crate::store::RecordKey;

/// What is remembered of a row: enough to know it again.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Print {
    pub(crate) revision: u64,
    pub(crate) commitment: [u8; 32],
    pub(crate) tag: [u8; 16],
    /// What the envelope says it holds and is sealed under: in clear, and acted
    /// upon when keys are replaced, so it is in the leaf.
    pub(crate) kind: Kind,
    pub(crate) key_version: KeyVersion,
    pub(crate) len: u32,
}

/// The row-set key, taken in: a leaf for each row of a vault at every opening.
pub(crate) struct RowSetKey(MacKey);

/// S, and how many rows are in it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) struct RowSet {
    pub(crate) count: u64,
    pub(crate) sum: Sum,
}

/// A 256-bit number, big-endian, arithmetic mod 2²⁵⁶.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) struct Sum(pub(crate) [u8; 32]);

impl Print {
    /// Of a row as it lies in a store. Proves nothing by itself.
    pub(crate) fn of(revision: u64, bytes: &[u8]) -> Result<Self, Refused> {
        let parsed = envelope::parse(bytes).map_err(|_| Refused)?;
        Ok(Self {
            revision,
            commitment: *parsed.commitment,
            tag: *parsed.tag,
            kind: parsed.kind,
            key_version: parsed.key_version,
            len: u32::try_from(bytes.len()).map_err(|_| Refused)?,
        })
    }

    fn leaf(&self, row_set_key: &RowSetKey, key: &RecordKey) -> Sum {
        let key = key.as_bytes();
        let revision = self.revision.to_be_bytes();
        let (kind, version) = ([self.kind as u8], self.key_version.to_be_bytes());
        Sum(row_set_key.0.mac(&[&lp_prefix(key), key, &revision, &kind, &version, &self.commitment, &self.tag]))
    }
}

impl RowSetKey {
    pub(crate) fn new(key: &[u8; 32]) -> Self {
        Self(MacKey::new(key))
    }
}

impl RowSet {
    pub(crate) fn add(&mut self, row_set_key: &RowSetKey, key: &RecordKey, print: &Print) {
        self.count += 1;
        self.sum = self.sum.plus(print.leaf(row_set_key, key));
    }

    /// The row must be in the set: the index says so.
    pub(crate) fn remove(&mut self, row_set_key: &RowSetKey, key: &RecordKey, print: &Print) {
        self.count -= 1;
        self.sum = self.sum.minus(print.leaf(row_set_key, key));
    }
}

impl Sum {
    fn plus(self, other: Self) -> Self {
        let (mut out, mut carry) = ([0; 4], false);
        for (limb, (a, b)) in out.iter_mut().zip(self.limbs().into_iter().zip(other.limbs())) {
            let (sum, over) = a.overflowing_add(b);
            let (sum, again) = sum.overflowing_add(u64::from(carry));
            (*limb, carry) = (sum, over | again);
        }
        Self::of(out)
    }

    fn minus(self, other: Self) -> Self {
        let (mut out, mut borrow) = ([0; 4], false);
        for (limb, (a, b)) in out.iter_mut().zip(self.limbs().into_iter().zip(other.limbs())) {
            let (rest, under) = a.overflowing_sub(b);
            let (rest, again) = rest.overflowing_sub(u64::from(borrow));
            (*limb, borrow) = (rest, under | again);
        }
        Self::of(out)
    }

    /// Lowest first.
    fn limbs(self) -> [u64; 4] {
        let mut limbs = [0; 4];
        for (limb, bytes) in limbs.iter_mut().zip(self.0.as_chunks::<8>().0.iter().rev()) {
            *limb = u64::from_be_bytes(*bytes);
        }
        limbs
    }

    fn of(limbs: [u64; 4]) -> Self {
        let mut out = [0; 32];
        for (limb, bytes) in limbs.iter().zip(out.as_chunks_mut::<8>().0.iter_mut().rev()) {
            *bytes = limb.to_be_bytes();
        }
        Self(out)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::store::Class;

    #[test]
    fn sums_carry_across_every_byte() {
        let (mut one, max) = (Sum::default(), Sum([0xff; 32]));
        one.0[31] = 1;
        assert_eq!(max.plus(one), Sum::default());
        assert_eq!(Sum::default().minus(one), max);
    }

    /// Computed with Python's hmac.
    #[test]
    fn known_answer_leaf() {
        let key = RecordKey::new(Class::Scope, &[1; 16], 2, &[3; 16], 4);
        let print =
            Print { revision: 5, commitment: [6; 32], tag: [7; 16], kind: Kind::Metadata, key_version: 9, len: 99 };
        let hex: String = print.leaf(&RowSetKey::new(&[8; 32]), &key).0.iter().map(|b| format!("{b:02x}")).collect();
        assert_eq!(hex, "c290a17c23010d4e9c4f12438f684a6c7fdc02a6cf949eaa4a897fd16ac65472");
    }

    proptest! {
        #[test]
        fn order_does_not_matter_and_removal_undoes(seeds in proptest::collection::vec(any::<(u8, u64, u8)>(), 1..20)) {
            let rows: Vec<_> = (0..).zip(&seeds).map(|(i, (a, revision, c))| {
                let key = RecordKey::new(Class::Scope, &[*a; 16], 1, &[0; 16], i);
                (key, Print { revision: *revision, commitment: [*c; 32], tag: [*c; 16], kind: Kind::Value, key_version: 1, len: 0 })
            }).collect();
            let row_set_key = RowSetKey::new(&[9; 32]);
            let sum = |rows: &[(RecordKey, Print)]| {
                let mut set = RowSet::default();
                rows.iter().for_each(|(key, print)| set.add(&row_set_key, key, print));
                set
            };
            let mut backwards = rows.clone();
            backwards.reverse();
            prop_assert_eq!(sum(&rows), sum(&backwards));
            let mut less = sum(&rows);
            less.remove(&row_set_key, &rows[0].0, &rows[0].1);
            prop_assert_eq!(less, sum(&rows[1..]));
            prop_assert_ne!(less.sum, sum(&rows).sum);
        }
    }
}
