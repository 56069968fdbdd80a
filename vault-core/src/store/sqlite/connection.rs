//! Opening SQLite, and every setting the design asks for, each read back.
//!
//! Why each:
//! - WAL with synchronous=FULL: the only pair of the tested ones, with normal
//!   locking, that lost no acknowledged write in a simulated power loss.
//! - secure_delete: overwritten and deleted rows become zeros, not free space.
//! - cell_size_check, trusted_schema=OFF, DEFENSIVE, no triggers, no views, no
//!   ATTACH: the file may have been written by an enemy.
//! - mmap_size=0: a truncated file is an error, not a SIGBUS.
//! - temp_store=MEMORY: nothing is spilled to another file.
//! - cache_spill=OFF (writer): no byte reaches the log before COMMIT, so a
//!   failure earlier is certain to have changed nothing.
//! - wal_autocheckpoint=0 (writer): SQLite swallows the errors of its own
//!   checkpoints; `writer` runs them and looks.

use std::ffi::OsString;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::limits::Limit;
use rusqlite::{Connection, OpenFlags};

use super::super::StoreError;
use super::{error, schema};
use crate::limits::RECORD_MAX;

/// The one connection that writes, to a file already made.
pub(super) fn writer(path: &Path, fresh: bool) -> Result<Connection, StoreError> {
    let connection = open(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    if connection.is_readonly("main").map_err(error::unchanged)? {
        return Err(StoreError::ReadOnly);
    }
    // Nothing is changed in a file that is not ours.
    if !fresh {
        schema::identify(&connection)?;
        schema::verify(&connection)?;
        // Its first page is known by now, and may say that it is written in a newer way.
        if connection.is_readonly("main").map_err(error::unchanged)? {
            return Err(StoreError::Corrupt { what: error::FORMAT });
        }
    }
    settings(&connection, &[("journal_mode", "wal"), ("synchronous", "2"), ("secure_delete", "1")])?;
    settings(&connection, &[("cache_spill", "0"), ("wal_autocheckpoint", "0"), ("cache_size", WRITER_CACHE)])?;
    settings(&connection, &[("journal_size_limit", LOG_MAX)])?;
    if fresh {
        schema::create(&connection).map_err(error::unchanged)?;
        schema::identify(&connection)?;
        schema::verify(&connection)?;
    }
    Ok(connection)
}

/// A connection that cannot write.
pub(super) fn reader(path: &Path) -> Result<Connection, StoreError> {
    let connection = open(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    settings(&connection, &[("query_only", "1"), ("cache_size", READER_CACHE)])?;
    Ok(connection)
}

/// A connection to a file that nobody changes: SQLite takes no lock, reads no
/// log and writes nothing beside it, so a backup on any medium stays as it is.
pub(super) fn immutable(path: &Path) -> Result<Connection, StoreError> {
    let connection = open(&immutable_uri(path), OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI)?;
    settings(&connection, &[("query_only", "1"), ("cache_size", READER_CACHE)])?;
    schema::identify(&connection)?;
    schema::verify(&connection)?;
    whole(&connection, path)?;
    Ok(connection)
}

/// SQLite fills what is missing of a last page with zeros, and nobody would
/// notice until a byte of it mattered.
fn whole(connection: &Connection, path: &Path) -> Result<(), StoreError> {
    let number = |pragma: &str| -> Result<u64, StoreError> {
        let number: i64 = connection.query_row(pragma, [], |row| row.get(0)).map_err(error::unchanged)?;
        Ok(number.unsigned_abs())
    };
    let expected = number("PRAGMA page_count")?.saturating_mul(number("PRAGMA page_size")?);
    let len = std::fs::metadata(path).map_err(StoreError::Io)?.len();
    if len != expected {
        return Err(StoreError::Corrupt { what: "the file is shorter or longer than it says of itself" });
    }
    Ok(())
}

/// For a walk over the whole file: each page is looked at once, and a cache
/// filled with the last of them would stay filled.
pub(super) fn keep_few(connection: &Connection) -> Result<(), StoreError> {
    settings(connection, &[("cache_size", WALK_CACHE)])
}

/// After it.
pub(super) fn keep_many(connection: &Connection) -> Result<(), StoreError> {
    settings(connection, &[("cache_size", READER_CACHE)])
}

/// Does SQLite find every page of the file in order?
pub(super) fn in_order(connection: &Connection) -> Result<(), StoreError> {
    let found: String =
        connection.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0)).map_err(error::unchanged)?;
    if found == "ok" { Ok(()) } else { Err(StoreError::Corrupt { what: error::PAGES }) }
}

/// A connection to an empty file that becomes a copy: one file, no log beside it.
pub(super) fn copy(path: &Path) -> Result<Connection, StoreError> {
    let connection = open(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    settings(&connection, &[("journal_mode", "delete"), ("synchronous", "3")])?;
    Ok(connection)
}

/// Sets each pragma and reads it back: SQLite ignores what it does not know.
pub(super) fn settings(connection: &Connection, wanted: &[(&str, &str)]) -> Result<(), StoreError> {
    for (pragma, value) in wanted {
        connection.execute_batch(&format!("PRAGMA {pragma}={value}")).map_err(error::unchanged)?;
        let took: rusqlite::types::Value =
            connection.query_row(&format!("PRAGMA {pragma}"), [], |row| row.get(0)).map_err(error::unchanged)?;
        let took = match took {
            rusqlite::types::Value::Integer(number) => number.to_string(),
            rusqlite::types::Value::Text(text) => text,
            _ => String::new(),
        };
        if took != *value {
            let problem = format!("SQLite did not accept {pragma}={value} (it is {took})");
            return Err(StoreError::Io(std::io::Error::other(problem)));
        }
    }
    Ok(())
}

/// What every connection gets before it reads the first byte of the file.
fn open(path: &Path, mode: OpenFlags) -> Result<Connection, StoreError> {
    // One thread at a time holds a connection, so SQLite needs no mutex of its own.
    let flags = mode | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_NOFOLLOW;
    let connection = Connection::open_with_flags(path, flags).map_err(error::unchanged)?;
    let guards = [
        (DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true),
        (DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false),
        (DbConfig::SQLITE_DBCONFIG_ENABLE_TRIGGER, false),
        (DbConfig::SQLITE_DBCONFIG_ENABLE_VIEW, false),
        (DbConfig::SQLITE_DBCONFIG_ENABLE_ATTACH_CREATE, false),
        (DbConfig::SQLITE_DBCONFIG_ENABLE_ATTACH_WRITE, false),
        (DbConfig::SQLITE_DBCONFIG_DQS_DML, false),
        (DbConfig::SQLITE_DBCONFIG_DQS_DDL, false),
    ];
    for (guard, wanted) in guards {
        if connection.set_db_config(guard, wanted).map_err(error::unchanged)? != wanted {
            let problem = format!("SQLite did not accept {guard:?}={wanted}");
            return Err(StoreError::Io(std::io::Error::other(problem)));
        }
    }
    for (limit, max) in [(Limit::SQLITE_LIMIT_ATTACHED, 0), (Limit::SQLITE_LIMIT_LENGTH, ROW_MAX)] {
        connection.set_limit(limit, max).map_err(error::unchanged)?;
    }
    connection.busy_timeout(BUSY).map_err(error::unchanged)?;
    connection.set_prepared_statement_cache_capacity(16);
    settings(
        &connection,
        &[("cell_size_check", "1"), ("trusted_schema", "0"), ("mmap_size", "0"), ("temp_store", "2")],
    )?;
    Ok(connection)
}

/// `file:` with every byte but the plainest escaped.
fn immutable_uri(path: &Path) -> PathBuf {
    let mut uri = b"file:".to_vec();
    for &byte in path.as_os_str().as_bytes() {
        if byte.is_ascii_alphanumeric() || b"/-_.".contains(&byte) {
            uri.push(byte);
        } else {
            uri.extend_from_slice(format!("%{byte:02X}").as_bytes());
        }
    }
    uri.extend_from_slice(b"?immutable=1");
    OsString::from_vec(uri).into()
}

/// How long a statement or a checkpoint waits for others.
pub(super) const BUSY: Duration = Duration::from_secs(1);

/// SQLite's own ceiling for a row: the longest record, its key and its column
/// headers. A longer one is refused by SQLite before it is copied anywhere.
const ROW_MAX: i32 = RECORD_MAX as i32 + 1_024;

/// Page cache of the writer, in KiB (negative): a whole commit fits.
const WRITER_CACHE: &str = "-4096";

/// Page cache of a reader, in KiB (negative); the kernel caches behind it.
const READER_CACHE: &str = "-1024";

/// Page cache of a walk, in pages: deeper than any tree.
const WALK_CACHE: &str = "32";

/// The log is cut back to this after a checkpoint, in bytes.
const LOG_MAX: &str = "4194304";
