//! The store in one SQLite file.
//!
//! Threat: the file can be read, changed and replaced by others, and the power
//! can go at any moment. Against reading there is ciphertext, against change
//! the checks above this floor; here is what keeps acknowledged writes (one
//! writer, WAL, an fsync before every answer), what keeps strangers' schemas
//! and files out, and one holder at a time.
//!
//! Limit: what another program does to the file while we hold it is noticed by
//! the floors above, not prevented.

mod connection;
mod copy;
mod error;
mod lock;
mod place;
mod readers;
mod schema;
mod writer;

use std::path::Path;
use std::sync::Mutex;

use self::lock::Lock;
use self::place::{Identity, Place, refuse};
use self::readers::{Readers, Source};
use self::writer::Writer;
use super::rules::{self, Range};
use super::{Batch, Erasure, RecordKey, Row, Store, StoreError};

/// A vault's file, held for as long as this lives.
pub struct SqliteStore {
    // In this order they are dropped: the readers first, then the writer, whose
    // close is then the last and empties the log, and the lock after all.
    readers: Readers,
    held: Option<Held>,
}

/// What only a vault in use has; a backup that is read has none of it.
struct Held {
    writer: Mutex<Writer>,
    place: Place,
    _lock: Lock,
}

impl SqliteStore {
    /// Makes a new, empty store at `path`. An existing file is refused.
    pub fn create(path: &Path) -> Result<Self, StoreError> {
        let place = Place::open(path)?;
        let lock = Lock::take(&place)?;
        if place.judge()?.is_some() {
            return Err(refuse(place.path(), "it exists already and is not overwritten; choose another name"));
        }
        let file = place.create()?;
        let started = Self::start(&place, file, true).and_then(|started| place.sync().map(|()| started));
        if started.is_err() {
            place.undo_create();
        }
        let (writer, readers) = started?;
        Ok(Self { readers, held: Some(Held { writer, place, _lock: lock }) })
    }

    /// Opens the store at `path` and holds it.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        let place = Place::open(path)?;
        // Asked before the lock, so that a wrong path leaves no lock file behind.
        let file = place
            .judge()?
            .ok_or_else(|| refuse(place.path(), "there is no vault here; make one with `vaultd init`"))?;
        let lock = Lock::take(&place)?;
        let (writer, readers) = Self::start(&place, file, false)?;
        Ok(Self { readers, held: Some(Held { writer, place, _lock: lock }) })
    }

    /// Opens a backup to read it. The file is not changed, locked or judged by
    /// owner; nothing is made beside it. Writes answer *read-only*.
    ///
    /// A file with a log beside it is refused: without the log it is not whole,
    /// and reading the log would change it.
    pub fn open_backup(path: &Path) -> Result<Self, StoreError> {
        let (parent, name) = place::split(path)?;
        let real = parent.canonicalize().map_err(|error| refuse(path, error.to_string()))?.join(name);
        let stat = rustix::fs::lstat(&real).map_err(|errno| place::cannot(path, errno))?;
        if rustix::fs::FileType::from_raw_mode(stat.st_mode) != rustix::fs::FileType::RegularFile {
            return Err(refuse(path, "it is not a regular file; name the backup itself, not a link to it"));
        }
        for suffix in ["-wal", "-journal"] {
            let mut beside = name.to_owned();
            beside.push(suffix);
            if real.with_file_name(beside).symlink_metadata().is_ok() {
                let problem = format!(
                    "a {suffix} file lies beside it, so it is a vault in use or a plain copy of one, not a backup; \
                     make one with `vaultctl backup`"
                );
                return Err(refuse(path, problem));
            }
        }
        let readers = Readers::new(Source::Immutable(real.clone()))?;
        // Reading meets only part of what keeps a page in order: a backup that
        // can be read but not be written to is no vault once it is restored.
        readers.with(connection::in_order)?;
        copy::writable(&real)?;
        Ok(Self { readers, held: None })
    }

    fn start(place: &Place, file: Identity, fresh: bool) -> Result<(Mutex<Writer>, Readers), StoreError> {
        let connection = connection::writer(place.path(), fresh)?;
        place.still_leads_to(file)?;
        let writer = Writer::new(connection)?;
        let readers = Readers::new(Source::Vault(place.path().to_owned()))?;
        Ok((Mutex::new(writer), readers))
    }

    fn write<T>(&self, work: impl FnOnce(&mut Writer) -> Result<T, StoreError>) -> Result<T, StoreError> {
        let held = self.held.as_ref().ok_or(StoreError::ReadOnly)?;
        // A panic while it was held leaves a transaction nobody can vouch for.
        let mut writer = held.writer.lock().map_err(|_| StoreError::Stopped)?;
        work(&mut writer)
    }
}

impl Store for SqliteStore {
    fn get(&self, key: &RecordKey) -> Result<Option<Row>, StoreError> {
        self.readers.get(key)
    }

    fn scan(
        &self,
        prefix: &[u8],
        after: Option<&RecordKey>,
        limit: usize,
    ) -> Result<Vec<(RecordKey, Row)>, StoreError> {
        rules::page(limit)?;
        self.readers.scan(&Range::new(prefix, after), limit)
    }

    fn walk(&self, visit: &mut dyn FnMut(&RecordKey, u64, &[u8])) -> Result<(), StoreError> {
        self.readers.walk(visit)
    }

    fn commit(&self, batch: &Batch) -> Result<(), StoreError> {
        self.write(|writer| writer.commit(batch))
    }

    fn erase(&self) -> Result<Erasure, StoreError> {
        self.write(Writer::erase)
    }

    fn layout(&self) -> Result<[u8; 32], StoreError> {
        self.readers.with(schema::fingerprint)
    }

    fn copy_to(&self, path: &Path) -> Result<(), StoreError> {
        self.readers.with(|connection| copy::write(connection, path))
    }

    fn free_bytes(&self) -> Option<u64> {
        self.held.as_ref()?.place.free_bytes()
    }
}

impl std::fmt::Debug for SqliteStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(if self.held.is_some() { "SqliteStore(held)" } else { "SqliteStore(backup)" })
    }
}

#[cfg(test)]
mod tests;
