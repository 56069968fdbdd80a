//! A few connections that read.
//!
//! WAL lets them read while the writer waits for its fsync, so no client waits
//! for another one's write. Each is lent to one call at a time; there are as
//! many as were ever needed at once, up to [`READERS_MAX`].

use std::path::PathBuf;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use rusqlite::{Connection, Row as SqlRow};

use super::super::rules::{self, Range};
use super::super::{RecordKey, Row, StoreError};
use super::{connection, error};

/// The connections not lent out, and how many there are.
pub(super) struct Readers {
    source: Source,
    shelf: Mutex<Shelf>,
    returned: Condvar,
}

/// What they read.
pub(super) enum Source {
    /// A vault in use.
    Vault(PathBuf),
    /// A file that nobody changes.
    Immutable(PathBuf),
}

struct Shelf {
    idle: Vec<Connection>,
    open: usize,
}

impl Readers {
    /// Opens the first one, so that a file that cannot be read fails here.
    pub(super) fn new(source: Source) -> Result<Self, StoreError> {
        let first = source.open()?;
        let shelf = Mutex::new(Shelf { idle: vec![first], open: 1 });
        Ok(Self { source, shelf, returned: Condvar::new() })
    }

    /// One record.
    pub(super) fn get(&self, key: &RecordKey) -> Result<Option<Row>, StoreError> {
        self.with(|connection| {
            let mut statement = connection.prepare_cached(GET).map_err(error::unchanged)?;
            let mut rows = statement.query([key.as_bytes().as_slice()]).map_err(error::unchanged)?;
            match rows.next().map_err(error::unchanged)? {
                None => Ok(None),
                Some(row) => record(key, row, 0).map(|(revision, bytes)| Some(Row { revision, bytes: bytes.to_vec() })),
            }
        })
    }

    /// Records of a range, in key order.
    pub(super) fn scan(&self, range: &Range, limit: usize) -> Result<Vec<(RecordKey, Row)>, StoreError> {
        self.with(|connection| {
            let limit = i64::try_from(limit).unwrap_or(i64::MAX);
            let mut statement = connection
                .prepare_cached(if range.to.is_some() { SCAN } else { SCAN_TO_END })
                .map_err(error::unchanged)?;
            let mut rows = match &range.to {
                Some(to) => statement.query((&range.from, limit, to)),
                None => statement.query((&range.from, limit)),
            }
            .map_err(error::unchanged)?;
            let mut found: Vec<(RecordKey, Row)> = Vec::new();
            in_order(&mut rows, &range.from, |key, revision, bytes| {
                found.push((*key, Row { revision, bytes: bytes.to_vec() }));
            })?;
            Ok(found)
        })
    }

    /// Every record in key order, each lent as it lies in the page: one pass
    /// over the file, and no more of it kept than the way down its tree.
    pub(super) fn walk(&self, visit: &mut dyn FnMut(&RecordKey, u64, &[u8])) -> Result<(), StoreError> {
        self.with(|connection| {
            connection::keep_few(connection)?;
            let walked = (|| {
                let mut statement = connection.prepare(WALK).map_err(error::unchanged)?;
                let mut rows = statement.query([]).map_err(error::unchanged)?;
                in_order(&mut rows, &[], visit)
            })();
            connection::keep_many(connection).and(walked)
        })
    }

    /// Lends a connection to `work`.
    pub(super) fn with<T>(&self, work: impl FnOnce(&Connection) -> Result<T, StoreError>) -> Result<T, StoreError> {
        let loan = self.borrow()?;
        match &loan.connection {
            Some(connection) => work(connection),
            None => Err(StoreError::Io(std::io::Error::other("a reader without a connection"))),
        }
    }

    fn borrow(&self) -> Result<Loan<'_>, StoreError> {
        let mut shelf = self.shelf();
        loop {
            if let Some(connection) = shelf.idle.pop() {
                return Ok(Loan { readers: self, connection: Some(connection) });
            }
            if shelf.open < READERS_MAX {
                shelf.open += 1;
                drop(shelf);
                // Dropped on failure, the loan takes its place back.
                let mut loan = Loan { readers: self, connection: None };
                loan.connection = Some(self.source.open()?);
                return Ok(loan);
            }
            shelf = self.returned.wait(shelf).unwrap_or_else(PoisonError::into_inner);
        }
    }

    // The two fields change in single steps; a panic cannot part them.
    fn shelf(&self) -> MutexGuard<'_, Shelf> {
        self.shelf.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Puts the connection back, also when the work panicked.
struct Loan<'a> {
    readers: &'a Readers,
    connection: Option<Connection>,
}

impl Drop for Loan<'_> {
    fn drop(&mut self) {
        let mut shelf = self.readers.shelf();
        match self.connection.take() {
            Some(connection) => shelf.idle.push(connection),
            None => shelf.open -= 1,
        }
        drop(shelf);
        self.readers.returned.notify_one();
    }
}

impl Source {
    fn open(&self) -> Result<Connection, StoreError> {
        match self {
            Self::Vault(path) => connection::reader(path),
            Self::Immutable(path) => connection::immutable(path),
        }
    }
}

/// Gives each row of key, revision and bytes to `visit`, from `from` on.
fn in_order(
    rows: &mut rusqlite::Rows<'_>,
    from: &[u8],
    mut visit: impl FnMut(&RecordKey, u64, &[u8]),
) -> Result<(), StoreError> {
    let mut last: Option<RecordKey> = None;
    while let Some(row) = rows.next().map_err(error::unchanged)? {
        let key = row.get_ref(0).ok().and_then(|key| key.as_blob().ok()).and_then(RecordKey::from_bytes);
        let key = key.ok_or(StoreError::Corrupt { what: "a record lies under a key of the wrong shape" })?;
        // SQLite trusts the order of a tree. A file that breaks it could
        // send whoever walks through it round in circles.
        let above = match last {
            Some(last) => last < key,
            None => from <= key.as_bytes().as_slice(),
        };
        if !above {
            return Err(StoreError::Corrupt { what: "its records are out of order" });
        }
        let (revision, bytes) = record(&key, row, 1)?;
        visit(&key, revision, bytes);
        last = Some(key);
    }
    Ok(())
}

/// Revision and bytes from two columns, bounded before they are copied.
fn record<'r>(key: &RecordKey, row: &'r SqlRow<'_>, first: usize) -> Result<(u64, &'r [u8]), StoreError> {
    let wrong = StoreError::Corrupt { what: "a record's columns have the wrong type" };
    let (Ok(revision), Ok(bytes)) = (row.get_ref(first), row.get_ref(first + 1)) else { return Err(wrong) };
    let (Ok(revision), Ok(bytes)) = (revision.as_i64(), bytes.as_blob()) else { return Err(wrong) };
    let Ok(revision) = u64::try_from(revision) else {
        return Err(StoreError::Corrupt { what: "a record has a negative revision" });
    };
    if bytes.len() > rules::record_max(key) {
        return Err(StoreError::Corrupt { what: "a record is longer than any this program writes" });
    }
    Ok((revision, bytes))
}

/// Most connections that read at once; more readers wait for one of them.
pub(super) const READERS_MAX: usize = 4;

const GET: &str = "SELECT revision, bytes FROM main.records WHERE key=?1";
const SCAN: &str = "SELECT key, revision, bytes FROM main.records WHERE key>=?1 AND key<?3 ORDER BY key LIMIT ?2";
const SCAN_TO_END: &str = "SELECT key, revision, bytes FROM main.records WHERE key>=?1 ORDER BY key LIMIT ?2";
const WALK: &str = "SELECT key, revision, bytes FROM main.records ORDER BY key";
