//! Files, logs, errors, what is printed.

use std::fs;
use std::path::Path;

use vault_client::blocking::Client;
use vault_client::{Call, ClientError, Codec, ListQuery, SecretBytes, UnlockSecret};
use vault_tests::canary::{Canary, Found};
use vault_tests::privileges::{as_uid, is_root};
use vault_tests::programs::run_vaultd;
use vault_tests::residue::Value;
use vault_tests::site::text;
use vault_tests::wire::Wire;
use vault_tests::{Daemon, Dir, Site};

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
    let (value, name) = (Value::new(64), Name::new());
    let [bytes, _] = value.forms();
    for codec in [Codec::Postcard, Codec::Json] {
        let vault = daemon.client_in(codec);
        for said in use_it(&vault, name.text(), value.bytes()) {
            assert_eq!(bytes.search(said.as_bytes()), Found::default(), "{said}");
            assert_eq!(name.0.search(said.as_bytes()).whole, 0, "{said}");
        }
        // Not as a message either: what cannot be decoded is not repeated.
        let mut wire = Wire::connect(daemon.socket(), codec);
        wire.frame(value.bytes());
        let said = format!("{:?}", wire.response().unwrap());
        assert_eq!(bytes.search(said.as_bytes()), Found::default(), "{said}");
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
        for canary in value.forms() {
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
        assert_eq!((bytes.search(&said), name.0.search(&said).whole), (Found::default(), 0));
    }
}
