//! Where records lie: a narrow trait so the same core runs on SQLite, in
//! memory, and later on a replicated engine.
//!
//! A store is not trusted. It sees keyed indexes and ciphertext, nothing else;
//! whatever it answers is checked above it.

mod by_key;
mod key;
pub mod memory;
mod rules;
pub mod sqlite;

#[cfg(test)]
mod agree;

use std::io;

pub(crate) use by_key::ByKey;
pub use key::{Class, RecordKey};

/// A stored record: the sequence number of the commit that wrote it, in clear,
/// and its bytes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Row {
    /// The commit that wrote it.
    pub revision: u64,
    /// An envelope, or a header copy.
    pub bytes: Vec<u8>,
}

/// One change.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Op {
    /// Write or overwrite.
    Put(RecordKey, Vec<u8>),
    /// Remove; removing what is absent is not an error.
    Delete(RecordKey),
}

/// What one commit does: all of it or nothing.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Batch {
    /// The state record's revision that must be there now; none = no state record yet.
    pub expected: Option<u64>,
    /// The revision every written row gets.
    pub revision: u64,
    /// At most [`crate::limits::BATCH_OPS_MAX`] changes and
    /// [`crate::limits::BATCH_BYTES_MAX`] bytes.
    pub ops: Vec<Op>,
}

/// The engine under a vault.
pub trait Store: Send + Sync {
    /// One record.
    fn get(&self, key: &RecordKey) -> Result<Option<Row>, StoreError>;

    /// Records whose key starts with `prefix`, in key order, after `after`,
    /// at most `limit` ([`crate::limits::SCAN_MAX`]).
    fn scan(&self, prefix: &[u8], after: Option<&RecordKey>, limit: usize)
    -> Result<Vec<(RecordKey, Row)>, StoreError>;

    /// Every record, once, in key order. For who looks at all of them: an engine
    /// that can lends each row instead of copying pages of them.
    fn walk(&self, visit: &mut dyn FnMut(&RecordKey, u64, &[u8])) -> Result<(), StoreError> {
        let mut after = None;
        loop {
            let page = self.scan(&[], after.as_ref(), WALK_PAGE)?;
            let Some((last, _)) = page.last() else { return Ok(()) };
            after = Some(*last);
            page.iter().for_each(|(key, row)| visit(key, row.revision, &row.bytes));
        }
    }

    /// Applies the batch in one transaction and returns once it is durable.
    fn commit(&self, batch: &Batch) -> Result<(), StoreError>;

    /// Makes deleted and overwritten bytes unreadable in the store's files, as
    /// far as the medium allows. Returns `Pending` when readers held it past a
    /// deadline.
    fn erase(&self) -> Result<Erasure, StoreError>;

    /// A fingerprint of the layout, so that injected tables, triggers or views
    /// are noticed. Constant for engines without one.
    fn layout(&self) -> Result<[u8; 32], StoreError>;

    /// Writes a consistent copy to a new file at `path`, mode 0600.
    fn copy_to(&self, path: &std::path::Path) -> Result<(), StoreError>;

    /// Bytes free for new records, when the engine can tell.
    fn free_bytes(&self) -> Option<u64>;
}

/// Did erasure reach the files?
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Erasure {
    /// Yes.
    Done,
    /// Readers or a failing disk held it up; it will be tried again, at the latest at the next unseal.
    Pending,
}

/// Why a store could not do it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The state record is not at the expected revision: somebody else wrote.
    #[error("another writer changed the vault (state record at {found:?})")]
    Precondition {
        /// What is there.
        found: Option<u64>,
    },
    /// No space; nothing was written.
    #[error("the disk is full; nothing was written")]
    Full,
    /// The medium or the permission is read-only; nothing was written.
    #[error("the vault file is read-only; nothing was written")]
    ReadOnly,
    /// The write may or may not be durable: the handle takes no more writes.
    #[error("a write failed after it began; its outcome is unknown until the vault is opened again")]
    Indeterminate(#[source] io::Error),
    /// An earlier write on this handle failed after it began, so this one was
    /// not tried: nothing of it was written, and nothing will be until the
    /// vault is opened again. Reads go on.
    #[error("an earlier write failed: the vault takes no more writes until it is opened again; nothing was written")]
    Stopped,
    /// The file does not hold what this program wrote.
    #[error("the vault file is damaged: {what}")]
    Corrupt {
        /// What was seen.
        what: &'static str,
    },
    /// Made by a newer program.
    #[error("the vault file has layout version {found}, this program reads up to {max}")]
    TooNew {
        /// In the file.
        found: i64,
        /// Ours.
        max: i64,
    },
    /// Over a limit of [`crate::limits`].
    #[error("{what}: {len} is more than the {max} accepted")]
    TooLarge {
        /// What.
        what: &'static str,
        /// Asked.
        len: usize,
        /// Accepted.
        max: usize,
    },
    /// Another process holds the vault.
    #[error("the vault is held by {holder}")]
    Held {
        /// Who, as the lock file says.
        holder: String,
    },
    /// The place is not fit for a vault.
    #[error("{path}: {problem}")]
    Place {
        /// Where.
        path: std::path::PathBuf,
        /// What is wrong and what to do.
        problem: String,
    },
    /// The engine does not offer this.
    #[error("this store cannot {what}")]
    Unsupported {
        /// What.
        what: &'static str,
    },
    /// Reading failed.
    #[error("reading the vault failed")]
    Io(#[source] io::Error),
}

/// Rows a look, where rows are not lent: bounds memory.
const WALK_PAGE: usize = 200;
