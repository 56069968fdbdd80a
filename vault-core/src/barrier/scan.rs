//! A look at every row of a store: the index of them, and the set they make.
//!
//! A row's leaf is an HMAC, a quarter of what opening a large vault costs. It
//! depends on no other row, so a second core computes leaves while the file is read.

use std::sync::mpsc::{SyncSender, TrySendError, sync_channel};
use std::thread::{self, Scope, ScopedJoinHandle};

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
    let row_set_key = &RowSetKey::new(row_set_key);
    thread::scope(|scope| {
        let mut leaves = Leaves { key: row_set_key, waiting: Vec::new(), rows: RowSet::default(), beside: None };
        let walked = store.walk(&mut |key, revision, bytes| {
            if is_credible(revision) {
                scanned.newest = scanned.newest.max(revision);
            }
            if known.contains(key) {
                return;
            }
            match Print::of(revision, bytes) {
                Ok(print) if key.class() == Class::Scope => {
                    leaves.add(scope, key, &print);
                    scanned.index.insert(key, &print);
                }
                _ => scanned.strangers.push(*key),
            }
        });
        scanned.rows = leaves.finish();
        walked
    })?;
    Ok(scanned)
}

/// Can a commit have had this revision? They are in clear: a forged one must not
/// be where the next commit goes on from.
pub(super) fn is_credible(revision: u64) -> bool {
    revision <= SEQUENCE_MAX
}

/// The set of the rows so far, and those that are not in it yet.
struct Leaves<'s> {
    key: &'s RowSetKey,
    waiting: Vec<Leaf>,
    rows: RowSet,
    beside: Option<Beside<'s>>,
}

type Leaf = (RecordKey, Print);

/// The thread that helps, and the way to it.
struct Beside<'s> {
    to: SyncSender<Vec<Leaf>>,
    thread: ScopedJoinHandle<'s, RowSet>,
}

impl<'s> Leaves<'s> {
    fn add<'e>(&mut self, scope: &'s Scope<'s, 'e>, key: &RecordKey, print: &Print) {
        self.waiting.push((*key, *print));
        if self.waiting.len() < CHUNK {
            return;
        }
        if self.beside.is_none() {
            self.beside = Beside::start(scope, self.key);
        }
        let chunk = std::mem::replace(&mut self.waiting, Vec::with_capacity(CHUNK));
        let refused = match &self.beside {
            Some(beside) => beside.to.try_send(chunk).err(),
            None => Some(TrySendError::Full(chunk)),
        };
        // Busy, or there is none: then it is done here.
        if let Some(TrySendError::Full(chunk) | TrySendError::Disconnected(chunk)) = refused {
            self.rows.add_all(self.key, &chunk);
        }
    }

    fn finish(mut self) -> RowSet {
        self.rows.add_all(self.key, &self.waiting);
        if let Some(Beside { to, thread }) = self.beside {
            drop(to);
            let theirs = thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
            self.rows.join(theirs);
        }
        self.rows
    }
}

impl<'s> Beside<'s> {
    /// None when the system gives no thread.
    fn start<'e>(scope: &'s Scope<'s, 'e>, key: &'s RowSetKey) -> Option<Self> {
        let (to, chunks) = sync_channel::<Vec<Leaf>>(QUEUE);
        let work = move || {
            let mut rows = RowSet::default();
            chunks.iter().for_each(|chunk| rows.add_all(key, &chunk));
            rows
        };
        let thread = thread::Builder::new().name("leaves".into()).spawn_scoped(scope, work).ok()?;
        Some(Self { to, thread })
    }
}

/// More commits than any vault will see.
const SEQUENCE_MAX: u64 = 1 << 48;
/// Rows handed over at a time; a vault with fewer needs no second thread.
const CHUNK: usize = 256;
/// Chunks that wait for the second thread.
const QUEUE: usize = 4;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::envelope::Kind;

    /// More than both threads hold at a time, none, and what is too little for a second one.
    #[test]
    fn leaves_computed_by_two_make_the_same_set() {
        let row_set_key = &RowSetKey::new(&[7; 32]);
        for count in [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 40 * CHUNK + 3] {
            let mut expected = RowSet::default();
            let rows = thread::scope(|scope| {
                let mut leaves =
                    Leaves { key: row_set_key, waiting: Vec::new(), rows: RowSet::default(), beside: None };
                for row in 0..count as u64 {
                    let key = RecordKey::new(Class::Scope, &[1; 16], 2, &[3; 16], row);
                    let print = Print {
                        revision: row,
                        commitment: [4; 32],
                        tag: [5; 16],
                        kind: Kind::Value,
                        key_version: 1,
                        len: 6,
                    };
                    expected.add(row_set_key, &key, &print);
                    leaves.add(scope, &key, &print);
                }
                leaves.finish()
            });
            assert_eq!(rows, expected, "{count}");
        }
    }
}
