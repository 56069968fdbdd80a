//! The one writer: commits, checkpoints, and the rule that a handle whose
//! medium failed takes no more writes.
//!
//! What is certain after an error? Only COMMIT writes to the log (`cache_spill`
//! is off), so an error before it changed nothing. At COMMIT, SQLite writes the
//! frames, the last of them marked as the end of the commit, then syncs, then
//! publishes:
//! - *Disk full* can only come from writing a frame (an fsync that fails, for
//!   whatever reason, is an I/O error), so the marked frame is not whole, its
//!   checksum does not fit and no recovery takes it. One gap remains: a torn
//!   frame could be completed by what an older frame left in the same place.
//!   [`Writer::settle`] closes it by emptying the log. The handle goes on.
//! - *Busy*: SQLite did not begin.
//! - *Everything else* may have come after the frame was whole: indeterminate.

use std::io;

use rusqlite::{Connection, ErrorCode, OptionalExtension};

use super::super::{Batch, Erasure, Op, StoreError, rules};
use super::error;

/// The connection that writes, and how it stands.
pub(super) struct Writer {
    connection: Connection,
    stopped: bool,
    /// Roughly the frames in the log, and rather too many.
    frames: usize,
}

impl Writer {
    /// Takes over the connection and makes what it sees durable.
    ///
    /// A log left by a handle that failed may be in the kernel's cache and not
    /// on the disk, and the kernel reports that only once. Copying it into the
    /// file writes every page again and syncs it.
    pub(super) fn new(connection: Connection) -> Result<Self, StoreError> {
        let mut writer = Self { connection, stopped: false, frames: 0 };
        match writer.checkpoint(TRUNCATE) {
            // A full disk keeps the log; reads go on.
            Ok(_) | Err(StoreError::Full) => Ok(writer),
            Err(error) => Err(error),
        }
    }

    /// The batch, all or nothing, durable.
    pub(super) fn commit(&mut self, batch: &Batch) -> Result<(), StoreError> {
        rules::admit(batch)?;
        if self.stopped {
            return Err(StoreError::Stopped);
        }
        if let Err(refused) = self.apply(batch) {
            self.roll_back();
            return Err(refused);
        }
        if let Err(failed) = self.execute("COMMIT") {
            return Err(self.failed_commit(failed));
        }
        self.frames += frames(batch);
        if self.frames >= CHECKPOINT_FRAMES {
            // The batch is durable whatever comes of this; a medium that fails
            // here stops the next one.
            let _ = self.checkpoint_if_long();
        }
        Ok(())
    }

    /// Empties the log into the file, so that what was deleted is gone from both.
    pub(super) fn erase(&mut self) -> Result<Erasure, StoreError> {
        if self.stopped {
            return Err(StoreError::Stopped);
        }
        self.checkpoint(TRUNCATE)
    }

    /// Everything up to COMMIT.
    fn apply(&mut self, batch: &Batch) -> Result<(), StoreError> {
        self.execute("BEGIN IMMEDIATE").map_err(|error| self.before_commit(error))?;
        let found = self.state_revision().map_err(|error| self.before_commit(error))?;
        let found = match found.map(u64::try_from).transpose() {
            Ok(found) => found,
            Err(_) => return Err(StoreError::Corrupt { what: "a record has a negative revision" }),
        };
        if found != batch.expected {
            return Err(StoreError::Precondition { found });
        }
        self.write(batch).map_err(|error| self.before_commit(error))
    }

    fn state_revision(&self) -> rusqlite::Result<Option<i64>> {
        let mut statement = self.connection.prepare_cached(STATE)?;
        statement.query_row([rules::state_key().as_bytes().as_slice()], |row| row.get(0)).optional()
    }

    fn write(&self, batch: &Batch) -> rusqlite::Result<()> {
        let mut put = self.connection.prepare_cached(PUT)?;
        let mut delete = self.connection.prepare_cached(DELETE)?;
        // `admit` has checked that the revision fits.
        let revision = i64::try_from(batch.revision).unwrap_or(i64::MAX);
        for op in &batch.ops {
            match op {
                Op::Put(key, bytes) => put.execute((key.as_bytes().as_slice(), revision, bytes.as_slice()))?,
                Op::Delete(key) => delete.execute([key.as_bytes().as_slice()])?,
            };
        }
        Ok(())
    }

    /// An error before COMMIT: nothing was written, but a medium that fails is not trusted again.
    fn before_commit(&mut self, failed: rusqlite::Error) -> StoreError {
        if error::medium_failed(&failed) {
            self.stop();
        }
        error::unchanged(failed)
    }

    fn failed_commit(&mut self, failed: rusqlite::Error) -> StoreError {
        match failed.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => {
                self.roll_back();
                self.settle();
                StoreError::Full
            }
            Some(ErrorCode::DatabaseBusy) => {
                self.roll_back();
                error::unchanged(failed)
            }
            _ => {
                self.stop();
                self.roll_back();
                StoreError::Indeterminate(io::Error::other(failed))
            }
        }
    }

    /// Empties the log after a commit that found no space, so that nothing of
    /// it can be taken for whole, and space is given back. When this finds no
    /// space either, the next commit writes over the same place.
    fn settle(&mut self) {
        if !self.stopped {
            let _ = self.checkpoint(TRUNCATE);
        }
    }

    /// Ends the transaction that SQLite may have ended itself. A handle that
    /// cannot even do that takes no more writes.
    fn roll_back(&mut self) {
        if !self.connection.is_autocommit() && self.execute("ROLLBACK").is_err() && !self.connection.is_autocommit() {
            self.stop();
        }
    }

    /// Asks how long the log really is before it is copied into the file.
    fn checkpoint_if_long(&mut self) -> Result<(), StoreError> {
        let looked: rusqlite::Result<i64> = self.connection.query_row(LOOK, [], |row| row.get(1));
        let frames = looked.map_err(|failed| self.before_commit(failed))?;
        self.frames = usize::try_from(frames).unwrap_or_default();
        if self.frames >= CHECKPOINT_FRAMES {
            self.checkpoint(PASSIVE)?;
        }
        Ok(())
    }

    fn checkpoint(&mut self, mode: &str) -> Result<Erasure, StoreError> {
        match self.connection.query_row(mode, [], |row| row.get::<_, i64>(0)) {
            Ok(0) => {
                self.frames = 0;
                Ok(Erasure::Done)
            }
            Ok(_) => Ok(Erasure::Pending),
            Err(busy) if busy.sqlite_error_code() == Some(ErrorCode::DatabaseBusy) => Ok(Erasure::Pending),
            Err(failed) => {
                if error::medium_failed(&failed) {
                    self.stop();
                }
                Err(error::unchanged(failed))
            }
        }
    }

    /// No more writes, and no checkpoint at close either: what is in the log
    /// stays there for the next open to judge.
    fn stop(&mut self) {
        self.stopped = true;
        let _ = self.connection.set_db_config(rusqlite::config::DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true);
    }

    fn execute(&self, sql: &str) -> rusqlite::Result<()> {
        self.connection.prepare_cached(sql)?.raw_execute().map(|_| ())
    }

    #[cfg(test)]
    pub(super) fn connection(&self) -> &Connection {
        &self.connection
    }
}

/// How far a batch lengthens the log, roughly: each change touches a page or
/// two, and its bytes fill pages.
fn frames(batch: &Batch) -> usize {
    let bytes: usize = batch.ops.iter().map(|op| if let Op::Put(_, bytes) = op { bytes.len() } else { 0 }).sum();
    1 + 2 * batch.ops.len() + bytes / 4_096
}

/// Frames in the log that call for a checkpoint: about 4 MiB.
const CHECKPOINT_FRAMES: usize = 1_000;

/// Copies nothing; tells the frames in the log.
const LOOK: &str = "PRAGMA main.wal_checkpoint(NOOP)";
const PASSIVE: &str = "PRAGMA main.wal_checkpoint(PASSIVE)";
const TRUNCATE: &str = "PRAGMA main.wal_checkpoint(TRUNCATE)";
const STATE: &str = "SELECT revision FROM main.records WHERE key=?1";
const PUT: &str = "INSERT INTO main.records(key, revision, bytes) VALUES(?1, ?2, ?3) \
                   ON CONFLICT(key) DO UPDATE SET revision=excluded.revision, bytes=excluded.bytes";
const DELETE: &str = "DELETE FROM main.records WHERE key=?1";
