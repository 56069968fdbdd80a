//! Key files: 32 bytes, private to their owner.
//!
//! A key file others can read opens a stolen vault for them, so it is refused
//! rather than warned about. It is made with `O_EXCL`: overwriting the only key
//! of another vault would destroy that vault.

use std::fs::File;
use std::io::{self, Read, Write};
use std::os::fd::AsFd;
use std::path::{Path, PathBuf};

use rustix::fs::{Gid, Mode, OFlags, Uid};
use vault_core::host::Host;
use zeroize::{Zeroize, Zeroizing};

use crate::exit::{Exit, Failure};

/// Length of a key file, in bytes.
pub const KEY_LEN: usize = 32;

/// The bytes of a key file or credential. Erased on drop, not printed.
pub struct Key(Box<[u8; KEY_LEN]>);

impl Key {
    /// A new random key.
    pub fn make(host: &Host) -> Result<Self, KeyFileError> {
        let mut key = Self(Box::new([0; KEY_LEN]));
        host.entropy.fill(key.0.as_mut_slice()).map_err(|_| KeyFileError::Entropy)?;
        Ok(key)
    }

    /// The same key, for the two places that must have it.
    #[must_use]
    pub fn duplicate(&self) -> Self {
        Self(self.0.clone())
    }

    /// The bytes, for as long as the borrow lasts.
    #[must_use]
    pub fn expose(&self) -> &[u8; KEY_LEN] {
        &self.0
    }
}

impl Drop for Key {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Key(..)")
    }
}

/// An account that shall own what is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Owner {
    /// Its uid.
    pub uid: u32,
    /// Its primary group.
    pub gid: u32,
}

/// Why a key file was not read or made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KeyFileError {
    /// A system call failed.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// One is there: it may be the only key to another vault.
    #[error("{}: exists and is never overwritten", path.display())]
    Exists {
        /// The file.
        path: PathBuf,
    },
    /// A directory, a pipe, a symbolic link.
    #[error("{}: not a regular file", path.display())]
    NotAFile {
        /// The file.
        path: PathBuf,
    },
    /// Others may read it.
    #[error("{}: mode {mode:04o} is open to others", path.display())]
    Mode {
        /// The file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// Another user can change it.
    #[error("{}: owned by uid {owner}, not by root or uid {expected}", path.display())]
    Owner {
        /// The file.
        path: PathBuf,
        /// Who owns it.
        owner: u32,
        /// Who should.
        expected: u32,
    },
    /// Not 32 bytes.
    #[error("{}: not {KEY_LEN} bytes long", path.display())]
    Length {
        /// The file.
        path: PathBuf,
    },
    /// The kernel gave no randomness.
    #[error("the system gave no randomness")]
    Entropy,
    /// Not started by systemd with that credential.
    #[error("credential {name:?} was not passed to this service")]
    NoCredential {
        /// Its name.
        name: String,
    },
    /// A credential name that is a path.
    #[error("a credential name is at most 255 characters, without a slash")]
    BadName,
}

impl From<KeyFileError> for Failure {
    fn from(error: KeyFileError) -> Self {
        let (exit, hint) = match &error {
            KeyFileError::Io { path, source } => return Self::io(path, source).hint("check the path of the key file"),
            KeyFileError::Exists { .. } => (Exit::Conflict, "use --existing-key-file to keep it, or name another file"),
            KeyFileError::NotAFile { .. } => (Exit::Usage, "name the file itself"),
            KeyFileError::Mode { .. } => (Exit::Forbidden, "chmod 0600 it"),
            KeyFileError::Owner { .. } => (Exit::Forbidden, "chown it to the user the daemon runs as"),
            KeyFileError::Length { .. } => (Exit::Usage, "is this the right file?"),
            KeyFileError::Entropy => (Exit::Unavailable, "try again"),
            KeyFileError::NoCredential { .. } => (Exit::NotFound, "add LoadCredentialEncrypted=NAME:FILE to the unit"),
            KeyFileError::BadName => (Exit::Usage, "give the name, not the file"),
        };
        Self::new(exit, error).hint(hint)
    }
}

/// Reads a key file, asking the open descriptor who owns it and who may read it.
pub fn read(path: &Path) -> Result<Key, KeyFileError> {
    let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOCTTY;
    let file = match rustix::fs::open(path, flags, Mode::empty()) {
        Ok(fd) => File::from(fd),
        Err(rustix::io::Errno::LOOP) => return Err(KeyFileError::NotAFile { path: path.to_owned() }),
        Err(errno) => return Err(KeyFileError::Io { path: path.to_owned(), source: errno.into() }),
    };
    let own = rustix::process::geteuid().as_raw();
    check(path, &file, own)?;
    content(path, file)
}

/// Makes a key file with this key, 0600 from its first moment, and makes it
/// durable: a vault whose key was lost with the power is lost.
pub fn create(path: &Path, key: &Key, owner: Option<Owner>) -> Result<(), KeyFileError> {
    let failed = |source: io::Error| KeyFileError::Io { path: path.to_owned(), source };
    let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let mut file = match rustix::fs::open(path, flags, Mode::RUSR | Mode::WUSR) {
        Ok(fd) => File::from(fd),
        Err(rustix::io::Errno::EXIST) => return Err(KeyFileError::Exists { path: path.to_owned() }),
        Err(errno) => return Err(failed(errno.into())),
    };
    let written = file.write_all(key.expose()).and_then(|()| {
        if let Some(owner) = owner {
            rustix::fs::fchown(&file, Some(Uid::from_raw(owner.uid)), Some(Gid::from_raw(owner.gid)))?;
        }
        file.sync_all()?;
        sync_parent(path)
    });
    if let Err(source) = written {
        // Half a key is worse than none: the next try would find the name taken.
        let _ = std::fs::remove_file(path);
        return Err(failed(source));
    }
    Ok(())
}

/// Reads a credential that systemd passed to this service. Its directory is
/// private to the service, so mode and owner are systemd's business.
pub fn credential(name: &str) -> Result<Key, KeyFileError> {
    if name.is_empty() || name.len() > 255 || name.contains('/') || name == "." || name == ".." {
        return Err(KeyFileError::BadName);
    }
    let Some(directory) = std::env::var_os("CREDENTIALS_DIRECTORY") else {
        return Err(KeyFileError::NoCredential { name: name.to_owned() });
    };
    let path = Path::new(&directory).join(name);
    match File::open(&path) {
        Ok(file) => content(&path, file),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            Err(KeyFileError::NoCredential { name: name.to_owned() })
        }
        Err(source) => Err(KeyFileError::Io { path, source }),
    }
}

fn check(path: &Path, file: impl AsFd, own_uid: u32) -> Result<(), KeyFileError> {
    let stat =
        rustix::fs::fstat(file).map_err(|errno| KeyFileError::Io { path: path.to_owned(), source: errno.into() })?;
    if rustix::fs::FileType::from_raw_mode(stat.st_mode) != rustix::fs::FileType::RegularFile {
        return Err(KeyFileError::NotAFile { path: path.to_owned() });
    }
    if stat.st_mode & 0o077 != 0 {
        return Err(KeyFileError::Mode { path: path.to_owned(), mode: stat.st_mode & 0o7777 });
    }
    // Root may work on the files of the daemon's user (init, restore); nobody else on anybody's.
    if own_uid != 0 && stat.st_uid != 0 && stat.st_uid != own_uid {
        return Err(KeyFileError::Owner { path: path.to_owned(), owner: stat.st_uid, expected: own_uid });
    }
    Ok(())
}

fn content(path: &Path, mut file: File) -> Result<Key, KeyFileError> {
    let failed = |source| KeyFileError::Io { path: path.to_owned(), source };
    let mut bytes = Zeroizing::new([0; KEY_LEN + 1]);
    let mut filled = 0;
    while let Some(rest) = bytes.get_mut(filled..).filter(|rest| !rest.is_empty()) {
        match file.read(rest) {
            Ok(0) => break,
            Ok(n) => filled += n,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(failed(error)),
        }
    }
    match bytes.first_chunk::<KEY_LEN>() {
        Some(bytes) if filled == KEY_LEN => {
            // Boxed first and filled there: the other way round leaves a copy on the stack.
            let mut key = Key(Box::new([0; KEY_LEN]));
            key.0.copy_from_slice(bytes);
            Ok(key)
        }
        _ => Err(KeyFileError::Length { path: path.to_owned() }),
    }
}

fn sync_parent(path: &Path) -> io::Result<()> {
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(parent)?.sync_all()
}

#[cfg(test)]
mod tests;
