//! Connecting, without waiting in the kernel.

use std::io;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Duration;

use rustix::io::Errno;
use rustix::net::{AddressFamily, SocketAddrUnix, SocketFlags, SocketType, connect, socket_with};

use crate::error::ClientError;
use crate::options::Options;
use crate::peer;

/// One try: a non-blocking stream to a server that has been checked, or `None`
/// when the server's backlog is full (try again after [`BACKLOG_PAUSE`]).
pub(crate) fn dial(path: &Path, options: &Options) -> Result<Option<UnixStream>, ClientError> {
    let address = SocketAddrUnix::new(path).map_err(ClientError::unavailable)?;
    let flags = SocketFlags::NONBLOCK | SocketFlags::CLOEXEC;
    let socket = socket_with(AddressFamily::UNIX, SocketType::STREAM, flags, None).map_err(ClientError::unavailable)?;
    match connect(&socket, &address) {
        Ok(()) => {}
        Err(Errno::AGAIN) => return Ok(None),
        Err(Errno::NOENT | Errno::CONNREFUSED | Errno::NOTDIR) => {
            return Err(ClientError::NotRunning { path: path.to_owned() });
        }
        Err(errno) => return Err(ClientError::unavailable(io::Error::from(errno))),
    }
    let stream = UnixStream::from(socket);
    peer::check(&stream, path, options.server_uid)?;
    Ok(Some(stream))
}

/// Between two tries when the backlog is full.
pub(crate) const BACKLOG_PAUSE: Duration = Duration::from_millis(5);
