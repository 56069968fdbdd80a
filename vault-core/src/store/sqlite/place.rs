//! The directory a vault lies in, and what its files must look like.
//!
//! Threat: another local user who puts a link, a pipe or a file of his own
//! where ours should be, or swaps it while we look. So the directory is opened
//! once, without following a link, judged by its descriptor and kept: nobody
//! else can write in it. The files in it are judged from that descriptor
//! before SQLite opens them by path, and [`Place::still_leads_to`] asks
//! afterwards whether the path led there.
//!
//! The vault file itself is only ever looked at, never opened here: closing
//! any descriptor of it would drop SQLite's POSIX locks.

use std::ffi::{OsStr, OsString};
use std::io;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};

use rustix::fs::{AtFlags, FileType, Mode, OFlags, Stat};
use rustix::io::Errno;

use super::super::StoreError;

/// A directory fit for a vault, and the vault's name in it.
pub(super) struct Place {
    directory: OwnedFd,
    /// Free of symbolic links, so that SQLite's `NOFOLLOW` has nothing to refuse.
    path: PathBuf,
    name: OsString,
}

/// Which file it is, whatever it is called.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Identity {
    device: u64,
    inode: u64,
}

impl Place {
    /// Opens and judges the directory of the vault at `path`.
    pub(super) fn open(path: &Path) -> Result<Self, StoreError> {
        let (parent, name) = split(path)?;
        let directory = rustix::fs::open(
            parent,
            OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC,
            Mode::empty(),
        )
        .map_err(|errno| match errno {
            Errno::LOOP | Errno::NOTDIR => {
                refuse(parent, "it is not a directory but a file or a symbolic link; name the directory itself")
            }
            Errno::NOENT => refuse(parent, "there is no such directory; create it with mode 0700"),
            errno => cannot(parent, errno),
        })?;
        let stat = rustix::fs::fstat(&directory).map_err(|errno| cannot(parent, errno))?;
        let us = rustix::process::geteuid().as_raw();
        if is_foreign(us, stat.st_uid) && stat.st_uid != 0 {
            let problem = format!("it belongs to uid {}; a vault's directory belongs to uid {us} or root", stat.st_uid);
            return Err(refuse(parent, problem));
        }
        if stat.st_mode & 0o022 != 0 {
            return Err(refuse(parent, "others can write in it; run chmod go-w on it, better 0700"));
        }
        refuse_network(parent, rustix::fs::fstatfs(&directory).map_err(|errno| cannot(parent, errno))?.f_type as u64)?;
        let real = parent.canonicalize().map_err(|error| refuse(parent, error.to_string()))?;
        let place = Self { path: real.join(name), name: name.to_owned(), directory };
        // Between the two look-ups somebody above us may have moved things.
        let again = rustix::fs::stat(&real).map_err(|errno| cannot(&real, errno))?;
        if Identity::of(&again) != Identity::of(&stat) {
            return Err(refuse(parent, "it was moved while the vault was being opened; try again"));
        }
        Ok(place)
    }

    /// Where SQLite finds the vault.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// The directory, for what is opened beside the vault.
    pub(super) fn directory(&self) -> &OwnedFd {
        &self.directory
    }

    /// The vault's name with `suffix` after it: "" is the vault, "-wal" its log.
    pub(super) fn name_with(&self, suffix: &str) -> OsString {
        let mut name = self.name.clone();
        name.push(suffix);
        name
    }

    /// The path of [`Self::name_with`], for messages.
    pub(super) fn path_with(&self, suffix: &str) -> PathBuf {
        self.path.with_file_name(self.name_with(suffix))
    }

    /// Judges the vault and the files SQLite keeps beside it. `None`: there is no vault.
    pub(super) fn judge(&self) -> Result<Option<Identity>, StoreError> {
        for suffix in SIDE_FILES {
            self.judge_one(suffix)?;
        }
        self.judge_one("")
    }

    fn judge_one(&self, suffix: &str) -> Result<Option<Identity>, StoreError> {
        let path = self.path_with(suffix);
        match rustix::fs::statat(&self.directory, self.name_with(suffix), AtFlags::SYMLINK_NOFOLLOW) {
            Err(Errno::NOENT) => Ok(None),
            Err(errno) => Err(cannot(&path, errno)),
            Ok(stat) => ours_alone(&path, &stat).map(Some),
        }
    }

    /// Makes an empty vault file, 0600, where there was none, and nothing of an
    /// older vault that SQLite would replay into it.
    pub(super) fn create(&self) -> Result<Identity, StoreError> {
        for suffix in SIDE_FILES {
            if self.judge_one(suffix)?.is_some() {
                return Err(refuse(&self.path_with(suffix), "it is left over from another vault; move it away first"));
            }
        }
        let file = new_file(&self.directory, &self.name, &self.path)?;
        let stat = rustix::fs::fstat(&file).map_err(|errno| cannot(&self.path, errno))?;
        drop(file);
        self.sync()?;
        Ok(Identity::of(&stat))
    }

    /// Takes back what [`Self::create`] made when the rest of a creation failed.
    /// Only for a file this call made: no vault with anything in it is ever removed.
    pub(super) fn undo_create(&self) {
        for suffix in SIDE_FILES.into_iter().chain([""]) {
            let _ = rustix::fs::unlinkat(&self.directory, self.name_with(suffix), AtFlags::empty());
        }
    }

    /// Does the path that SQLite opened lead to the file that was judged?
    pub(super) fn still_leads_to(&self, judged: Identity) -> Result<(), StoreError> {
        let by_path = rustix::fs::lstat(&self.path).map_err(|errno| cannot(&self.path, errno))?;
        if Identity::of(&by_path) == judged && self.judge_one("")? == Some(judged) {
            Ok(())
        } else {
            Err(refuse(&self.path, "it was replaced while it was being opened; find out who did that"))
        }
    }

    /// Makes the directory's entries durable.
    pub(super) fn sync(&self) -> Result<(), StoreError> {
        rustix::fs::fsync(&self.directory).map_err(|errno| StoreError::Io(errno.into()))
    }

    /// Bytes an unprivileged writer may still use on the file system.
    pub(super) fn free_bytes(&self) -> Option<u64> {
        let stat = rustix::fs::fstatvfs(&self.directory).ok()?;
        stat.f_bavail.checked_mul(stat.f_frsize)
    }
}

impl Identity {
    /// From what the kernel says.
    pub(super) fn of(stat: &Stat) -> Self {
        Self { device: stat.st_dev, inode: stat.st_ino }
    }
}

/// Parent directory and last component.
pub(super) fn split(path: &Path) -> Result<(&Path, &OsStr), StoreError> {
    let name = path.file_name().ok_or_else(|| refuse(path, "it does not name a file"))?;
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    Ok((parent.unwrap_or(Path::new(".")), name))
}

/// A file only we can read and write, under this one name.
pub(super) fn ours_alone(path: &Path, stat: &Stat) -> Result<Identity, StoreError> {
    let us = rustix::process::geteuid().as_raw();
    let problem = if FileType::from_raw_mode(stat.st_mode) != FileType::RegularFile {
        "it is not a regular file (a symbolic link counts as none); put the file itself here".to_owned()
    } else if is_foreign(us, stat.st_uid) {
        format!("it belongs to uid {}, not to uid {us} who opens it; run chown on it", stat.st_uid)
    } else if stat.st_mode & 0o077 != 0 {
        "others can read or write it; run chmod 600 on it".to_owned()
    } else if stat.st_nlink != 1 {
        "it has a second name (a hard link), so two programs could hold it at once; remove the other name".to_owned()
    } else {
        return Ok(Identity::of(stat));
    };
    Err(refuse(path, problem))
}

/// Root may prepare and check the vault of the account that will serve it;
/// anybody else works on their own.
fn is_foreign(us: u32, owner: u32) -> bool {
    us != 0 && us != owner
}

/// Makes a new file, 0600, and never opens an old one.
pub(super) fn new_file(directory: &OwnedFd, name: &OsStr, path: &Path) -> Result<OwnedFd, StoreError> {
    let flags = OFlags::RDWR | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    rustix::fs::openat(directory, name, flags, Mode::RUSR | Mode::WUSR).map_err(|errno| match errno {
        Errno::EXIST => refuse(path, "it exists already and is not overwritten; choose another name"),
        errno => cannot(path, errno),
    })
}

/// An operating system error while preparing files.
pub(super) fn cannot(path: &Path, errno: Errno) -> StoreError {
    match errno {
        Errno::ROFS => StoreError::ReadOnly,
        Errno::NOSPC | Errno::DQUOT => StoreError::Full,
        errno => refuse(path, io::Error::from(errno).to_string()),
    }
}

/// The place is not fit.
pub(super) fn refuse(path: &Path, problem: impl Into<String>) -> StoreError {
    StoreError::Place { path: path.to_owned(), problem: problem.into() }
}

/// SQLite's locks and shared memory do not hold across machines, and a vault
/// there is lost sooner or later.
fn refuse_network(path: &Path, kind: u64) -> Result<(), StoreError> {
    // The field is a signed word on some machines: compare 32 bits.
    let kind = kind & 0xffff_ffff;
    match NETWORK.iter().find(|(magic, _)| *magic == kind) {
        None => Ok(()),
        Some((_, name)) => {
            let problem = format!(
                "it lies on {name}, where SQLite's locks do not hold; keep the vault on a local disk and send backups there"
            );
            Err(refuse(path, problem))
        }
    }
}

/// File systems refused, by their magic number in `statfs`.
const NETWORK: [(u64, &str); 5] =
    [(0x0102_1997, "9p"), (0x6969, "NFS"), (0x517b, "SMB"), (0xff53_4d42, "CIFS"), (0xfe53_4d42, "SMB")];

/// What SQLite keeps beside a vault.
pub(super) const SIDE_FILES: [&str; 3] = ["-wal", "-shm", "-journal"];

#[cfg(test)]
#[path = "place_tests.rs"]
mod tests;
