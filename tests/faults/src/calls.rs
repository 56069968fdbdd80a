//! The record of the calls that reach a watched directory, and what they are
//! to fail with. `symbols` makes the entries.

use std::ffi::{CStr, OsStr};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use libc::c_int;

/// One call that changes what is on the disk. Names are relative to the
/// watched directory.
#[derive(Debug, Clone)]
pub enum Event {
    /// Bytes written.
    Write {
        /// The file, by inode: a name may come to mean another file.
        inode: u64,
        /// Where.
        at: u64,
        /// What.
        bytes: Vec<u8>,
    },
    /// A new length.
    Truncate {
        /// The file.
        inode: u64,
        /// The length.
        len: u64,
    },
    /// Everything written to this file, or entered into this directory, is to last.
    Sync {
        /// The file or directory.
        inode: u64,
    },
    /// A name now means this file.
    Link {
        /// The name.
        name: String,
        /// The file.
        inode: u64,
    },
    /// A name means nothing any more.
    Unlink {
        /// The name.
        name: String,
    },
    /// A file has another name, and whatever had that name has none.
    Rename {
        /// Its name before.
        from: String,
        /// Its name now.
        to: String,
        /// The file.
        inode: u64,
    },
}

/// Calls that may be told to fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Those that change something.
    Change,
    /// Those that open a file or read from one.
    Look,
}

/// What a call is to fail with.
#[derive(Debug, Clone, Copy)]
pub struct Failure {
    /// Which calls are counted.
    pub kind: Kind,
    /// The number of calls that succeed first.
    pub after: u64,
    /// The error, or none for a write or read that takes half of its bytes.
    pub errno: Option<c_int>,
    /// Does every later call fail as well?
    pub persistent: bool,
}

/// How often something was called since [`fail`].
#[derive(Debug, Clone, Copy, Default)]
pub struct Count {
    /// Calls that change something.
    pub changes: u64,
    /// Calls that open or read.
    pub looks: u64,
    /// Calls that failed.
    pub failed: u64,
    /// Flushes of a file of the vault's own that failed; SQLite does without a directory's.
    pub flushes_failed: u64,
}

#[derive(Default)]
pub(crate) struct Watch {
    directory: Option<PathBuf>,
    events: Vec<Event>,
    names: Vec<(String, u64)>,
    failure: Option<Failure>,
    count: Count,
}

static WATCH: Mutex<Watch> = Mutex::new(Watch {
    directory: None,
    events: Vec::new(),
    names: Vec::new(),
    failure: None,
    count: Count { changes: 0, looks: 0, failed: 0, flushes_failed: 0 },
});
/// Calls go straight to the kernel while nothing is watched.
static WATCHING: AtomicBool = AtomicBool::new(false);

/// Begins to record what happens to the files beneath a directory. `known` are
/// its files by name and inode.
pub fn watch(directory: &Path, known: Vec<(String, u64)>) {
    crate::symbols::keep();
    let directory = directory.canonicalize().expect("a directory that is there");
    *lock() = Watch { directory: Some(directory), names: known, ..Watch::default() };
    WATCHING.store(true, Ordering::SeqCst);
}

/// Ends the record and gives it.
pub fn stop() -> Vec<Event> {
    WATCHING.store(false, Ordering::SeqCst);
    std::mem::take(&mut *lock()).events
}

/// Events so far.
#[must_use]
pub fn recorded() -> usize {
    lock().events.len()
}

/// From now on calls fail as told; `None` mends the disk.
pub fn fail(failure: Option<Failure>) {
    let mut watch = lock();
    (watch.failure, watch.count) = (failure, Count::default());
}

/// What was called since [`fail`].
#[must_use]
pub fn count() -> Count {
    lock().count
}

fn lock() -> MutexGuard<'static, Watch> {
    WATCH.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The record, when there is one.
pub(crate) fn watching() -> Option<MutexGuard<'static, Watch>> {
    WATCHING.load(Ordering::SeqCst).then(lock)
}

/// What is to become of a call.
pub(crate) enum Verdict {
    Passes,
    Halved,
    Fails(c_int),
}

/// A file or directory beneath the watched one.
pub(crate) struct Found {
    pub(crate) inode: u64,
    pub(crate) name: String,
    pub(crate) len: u64,
    pub(crate) is_directory: bool,
}

impl Found {
    /// What is in it is of no use to another process, and may not outlive this one.
    pub(crate) fn is_fleeting(&self) -> bool {
        is_fleeting(&self.name)
    }
}

/// The lock file and the shared memory beside the log hold nothing that lasts.
pub(crate) fn is_fleeting(name: &str) -> bool {
    name.ends_with("-shm") || name.ends_with(".lock")
}

impl Watch {
    /// What a descriptor leads to, if it is ours.
    pub(crate) fn found(&self, fd: c_int) -> Option<Found> {
        let directory = self.directory.as_ref()?;
        let path = std::fs::read_link(format!("/proc/self/fd/{fd}")).ok()?;
        let name = path.strip_prefix(directory).ok()?.to_str()?.to_owned();
        let mut stat = std::mem::MaybeUninit::<libc::stat>::uninit();
        // SAFETY: `stat` is valid for writing, and read only when the call says that it was written.
        let stat = unsafe {
            if libc::fstat(fd, stat.as_mut_ptr()) != 0 {
                return None;
            }
            stat.assume_init()
        };
        let is_directory = stat.st_mode & libc::S_IFMT == libc::S_IFDIR;
        Some(Found { inode: stat.st_ino, name, len: stat.st_size.unsigned_abs(), is_directory })
    }

    /// The name that a path in a directory (or the current one) leads to, if it is ours.
    pub(crate) fn name(&self, at: c_int, path: &CStr) -> Option<String> {
        let path = Path::new(OsStr::from_bytes(path.to_bytes()));
        let path = match at {
            libc::AT_FDCWD => path.to_owned(),
            _ if path.is_absolute() => path.to_owned(),
            at => std::fs::read_link(format!("/proc/self/fd/{at}")).ok()?.join(path),
        };
        Some(path.strip_prefix(self.directory.as_ref()?).ok()?.to_str()?.to_owned())
    }

    /// Counts a call on one of our files.
    pub(crate) fn judge(&mut self, kind: Kind, can_be_halved: bool) -> Verdict {
        let calls = match kind {
            Kind::Change => &mut self.count.changes,
            Kind::Look => &mut self.count.looks,
        };
        let call = *calls;
        *calls += 1;
        let Some(failure) = self.failure.filter(|failure| failure.kind == kind) else { return Verdict::Passes };
        if call < failure.after || (call > failure.after && !failure.persistent) {
            return Verdict::Passes;
        }
        self.count.failed += 1;
        match failure.errno {
            Some(errno) => Verdict::Fails(errno),
            None if can_be_halved => Verdict::Halved,
            None => Verdict::Fails(libc::EIO),
        }
    }

    pub(crate) fn flush_failed(&mut self, of: &Found) {
        self.count.flushes_failed += u64::from(!of.is_directory && !of.name.contains('/'));
    }

    /// A file that is met for the first time has been entered under its name.
    pub(crate) fn meet(&mut self, inode: u64, name: &str) {
        if !self.names.iter().any(|(known, of)| known == name && *of == inode) {
            self.names.retain(|(known, _)| known != name);
            self.names.push((name.to_owned(), inode));
            self.events.push(Event::Link { name: name.to_owned(), inode });
        }
    }

    pub(crate) fn note(&mut self, event: Event) {
        match &event {
            Event::Unlink { name } => self.names.retain(|(known, _)| known != name),
            Event::Rename { from, to, inode } => {
                self.names.retain(|(known, _)| known != from && known != to);
                self.names.push((to.clone(), *inode));
            }
            _ => {}
        }
        self.events.push(event);
    }
}
