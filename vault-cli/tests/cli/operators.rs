//! Commands of operators.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::sync::{Arc, Mutex};

use vault_proto::latest::*;
use vault_proto::latest::{VaultCall as Call, VaultReply as Reply};

use crate::harness::{files, piped, vaultctl};
use crate::server::Server;

const ID: &str = "00112233445566778899aabbccddeeff";
const RECOVERY: &[u8] = b"D50ZVW8-A36T4W3";

fn slot(kind: &str) -> SlotInfo {
    SlotInfo { id: ID.into(), kind: kind.into(), label: "of a test".into() }
}

/// Does everything, and remembers the secrets it was sent.
fn operator() -> (Server, Arc<Mutex<Vec<Vec<u8>>>>) {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let secrets = Arc::clone(&seen);
    let server = Server::new(move |call| {
        let unlock = |secret: &UnlockSecret| {
            let (UnlockSecret::Passphrase(bytes) | UnlockSecret::KeyFile(bytes) | UnlockSecret::RecoveryKey(bytes)) =
                secret;
            secrets.lock().unwrap().push(bytes.expose().to_vec());
        };
        Ok(match call {
            Call::Status {} => Reply::Status(StatusInfo {
                version: "0.1.0".into(),
                sealed: false,
                degraded: vec!["audit reserve in use".into()],
                read_only: false,
                development: true,
                vault_id: Some(ID.into()),
                epoch: Some(3),
                sequence: Some(42),
                slots: 2,
                last_backup_at: Some(1_785_146_400_000),
                last_backup_verified: Some(true),
                uptime_s: 3_700,
                hardening: vec!["no core dumps".into()],
            }),
            Call::WhoAmI {} => Reply::WhoAmI {
                user: "uid:1000".into(),
                login: Some("alice".into()),
                operator: vec!["backup".into()],
                held: false,
            },
            Call::Unseal { secret } => {
                unlock(&secret);
                Reply::Done {}
            }
            Call::SlotList {} => Reply::Slots { slots: vec![slot("passphrase")] },
            Call::SlotAdd { existing, new, .. } => {
                unlock(&existing);
                let (kind, recovery_key) = match new {
                    NewSlot::RecoveryKey {} => ("recovery-key", Some(SecretBytes::new(RECOVERY.to_vec()))),
                    NewSlot::Passphrase(bytes) => {
                        secrets.lock().unwrap().push(bytes.expose().to_vec());
                        ("passphrase", None)
                    }
                    NewSlot::KeyFile(bytes) => {
                        secrets.lock().unwrap().push(bytes.expose().to_vec());
                        ("key-file", None)
                    }
                    NewSlot::Credential(bytes) => {
                        secrets.lock().unwrap().push(bytes.expose().to_vec());
                        ("credential", None)
                    }
                };
                Reply::SlotAdded { slot: slot(kind), recovery_key }
            }
            Call::RekeyRoot { keep, drop_slots: true } => {
                keep.iter().for_each(unlock);
                Reply::Rekeyed(RekeyReport { version: 2, rewritten: 0, dropped_slots: vec![slot("passphrase")] })
            }
            Call::RekeyRoot { .. } => {
                return Err(WireError::Invalid { field: "slots".into(), expected: "1 slots would be lost".into() });
            }
            Call::RekeyScope { .. } => Reply::Rekeyed(RekeyReport { version: 2, rewritten: 5, dropped_slots: vec![] }),
            Call::UserList {} => Reply::Users {
                users: vec![UserInfo {
                    user: "uid:1001".into(),
                    login: Some("bob".into()),
                    held: true,
                    apps: 1,
                    secrets: 2,
                    bytes: 1_137,
                }],
            },
            Call::UserMove { .. } => Reply::UserChanged { scopes: 1, erasure_pending: false },
            Call::UserRemove { user } if user == "uid:7" => return Err(WireError::Missing { expired: false }),
            Call::UserRemove { .. } => Reply::UserChanged { scopes: 2, erasure_pending: true },
            Call::AuditTail { .. } => Reply::AuditTail {
                lines: vec![AuditLine {
                    line: r#"{"seq":7,"time":"t","op":"get","outcome":"ok","uid":1000,"request":1}"#.into(),
                    name: Some("api_token".into()),
                }],
            },
            Call::AuditVerify {} => {
                Reply::AuditVerified(AuditReport { verified: 9, gaps: 1, problems: vec!["line 3 was changed".into()] })
            }
            Call::Check {} => Reply::Checked(CheckReport { records: 9, problems: vec![] }),
            _ => Reply::Done {},
        })
    });
    (server, seen)
}

#[test]
fn status_and_whoami() {
    let (server, _) = operator();
    let json = vaultctl(&server, &["status", "--json"]).json();
    for (key, value) in [
        ("sealed", serde_json::json!(false)),
        ("degraded", serde_json::json!(["audit reserve in use"])),
        ("epoch", serde_json::json!(3)),
        ("sequence", serde_json::json!(42)),
        ("slots", serde_json::json!(2)),
        ("last_backup_at", serde_json::json!("2026-07-27T10:00:00Z")),
        ("last_backup_verified", serde_json::json!(true)),
        ("version", serde_json::json!("0.1.0")),
        ("development", serde_json::json!(true)),
        ("read_only", serde_json::json!(false)),
        ("uptime_s", serde_json::json!(3_700)),
    ] {
        assert_eq!(json[key], value, "{key}");
    }
    let text = vaultctl(&server, &["status"]);
    assert!(text.out().contains("attention    audit reserve in use\n"));
    assert!(text.out().contains("last backup  2026-07-27 10:00 UTC, verified\n"));
    vaultctl(&server, &["whoami"]).gave("uid:1000 (alice)\noperator: backup\n");
    assert_eq!(vaultctl(&server, &["whoami", "--json"]).json()["login"], "alice");
}

#[test]
fn seal_and_unseal_by_every_way() {
    let (server, seen) = operator();
    vaultctl(&server, &["seal"]).gave("");
    piped(&server, &["unseal", "--passphrase-stdin"], b"correct horse\n").gave("");
    piped(&server, &["unseal", "--recovery-key-stdin"], RECOVERY).gave("");
    let key = server.directory.path().join("key");
    fs::write(&key, [9; 32]).unwrap();
    fs::set_permissions(&key, fs::Permissions::from_mode(0o644)).unwrap();
    vaultctl(&server, &["unseal", "--key-file", key.to_str().unwrap()]).failed(1, "mode 0644");
    fs::set_permissions(&key, fs::Permissions::from_mode(0o600)).unwrap();
    vaultctl(&server, &["unseal", "--key-file", key.to_str().unwrap()]).gave("");
    assert_eq!(*seen.lock().unwrap(), [b"correct horse".to_vec(), RECOVERY.to_vec(), vec![9; 32]]);
    let both = ["unseal", "--passphrase-stdin", "--recovery-key-stdin"];
    assert_eq!(vaultctl(&server, &both).status, 2);
    let log = server.log().concat();
    assert!(!log.contains("horse"));
    let wrong = Server::refusing(WireError::WrongSecret {});
    piped(&wrong, &["unseal", "--passphrase-stdin"], b"hunter2").failed(4, "opens no key slot");
}

#[test]
fn slots_are_listed_added_and_removed() {
    let (server, seen) = operator();
    let json = vaultctl(&server, &["slot", "ls", "--json"]).json();
    assert_eq!(json, serde_json::json!([{ "id": ID, "kind": "passphrase", "label": "of a test" }]));
    vaultctl(&server, &["slot", "rm", ID]).gave("");
    assert_eq!(server.log().last().unwrap(), &format!("SlotRemove {{ id: \"{ID}\" }}"));

    let old = server.directory.path().join("old");
    fs::write(&old, [9; 32]).unwrap();
    fs::set_permissions(&old, fs::Permissions::from_mode(0o600)).unwrap();
    let old = old.to_str().unwrap();
    let new = server.directory.path().join("new");
    let path = new.to_str().unwrap();
    let add = ["slot", "add", "--label", "second", "--key-file", path, "--with-key-file", old];
    vaultctl(&server, &add).gave("");
    assert_eq!(fs::metadata(&new).unwrap().permissions().mode() & 0o7777, 0o600);
    assert_eq!(*seen.lock().unwrap(), [vec![9; 32], fs::read(&new).unwrap()]);
    vaultctl(&server, &add).failed(1, "never overwritten");

    let recovery = piped(&server, &["slot", "add", "--recovery-key", "--with-passphrase-stdin"], b"pass\n");
    recovery.gave(&format!("{}\n", std::str::from_utf8(RECOVERY).unwrap()));
    assert!(recovery.stderr.contains("not shown again"));
    piped(&server, &["slot", "add", "--passphrase", "--with-key-file", old], b"correct horse\n").gave("");
    assert_eq!(seen.lock().unwrap().last().unwrap(), b"correct horse");
    let out = vaultctl(&server, &["slot", "add", "--credential-out", "-", "--with-key-file", old]);
    assert_eq!(&out.stdout, seen.lock().unwrap().last().unwrap());
    assert_eq!(vaultctl(&server, &["slot", "add", "--with-key-file", old]).status, 2);
}

#[test]
fn a_key_file_goes_only_when_its_slot_certainly_does_not_exist() {
    for (answer, kept) in
        [(Some(WireError::WrongSecret {}), false), (Some(WireError::Indeterminate {}), true), (None, true)]
    {
        let server = Server::stamped(move |_| (None, answer.clone().map(Err)));
        let new = server.directory.path().join("new");
        let add = ["slot", "add", "--key-file", new.to_str().unwrap(), "--with-passphrase-stdin"];
        let ended = piped(&server, &add, b"pass");
        assert_eq!(ended.status, if kept { 12 } else { 4 });
        assert_eq!(files(server.directory.path()).contains(&"new".to_owned()), kept);
        assert_eq!(ended.stderr.contains("is kept"), kept);
    }
}

#[test]
fn rekeying_names_what_is_lost() {
    let (server, seen) = operator();
    let root = ["rekey", "root", "--with-passphrase-stdin"];
    let stopped = piped(&server, &root, b"pass");
    stopped.failed(2, "1 slots would be lost");
    assert!(stopped.stderr.contains("--drop-slots"));
    let done = piped(&server, &[&root[..], &["--drop-slots"]].concat(), b"pass");
    done.gave("");
    assert!(done.stderr.contains(&format!("dropped: {ID} passphrase")));
    assert_eq!(*seen.lock().unwrap(), [b"pass"]);
    vaultctl(&server, &["rekey", "root"]).failed(2, "no slot's secret was given");
    assert_eq!(vaultctl(&server, &["rekey", "scope", "--json"]).json()["rewritten"], 5);
    vaultctl(&server, &["rekey", "scope", "--user", "uid:1001"]).gave("");
    assert!(server.log().last().unwrap().contains("uid:1001"));
}

#[test]
fn users() {
    let (server, _) = operator();
    assert_eq!(vaultctl(&server, &["user", "ls", "--json"]).json()[0]["held"], true);
    let list = vaultctl(&server, &["user", "ls"]);
    assert!(list.out().contains("uid:1001  bob    held"), "{}", list.out());
    assert!(list.stderr.contains("vaultctl user confirm uid:1001"));
    vaultctl(&server, &["user", "confirm", "uid:1001"]).gave("");
    assert_eq!(vaultctl(&server, &["user", "move", "uid:1001", "uid:1002", "--json"]).json()["scopes"], 1);
    vaultctl(&server, &["user", "rm", "uid:1001"]).failed(2, "needs a confirmation");
    assert!(!server.log().concat().contains("UserRemove"));
    vaultctl(&server, &["user", "rm", "uid:1001", "--yes"]).gave("");
    vaultctl(&server, &["user", "rm", "uid:7", "--yes"]).failed(3, "uid:7: no such user");
}

#[test]
fn audit_and_check() {
    let (server, _) = operator();
    assert!(vaultctl(&server, &["audit", "tail", "-n", "1"]).out().contains("uid:1000  get"));
    let json = vaultctl(&server, &["audit", "tail", "--json"]).json();
    assert_eq!(json[0]["name"], "api_token");
    assert!(json[0]["line"].as_str().unwrap().contains("\"seq\":7"));
    let broken = vaultctl(&server, &["audit", "verify"]);
    broken.failed(8, "changed or damaged");
    assert!(broken.out().contains("line 3 was changed"));
    vaultctl(&server, &["audit", "rotate"]).gave("");
    vaultctl(&server, &["check"]).gave("9 records, all genuine\n");
    let damaged = Server::new(|_| Ok(Reply::Checked(CheckReport { records: 9, problems: vec!["row 4".into()] })));
    damaged_check(&damaged);
}

fn damaged_check(server: &Server) {
    let ended = vaultctl(server, &["check", "--json"]);
    assert_eq!(ended.status, 8);
    assert!(ended.out().contains("row 4") && ended.stderr.contains("\"code\":\"corrupt\""));
}

#[test]
fn completions_need_no_daemon() {
    for shell in ["bash", "zsh", "fish"] {
        let ended = crate::harness::end(crate::harness::bare(&["completions", shell]), b"");
        assert!(ended.status == 0 && ended.out().contains("vaultctl") && ended.stderr.is_empty());
    }
}
