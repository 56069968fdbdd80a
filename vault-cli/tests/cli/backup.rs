//! `vaultctl backup`: a whole file or none.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::process::Stdio;
use std::thread;
use std::time::Duration;

use sha2::{Digest as _, Sha256};
use vault_proto::latest::{BackupInfo, VaultCall as Call, VaultReply as Reply, WireError};

use crate::harness::{command, files, vaultctl};
use crate::server::Server;

fn content() -> Vec<u8> {
    (0..2_500_000_u32).map(|i| (i % 251) as u8).collect()
}

/// Serves the content in pieces; `change` may spoil an answer.
fn server(change: impl Fn(&Call, Reply) -> Result<Reply, WireError> + Send + 'static) -> Server {
    let content = content();
    let sha256 = Sha256::digest(&content).into();
    Server::new(move |call| {
        let reply = match &call {
            Call::BackupBegin { verify } => {
                let bytes = content.len() as u64;
                Reply::BackupReady(BackupInfo { id: 7, bytes, sha256, verified: *verify, sequence: 42 })
            }
            Call::BackupRead { id: 7, offset } => {
                let rest = content.get(*offset as usize..).unwrap_or_default();
                Reply::BackupChunk { bytes: rest[..rest.len().min(1 << 20)].to_vec() }
            }
            Call::BackupEnd { id: 7, .. } => Reply::Done {},
            _ => return Err(WireError::Unsupported { what: "call".into() }),
        };
        change(&call, reply)
    })
}

#[test]
fn whole_private_and_counted() {
    let server = server(|_, reply| Ok(reply));
    let file = server.directory.path().join("b.vault");
    fs::write(&file, "an older one").unwrap();
    let json = vaultctl(&server, &["backup", file.to_str().unwrap(), "--json"]).json();
    assert_eq!((&json["bytes"], &json["verified"], &json["sequence"]), (&2_500_000.into(), &true.into(), &42.into()));
    assert_eq!(fs::read(&file).unwrap(), content());
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o7777, 0o600);
    assert_eq!(files(server.directory.path()), ["b.vault"]);
    assert_eq!(server.log().last().unwrap(), "BackupEnd { id: 7, kept: true }");

    let piped = vaultctl(&server, &["backup", "-", "--no-verify"]);
    assert!(piped.status == 0 && piped.stdout == content() && piped.stderr.is_empty());
    assert!(server.log().contains(&"BackupBegin { verify: false }".to_owned()));
}

#[test]
fn a_spoiled_one_leaves_nothing_and_does_not_count() {
    type Change = fn(&Call, Reply) -> Result<Reply, WireError>;
    let cases: [(Change, i32, &str); 5] = [
        (
            |_, reply| match reply {
                Reply::BackupReady(info) => Ok(Reply::BackupReady(BackupInfo { sha256: [0; 32], ..info })),
                other => Ok(other),
            },
            8,
            "SHA-256",
        ),
        (
            |call, reply| match call {
                Call::BackupRead { offset: 1.., .. } => Ok(Reply::BackupChunk { bytes: vec![] }),
                _ => Ok(reply),
            },
            8,
            "1048576 of 2500000 bytes",
        ),
        (
            |_, reply| match reply {
                Reply::BackupReady(info) => Ok(Reply::BackupReady(BackupInfo { verified: false, ..info })),
                other => Ok(other),
            },
            8,
            "did not verify",
        ),
        (
            |call, reply| match call {
                Call::BackupRead { offset: 1.., .. } => Err(WireError::Missing { expired: false }),
                _ => Ok(reply),
            },
            7,
            "the connection broke",
        ),
        (
            |call, reply| match call {
                Call::BackupRead { .. } => Err(WireError::Unavailable { reason: "x".into() }),
                _ => Ok(reply),
            },
            7,
            "cannot serve this now",
        ),
    ];
    for (change, status, message) in cases {
        let server = server(change);
        let file = server.directory.path().join("b.vault");
        fs::write(&file, "an older one").unwrap();
        vaultctl(&server, &["backup", file.to_str().unwrap()]).failed(status, message);
        assert_eq!(fs::read(&file).unwrap(), b"an older one");
        assert_eq!(files(server.directory.path()), ["b.vault"]);
        assert_eq!(server.log().last().unwrap(), "BackupEnd { id: 7, kept: false }");
    }
}

#[test]
fn an_interrupted_one_leaves_nothing() {
    let server = server(|call, reply| {
        if matches!(call, Call::BackupRead { offset: 1.., .. }) {
            thread::sleep(Duration::from_secs(20));
        }
        Ok(reply)
    });
    let file = server.directory.path().join("b.vault");
    let mut child = command(&server, &["backup", file.to_str().unwrap()]).stderr(Stdio::null()).spawn().unwrap();
    while files(server.directory.path()).is_empty() {
        thread::sleep(Duration::from_millis(5));
    }
    // A second one at the same time is told so, and does no harm.
    vaultctl(&server, &["backup", file.to_str().unwrap()]).failed(9, "somebody else is writing");
    let pid = rustix::process::Pid::from_raw(child.id() as i32).unwrap();
    rustix::process::kill_process(pid, rustix::process::Signal::INT).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(130));
    assert!(files(server.directory.path()).is_empty());
}

#[test]
fn what_a_killed_one_left_is_replaced_but_no_link_is_followed() {
    let server = server(|_, reply| Ok(reply));
    let directory = server.directory.path();
    let (file, partial) = (directory.join("b.vault"), directory.join("b.vault.partial"));
    fs::write(&partial, "half of one").unwrap();
    vaultctl(&server, &["backup", file.to_str().unwrap()]).gave("");
    assert_eq!(fs::read(&file).unwrap(), content());
    fs::write(directory.join("precious"), "precious").unwrap();
    std::os::unix::fs::symlink(directory.join("precious"), &partial).unwrap();
    assert_eq!(vaultctl(&server, &["backup", file.to_str().unwrap()]).status, 1);
    assert_eq!(fs::read(directory.join("precious")).unwrap(), b"precious");
    vaultctl(&server, &["backup", directory.to_str().unwrap()]).failed(1, "");
    vaultctl(&server, &["backup", "/nonexistent/b"]).failed(1, "/nonexistent/b");
}
