//! From a path to text nobody else could have written.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use rustix::fs::{Mode, OFlags};

use super::ConfigError;

/// Longest configuration, in bytes.
pub const FILE_MAX: u64 = 64 << 10;

/// Reads the file. Owner and mode are asked of the open descriptor, so they are
/// those of the bytes that are read. A symbolic link is followed: what counts
/// is who could write the file it leads to.
pub(super) fn read(path: &Path, own_uid: u32) -> Result<String, ConfigError> {
    let unreadable = |source| ConfigError::Unreadable { path: path.to_owned(), source };
    // Not to hang on a pipe somebody put there.
    let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NONBLOCK | OFlags::NOCTTY;
    let fd = rustix::fs::open(path, flags, Mode::empty()).map_err(|errno| unreadable(errno.into()))?;
    let stat = rustix::fs::fstat(&fd).map_err(|errno| unreadable(errno.into()))?;
    if rustix::fs::FileType::from_raw_mode(stat.st_mode) != rustix::fs::FileType::RegularFile {
        return Err(ConfigError::NotAFile { path: path.to_owned() });
    }
    if stat.st_uid != 0 && stat.st_uid != own_uid {
        return Err(ConfigError::Owner { path: path.to_owned(), owner: stat.st_uid, expected: own_uid });
    }
    if stat.st_mode & 0o022 != 0 {
        return Err(ConfigError::Writable { path: path.to_owned(), mode: stat.st_mode & 0o7777 });
    }
    let mut bytes = Vec::new();
    File::from(fd).take(FILE_MAX + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    if bytes.len() as u64 > FILE_MAX {
        return Err(ConfigError::TooLarge { path: path.to_owned(), max: FILE_MAX });
    }
    String::from_utf8(bytes)
        .map_err(|error| ConfigError::NotText { path: path.to_owned(), at: error.utf8_error().valid_up_to() })
}
