//! Whose server is it?
//!
//! Anybody can bind a socket where they can write. Before anything is sent, the
//! kernel says which uid the other end had when it began to listen. There is no
//! way to skip this, only to say which uid is right.

use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::os::unix::net::UnixStream;
use std::path::Path;

use crate::error::ClientError;

/// Refuses a server that is not who it should be.
pub(crate) fn check(stream: &UnixStream, path: &Path, expected: Option<u32>) -> Result<(), ClientError> {
    let credentials = rustix::net::sockopt::socket_peercred(stream).map_err(ClientError::unavailable)?;
    let uid = credentials.uid.as_raw();
    let own = rustix::process::geteuid().as_raw();
    if accepted(uid, own, directory_owner(path), expected) {
        return Ok(());
    }
    Err(ClientError::ServerUid { uid, expected, path: path.to_owned() })
}

fn accepted(server: u32, own: u32, directory_owner: Option<u32>, expected: Option<u32>) -> bool {
    match expected {
        Some(uid) => server == uid,
        None => server == 0 || server == own || directory_owner == Some(server),
    }
}

/// Who owns the directory can replace the socket, so trusting it adds nobody.
fn directory_owner(path: &Path) -> Option<u32> {
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    fs::metadata(parent).ok().map(|metadata| metadata.uid())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn root_self_and_the_directory_owner_are_accepted() {
        assert!(accepted(0, 1000, None, None));
        assert!(accepted(1000, 1000, None, None));
        assert!(accepted(990, 1000, Some(990), None));
        assert!(!accepted(1001, 1000, Some(990), None));
        assert!(!accepted(1001, 1000, None, None));
    }

    #[test]
    fn an_expected_uid_is_the_only_one() {
        assert!(accepted(990, 1000, None, Some(990)));
        assert!(!accepted(0, 1000, Some(0), Some(990)));
        assert!(!accepted(1000, 1000, Some(1000), Some(990)));
    }
}
