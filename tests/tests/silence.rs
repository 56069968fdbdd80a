//! A value is nowhere but where it was asked for; a name is in no file.

#![allow(clippy::unwrap_used, reason = "helpers of tests, outside a test function")]

use std::fs;
use std::path::Path;
use std::thread::sleep;
use std::time::{Duration, Instant};

use base64::Engine as _;
use vault_client::blocking::Client;
use vault_client::{Call, ClientError, Codec, ListQuery, SecretBytes, UnlockSecret};
use vault_tests::canary::{Canary, Found};
use vault_tests::privileges::{as_uid, is_root};
use vault_tests::programs::run_vaultd;
use vault_tests::site::text;
use vault_tests::wire::Wire;
use vault_tests::{Daemon, Dir, Site, needs};

/// A canary as a name: a letter and hex digits.
struct Name(Canary);

impl Name {
    fn new() -> Self {
        Self(Canary::of(format!("n{}", Canary::new(31).text()).as_bytes()))
    }

    fn text(&self) -> &str {
        self.0.text()
    }

    /// Only the whole of it counts: a piece of a name tells nobody anything.
    fn assert_in_no_file(&self, directory: &Path) {
        for entry in fs::read_dir(directory).unwrap().flatten() {
            let found = self.0.search(&fs::read(entry.path()).unwrap_or_default());
            assert_eq!(found.whole, 0, "{}", entry.path().display());
        }
    }
}

/// Everything a user can do with one secret, right and wrong, and what was said
/// when it was wrong.
fn use_it(vault: &Client, name: &str, value: &[u8]) -> Vec<String> {
    vault.set(name, b"first").unwrap();
    let version = vault.set(name, value).unwrap();
    assert_eq!(vault.get(name).unwrap().expose(), value);
    assert_eq!(vault.get_version(name, version).unwrap().expose(), value);
    vault.list_all(&ListQuery::new()).unwrap();
    vault.history(name).unwrap();
    vault.delete(name).unwrap();
    let mut said = Vec::new();
    let mut wrong = |error: ClientError| said.push(format!("{error} {error:?} {}", error.hint()));
    wrong(vault.get(name).unwrap_err());
    vault.undelete(name).unwrap();
    wrong(vault.set_if(name, value, 77).unwrap_err());
    wrong(vault.get_version(name, 99).unwrap_err());
    wrong(vault.set(("billing", name), value).unwrap_err());
    wrong(vault.get(("billing", name)).unwrap_err());
    wrong(vault.set("Not A Name", value).unwrap_err());
    wrong(vault.set(name, &value.repeat(2_000)).unwrap_err());
    wrong(vault.set(&format!("{name}{name}{name}"), value).unwrap_err());
    said.push(format!("{:?}", vault.get(name).unwrap()));
    let call =
        Call::Set { app: None, name: name.to_owned(), value: SecretBytes::new(value.to_vec()), if_version: None };
    said.push(format!("{call:?}").replace(name, ""));
    said
}

#[test]
fn mistake_14_a_value_and_its_name_are_in_no_file_log_or_error() {
    let site = Site::new();
    let daemon = site.serve();
    let (value, name) = (Canary::new(64), Name::new());
    let base64 = Canary::of(base64::engine::general_purpose::STANDARD.encode(value.bytes()).as_bytes());
    for codec in [Codec::Postcard, Codec::Json] {
        let vault = daemon.client_in(codec);
        for said in use_it(&vault, name.text(), value.bytes()) {
            assert_eq!(value.search(said.as_bytes()), Found::default(), "{said}");
            assert_eq!(name.0.search(said.as_bytes()).whole, 0, "{said}");
        }
        // Not as a message either: what cannot be decoded is not repeated.
        let mut wire = Wire::connect(daemon.socket(), codec);
        wire.frame(value.bytes());
        let said = format!("{:?}", wire.response().unwrap());
        assert_eq!(value.search(said.as_bytes()), Found::default(), "{said}");
    }
    // As somebody else, with an operator's work around it.
    let vault = daemon.client();
    if is_root() {
        as_uid(1001, || use_it(&daemon.client(), name.text(), value.bytes()));
        vault.rekey_scope(Some("uid:1001")).unwrap();
        vault.user_move("uid:1001", "uid:1002").unwrap();
    }
    vault.rekey_scope(None).unwrap();
    vault.audit_rotate().unwrap();
    vault.audit_verify().unwrap();
    vault.check().unwrap();
    // After the last checkpoint, so that the write-ahead log holds something.
    vault.set(name.text(), value.bytes()).unwrap();
    let info = vault.backup_begin(true).unwrap();
    let mut backup = Vec::new();
    loop {
        let chunk = vault.backup_read(info.id, backup.len() as u64).unwrap();
        if chunk.is_empty() {
            break;
        }
        backup.extend_from_slice(&chunk);
    }
    // While the copy lies there, and the write-ahead log is full of it.
    let quiet = |daemon: Option<&Daemon>| {
        for canary in [&value, &base64] {
            canary.assert_in_no_file(site.dir().path());
            assert_eq!(canary.search(&backup), Found::default());
        }
        name.assert_in_no_file(site.data());
        assert_eq!(name.0.search(&backup).whole, 0);
        if let Some(daemon) = daemon {
            let log = daemon.log();
            assert!(log.contains("DEBUG"), "it says all it can");
            assert_eq!(name.0.search(log.as_bytes()).whole, 0);
        }
    };
    assert!(fs::metadata(site.vault().with_extension("db-wal")).unwrap().len() > 0);
    quiet(Some(&daemon));
    vault.backup_end(info.id, true).unwrap();
    vault.seal().unwrap();
    vault.unseal(UnlockSecret::KeyFile(SecretBytes::new(fs::read(site.key()).unwrap()))).unwrap();
    quiet(Some(&daemon));
    // An operator is told names, from the vault and not from the file.
    assert!(vault.audit_tail(1_000).unwrap().iter().any(|line| line.name.as_deref() == Some(name.text())));
    drop(vault);
    assert_eq!(daemon.terminate(), 0);
    quiet(None);

    let kept = Dir::private();
    let copy = kept.write("backup", &backup);
    for args in [
        vec!["verify", text(&copy), "--json", "--key-file", text(&site.key())],
        vec!["check", "--vault", text(&site.vault()), "--key-file", text(&site.key())],
    ] {
        let output = run_vaultd(&args, b"");
        assert!(output.status.success());
        let said = [output.stdout, output.stderr].concat();
        assert_eq!((value.search(&said), name.0.search(&said).whole), (Found::default(), 0));
    }
}

#[test]
fn a_value_is_gone_from_memory_a_second_after_the_reply() {
    needs!(is_root(), "needs root to read another process's memory");
    let site = Site::new();
    let daemon = site.serve();
    for codec in [Codec::Postcard, Codec::Json] {
        for (what, len) in [("small", 64), ("large", 60_000)] {
            let value = Canary::new(len);
            let base64 = Canary::of(base64::engine::general_purpose::STANDARD.encode(value.bytes()).as_bytes());
            let vault = daemon.client_in(codec);
            use_it_quietly(&vault, value.bytes());
            // The connection stays open: its buffers are part of the question.
            for (form, canary) in [("bytes", &value), ("base64", &base64)] {
                let found = settled(canary, daemon.pid());
                assert!(found.is_empty(), "{codec:?}, {what}, {form}: {found:?}");
            }
        }
    }
}

fn use_it_quietly(vault: &Client, value: &[u8]) {
    for _ in 0..3 {
        vault.set("a", value).unwrap();
        assert_eq!(vault.get("a").unwrap().expose(), value);
    }
    let calls = (0..20).map(|_| Call::Get { app: None, name: "a".into(), version: None });
    assert!(vault.pipeline(calls.collect()).iter().all(Result::is_ok));
    let calls = (0..5).map(|n| Call::Set {
        app: None,
        name: format!("b{n}"),
        value: SecretBytes::new(value.to_vec()),
        if_version: None,
    });
    assert!(vault.pipeline(calls.collect()).iter().all(Result::is_ok));
}

/// What is found a second later, or nothing as soon as nothing is.
fn settled(canary: &Canary, pid: u32) -> Vec<(String, Found)> {
    let until = Instant::now() + Duration::from_secs(1);
    loop {
        let found = canary.search_memory(pid);
        if found.is_empty() || Instant::now() > until {
            return found;
        }
        sleep(Duration::from_millis(50));
    }
}

#[test]
fn mistake_20_a_passphrase_is_gone_from_memory_after_it_has_opened() {
    needs!(is_root(), "needs root to read another process's memory");
    let site = Site::empty();
    let passphrase = Canary::new(64);
    assert!(site.init(&["--passphrase-stdin", "--no-recovery"], passphrase.bytes()).status.success());
    let daemon = site.serve_sealed();
    for codec in [Codec::Postcard, Codec::Json] {
        let vault = daemon.client_in(codec);
        vault.unseal(UnlockSecret::Passphrase(SecretBytes::new(passphrase.bytes().to_vec()))).unwrap();
        let found = settled(&passphrase, daemon.pid());
        assert!(found.is_empty(), "{codec:?}: {found:?}");
        vault.seal().unwrap();
    }
    passphrase.assert_in_no_file(site.dir().path());
}

#[test]
fn a_key_is_gone_from_memory_once_it_has_opened() {
    needs!(is_root(), "needs root to read another process's memory");
    let site = Site::empty();
    let made = site.init(&["--key-file", text(&site.key())], b"");
    let printed = String::from_utf8(made.stdout).unwrap();
    let recovery = printed.lines().find_map(|line| line.strip_prefix("  ")).unwrap();
    let key = fs::read(site.key()).unwrap();
    let (file, shown) = (Canary::of(&key), Canary::of(recovery.as_bytes()));
    // Read from the file at start.
    let daemon = site.serve();
    let gone = |what: &str| {
        for canary in [&file, &shown] {
            let found = settled(canary, daemon.pid());
            assert!(found.is_empty(), "{what}: {found:?}");
        }
    };
    gone("at start");
    for codec in [Codec::Postcard, Codec::Json] {
        let vault = daemon.client_in(codec);
        vault.set("a", b"x").unwrap();
        for secret in [UnlockSecret::KeyFile as fn(_) -> _, UnlockSecret::RecoveryKey] {
            vault.seal().unwrap();
            let bytes = if matches!(secret(SecretBytes::new(Vec::new())), UnlockSecret::KeyFile(_)) {
                key.clone()
            } else {
                recovery.as_bytes().to_vec()
            };
            vault.unseal(secret(SecretBytes::new(bytes))).unwrap();
            gone("sent by a client");
        }
        vault
            .slot_add(
                UnlockSecret::KeyFile(SecretBytes::new(key.clone())),
                vault_client::NewSlot::RecoveryKey {},
                "another",
            )
            .unwrap();
        vault
            .rekey_root(
                vec![
                    UnlockSecret::KeyFile(SecretBytes::new(key.clone())),
                    UnlockSecret::RecoveryKey(SecretBytes::new(recovery.as_bytes().to_vec())),
                ],
                true,
            )
            .unwrap();
        gone("to change slots");
    }
}
