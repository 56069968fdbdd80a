//! What every engine refuses before it touches anything, in one place, so that
//! two engines cannot disagree.

use super::{Batch, Class, Op, RecordKey, StoreError};
use crate::limits::{BATCH_BYTES_MAX, BATCH_OPS_MAX, HEADER_MAX, RECORD_MAX, SCAN_MAX};

/// Where the state record lies: its revision is the precondition of a commit.
pub(super) fn state_key() -> RecordKey {
    RecordKey::new(Class::State, &[0; 16], 0, &[0; 16], 0)
}

/// Longest record a key may hold.
pub(super) fn record_max(key: &RecordKey) -> usize {
    match key.class() {
        Class::Header => HEADER_MAX,
        Class::State | Class::Scope => RECORD_MAX,
    }
}

/// Is the batch within the limits?
pub(super) fn admit(batch: &Batch) -> Result<(), StoreError> {
    ceiling("operations in a commit", batch.ops.len(), BATCH_OPS_MAX)?;
    let mut bytes = 0_usize;
    for op in &batch.ops {
        bytes += RecordKey::LEN;
        if let Op::Put(key, record) = op {
            ceiling("bytes in a record", record.len(), record_max(key))?;
            bytes += record.len();
        }
    }
    ceiling("bytes in a commit", bytes, BATCH_BYTES_MAX)?;
    // Engines with signed integers hold 63 bits: at a million commits a second
    // that lasts for 290,000 years.
    if i64::try_from(batch.revision).is_err() {
        return Err(StoreError::TooLarge { what: "a revision", len: usize::MAX, max: i64::MAX as usize });
    }
    Ok(())
}

/// Is the page within the limit? An error, not a shorter answer: whoever reads
/// pages until one comes back short would otherwise take it for the end.
pub(super) fn page(limit: usize) -> Result<(), StoreError> {
    ceiling("records in a scan", limit, SCAN_MAX)
}

/// The records a scan covers, as a half-open range of key bytes.
pub(super) struct Range {
    /// The first key that may appear.
    pub(super) from: Vec<u8>,
    /// The first key that may not; none when no key is above the prefix.
    pub(super) to: Option<Vec<u8>>,
}

impl Range {
    /// Keys that start with `prefix` and come after `after`.
    pub(super) fn new(prefix: &[u8], after: Option<&RecordKey>) -> Self {
        // The next string after `k` in byte order is `k ‖ 0`.
        let next = after.map(|key| [key.as_bytes().as_slice(), &[0]].concat());
        let from = next.map_or_else(|| prefix.to_vec(), |next| next.max(prefix.to_vec()));
        Self { from, to: above(prefix) }
    }
}

/// The smallest string above everything that starts with `prefix`.
fn above(prefix: &[u8]) -> Option<Vec<u8>> {
    let last = prefix.iter().rposition(|&byte| byte < u8::MAX)?;
    let mut bound = prefix[..=last].to_vec();
    bound[last] += 1;
    Some(bound)
}

fn ceiling(what: &'static str, len: usize, max: usize) -> Result<(), StoreError> {
    if len > max { Err(StoreError::TooLarge { what, len, max }) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bound_above_a_prefix_is_the_smallest_string_that_no_key_of_it_reaches() {
        assert_eq!(above(&[]), None);
        assert_eq!(above(&[0xff, 0xff]), None);
        assert_eq!(above(&[1, 2]), Some(vec![1, 3]));
        assert_eq!(above(&[1, 0xff, 0xff]), Some(vec![2]));
    }

    #[test]
    fn after_moves_the_start_only_upwards() {
        let key = RecordKey::new(Class::State, &[0; 16], 0, &[0; 16], 0);
        assert_eq!(Range::new(&[2], Some(&key)).from, vec![2], "a key below the prefix does not widen the range");
        assert_eq!(Range::new(&[1], Some(&key)).from, [key.as_bytes().as_slice(), &[0]].concat());
    }
}
