//! Disk space set aside: a file that is deleted when the disk is full.
//!
//! Whoever filled the disk may take the freed space first. So what is freed is
//! claimed at once for the log file, as allocated space behind its end.

use std::fs::File;
use std::io;
use std::os::fd::AsFd;
use std::path::{Path, PathBuf};

use rustix::fs::{FallocateFlags, Mode, OFlags};

use super::sink::Reserve;

pub(super) struct ReserveFile {
    path: PathBuf,
    size: u64,
    state: Reserve,
}

impl ReserveFile {
    /// Makes it, or finds it; `size` 0 = none wanted.
    pub(super) fn open(path: PathBuf, size: u64) -> Self {
        let mut reserve = Self { path, size, state: Reserve::NotNeeded };
        if size > 0 {
            reserve.state = if reserve.allocate().is_ok() { Reserve::Whole } else { Reserve::Absent };
        }
        reserve
    }

    pub(super) fn state(&self) -> Reserve {
        self.state
    }

    /// Gives the space up for `log`. False when there is none to give.
    pub(super) fn release(&mut self, log: &File, log_len: u64) -> bool {
        if self.state != Reserve::Whole {
            return false;
        }
        self.state = Reserve::Released;
        if rustix::fs::unlink(&self.path).is_err() {
            return false;
        }
        // Most of it, as a file system needs some for its own records. Without
        // the claim logging goes on as well, as long as nobody else is faster.
        for eighths in [7, 3, 1] {
            let claim = self.size / 8 * eighths;
            if rustix::fs::fallocate(log, FallocateFlags::KEEP_SIZE, log_len, claim).is_ok() {
                break;
            }
        }
        true
    }

    /// Sets space aside again, once there is twice as much: otherwise it would
    /// be the reserve that fills the disk.
    pub(super) fn restore(&mut self, directory: &File) {
        if !matches!(self.state, Reserve::Released | Reserve::Absent) {
            return;
        }
        let Ok(disk) = rustix::fs::fstatvfs(directory) else { return };
        if disk.f_bavail.saturating_mul(disk.f_frsize) >= self.size.saturating_mul(2) && self.allocate().is_ok() {
            self.state = Reserve::Whole;
        }
    }

    fn allocate(&self) -> io::Result<()> {
        let made = allocate_file(&self.path, self.size);
        if made.is_err() {
            // Half a reserve would only take the space it is for.
            let _ = rustix::fs::unlink(&self.path);
        }
        made
    }
}

fn allocate_file(path: &Path, size: u64) -> io::Result<()> {
    let flags = OFlags::RDWR | OFlags::CREATE | OFlags::NOFOLLOW | OFlags::CLOEXEC | OFlags::NONBLOCK;
    let file = rustix::fs::open(path, flags, Mode::RUSR | Mode::WUSR)?;
    super::file::check(file.as_fd())?;
    Ok(rustix::fs::fallocate(&file, FallocateFlags::empty(), 0, size)?)
}
