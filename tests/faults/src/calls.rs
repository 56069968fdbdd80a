//! The file calls SQLite makes, each of them the kernel's own and a line in a
//! record; or, when told so, a failure.

use std::ffi::CStr;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use libc::{c_char, c_int, c_long, c_void, off_t, size_t, ssize_t};

/// One call that changes what is on the disk.
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
        /// The name in the watched directory.
        name: String,
        /// The file.
        inode: u64,
    },
    /// A name means nothing any more.
    Unlink {
        /// The name.
        name: String,
    },
}

/// What a call is to fail with.
#[derive(Debug, Clone, Copy)]
pub struct Failure {
    /// The number of calls that succeed first.
    pub after: u64,
    /// The error, or none for a write that takes half of its bytes.
    pub errno: Option<c_int>,
    /// Does every later call fail as well?
    pub persistent: bool,
}

#[derive(Default)]
struct Watch {
    directory: Option<PathBuf>,
    events: Vec<Event>,
    names: Vec<(String, u64)>,
    failure: Option<Failure>,
    calls: u64,
    failed: u64,
    flushes_failed: u64,
}

static WATCH: Mutex<Watch> = Mutex::new(Watch {
    directory: None,
    events: Vec::new(),
    names: Vec::new(),
    failure: None,
    calls: 0,
    failed: 0,
    flushes_failed: 0,
});

/// Begins to record what happens to the files of a directory. `known` are its
/// files by name and inode.
pub fn watch(directory: &Path, known: Vec<(String, u64)>) {
    // Named here, so that the linker takes the definitions below along.
    std::hint::black_box([pwrite64 as *const (), ftruncate64 as *const (), fsync as *const ()]);
    std::hint::black_box([fdatasync as *const (), unlink as *const ()]);
    let directory = directory.canonicalize().expect("a directory that is there");
    *lock() = Watch { directory: Some(directory), names: known, ..Watch::default() };
}

/// Ends the record and gives it.
pub fn stop() -> Vec<Event> {
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
    (watch.failure, watch.calls, watch.failed, watch.flushes_failed) = (failure, 0, 0, 0);
}

/// Calls since [`fail`], and how many of them failed.
#[must_use]
pub fn calls() -> (u64, u64) {
    let watch = lock();
    (watch.calls, watch.failed)
}

/// Flushes of a file that failed since [`fail`]; SQLite does without a directory's.
#[must_use]
pub fn flushes_failed() -> u64 {
    lock().flushes_failed
}

fn lock() -> MutexGuard<'static, Watch> {
    WATCH.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What is to become of a call.
enum Verdict {
    Passes,
    Halved,
    Fails(c_int),
}

impl Watch {
    /// The inode behind a descriptor, and its name, if it is one of ours.
    fn file(&self, fd: c_int) -> Option<(u64, String)> {
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
        Some((stat.st_ino, name))
    }

    /// Counts a call on one of our files.
    fn judge(&mut self, can_be_halved: bool) -> Verdict {
        let call = self.calls;
        self.calls += 1;
        let Some(failure) = self.failure else { return Verdict::Passes };
        if call < failure.after || (call > failure.after && !failure.persistent) {
            return Verdict::Passes;
        }
        self.failed += 1;
        match failure.errno {
            Some(errno) => Verdict::Fails(errno),
            None if can_be_halved => Verdict::Halved,
            None => Verdict::Fails(libc::EIO),
        }
    }

    /// A file that is met for the first time has been entered under its name.
    fn meet(&mut self, inode: u64, name: &str) {
        if !name.is_empty() && !self.names.iter().any(|(known, of)| known == name && *of == inode) {
            self.names.retain(|(known, _)| known != name);
            self.names.push((name.to_owned(), inode));
            self.events.push(Event::Link { name: name.to_owned(), inode });
        }
    }
}

fn refuse(errno: c_int) -> c_int {
    // SAFETY: the address of this thread's errno is valid.
    unsafe { *libc::__errno_location() = errno };
    -1
}

fn system(number: c_long, a: c_long, b: c_long, c: c_long, d: c_long) -> c_long {
    // SAFETY: the caller's own arguments, for the call that the caller asked for.
    unsafe { libc::syscall(number, a, b, c, d) }
}

/// As in pwrite(2).
///
/// # Safety
/// `buffer` is valid for `count` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pwrite64(fd: c_int, buffer: *const c_void, count: size_t, at: off_t) -> ssize_t {
    let mut watch = lock();
    let write = |count: size_t| system(libc::SYS_pwrite64, fd.into(), buffer as c_long, count as c_long, at) as ssize_t;
    let Some((inode, name)) = watch.file(fd) else { return write(count) };
    let count = match watch.judge(true) {
        Verdict::Passes => count,
        Verdict::Halved => count / 2,
        Verdict::Fails(errno) => return refuse(errno) as ssize_t,
    };
    let written = write(count);
    if written > 0 {
        watch.meet(inode, &name);
        // SAFETY: the kernel has just read these bytes.
        let bytes = unsafe { std::slice::from_raw_parts(buffer.cast::<u8>(), written as usize) }.to_vec();
        watch.events.push(Event::Write { inode, at: at as u64, bytes });
    }
    written
}

/// As in ftruncate(2).
#[unsafe(no_mangle)]
pub extern "C" fn ftruncate64(fd: c_int, len: off_t) -> c_int {
    let mut watch = lock();
    let truncate = || system(libc::SYS_ftruncate, fd.into(), len, 0, 0) as c_int;
    let Some((inode, name)) = watch.file(fd) else { return truncate() };
    // The lock file and the shared memory beside the log hold nothing that lasts.
    if name.ends_with("-shm") {
        return truncate();
    }
    if let Verdict::Fails(errno) = watch.judge(false) {
        return refuse(errno);
    }
    let done = truncate();
    if done == 0 {
        watch.meet(inode, &name);
        watch.events.push(Event::Truncate { inode, len: len as u64 });
    }
    done
}

/// As in fsync(2).
#[unsafe(no_mangle)]
pub extern "C" fn fsync(fd: c_int) -> c_int {
    sync(fd, libc::SYS_fsync)
}

/// As in fdatasync(2).
#[unsafe(no_mangle)]
pub extern "C" fn fdatasync(fd: c_int) -> c_int {
    sync(fd, libc::SYS_fdatasync)
}

fn sync(fd: c_int, number: c_long) -> c_int {
    let mut watch = lock();
    let Some((inode, name)) = watch.file(fd) else { return system(number, fd.into(), 0, 0, 0) as c_int };
    if let Verdict::Fails(errno) = watch.judge(false) {
        watch.flushes_failed += u64::from(!name.is_empty());
        return refuse(errno);
    }
    // What lasts is for the record to say: the medium beneath need not be waited for.
    watch.events.push(Event::Sync { inode });
    0
}

/// As in unlink(2).
///
/// # Safety
/// `path` is a string that ends with a zero.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn unlink(path: *const c_char) -> c_int {
    let mut watch = lock();
    // SAFETY: as the caller promises.
    let given = Path::new(unsafe { CStr::from_ptr(path) }.to_str().unwrap_or_default());
    let remove = || system(libc::SYS_unlink, path as c_long, 0, 0, 0) as c_int;
    let ours = watch.directory.as_ref().and_then(|directory| given.strip_prefix(directory).ok());
    let Some(name) = ours.and_then(Path::to_str).map(str::to_owned) else { return remove() };
    if name.ends_with("-shm") {
        return remove();
    }
    if let Verdict::Fails(errno) = watch.judge(false) {
        return refuse(errno);
    }
    let done = remove();
    if done == 0 {
        watch.names.retain(|(known, _)| *known != name);
        watch.events.push(Event::Unlink { name });
    }
    done
}
