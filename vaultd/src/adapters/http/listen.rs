//! A door's socket: bound before anything is served, so that an address
//! that cannot be had is an error at start.

use std::io;
use std::net::TcpListener;
use std::os::fd::OwnedFd;

use tokio::net::{TcpStream, UnixStream};

use crate::config::{Listen, SocketMode};
use crate::exit::{Exit, Failure};
use crate::listener::Socket;
use crate::service::VaultLock;

/// A socket that listens for HTTP clients.
#[derive(Debug)]
pub struct Listening {
    bound: Bound,
    address: String,
}

#[derive(Debug)]
enum Bound {
    Tcp(TcpListener),
    Unix(Socket),
}

/// One more descriptor of it, for one serving thread.
#[derive(Debug)]
pub(crate) enum Share {
    Tcp(TcpListener),
    Unix(OwnedFd),
}

/// The same on a runtime.
pub(super) enum Listener {
    Tcp(tokio::net::TcpListener),
    Unix(tokio::net::UnixListener),
}

/// A connection, either kind.
pub(super) enum Stream {
    Tcp(TcpStream),
    Unix(UnixStream),
}

impl Listening {
    /// Binds and listens, for the door of this name. A Unix socket gets the mode of the vault's own.
    pub fn bind(name: &str, listen: &Listen, mode: SocketMode, held: &dyn VaultLock) -> Result<Self, Failure> {
        match listen {
            Listen::Tcp(address) => {
                let bound = TcpListener::bind(address).and_then(|listener| {
                    listener.set_nonblocking(true)?;
                    Ok((listener.local_addr()?, listener))
                });
                let (address, listener) = bound.map_err(|error| {
                    let exit = match error.kind() {
                        io::ErrorKind::AddrInUse => Exit::Conflict,
                        io::ErrorKind::PermissionDenied => Exit::Forbidden,
                        _ => Exit::Unavailable,
                    };
                    Failure::new(exit, format_args!("{name}: cannot listen on {address}: {error}"))
                        .hint("choose another port, or `unix:/PATH`; under systemd see docs/GATEWAY.md")
                })?;
                Ok(Self { bound: Bound::Tcp(listener), address: format!("http://{address}") })
            }
            Listen::Unix(path) => {
                let socket = Socket::bind(path, mode, held)?;
                Ok(Self { bound: Bound::Unix(socket), address: format!("unix:{}", path.display()) })
            }
        }
    }

    /// Where it is, with the port that was chosen: what clients are told.
    #[must_use]
    pub fn address(&self) -> String {
        self.address.clone()
    }

    pub(crate) fn share(&self) -> io::Result<Share> {
        Ok(match &self.bound {
            Bound::Tcp(listener) => Share::Tcp(listener.try_clone()?),
            Bound::Unix(socket) => Share::Unix(socket.share()?),
        })
    }
}

impl Listener {
    pub(super) fn new(share: Share) -> io::Result<Self> {
        Ok(match share {
            Share::Tcp(listener) => Self::Tcp(tokio::net::TcpListener::from_std(listener)?),
            Share::Unix(socket) => {
                let listener = std::os::unix::net::UnixListener::from(socket);
                listener.set_nonblocking(true)?;
                Self::Unix(tokio::net::UnixListener::from_std(listener)?)
            }
        })
    }

    pub(super) async fn accept(&self) -> io::Result<Stream> {
        Ok(match self {
            Self::Tcp(listener) => {
                let (stream, _) = listener.accept().await?;
                // A small answer must not wait for the client to confirm the last one.
                stream.set_nodelay(true)?;
                Stream::Tcp(stream)
            }
            Self::Unix(listener) => Stream::Unix(listener.accept().await?.0),
        })
    }
}
