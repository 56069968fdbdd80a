use std::fs;
use std::os::unix::fs::{FileTypeExt, MetadataExt, PermissionsExt};
use std::os::unix::net::{UnixListener, UnixStream};

use super::*;
use crate::accounts::Accounts;
use crate::config::{Access, GroupRef, Limits, Operators, Policy, SocketMode};
use crate::testing::{TempDir, TestLock};

/// Everybody is in group 50, uid 7 in 60 too.
struct Groups;

impl Accounts for Groups {
    fn uid_of(&self, _: &str) -> Option<u32> {
        None
    }
    fn primary_gid_of(&self, _: &str) -> Option<u32> {
        None
    }
    fn login_of(&self, _: u32) -> Option<String> {
        None
    }
    fn gid_of(&self, _: &str) -> Option<u32> {
        None
    }
    fn gids_of(&self, uid: u32) -> Vec<u32> {
        if uid == 7 { vec![50, 60] } else { vec![50] }
    }
}

fn policy(access: Access) -> Policy {
    Policy { limits: Limits::default(), access, operators: Operators::own_and_root(990) }
}

fn creds(uid: u32, gid: u32) -> Credentials {
    Credentials { uid, gid, pid: Some(1) }
}

fn admit(uid: u32, gid: u32, access: Access) -> Result<(), PeerRefused> {
    Peer::admit(creds(uid, gid), &policy(access), &Groups, 1).map(drop)
}

#[test]
fn the_overflow_uid_is_nobody() {
    for uid in [65_534, u32::MAX] {
        for allow_dynamic_uids in [false, true] {
            let access = Access { allow_dynamic_uids, ..Access::default() };
            assert_eq!(admit(uid, 100, access), Err(PeerRefused::OverflowUid));
        }
    }
    for uid in [0, 1, 1000, 65_533, 65_535, 65_536, u32::MAX - 1] {
        assert_eq!(admit(uid, 100, Access::default()), Ok(()), "{uid}");
    }
}

#[test]
fn dynamic_uids_only_when_configured() {
    for uid in [61_184, 63_000, 65_519] {
        assert_eq!(admit(uid, 100, Access::default()), Err(PeerRefused::DynamicUid { uid }));
        assert_eq!(admit(uid, 100, Access { allow_dynamic_uids: true, ..Access::default() }), Ok(()));
    }
    for uid in [61_183, 65_520] {
        assert_eq!(admit(uid, 100, Access::default()), Ok(()), "{uid}");
    }
}

#[test]
fn groups_primary_or_other() {
    let only = |gid| Access { allow_groups: vec![GroupRef { name: "g".to_owned(), gid }], ..Access::default() };
    assert_eq!(admit(7, 100, only(100)), Ok(()));
    assert_eq!(admit(7, 100, only(60)), Ok(()));
    assert_eq!(admit(8, 100, only(60)), Err(PeerRefused::NotInGroups { uid: 8 }));
    // Not even root is let in by the back door.
    assert_eq!(admit(0, 0, only(60)), Err(PeerRefused::NotInGroups { uid: 0 }));
}

#[test]
fn groups_are_looked_up_only_when_they_matter() {
    let peer = Peer::admit(creds(7, 100), &policy(Access::default()), &Groups, 9).unwrap();
    assert!(peer.groups().is_empty());
    assert_eq!((peer.uid(), peer.gid(), peer.pid(), peer.connection()), (7, 100, Some(1), 9));
    assert_eq!(peer.verbs(&Operators::own_and_root(990)), vault_core::Verbs::NONE);
    assert_eq!(peer.verbs(&Operators::own_and_root(7)), vault_core::Verbs::ALL);
}

fn bind(dir: &TempDir) -> Result<Socket, SocketError> {
    Socket::bind(&dir.path().join("s"), SocketMode::ANYONE, &TestLock)
}

#[test]
fn the_socket_has_its_mode_and_its_name_goes_with_it() {
    let dir = TempDir::new();
    let path = dir.path().join("s");
    for (mode, bits) in [("0666", 0o666), ("0600", 0o600), ("0660", 0o660)] {
        let socket = Socket::bind(&path, mode.parse().unwrap(), &TestLock).unwrap();
        let found = fs::symlink_metadata(&path).unwrap();
        assert!(found.file_type().is_socket());
        assert_eq!(found.mode() & 0o7777, bits);
        UnixStream::connect(&path).unwrap();
        drop(socket);
        assert!(!path.exists());
    }
}

#[test]
fn another_ones_name_is_left_alone() {
    let dir = TempDir::new();
    let socket = bind(&dir).unwrap();
    fs::remove_file(dir.path().join("s")).unwrap();
    let _other = UnixListener::bind(dir.path().join("s")).unwrap();
    drop(socket);
    assert!(dir.path().join("s").exists());
}

#[test]
fn a_dead_daemons_socket_is_replaced_a_live_ones_is_not() {
    let dir = TempDir::new();
    let path = dir.path().join("s");
    // Dropped without its name being removed, as after kill -9.
    drop(UnixListener::bind(&path).unwrap());
    assert!(path.exists());
    let live = bind(&dir).unwrap();
    assert!(matches!(bind(&dir), Err(SocketError::InUse { .. })));
    UnixStream::connect(&path).unwrap();
    drop(live);
    bind(&dir).unwrap();
}

#[test]
fn a_live_socket_with_a_full_backlog_is_still_live() {
    let dir = TempDir::new();
    let path = dir.path().join("s");
    let _live = UnixListener::bind(&path).unwrap();
    let mut clients = Vec::new();
    // Nobody accepts; fill the backlog without blocking.
    loop {
        let flags = rustix::net::SocketFlags::NONBLOCK;
        let (family, kind) = (rustix::net::AddressFamily::UNIX, rustix::net::SocketType::STREAM);
        let client = rustix::net::socket_with(family, kind, flags, None).unwrap();
        let address = rustix::net::SocketAddrUnix::new(path.as_path()).unwrap();
        match rustix::net::connect(&client, &address) {
            Ok(()) => clients.push(client),
            Err(errno) => {
                assert_eq!(errno, rustix::io::Errno::AGAIN);
                break;
            }
        }
        assert!(clients.len() < 100_000);
    }
    assert!(matches!(bind(&dir), Err(SocketError::InUse { .. })));
}

#[test]
fn what_is_not_a_socket_is_not_touched() {
    let dir = TempDir::new();
    let path = dir.path().join("s");
    fs::write(&path, b"precious").unwrap();
    assert!(matches!(bind(&dir), Err(SocketError::NotASocket { .. })));
    assert_eq!(fs::read(&path).unwrap(), b"precious");
    fs::remove_file(&path).unwrap();
    std::os::unix::fs::symlink("/tmp/elsewhere", &path).unwrap();
    assert!(matches!(bind(&dir), Err(SocketError::NotASocket { .. })));
}

#[test]
fn a_directory_others_can_write_is_refused() {
    let dir = TempDir::new();
    for mode in [0o777, 0o1777, 0o722, 0o770, 0o730] {
        fs::set_permissions(dir.path(), fs::Permissions::from_mode(mode)).unwrap();
        assert!(matches!(bind(&dir), Err(SocketError::WritableDirectory { mode: found, .. }) if found == mode));
        assert!(!dir.path().join("s").exists());
    }
    for mode in [0o700, 0o755, 0o711] {
        fs::set_permissions(dir.path(), fs::Permissions::from_mode(mode)).unwrap();
        bind(&dir).unwrap();
    }
    if rustix::process::geteuid().is_root() {
        std::os::unix::fs::chown(dir.path(), Some(1001), None).unwrap();
        assert!(matches!(bind(&dir), Err(SocketError::ForeignDirectory { owner: 1001, .. })));
    }
}

#[test]
fn a_linked_directory_or_none_is_refused() {
    let dir = TempDir::new();
    let link = dir.path().join("link");
    std::os::unix::fs::symlink(dir.path(), &link).unwrap();
    for path in [link.join("s"), dir.path().join("none/s")] {
        assert!(matches!(Socket::bind(&path, SocketMode::OWNER, &TestLock), Err(SocketError::Io { .. })));
    }
    let long = dir.path().join("x".repeat(200));
    assert!(matches!(Socket::bind(&long, SocketMode::OWNER, &TestLock), Err(SocketError::TooLong { max: 107, .. })));
}
