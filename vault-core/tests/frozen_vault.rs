//! A vault made once by version 1, with its key file, that every later program
//! must open: `tests/vectors/vault/v1.{vault,key,json}`.
//!
//! `VAULT_WRITE_VECTORS=1` makes it when it is not there; one that is there is
//! never written again.
#![expect(clippy::unwrap_used, reason = "helpers of tests, outside a test function")]

mod support;

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use support::{DAY_MS, Disk, Machine, app, name, operator, put};
use vault_core::access::{Caller, Write};
use vault_core::keys::SecretBytes;
use vault_core::names::User;
use vault_core::seal::key_file::KeyFile;
use vault_core::seal::recovery::RecoveryKey;
use vault_core::{Open, Unlock, Vault, VersionState};

const KEY: [u8; 32] = [0x4b; 32];
const PASSPHRASE: &[u8] = b"a passphrase that is frozen";
const CREDENTIAL: u8 = 0xc5;

fn place(file: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/vectors/vault").join(file)
}

fn caller(user: &str, login: Option<&str>) -> Caller {
    Caller::new(User::parse(user).unwrap(), login.map(str::to_owned))
}

/// A vault with something of everything in it.
fn fill(machine: &Machine) -> Vault<Open> {
    let vault = machine.create(Unlock::KeyFile(KeyFile::from_bytes(&KEY).unwrap()));
    let (alice, ext) = (caller("uid:1000", Some("alice")), caller("ext:bob@example.org", None));
    let access = vault.caller(&alice);
    put(&access, "api_key", b"first");
    put(&access, "api_key", b"second");
    put(&access, "api_key", b"third");
    put(&access, "mail/alice@example.org", "pässwörd\n".as_bytes());
    put(&access, "large", &(0..65_536).map(|i| (i % 251) as u8).collect::<Vec<_>>());
    put(&access, "deleted", b"still recoverable");
    access.delete(&app(), &name("deleted")).unwrap();
    put(&access, "destroyed", b"gone for ever");
    access.write(&app(), &name("destroyed"), Write::Destroy { if_version: None }).unwrap();
    access.get(&app(), &name("api_key"), None).unwrap();
    put(&vault.caller(&ext), "api_key", b"another user's");
    machine.clock.set(machine.clock.now() + DAY_MS / 2);
    let operator = operator();
    let operate = vault.caller(&operator);
    let key = || Unlock::KeyFile(KeyFile::from_bytes(&KEY).unwrap());
    operate.rekey_user(alice.user()).unwrap();
    operate.rekey_scope_wrap().unwrap();
    operate.rekey_root(&[vec![key()]], false).unwrap();
    let passphrase = Unlock::Passphrase(SecretBytes::from(PASSPHRASE));
    operate.slot_add(&key(), &passphrase, "passphrase").unwrap();
    operate.slot_add(&key(), &support::credential(CREDENTIAL), "credential").unwrap();
    operate.backup_kept(true).unwrap();
    vault
}

fn make() {
    std::fs::create_dir_all(place("")).unwrap();
    let machine = Machine::new(Disk::file(), 0x0001_2345);
    let vault = fill(&machine);
    let recovery = RecoveryKey::make(&machine.host).unwrap();
    let text = String::from_utf8(recovery.to_text().into_vec()).unwrap();
    let key = Unlock::KeyFile(KeyFile::from_bytes(&KEY).unwrap());
    vault.caller(&operator()).slot_add(&key, &Unlock::RecoveryKey(recovery), "recovery").unwrap();
    let id: String = vault.id().iter().map(|byte| format!("{byte:02x}")).collect();
    drop(vault.seal());
    std::fs::write(place("v1.key"), KEY).unwrap();
    let about = json!({
        "about": "a vault of version 1, never made again; its secrets are public",
        "vault": id, "recovery_key": text, "passphrase": std::str::from_utf8(PASSPHRASE).unwrap(),
        "credential_byte": CREDENTIAL, "sealed_at_ms": machine.clock.now(),
        "slots": ["first", "passphrase", "credential", "recovery"],
    });
    std::fs::write(place("v1.json"), format!("{about:#}\n")).unwrap();
    // Last: while it is not there, the others may be made again.
    std::fs::copy(machine.disk.path(), place("v1.vault")).unwrap();
}

/// A copy in a directory fit for a vault, and a clock that stands where it stood.
fn copied(about: &Value) -> Machine {
    let machine = Machine::on_file();
    std::fs::copy(place("v1.vault"), machine.disk.path()).unwrap();
    std::fs::set_permissions(machine.disk.path(), std::fs::Permissions::from_mode(0o600)).unwrap();
    machine.clock.set(about["sealed_at_ms"].as_u64().unwrap());
    machine
}

#[test]
fn the_vault_of_version_1_opens() {
    if std::env::var_os("VAULT_WRITE_VECTORS").is_some() && !place("v1.vault").exists() {
        make();
    }
    let about: Value = serde_json::from_slice(&std::fs::read(place("v1.json")).unwrap()).unwrap();
    let text = |member: &str| SecretBytes::from(about[member].as_str().unwrap().as_bytes());
    let key = std::fs::read(place("v1.key")).unwrap();
    for unlock in [
        Unlock::KeyFile(KeyFile::from_bytes(&key).unwrap()),
        Unlock::RecoveryKey(RecoveryKey::parse(&text("recovery_key")).unwrap()),
        Unlock::Passphrase(text("passphrase")),
        support::credential(CREDENTIAL),
    ] {
        let machine = copied(&about);
        let vault = machine.unseal(&unlock).unwrap();
        holds_what_it_held(&vault, &about);
        // And it goes on from there.
        let alice = caller("uid:1000", Some("alice"));
        assert_eq!(put(&vault.caller(&alice), "api_key", b"fourth"), 4);
        assert_eq!(put(&vault.caller(&alice), "destroyed", b"new"), 2, "a version is never given twice");
        let restored = vault.caller(&alice).write(&app(), &name("deleted"), Write::Undelete);
        assert!(restored.is_ok());
        drop(vault.seal().unseal(&unlock).map_err(|(_, error)| error).unwrap());
    }
}

fn holds_what_it_held(vault: &Vault<Open>, about: &Value) {
    let id: String = vault.id().iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(id, about["vault"].as_str().unwrap());
    let labels: Vec<_> = vault.slots().unwrap().into_iter().map(|slot| slot.label).collect();
    assert_eq!(json!(labels), about["slots"]);
    assert!(vault.last_backup().unwrap().unwrap().verified);
    assert_eq!(vault.caller(&operator()).check().unwrap().problems, [""; 0]);

    let (alice, ext) = (caller("uid:1000", Some("alice")), caller("ext:bob@example.org", None));
    let access = vault.caller(&alice);
    let read = |at: &str, version| access.get(&app(), &name(at), version).map(|value| value.bytes.into_vec());
    assert_eq!(read("api_key", None).unwrap(), b"third");
    assert_eq!(read("api_key", Some(2)).unwrap(), b"second");
    assert!(read("api_key", Some(1)).is_err(), "two versions are kept");
    assert_eq!(read("mail/alice@example.org", None).unwrap(), "pässwörd\n".as_bytes());
    assert!(read("large", None).unwrap().iter().enumerate().all(|(i, byte)| usize::from(*byte) == i % 251));
    assert_eq!(read("large", None).unwrap().len(), 65_536);
    assert!(read("deleted", None).is_err() && read("destroyed", None).is_err());
    let states = |at: &str| -> Vec<_> {
        access.history(&app(), &name(at)).unwrap().iter().map(|info| (info.version, info.state)).collect()
    };
    use VersionState::{Deleted, Destroyed, Live};
    assert_eq!(states("api_key"), [(3, Live), (2, Live), (1, Destroyed)]);
    assert_eq!(states("deleted"), [(1, Deleted)]);
    assert_eq!(states("destroyed"), [(1, Destroyed)]);
    let (infos, _) = access.list(None, None, None, 10, false).unwrap();
    let names: Vec<_> = infos.iter().map(|info| info.name.as_str()).collect();
    assert_eq!(names, ["api_key", "large", "mail/alice@example.org"]);
    let theirs = vault.caller(&ext).get(&app(), &name("api_key"), None).unwrap();
    assert_eq!(theirs.bytes.expose(), b"another user's");
}

#[test]
fn the_vault_of_version_1_opens_with_nothing_else() {
    let about: Value = serde_json::from_slice(&std::fs::read(place("v1.json")).unwrap()).unwrap();
    let machine = copied(&about);
    for wrong in
        [support::key_file(1), support::credential(1), Unlock::Passphrase(SecretBytes::from(&b"wrong one"[..]))]
    {
        assert!(machine.unseal(&wrong).is_err());
    }
}
