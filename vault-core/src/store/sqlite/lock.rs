//! One process per vault, by a lock file held for life.
//!
//! The lock is the kernel's (`flock`), so it ends with its holder however that
//! one dies; the text in the file only tells people who it is. The file is
//! never removed: of two programs that lock and unlink in turn, both could win.

use std::os::fd::OwnedFd;

use rustix::fs::{AtFlags, FlockOperation, Gid, Mode, OFlags, Uid};
use rustix::io::Errno;

use super::super::StoreError;
use super::place::{Identity, Place, cannot, ours_alone, refuse};

/// Held until dropped.
pub(super) struct Lock(OwnedFd);

impl Lock {
    /// Takes the lock of the vault at `place`, or says who has it.
    pub(super) fn take(place: &Place) -> Result<Self, StoreError> {
        let path = place.path_with(SUFFIX);
        let flags =
            OFlags::RDWR | OFlags::CREATE | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
        let file = rustix::fs::openat(place.directory(), place.name_with(SUFFIX), flags, Mode::RUSR | Mode::WUSR)
            .map_err(|errno| match errno {
                Errno::LOOP => refuse(&path, "it is a symbolic link; remove it"),
                errno => cannot(&path, errno),
            })?;
        let stat = rustix::fs::fstat(&file).map_err(|errno| cannot(&path, errno))?;
        let ours = ours_alone(&path, &stat)?;
        hand_over(place, &file);
        match rustix::fs::flock(&file, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => {}
            Err(Errno::WOULDBLOCK) => return Err(StoreError::Held { holder: holder(&file) }),
            Err(errno) => return Err(cannot(&path, errno)),
        }
        // Somebody who removed the file between open and lock left us holding
        // a lock that no later opener would meet.
        let named = rustix::fs::statat(place.directory(), place.name_with(SUFFIX), AtFlags::SYMLINK_NOFOLLOW);
        if named.map(|stat| Identity::of(&stat)).ok() != Some(ours) {
            return Err(refuse(&path, "it was removed or replaced while it was being locked; leave lock files alone"));
        }
        introduce(&file);
        Ok(Self(file))
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        // So that the next one who waits is not told of a process long gone.
        let _ = rustix::fs::ftruncate(&self.0, 0);
        // Closing is not enough: a child forked by another thread has the
        // descriptor too, until it executes something else.
        let _ = rustix::fs::flock(&self.0, FlockOperation::Unlock);
    }
}

/// A lock file that root makes in another's directory is that account's, or it
/// could not lock its own vault afterwards. SQLite does the same with its files.
fn hand_over(place: &Place, file: &OwnedFd) {
    if let Ok(directory) = rustix::fs::fstat(place.directory())
        && rustix::process::geteuid().is_root()
        && directory.st_uid != 0
    {
        let (uid, gid) = (Uid::from_raw(directory.st_uid), Gid::from_raw(directory.st_gid));
        let _the_account_will_be_told = rustix::fs::fchown(file, Some(uid), Some(gid));
    }
}

/// Writes who we are. On a full disk nobody learns our name; the lock holds all the same.
fn introduce(file: &OwnedFd) {
    let program = std::env::current_exe().ok();
    let program = program.as_deref().and_then(|path| path.file_name()).unwrap_or_default().to_string_lossy();
    let text = format!("pid {}, {program}\n", std::process::id());
    let _ = rustix::fs::ftruncate(file, 0);
    let _ = rustix::io::pwrite(file, text.as_bytes(), 0);
}

/// Reads who holds it. The text is only shown: bounded, and of plain characters.
fn holder(file: &OwnedFd) -> String {
    let mut text = [0; HOLDER_MAX];
    let len = rustix::io::pread(file, &mut text, 0).unwrap_or(0);
    let name: String = String::from_utf8_lossy(&text[..len]).chars().take_while(|c| !c.is_control()).collect();
    if name.is_empty() { "another process".to_owned() } else { name }
}

/// Longest holder's name shown.
const HOLDER_MAX: usize = 128;

/// The lock file is the vault's name with this after it.
const SUFFIX: &str = ".lock";

#[cfg(test)]
#[path = "lock_tests.rs"]
mod tests;
