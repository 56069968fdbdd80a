//! A consistent copy while the vault is in use, by SQLite's backup interface.
//!
//! The copy is one file that needs no log beside it, holds ciphertext as the
//! vault does, and is on the disk when the call returns. It may go anywhere,
//! a network share included: it is only written once, and read as a whole.

use std::os::fd::OwnedFd;
use std::path::Path;

use rusqlite::Connection;
use rusqlite::backup::{Backup, StepResult};
use rustix::fs::{AtFlags, CWD, Mode, OFlags};

use super::super::StoreError;
use super::place::{SIDE_FILES, cannot, new_file, split};
use super::{connection, error};

/// Copies what `source` sees to a new file at `path`.
pub(super) fn write(source: &Connection, path: &Path) -> Result<(), StoreError> {
    let (parent, name) = split(path)?;
    let directory = rustix::fs::open(parent, OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty())
        .map_err(|errno| cannot(parent, errno))?;
    // SQLite follows no links, so it gets a path without any.
    let real = parent.canonicalize().map_err(StoreError::Io)?.join(name);
    drop(new_file(&directory, name, path)?);
    let written = fill(source, &real).and_then(|()| make_durable(&directory, path, name));
    if written.is_err() {
        // Only what this call made, and half a copy is none.
        for suffix in SIDE_FILES.into_iter().chain([""]) {
            let mut file = name.to_owned();
            file.push(suffix);
            let _ = rustix::fs::unlinkat(&directory, file, AtFlags::empty());
        }
    }
    written
}

fn fill(source: &Connection, real: &Path) -> Result<(), StoreError> {
    let mut copy = connection::copy(real)?;
    {
        let backup = Backup::new(source, &mut copy).map_err(error::unchanged)?;
        // All in one step: one read transaction, so one moment of the vault.
        match backup.step(-1).map_err(error::unchanged)? {
            StepResult::Done => {}
            _ => return Err(StoreError::Held { holder: "a checkpoint that did not end in time".to_owned() }),
        }
    }
    // The first page came over with the mark of a log; the copy has none.
    connection::settings(&copy, &[("journal_mode", "delete")])?;
    copy.close().map_err(|(_, error)| error::unchanged(error))
}

/// Could what is restored from this copy be written to? SQLite reads a file that
/// says it is written in a newer way, and refuses only to write.
pub(super) fn writable(path: &Path) -> Result<(), StoreError> {
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let file = rustix::fs::openat(CWD, path, flags, Mode::empty()).map_err(|errno| cannot(path, errno))?;
    let mut version = [0];
    let read =
        rustix::io::pread(&file, &mut version, WRITE_VERSION_AT).map_err(|errno| StoreError::Io(errno.into()))?;
    match (read, version) {
        (1, [0..=WRITE_VERSION_MAX]) => Ok(()),
        _ => Err(StoreError::Corrupt { what: error::FORMAT }),
    }
}

fn make_durable(directory: &OwnedFd, path: &Path, name: &std::ffi::OsStr) -> Result<(), StoreError> {
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let file = rustix::fs::openat(directory, name, flags, Mode::empty()).map_err(|errno| cannot(path, errno))?;
    rustix::fs::fsync(&file).map_err(|errno| StoreError::Io(errno.into()))?;
    rustix::fs::fsync(directory).map_err(|errno| StoreError::Io(errno.into()))
}

/// Where a file says how it is to be written, and the newest way known: 1 is a journal,
/// 2 a log (SQLite's file format, section 1.3.3).
const WRITE_VERSION_AT: u64 = 18;
const WRITE_VERSION_MAX: u8 = 2;
