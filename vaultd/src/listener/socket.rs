//! The socket's place in the filesystem.
//!
//! Whoever can write the directory can put their own socket there and be sent
//! everybody's secrets, so the directory must be ours. A socket left by a dead
//! daemon is replaced only under the vault's lock, and never while somebody
//! answers on it: that could be another vault's daemon.

use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::fs::{FileTypeExt, MetadataExt, PermissionsExt};
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};

use rustix::fs::{FileType, Mode, OFlags};
use rustix::io::Errno;
use rustix::net::{AddressFamily, SocketAddrUnix, SocketFlags, SocketType};

use crate::config::SocketMode;
use crate::exit::{Exit, Failure};
use crate::service::VaultLock;

/// A socket that listens. Removes its name when dropped, if it is still its own.
#[derive(Debug)]
pub struct Socket {
    listener: UnixListener,
    name: Option<Name>,
}

#[derive(Debug)]
struct Name {
    path: PathBuf,
    device: u64,
    inode: u64,
}

/// Why there is no socket.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SocketError {
    /// A system call failed.
    #[error("{}: {source}", path.display())]
    Io {
        /// The path.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The kernel's limit on socket paths.
    #[error("{}: {len} bytes, a socket path has at most {max}", path.display())]
    TooLong {
        /// The path.
        path: PathBuf,
        /// Its length.
        len: usize,
        /// What fits.
        max: usize,
    },
    /// Somebody else's directory.
    #[error("{}: owned by uid {owner}, not by root or uid {expected}", path.display())]
    ForeignDirectory {
        /// The directory.
        path: PathBuf,
        /// Who owns it.
        owner: u32,
        /// Who may, beside root.
        expected: u32,
    },
    /// Others could put their own socket there.
    #[error("{}: mode {mode:04o} lets others replace the socket", path.display())]
    WritableDirectory {
        /// The directory.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// Something that is not a socket.
    #[error("{}: exists and is not a socket", path.display())]
    NotASocket {
        /// The path.
        path: PathBuf,
    },
    /// Another daemon.
    #[error("{}: another daemon answers on this socket", path.display())]
    InUse {
        /// The path.
        path: PathBuf,
    },
    /// systemd passed something other than one Unix stream socket.
    #[error("socket activation passed {count} descriptors; one Unix stream socket is expected")]
    Activation {
        /// How many.
        count: usize,
    },
}

impl From<SocketError> for Failure {
    fn from(error: SocketError) -> Self {
        let (exit, hint) = match &error {
            SocketError::Io { path, source } => {
                return Self::io(path, source).hint("make the directory first: install -d -m 0755 DIR");
            }
            SocketError::TooLong { .. } => (Exit::Usage, "use a shorter directory"),
            SocketError::ForeignDirectory { .. } | SocketError::WritableDirectory { .. } => {
                (Exit::Forbidden, "use a directory that only the daemon's user can write, such as /run/vaultd")
            }
            SocketError::NotASocket { .. } => (Exit::Conflict, "name another path, or move that file away"),
            SocketError::InUse { .. } => (Exit::Conflict, "stop it, or use another --socket"),
            SocketError::Activation { .. } => (Exit::Usage, "let vaultd.socket have one ListenStream="),
        };
        Self::new(exit, error).hint(hint)
    }
}

impl Socket {
    /// Binds and listens. `_held` proves that no other daemon serves this vault.
    pub fn bind(path: &Path, mode: SocketMode, _held: &dyn VaultLock) -> Result<Self, SocketError> {
        let failed = |source: io::Error| SocketError::Io { path: path.to_owned(), source };
        let len = path.as_os_str().len();
        if len > PATH_MAX {
            return Err(SocketError::TooLong { path: path.to_owned(), len, max: PATH_MAX });
        }
        check_directory(path)?;
        remove_stale(path)?;
        // Under umask 077 the socket is born 0600; it gets its mode before anybody is told of it.
        let listener = UnixListener::bind(path).map_err(failed)?;
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode.bits())).map_err(failed)?;
        let made = std::fs::symlink_metadata(path).map_err(failed)?;
        let name = Name { path: path.to_owned(), device: made.dev(), inode: made.ino() };
        Ok(Self { listener, name: Some(name) })
    }

    /// The socket systemd has bound for us, if it has. Its name stays systemd's.
    pub fn activated() -> Result<Option<Self>, SocketError> {
        let mut passed = listenfd::ListenFd::from_env();
        match passed.len() {
            0 => Ok(None),
            1 => match passed.take_unix_listener(0) {
                Ok(Some(listener)) => Ok(Some(Self { listener, name: None })),
                _ => Err(SocketError::Activation { count: 1 }),
            },
            count => Err(SocketError::Activation { count }),
        }
    }

    /// One more descriptor of the same socket, for one runtime thread.
    pub fn share(&self) -> io::Result<OwnedFd> {
        Ok(self.listener.try_clone()?.into())
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        let Some(name) = &self.name else { return };
        let ours = std::fs::symlink_metadata(&name.path)
            .is_ok_and(|found| found.dev() == name.device && found.ino() == name.inode);
        if ours {
            let _ = std::fs::remove_file(&name.path);
        }
    }
}

/// The directory itself is asked, not its name: it is opened first, and a
/// symbolic link in its place is refused.
fn check_directory(socket: &Path) -> Result<(), SocketError> {
    let directory = match socket.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    let failed = |errno: Errno| SocketError::Io { path: directory.to_owned(), source: errno.into() };
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let fd = rustix::fs::open(directory, flags, Mode::empty()).map_err(failed)?;
    let stat = rustix::fs::fstat(&fd).map_err(failed)?;
    let own = rustix::process::geteuid().as_raw();
    if FileType::from_raw_mode(stat.st_mode) != FileType::Directory {
        return Err(failed(Errno::NOTDIR));
    }
    if stat.st_uid != 0 && stat.st_uid != own {
        return Err(SocketError::ForeignDirectory { path: directory.to_owned(), owner: stat.st_uid, expected: own });
    }
    // The sticky bit does not help: it keeps a name from being replaced, not from being taken first.
    if stat.st_mode & 0o022 != 0 {
        return Err(SocketError::WritableDirectory { path: directory.to_owned(), mode: stat.st_mode & 0o7777 });
    }
    Ok(())
}

fn remove_stale(path: &Path) -> Result<(), SocketError> {
    let failed = |source: io::Error| SocketError::Io { path: path.to_owned(), source };
    match std::fs::symlink_metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(failed(error)),
        Ok(found) if !found.file_type().is_socket() => {
            return Err(SocketError::NotASocket { path: path.to_owned() });
        }
        Ok(_) => {}
    }
    match probe(path) {
        // Nobody listens: its daemon is dead.
        Err(Errno::CONNREFUSED) => std::fs::remove_file(path).map_err(failed),
        Err(Errno::NOENT) => Ok(()),
        // Somebody listens and is too busy to accept.
        Ok(()) | Err(Errno::AGAIN) => Err(SocketError::InUse { path: path.to_owned() }),
        Err(errno) => Err(failed(errno.into())),
    }
}

/// Does not block: a daemon that hangs with a full backlog must not hang its successor.
fn probe(path: &Path) -> Result<(), Errno> {
    let flags = SocketFlags::NONBLOCK | SocketFlags::CLOEXEC;
    let socket = rustix::net::socket_with(AddressFamily::UNIX, SocketType::STREAM, flags, None)?;
    rustix::net::connect(&socket, &SocketAddrUnix::new(path)?)
}

/// `sun_path` with its final zero.
const PATH_MAX: usize = 107;
