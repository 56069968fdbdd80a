//! A file on its way to being whole.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use rustix::fs::{CWD, OFlags, RenameFlags, renameat_with};
use rustix::io::Errno;
use rustix::process::Signal;

use crate::failure::Problem;
use crate::key_file::sync_directory;
use crate::signals;

/// The file as long as it is not whole: `FILE.partial`. Removed on drop, and when
/// the process is interrupted.
pub(crate) struct Partial {
    file: File,
    path: PathBuf,
    target: PathBuf,
    existing: Existing,
    /// Taken by whoever decides what becomes of the file, once.
    unfinished: Arc<Mutex<Option<PathBuf>>>,
}

/// What becomes of a file that has the name already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Existing {
    /// It is replaced.
    Replace,
    /// It stays, and there is no other.
    Keep,
}

/// Why there is no file.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PartialError {
    #[error("{} exists already", path.display())]
    Exists { path: PathBuf },
    #[error("somebody else is writing {}", path.display())]
    Busy { path: PathBuf },
    #[error("{} is no regular file", path.display())]
    NotAFile { path: PathBuf },
    #[error("{}: {source}", path.display())]
    Io { path: PathBuf, source: io::Error },
}

impl Problem for PartialError {
    fn code(&self) -> &'static str {
        match self {
            Self::Exists { .. } => "exists",
            Self::Busy { .. } => "busy",
            Self::NotAFile { .. } => "usage",
            Self::Io { .. } => "io",
        }
    }

    fn exit(&self) -> u8 {
        match self {
            Self::Exists { .. } => 6,
            Self::Busy { .. } => 9,
            Self::NotAFile { .. } => 2,
            Self::Io { source, .. } if source.kind() == io::ErrorKind::StorageFull => 11,
            Self::Io { .. } => 1,
        }
    }

    fn retryable(&self) -> bool {
        matches!(self, Self::Busy { .. })
    }

    fn hint(&self) -> String {
        match self {
            Self::Exists { .. } => "choose another name with -o; `encrypt` and `decrypt` replace it with --force",
            Self::Busy { .. } => "wait for it to end, or choose another name",
            Self::NotAFile { .. } => "to write to it, name - and redirect: `> /dev/…`",
            Self::Io { source, .. } if source.kind() == io::ErrorKind::StorageFull => {
                "nothing was left behind; make room, or write to another disk"
            }
            Self::Io { .. } => "nothing was left behind; check the path and its directory",
        }
        .into()
    }
}

impl Partial {
    pub(crate) fn create(target: &Path, existing: Existing) -> Result<Self, PartialError> {
        let mut name = target.as_os_str().to_owned();
        name.push(".partial");
        let path = PathBuf::from(name);
        let io = |source| PartialError::Io { path: target.to_owned(), source };
        if target.is_dir() {
            return Err(io(io::Error::from(io::ErrorKind::IsADirectory)));
        }
        // A device or a pipe is written to and not replaced.
        if fs::metadata(target).is_ok_and(|found| !found.is_file()) {
            return Err(PartialError::NotAFile { path: target.to_owned() });
        }
        // Said at once; that it is so still, when the file is whole.
        if existing == Existing::Keep && fs::symlink_metadata(target).is_ok() {
            return Err(PartialError::Exists { path: target.to_owned() });
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
            io::ErrorKind::WouldBlock | io::ErrorKind::AlreadyExists => PartialError::Busy { path: target.to_owned() },
            _ => io(source),
        })?;
        *registered = Some(path.clone());
        drop(registered);
        Ok(Self { file, path, target: target.to_owned(), existing, unfinished })
    }

    /// To write to.
    pub(crate) fn file(&mut self) -> &mut File {
        &mut self.file
    }

    /// On the disk first, then under its name, then the name on the disk.
    pub(crate) fn keep(&mut self) -> Result<(), PartialError> {
        let io = |source| PartialError::Io { path: self.target.clone(), source };
        self.file.sync_all().map_err(io)?;
        let mut unfinished = self.unfinished.lock().unwrap_or_else(PoisonError::into_inner);
        match self.existing {
            Existing::Replace => fs::rename(&self.path, &self.target).map_err(io)?,
            Existing::Keep => rename_new(&self.path, &self.target).map_err(|source| match source.kind() {
                io::ErrorKind::AlreadyExists => PartialError::Exists { path: self.target.clone() },
                _ => io(source),
            })?,
        }
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

/// Renames to a name that nothing has.
fn rename_new(from: &Path, to: &Path) -> io::Result<()> {
    match renameat_with(CWD, from, CWD, to, RenameFlags::NOREPLACE) {
        // Not on this file system. What has a name already is never given another one either.
        Err(Errno::INVAL | Errno::NOSYS | Errno::NOTSUP) => {
            fs::hard_link(from, to)?;
            fs::remove_file(from)
        }
        renamed => Ok(renamed?),
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

/// Removes what a killed process left. One that is being written is locked.
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
