//! From SQLite's codes to ours.
//!
//! Who asks decides what a code means: the same "disk full" is certain during
//! a statement and needs an argument at COMMIT, which `writer` makes.

use std::io;

use rusqlite::{Error, ErrorCode};

use super::super::StoreError;

/// What a failed read, or a failure that is certain to have changed nothing, means.
pub(super) fn unchanged(error: Error) -> StoreError {
    match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseCorrupt) => StoreError::Corrupt { what: PAGES },
        Some(ErrorCode::NotADatabase) => StoreError::Corrupt { what: "it is not an SQLite file" },
        // The ceiling set on every connection is above the longest record we write.
        Some(ErrorCode::TooBig) => StoreError::Corrupt { what: "a record is longer than any this program writes" },
        Some(ErrorCode::DiskFull) => StoreError::Full,
        Some(ErrorCode::ReadOnly) => StoreError::ReadOnly,
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
            StoreError::Held { holder: "another program that has the file open in SQLite".to_owned() }
        }
        // The WAL's index could not grow: there is no other cause than space.
        _ if error.sqlite_extended_error_code() == Some(SHARED_MEMORY_SIZE) => StoreError::Full,
        // Our statements never change: what SQLite cannot make sense of is the file.
        _ if error.sqlite_extended_error_code() == Some(rusqlite::ffi::SQLITE_ERROR) => {
            StoreError::Corrupt { what: FORMAT }
        }
        _ => StoreError::Io(io::Error::other(error)),
    }
}

/// Did the medium fail, rather than SQLite refuse? After that no write on the
/// handle is acknowledged: a kernel that failed an fsync forgets about it, so
/// the next one would succeed without the data being there.
pub(super) fn medium_failed(error: &Error) -> bool {
    error.sqlite_error_code() == Some(ErrorCode::SystemIoFailure)
}

pub(super) const PAGES: &str = "SQLite finds its pages damaged";
pub(super) const FORMAT: &str = "it says that it is in a format that SQLite does not know";
const SHARED_MEMORY_SIZE: i32 = rusqlite::ffi::SQLITE_IOERR_SHMSIZE;

#[cfg(test)]
mod tests {
    use rusqlite::ffi;

    use super::*;

    fn failure(code: i32) -> Error {
        Error::SqliteFailure(ffi::Error::new(code), None)
    }

    #[test]
    fn codes_are_told_apart() {
        assert!(matches!(unchanged(failure(ffi::SQLITE_CORRUPT)), StoreError::Corrupt { .. }));
        assert!(matches!(unchanged(failure(ffi::SQLITE_NOTADB)), StoreError::Corrupt { .. }));
        assert!(matches!(unchanged(failure(ffi::SQLITE_TOOBIG)), StoreError::Corrupt { .. }));
        assert!(matches!(unchanged(failure(ffi::SQLITE_ERROR)), StoreError::Corrupt { .. }));
        assert!(matches!(unchanged(failure(ffi::SQLITE_FULL)), StoreError::Full));
        assert!(matches!(unchanged(failure(ffi::SQLITE_IOERR_SHMSIZE)), StoreError::Full));
        assert!(matches!(unchanged(failure(ffi::SQLITE_READONLY)), StoreError::ReadOnly));
        assert!(matches!(unchanged(failure(ffi::SQLITE_BUSY_SNAPSHOT)), StoreError::Held { .. }));
        assert!(matches!(unchanged(failure(ffi::SQLITE_IOERR_READ)), StoreError::Io(_)));
    }

    #[test]
    fn only_input_and_output_errors_blame_the_medium() {
        assert!(medium_failed(&failure(ffi::SQLITE_IOERR_FSYNC)));
        assert!(medium_failed(&failure(ffi::SQLITE_IOERR_WRITE)));
        assert!(!medium_failed(&failure(ffi::SQLITE_FULL)));
        assert!(!medium_failed(&failure(ffi::SQLITE_BUSY)));
    }
}
