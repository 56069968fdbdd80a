//! Copies being read: each belongs to the connection that asked for it, lies in
//! the vault's own directory, holds only ciphertext, and goes when it is done
//! with or the connection closes.

use std::fs::File;
use std::io::Read;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use sha2::{Digest, Sha256};
use vault_core::access::Access;
use vault_core::host::Host;
use vault_core::store::sqlite::SqliteStore;
use vault_proto::latest::{BackupInfo, WireError};

use super::map::{self, invalid};

#[derive(Default)]
pub(super) struct Backups {
    copies: Vec<Copy>,
}

struct Copy {
    id: u64,
    connection: u64,
    path: PathBuf,
    file: Arc<File>,
    verified: bool,
}

/// A copy that was made and not yet handed out.
pub(super) struct Made {
    path: PathBuf,
    file: File,
    pub(super) info: BackupInfo,
}

impl Made {
    /// Makes a copy; verified in full when asked. Takes long: nobody may be
    /// waiting for a lock meanwhile.
    pub(super) fn new(access: &Access<'_>, vault_file: &Path, host: &Host, verify: bool) -> Result<Self, WireError> {
        let no_randomness = |error: vault_core::host::EntropyError| unavailable(&error);
        // Unguessable, though a connection only ever reaches its own.
        let id = u64::from_be_bytes(host.random().map_err(no_randomness)?);
        let path = copy_path(vault_file, id);
        let reopen = |path: &Path| SqliteStore::open_backup(path);
        let made = access.backup(&path, verify.then_some(&reopen as _));
        let opened = made.map_err(map::operator_error).and_then(|sequence| {
            let file = File::open(&path).map_err(|error| unavailable(&error))?;
            let (bytes, sha256) = digest(&file).map_err(|error| unavailable(&error))?;
            Ok((file, BackupInfo { id, bytes, sha256, verified: verify, sequence }))
        });
        match opened {
            Ok((file, info)) => Ok(Self { path, file, info }),
            Err(error) => {
                remove(&path);
                Err(error)
            }
        }
    }
}

impl Backups {
    /// Is there room for one more?
    pub(super) fn room(&self) -> Result<(), WireError> {
        match self.copies.len() < COPIES_MAX {
            true => Ok(()),
            false => Err(WireError::Busy { retry_after_ms: 1_000 }),
        }
    }

    /// Keeps a copy for the connection that asked for it.
    pub(super) fn keep(&mut self, connection: u64, made: Made) -> BackupInfo {
        let Made { path, file, info } = made;
        let file = Arc::new(file);
        self.copies.push(Copy { id: info.id, connection, path, file, verified: info.verified });
        info
    }

    /// The file of a copy.
    pub(super) fn file(&self, connection: u64, id: u64) -> Result<Arc<File>, WireError> {
        let copy = self.copies.iter().find(|copy| copy.id == id && copy.connection == connection);
        Ok(Arc::clone(&copy.ok_or(WireError::Missing { expired: false })?.file))
    }

    /// Drops a copy; was it verified?
    pub(super) fn end(&mut self, connection: u64, id: u64) -> Result<bool, WireError> {
        let at = self.copies.iter().position(|copy| copy.id == id && copy.connection == connection);
        let copy = self.copies.remove(at.ok_or(WireError::Missing { expired: false })?);
        remove(&copy.path);
        Ok(copy.verified)
    }

    /// The connection is gone, and its copies with it.
    pub(super) fn closed(&mut self, connection: u64) {
        self.copies.retain(|copy| {
            let gone = copy.connection == connection;
            if gone {
                remove(&copy.path);
            }
            !gone
        });
    }
}

impl Drop for Backups {
    fn drop(&mut self) {
        self.copies.iter().for_each(|copy| remove(&copy.path));
    }
}

/// A piece of a copy; empty at the end.
pub(super) fn read_piece(file: &File, offset: u64, max: usize) -> Result<Vec<u8>, WireError> {
    let mut bytes = vec![0; max];
    let mut filled = 0;
    while filled < max {
        let at = offset.checked_add(filled as u64).ok_or_else(|| invalid("offset", "a place in the copy"))?;
        match file.read_at(&mut bytes[filled..], at) {
            Ok(0) => break,
            Ok(read) => filled += read,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error) => return Err(unavailable(&error)),
        }
    }
    bytes.truncate(filled);
    Ok(bytes)
}

/// Removes copies that a crash left; the vault's lock is held.
pub(super) fn clear_leftovers(vault_file: &Path) {
    let (Some(directory), Some(name)) = (vault_file.parent(), vault_file.file_name()) else { return };
    let prefix = format!("{}{COPY_INFIX}", name.to_string_lossy());
    let Ok(entries) = std::fs::read_dir(directory) else { return };
    for entry in entries.flatten() {
        if entry.file_name().to_string_lossy().starts_with(&prefix) {
            remove(&entry.path());
        }
    }
}

fn copy_path(vault_file: &Path, id: u64) -> PathBuf {
    let mut name = vault_file.as_os_str().to_owned();
    name.push(format!("{COPY_INFIX}{id:016x}"));
    name.into()
}

fn remove(path: &Path) {
    match std::fs::remove_file(path) {
        Ok(()) => {}
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
        Err(error) => tracing::warn!(%error, "a backup's temporary copy could not be removed"),
    }
}

fn digest(mut file: &File) -> std::io::Result<(u64, [u8; 32])> {
    let mut hash = Sha256::new();
    let mut buffer = vec![0; 1 << 16];
    let mut total = 0;
    loop {
        match file.read(&mut buffer) {
            Ok(0) => return Ok((total, hash.finalize().into())),
            Ok(read) => {
                hash.update(&buffer[..read]);
                total += read as u64;
            }
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

fn unavailable(error: &dyn std::fmt::Display) -> WireError {
    WireError::Unavailable { reason: error.to_string() }
}

const COPIES_MAX: usize = 4;
const COPY_INFIX: &str = ".copy-";
