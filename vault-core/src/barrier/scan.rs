//! A look at every row of a store: the index of them, and the set they make.

use super::{Fault, Index};
use crate::header::Header;
use crate::integrity::{Print, RowSet, RowSetKey};
use crate::state::StateRecord;
use crate::store::{Class, RecordKey, Store};

pub(super) struct Scanned {
    pub(super) index: Index,
    pub(super) rows: RowSet,
    /// Rows that are no envelope at all, or in no place of ours.
    pub(super) strangers: Vec<RecordKey>,
    /// The highest revision that a commit can have had.
    pub(super) newest: u64,
}

pub(super) fn scan(store: &dyn Store, row_set_key: &[u8; 32]) -> Result<Scanned, Fault> {
    let mut scanned = Scanned { index: Index::default(), rows: RowSet::default(), strangers: Vec::new(), newest: 0 };
    let [first, second] = Header::places();
    let known = [first, second, StateRecord::place()];
    let row_set_key = RowSetKey::new(row_set_key);
    store.walk(&mut |key, revision, bytes| {
        if is_credible(revision) {
            scanned.newest = scanned.newest.max(revision);
        }
        if known.contains(key) {
            return;
        }
        match Print::of(revision, bytes) {
            Ok(print) if key.class() == Class::Scope => {
                scanned.rows.add(&row_set_key, key, &print);
                scanned.index.insert(key, &print);
            }
            _ => scanned.strangers.push(*key),
        }
    })?;
    Ok(scanned)
}

/// Can a commit have had this revision? They are in clear: a forged one must not
/// be where the next commit goes on from.
pub(super) fn is_credible(revision: u64) -> bool {
    revision <= SEQUENCE_MAX
}

/// More commits than any vault will see.
const SEQUENCE_MAX: u64 = 1 << 48;
