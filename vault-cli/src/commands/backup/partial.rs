//! A file on its way to being whole.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use rustix::fs::OFlags;
use rustix::process::Signal;

use super::BackupError;
use crate::key_file::sync_directory;
use crate::signals;

/// The file as long as it is not whole. Removed on drop, and when the process is
/// interrupted.
pub(super) struct Partial {
    pub(super) file: File,
    pub(super) path: PathBuf,
    target: PathBuf,
    /// Taken by whoever decides what becomes of the file, once.
    unfinished: Arc<Mutex<Option<PathBuf>>>,
}

impl Partial {
    pub(super) fn create(target: &Path) -> Result<Self, BackupError> {
        let mut name = target.as_os_str().to_owned();
        name.push(".partial");
        let path = PathBuf::from(name);
        let io = |source| BackupError::Io { path: target.to_owned(), source };
        if target.is_dir() {
            return Err(io(io::Error::from(io::ErrorKind::IsADirectory)));
        }
        let unfinished = Arc::new(Mutex::new(None));
        let doomed = Arc::clone(&unfinished);
        signals::watch(&INTERRUPTS, move |signal| {
            // Held until the process is gone: nobody renames meanwhile.
            let mut path = doomed.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(path) = path.take() {
                let _ = fs::remove_file(path);
            }
            std::process::exit(signals::status(signal).into());
        })
        .map_err(io)?;
        let mut registered = unfinished.lock().unwrap_or_else(PoisonError::into_inner);
        let begun = match begin(&path) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => match remove_abandoned(&path) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
                _ => begin(&path),
            },
            other => other,
        };
        let file = begun.map_err(|source| match source.kind() {
            // Somebody else is at it, or was a moment ago.
            io::ErrorKind::WouldBlock | io::ErrorKind::AlreadyExists => BackupError::Busy { path: target.to_owned() },
            _ => io(source),
        })?;
        *registered = Some(path.clone());
        drop(registered);
        Ok(Self { file, path, target: target.to_owned(), unfinished })
    }

    /// On the disk first, then under its name, then the name on the disk.
    pub(super) fn keep(&mut self) -> Result<(), BackupError> {
        let io = |source| BackupError::Io { path: self.target.clone(), source };
        self.file.sync_all().map_err(io)?;
        let mut unfinished = self.unfinished.lock().unwrap_or_else(PoisonError::into_inner);
        fs::rename(&self.path, &self.target).map_err(io)?;
        *unfinished = None;
        sync_directory(&self.target).map_err(io)
    }
}

impl Drop for Partial {
    fn drop(&mut self) {
        if let Some(path) = self.unfinished.lock().unwrap_or_else(PoisonError::into_inner).take() {
            let _ = fs::remove_file(path);
        }
    }
}

/// New, private, and locked for as long as somebody writes it.
fn begin(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true).mode(0o600).custom_flags(OFlags::NOFOLLOW.bits() as i32);
    let file = options.open(path)?;
    match lock_named(&file, path) {
        Ok(()) => Ok(file),
        Err(error) => {
            // When another took it meanwhile, it is theirs to remove.
            if error.kind() != io::ErrorKind::WouldBlock {
                let _ = fs::remove_file(path);
            }
            Err(error)
        }
    }
}

/// Removes what a killed backup left. One that is being written is locked.
fn remove_abandoned(path: &Path) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).custom_flags((OFlags::NOFOLLOW | OFlags::NONBLOCK).bits() as i32);
    let file = options.open(path)?;
    lock_named(&file, path)?;
    fs::remove_file(path)
}

/// Locks the file, and makes sure that it is still the one with this name: who
/// holds both may write, rename and remove it, and nobody else does.
fn lock_named(file: &File, path: &Path) -> io::Result<()> {
    file.try_lock()?;
    let (ours, there) = (file.metadata()?, fs::symlink_metadata(path)?);
    let same = (ours.dev(), ours.ino()) == (there.dev(), there.ino());
    if same { Ok(()) } else { Err(io::Error::from(io::ErrorKind::WouldBlock)) }
}

const INTERRUPTS: [Signal; 4] = [Signal::INT, Signal::TERM, Signal::HUP, Signal::QUIT];
