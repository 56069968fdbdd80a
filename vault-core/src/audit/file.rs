//! A sink on files: `FILE`, its predecessors `FILE.1` to `FILE.16`, torn lines
//! in `FILE.torn-N`, and space set aside in `FILE.reserve`.
//!
//! Threat: a file or link put in our place by another user, so that lines go
//! where he reads or changes them. Everything is opened without following
//! links, checked on the open descriptor, and locked against a second daemon.

use std::ffi::OsString;
use std::fs::File;
use std::io::{self, Write};
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use rustix::fs::{FileType, FlockOperation, Mode, OFlags};
use rustix::io::Errno;

use super::reserve::ReserveFile;
use super::sink::{AuditSink, Durable, KeptFile, ReadAt, Reserve, Upkeep};
use crate::limits::{AUDIT_FILE_MAX, AUDIT_FILES_MAX, AUDIT_PENDING_MAX, AUDIT_RESERVE, AUDIT_TORN_FILES_MAX};

/// Lines in files.
pub struct FileSink {
    path: PathBuf,
    options: FileOptions,
    current: Arc<OpenFile>,
    len: u64,
    /// A failed write left bytes behind this length that could not be cut off.
    dirty_end: bool,
    torn: u64,
    reserve: ReserveFile,
}

/// Sizes; each at most what [`crate::limits`] says.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct FileOptions {
    /// Length at which a new file is started, in bytes.
    pub file_max: u64,
    /// Older files kept.
    pub files_kept: usize,
    /// Disk space set aside, in bytes; 0 = none.
    pub reserve: u64,
}

/// Why the log file was not taken.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenFileError {
    /// Another process writes it.
    #[error("another process has the audit log open")]
    InUse,
    /// It is a link, not a regular file, of another owner, or open to others.
    #[error("not a file of ours alone: it must be a regular file with one name, owned by this user, mode 0600")]
    NotOurs,
    /// The system would not open it.
    #[error("the audit log cannot be opened")]
    Io(#[source] io::Error),
}

impl Default for FileOptions {
    fn default() -> Self {
        Self { file_max: AUDIT_FILE_MAX, files_kept: AUDIT_FILES_MAX, reserve: AUDIT_RESERVE }
    }
}

impl FileSink {
    /// Opens or makes the file, mode 0600, and sets a torn last line aside.
    pub fn open(path: &Path, options: FileOptions) -> Result<Self, OpenFileError> {
        let options = FileOptions {
            file_max: options.file_max.min(AUDIT_FILE_MAX),
            files_kept: options.files_kept.clamp(1, AUDIT_FILES_MAX),
            reserve: options.reserve.min(AUDIT_RESERVE),
        };
        let current = OpenFile::open(path, OFlags::empty()).map_err(OpenFileError::of)?;
        let (len, torn) = set_torn_line_aside(&current.file, path).map_err(OpenFileError::Io)?;
        let reserve = ReserveFile::open(beside(path, "reserve"), options.reserve);
        let current = Arc::new(current);
        Ok(Self { path: path.to_owned(), options, current, len, dirty_end: false, torn, reserve })
    }

    fn write_all(&mut self, lines: &[u8]) -> io::Result<()> {
        let mut rest = lines;
        while !rest.is_empty() {
            match (&self.current.file).write(rest) {
                Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                Ok(written) => rest = &rest[written..],
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) if no_room(&error) => {
                    let at = self.len + (lines.len() - rest.len()) as u64;
                    if !self.reserve.release(&self.current.file, at) {
                        return Err(error);
                    }
                }
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Takes back what a failed write left. Never makes the file longer.
    fn cut_end(&mut self) -> io::Result<()> {
        if self.current.file.metadata()?.len() > self.len {
            self.current.file.set_len(self.len)?;
        }
        self.dirty_end = false;
        Ok(())
    }

    fn older(&self, age: usize) -> PathBuf {
        beside(&self.path, &age.to_string())
    }
}

impl AuditSink for FileSink {
    fn append(&mut self, lines: &[u8]) -> io::Result<()> {
        if self.dirty_end {
            self.cut_end()?;
        }
        match self.write_all(lines) {
            Ok(()) => {
                self.len += lines.len() as u64;
                Ok(())
            }
            Err(error) => {
                self.dirty_end = true;
                // Tried again before the next append.
                let _ = self.cut_end();
                Err(error)
            }
        }
    }

    fn durable(&self) -> Arc<dyn Durable> {
        Arc::clone(&self.current) as Arc<dyn Durable>
    }

    fn len(&self) -> u64 {
        self.len
    }

    fn file_max(&self) -> u64 {
        self.options.file_max
    }

    /// Makes the new file first, so that a full disk is met before anything is
    /// moved. A crash between the renames leaves a hole in the numbers or no
    /// `FILE`, and the next open and rotation cope with both.
    fn rotate(&mut self) -> io::Result<()> {
        let made = beside(&self.path, "new");
        remove_if_there(&made)?;
        let fresh = OpenFile::open(&made, OFlags::EXCL)?;

        let oldest = (1..=self.options.files_kept).find(|&age| !self.older(age).exists());
        for age in (1..oldest.unwrap_or(self.options.files_kept)).rev() {
            std::fs::rename(self.older(age), self.older(age + 1))?;
        }
        match std::fs::rename(&self.path, self.older(1)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        if let Err(error) = std::fs::rename(&made, &self.path) {
            // Back to where we were: the old descriptor is still the current file.
            let _ = std::fs::rename(self.older(1), &self.path);
            return Err(error);
        }
        // Space claimed behind the end is not for a file that no longer grows.
        if self.current.file.metadata().is_ok_and(|meta| meta.len() == self.len) {
            let _ = self.current.file.set_len(self.len);
        }
        self.current = Arc::new(fresh);
        self.len = 0;
        self.dirty_end = false;
        Ok(())
    }

    fn reopen(&mut self) -> io::Result<bool> {
        if !self.current.moved(&self.path) {
            return Ok(false);
        }
        let opened = OpenFile::open(&self.path, OFlags::empty())?;
        let (len, torn) = set_torn_line_aside(&opened.file, &self.path)?;
        self.current = Arc::new(opened);
        (self.len, self.torn, self.dirty_end) = (len, torn, false);
        Ok(true)
    }

    fn maintain(&mut self) -> Upkeep {
        self.reserve.restore(&self.current.directory);
        Upkeep { moved: self.current.moved(&self.path) }
    }

    fn reserve(&self) -> Reserve {
        self.reserve.state()
    }

    fn torn(&self) -> u64 {
        self.torn
    }

    fn kept(&self) -> io::Result<Vec<KeptFile>> {
        let mut kept = Vec::new();
        for age in (1..=self.options.files_kept).rev() {
            let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::CLOEXEC | OFlags::NONBLOCK;
            let file = match rustix::fs::open(self.older(age), flags, Mode::empty()) {
                Ok(file) => File::from(file),
                // What is missing, or is no file, shows as a hole in the chain.
                Err(Errno::NOENT | Errno::LOOP) => continue,
                Err(errno) => return Err(errno.into()),
            };
            let meta = file.metadata()?;
            if meta.is_file() {
                kept.push(KeptFile { len: meta.len(), reader: Box::new(file) });
            }
        }
        let current = self.current.file.try_clone()?;
        // Not `self.len`: what another hand put at the end is to be found, not skipped.
        let len = if self.dirty_end { self.len } else { current.metadata()?.len() };
        kept.push(KeptFile { len, reader: Box::new(current) });
        Ok(kept)
    }
}

impl OpenFileError {
    fn of(error: io::Error) -> Self {
        let link = error.raw_os_error() == Some(Errno::LOOP.raw_os_error());
        match error.kind() {
            io::ErrorKind::WouldBlock => Self::InUse,
            io::ErrorKind::PermissionDenied | io::ErrorKind::IsADirectory => Self::NotOurs,
            _ if link => Self::NotOurs,
            _ => Self::Io(error),
        }
    }
}

/// An open log file and the directory its name is in.
struct OpenFile {
    file: File,
    directory: File,
    /// The name is not yet known to be durable.
    new_name: AtomicBool,
}

impl OpenFile {
    fn open(path: &Path, more: OFlags) -> io::Result<Self> {
        let flags = OFlags::RDWR | OFlags::APPEND | OFlags::CREATE | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let opened = rustix::fs::open(path, flags | OFlags::NONBLOCK | more, Mode::RUSR | Mode::WUSR)?;
        check(opened.as_fd())?;
        rustix::fs::flock(&opened, FlockOperation::NonBlockingLockExclusive)?;
        let directory = match path.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => File::open(parent)?,
            _ => File::open(".")?,
        };
        Ok(Self { file: File::from(opened), directory, new_name: AtomicBool::new(true) })
    }

    /// Does the name lead elsewhere, or nowhere?
    fn moved(&self, path: &Path) -> bool {
        let (Ok(ours), Ok(named)) = (rustix::fs::fstat(&self.file), rustix::fs::lstat(path)) else { return true };
        (ours.st_dev, ours.st_ino) != (named.st_dev, named.st_ino)
    }
}

impl Drop for OpenFile {
    fn drop(&mut self) {
        // Said aloud, because a child that another thread has just forked still
        // has this description, and with it the lock, until it runs its program.
        let _ = rustix::fs::flock(&self.file, FlockOperation::Unlock);
    }
}

impl Durable for OpenFile {
    fn sync(&self) -> io::Result<()> {
        self.file.sync_data()?;
        if self.new_name.load(Ordering::Acquire) {
            self.directory.sync_all()?;
            self.new_name.store(false, Ordering::Release);
        }
        Ok(())
    }
}

impl ReadAt for File {
    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        FileExt::read_at(self, buffer, offset)
    }
}

/// A regular file with one name, ours, closed to everybody else.
pub(super) fn check(file: BorrowedFd<'_>) -> io::Result<()> {
    let stat = rustix::fs::fstat(file)?;
    let ours = FileType::from_raw_mode(stat.st_mode) == FileType::RegularFile
        && stat.st_uid == rustix::process::geteuid().as_raw()
        && stat.st_nlink == 1
        && stat.st_mode & 0o077 == 0;
    if ours { Ok(()) } else { Err(io::ErrorKind::PermissionDenied.into()) }
}

/// Moves the bytes after the last line feed to a file of their own and cuts
/// them off; returns the length left and how many they were. They were never
/// acknowledged as a line, but they are evidence: as much of them is kept as
/// the log ever writes at once.
fn set_torn_line_aside(file: &File, path: &Path) -> io::Result<(u64, u64)> {
    let len = file.metadata()?.len();
    let whole = end_of_last_line(file, len)?;
    let torn = len - whole;
    if torn > 0 {
        // When all names are taken the count in the log has to do.
        for number in 1..=AUDIT_TORN_FILES_MAX {
            let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
            let name = beside(path, &format!("torn-{number}"));
            match rustix::fs::open(&name, flags, Mode::RUSR | Mode::WUSR) {
                Ok(aside) => {
                    // On a full disk a log that goes on is worth more than the torn bytes.
                    let end = len.min(whole + AUDIT_PENDING_MAX as u64);
                    let _ = copy_from(file, whole, end, &File::from(aside));
                    break;
                }
                Err(Errno::EXIST) => {}
                Err(_) => break,
            }
        }
        file.set_len(whole)?;
    }
    Ok((whole, torn))
}

fn end_of_last_line(file: &File, len: u64) -> io::Result<u64> {
    let mut chunk = [0; 4096];
    let mut end = len;
    while end > 0 {
        let start = end.saturating_sub(chunk.len() as u64);
        let part = &mut chunk[..usize::try_from(end - start).unwrap_or_default()];
        file.read_exact_at(part, start)?;
        if let Some(feed) = part.iter().rposition(|&byte| byte == b'\n') {
            return Ok(start + feed as u64 + 1);
        }
        end = start;
    }
    Ok(0)
}

fn copy_from(from: &File, mut position: u64, end: u64, mut to: &File) -> io::Result<()> {
    let mut chunk = [0; 4096];
    while position < end {
        let want = usize::try_from(end - position).unwrap_or(chunk.len()).min(chunk.len());
        let read = FileExt::read_at(from, &mut chunk[..want], position)?;
        if read == 0 {
            break;
        }
        to.write_all(&chunk[..read])?;
        position += read as u64;
    }
    to.sync_all()
}

fn remove_if_there(path: &Path) -> io::Result<()> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

fn no_room(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded)
}

/// `FILE.suffix`.
fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(".");
    name.push(suffix);
    PathBuf::from(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_forked_childs_copy_of_the_descriptor_does_not_keep_the_lock() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("audit.log");
        let sink = FileSink::open(&path, FileOptions { reserve: 0, ..FileOptions::default() }).unwrap();
        let childs = sink.current.file.try_clone().unwrap();
        drop(sink);
        assert!(FileSink::open(&path, FileOptions { reserve: 0, ..FileOptions::default() }).is_ok());
        drop(childs);
    }
}
