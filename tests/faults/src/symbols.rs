//! The C library's file calls, each of them the kernel's own and a line in the
//! record; or, when told so, a failure.
//!
//! Variadic in C, `open` and its like are defined here with the mode they may
//! be given: on the machines this runs on both are passed alike.

use std::ffi::CStr;

use libc::{c_char, c_int, c_long, c_uint, c_void, off_t, size_t, ssize_t};

use crate::calls::{Event, Kind, Verdict, is_fleeting, watching};

/// Named here, so that the linker takes the definitions below along.
pub(crate) fn keep() {
    std::hint::black_box([write as *const (), pwrite64 as *const (), ftruncate64 as *const ()]);
    std::hint::black_box([fallocate64 as *const (), fsync as *const (), fdatasync as *const ()]);
    std::hint::black_box([unlink as *const (), unlinkat as *const (), rename as *const ()]);
    std::hint::black_box([open as *const (), open64 as *const (), openat64 as *const ()]);
    std::hint::black_box([read as *const (), pread64 as *const ()]);
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

/// As in write(2).
///
/// # Safety
/// `buffer` is valid for `count` bytes.
#[unsafe(no_mangle)]
pub(crate) unsafe extern "C" fn write(fd: c_int, buffer: *const c_void, count: size_t) -> ssize_t {
    let given = |count: size_t| system(libc::SYS_write, fd.into(), buffer as c_long, count as c_long, 0) as ssize_t;
    // SAFETY: as the caller promises.
    unsafe { written(fd, buffer, count, None, given) }
}

/// As in pwrite(2).
///
/// # Safety
/// `buffer` is valid for `count` bytes.
#[unsafe(no_mangle)]
pub(crate) unsafe extern "C" fn pwrite64(fd: c_int, buffer: *const c_void, count: size_t, at: off_t) -> ssize_t {
    let given = |count: size_t| system(libc::SYS_pwrite64, fd.into(), buffer as c_long, count as c_long, at) as ssize_t;
    // SAFETY: as the caller promises.
    unsafe { written(fd, buffer, count, Some(at as u64), given) }
}

/// # Safety
/// `buffer` is valid for `count` bytes.
unsafe fn written(
    fd: c_int,
    buffer: *const c_void,
    count: size_t,
    at: Option<u64>,
    write: impl Fn(size_t) -> ssize_t,
) -> ssize_t {
    let Some(mut watch) = watching() else { return write(count) };
    let Some(file) = watch.found(fd) else { return write(count) };
    let count = match watch.judge(Kind::Change, true) {
        Verdict::Passes => count,
        Verdict::Halved => count / 2,
        Verdict::Fails(errno) => return refuse(errno) as ssize_t,
    };
    let at = at.unwrap_or_else(|| position(fd, file.len));
    let written = write(count);
    if written > 0 && !file.is_fleeting() {
        watch.meet(file.inode, &file.name);
        // SAFETY: the kernel has just read these bytes.
        let bytes = unsafe { std::slice::from_raw_parts(buffer.cast::<u8>(), written as usize) }.to_vec();
        watch.note(Event::Write { inode: file.inode, at, bytes });
    }
    written
}

/// Where a write without an offset goes.
fn position(fd: c_int, end: u64) -> u64 {
    // SAFETY: neither call touches memory of ours.
    unsafe {
        if libc::fcntl(fd, libc::F_GETFL) & libc::O_APPEND != 0 {
            return end;
        }
        libc::lseek(fd, 0, libc::SEEK_CUR).unsigned_abs()
    }
}

/// As in ftruncate(2).
#[unsafe(no_mangle)]
pub(crate) extern "C" fn ftruncate64(fd: c_int, len: off_t) -> c_int {
    let truncate = || system(libc::SYS_ftruncate, fd.into(), len, 0, 0) as c_int;
    resized(fd, |_| Some(len as u64), truncate)
}

/// As in fallocate(2).
#[unsafe(no_mangle)]
pub(crate) extern "C" fn fallocate64(fd: c_int, mode: c_int, from: off_t, len: off_t) -> c_int {
    let allocate = || system(libc::SYS_fallocate, fd.into(), mode.into(), from, len) as c_int;
    let end = (from + len) as u64;
    let grows = mode & libc::FALLOC_FL_KEEP_SIZE == 0;
    resized(fd, |now| (grows && end > now).then_some(end), allocate)
}

fn resized(fd: c_int, to: impl Fn(u64) -> Option<u64>, resize: impl Fn() -> c_int) -> c_int {
    let Some(mut watch) = watching() else { return resize() };
    let Some(file) = watch.found(fd).filter(|file| !file.name.ends_with("-shm")) else { return resize() };
    if let Verdict::Fails(errno) = watch.judge(Kind::Change, false) {
        return refuse(errno);
    }
    let done = resize();
    if done == 0
        && !file.is_fleeting()
        && let Some(len) = to(file.len)
    {
        watch.meet(file.inode, &file.name);
        watch.note(Event::Truncate { inode: file.inode, len });
    }
    done
}

/// As in fsync(2).
#[unsafe(no_mangle)]
pub(crate) extern "C" fn fsync(fd: c_int) -> c_int {
    synced(fd, libc::SYS_fsync)
}

/// As in fdatasync(2).
#[unsafe(no_mangle)]
pub(crate) extern "C" fn fdatasync(fd: c_int) -> c_int {
    synced(fd, libc::SYS_fdatasync)
}

fn synced(fd: c_int, number: c_long) -> c_int {
    let sync = || system(number, fd.into(), 0, 0, 0) as c_int;
    let Some(mut watch) = watching() else { return sync() };
    let Some(file) = watch.found(fd) else { return sync() };
    if let Verdict::Fails(errno) = watch.judge(Kind::Change, false) {
        watch.flush_failed(&file);
        return refuse(errno);
    }
    // What lasts is for the record to say: the medium beneath need not be waited for.
    watch.note(Event::Sync { inode: file.inode });
    0
}

/// As in unlink(2).
///
/// # Safety
/// `path` is a string that ends with a zero.
#[unsafe(no_mangle)]
pub(crate) unsafe extern "C" fn unlink(path: *const c_char) -> c_int {
    // SAFETY: as the caller promises.
    unsafe { unlinkat(libc::AT_FDCWD, path, 0) }
}

/// As in unlinkat(2).
///
/// # Safety
/// `path` is a string that ends with a zero.
#[unsafe(no_mangle)]
pub(crate) unsafe extern "C" fn unlinkat(at: c_int, path: *const c_char, flags: c_int) -> c_int {
    let remove = || system(libc::SYS_unlinkat, at.into(), path as c_long, flags.into(), 0) as c_int;
    let Some(mut watch) = watching() else { return remove() };
    // SAFETY: as the caller promises.
    let Some(name) = watch.name(at, unsafe { CStr::from_ptr(path) }) else { return remove() };
    if name.ends_with("-shm") {
        return remove();
    }
    if let Verdict::Fails(errno) = watch.judge(Kind::Change, false) {
        return refuse(errno);
    }
    let done = remove();
    if done == 0 && !is_fleeting(&name) {
        watch.note(Event::Unlink { name });
    }
    done
}

/// As in rename(2).
///
/// # Safety
/// Both are strings that end with a zero.
#[unsafe(no_mangle)]
pub(crate) unsafe extern "C" fn rename(from: *const c_char, to: *const c_char) -> c_int {
    let at = c_long::from(libc::AT_FDCWD);
    let move_it = || system(libc::SYS_renameat, at, from as c_long, at, to as c_long) as c_int;
    let Some(mut watch) = watching() else { return move_it() };
    // SAFETY: as the caller promises.
    let names = unsafe { [from, to].map(|path| watch.name(libc::AT_FDCWD, CStr::from_ptr(path))) };
    let [Some(before), Some(after)] = names else { return move_it() };
    if let Verdict::Fails(errno) = watch.judge(Kind::Change, false) {
        return refuse(errno);
    }
    let done = move_it();
    if done == 0 {
        let mut stat = std::mem::MaybeUninit::<libc::stat>::uninit();
        // SAFETY: `stat` is valid for writing, and read only when the call says that it was written.
        let inode = unsafe { (libc::lstat(to, stat.as_mut_ptr()) == 0).then(|| stat.assume_init().st_ino) };
        if let Some(inode) = inode {
            watch.meet(inode, &before);
            watch.note(Event::Rename { from: before, to: after, inode });
        }
    }
    done
}

/// As in open(2).
///
/// # Safety
/// `path` is a string that ends with a zero.
#[unsafe(no_mangle)]
pub(crate) unsafe extern "C" fn open(path: *const c_char, flags: c_int, mode: c_uint) -> c_int {
    // SAFETY: as the caller promises.
    unsafe { openat64(libc::AT_FDCWD, path, flags, mode) }
}

/// As in open(2).
///
/// # Safety
/// `path` is a string that ends with a zero.
#[unsafe(no_mangle)]
pub(crate) unsafe extern "C" fn open64(path: *const c_char, flags: c_int, mode: c_uint) -> c_int {
    // SAFETY: as the caller promises.
    unsafe { openat64(libc::AT_FDCWD, path, flags, mode) }
}

/// As in openat(2).
///
/// # Safety
/// `path` is a string that ends with a zero.
#[unsafe(no_mangle)]
pub(crate) unsafe extern "C" fn openat64(at: c_int, path: *const c_char, flags: c_int, mode: c_uint) -> c_int {
    let flags = flags | libc::O_LARGEFILE;
    let open = || system(libc::SYS_openat, at.into(), path as c_long, flags.into(), mode.into()) as c_int;
    let Some(mut watch) = watching() else { return open() };
    // SAFETY: as the caller promises.
    let Some(name) = watch.name(at, unsafe { CStr::from_ptr(path) }) else { return open() };
    if let Verdict::Fails(errno) = watch.judge(Kind::Look, false) {
        return refuse(errno);
    }
    let fd = open();
    // What is made or emptied by opening it is a change like another.
    if fd >= 0
        && flags & (libc::O_CREAT | libc::O_TRUNC) != 0
        && !is_fleeting(&name)
        && let Some(file) = watch.found(fd)
    {
        watch.meet(file.inode, &file.name);
        if flags & libc::O_TRUNC != 0 {
            watch.note(Event::Truncate { inode: file.inode, len: 0 });
        }
    }
    fd
}

/// As in read(2).
///
/// # Safety
/// `buffer` is valid for `count` bytes.
#[unsafe(no_mangle)]
pub(crate) unsafe extern "C" fn read(fd: c_int, buffer: *mut c_void, count: size_t) -> ssize_t {
    let given = |count: size_t| system(libc::SYS_read, fd.into(), buffer as c_long, count as c_long, 0) as ssize_t;
    looked(fd, count, given)
}

/// As in pread(2).
///
/// # Safety
/// `buffer` is valid for `count` bytes.
#[unsafe(no_mangle)]
pub(crate) unsafe extern "C" fn pread64(fd: c_int, buffer: *mut c_void, count: size_t, at: off_t) -> ssize_t {
    let given = |count: size_t| system(libc::SYS_pread64, fd.into(), buffer as c_long, count as c_long, at) as ssize_t;
    looked(fd, count, given)
}

fn looked(fd: c_int, count: size_t, read: impl Fn(size_t) -> ssize_t) -> ssize_t {
    let Some(mut watch) = watching() else { return read(count) };
    if watch.found(fd).is_none_or(|file| file.name.ends_with("-shm")) {
        return read(count);
    }
    match watch.judge(Kind::Look, true) {
        Verdict::Passes => read(count),
        // Half of one byte would be the end of the file.
        Verdict::Halved => read(count.div_ceil(2)),
        Verdict::Fails(errno) => refuse(errno) as ssize_t,
    }
}
