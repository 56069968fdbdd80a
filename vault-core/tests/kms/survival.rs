//! What keys survive, and what they do not.

use vault_core::kms::{Alias, KeySpec, KeyState, KeyUsage, NewGrant, Operation, Principal};
use vault_core::names::User;
use vault_core::store::sqlite::SqliteStore;
use vault_core::store::{RecordKey, Row, Store};

use super::support::{Disk, operator};
use super::*;

/// A key of everybody's, with everything a key can have, and what it encrypted.
struct Furnished {
    id: KeyId,
    mac: KeyId,
    ciphertexts: [Vec<u8>; 2],
}

fn furnish(vault: &Vault<Open>, owner: &Caller, grantee: &Caller) -> Furnished {
    let kms = vault.caller(owner).kms();
    let id = symmetric(&kms);
    let first = encrypt(&kms, &id.into(), b"one", &context(&[("a", "b")]));
    kms.rotate_key(&id.into()).unwrap();
    let second = encrypt(&kms, &id.into(), b"two", &context(&[]));
    kms.create_alias(&Alias::parse("alias/a").unwrap(), &id).unwrap();
    kms.enable_key_rotation(&id.into(), 90).unwrap();
    let principal = Principal { user: grantee.user().clone(), login: grantee.login().map(str::to_owned) };
    let operations = [Operation::Decrypt].into_iter().collect();
    let key = &KeyRef::Id(id);
    let grant = NewGrant { key, grantee: principal, retiring: None, operations, constraint: None, name: None };
    kms.create_grant(&grant).unwrap();
    let mac = kms.create_key(&NewKey::new(KeySpec::Hmac384, KeyUsage::Mac)).unwrap().id;
    Furnished { id, mac, ciphertexts: [first, second] }
}

fn works(vault: &Vault<Open>, owner: &Caller, grantee: &Caller, key: &Furnished) {
    let kms = vault.caller(owner).kms();
    let named = KeyRef::Alias(Alias::parse("alias/a").unwrap());
    assert_eq!(kms.describe_key(&named).unwrap().id, key.id);
    assert_eq!(kms.describe_key(&key.mac.into()).unwrap().state, KeyState::Enabled);
    assert_eq!(decrypt(&kms, &key.ciphertexts[0], &context(&[("a", "b")])).unwrap(), b"one");
    assert_eq!(decrypt(&kms, &key.ciphertexts[1], &context(&[])).unwrap(), b"two");
    assert_eq!(decrypt(&vault.caller(grantee).kms(), &key.ciphertexts[1], &context(&[])).unwrap(), b"two");
    assert_eq!(vault.caller(&operator()).check().unwrap().problems, [""; 0]);
}

#[test]
fn a_restart() {
    let (machine, vault) = open();
    let key = furnish(&vault, &alice(), &bob());
    works(&vault, &alice(), &bob(), &key);
    drop(vault.seal());
    works(&machine.unseal(&key_file(1)).unwrap(), &alice(), &bob(), &key);
}

#[test]
fn every_replacement_of_keys_above_it() {
    let (machine, vault) = open();
    let key = furnish(&vault, &alice(), &bob());
    let (operator, alice_) = (operator(), alice());
    let access = vault.caller(&operator);
    let (_, records) = access.rekey_user(alice_.user()).unwrap();
    // Keys, three materials, alias, grant and due row; the entries are the system's.
    assert_eq!(records, 8);
    works(&vault, &alice(), &bob(), &key);
    access.rekey_scope_wrap().unwrap();
    works(&vault, &alice(), &bob(), &key);
    access.rekey_root(&[vec![key_file(1)]], false).unwrap();
    works(&vault, &alice(), &bob(), &key);
    drop(vault);
    works(&machine.unseal(&key_file(1)).unwrap(), &alice(), &bob(), &key);
}

#[test]
fn a_backup_and_its_restoration() {
    let machine = Machine::on_file();
    let vault = machine.create(key_file(1));
    let key = furnish(&vault, &alice(), &bob());
    let dir = tempfile::tempdir().unwrap();
    let copy = dir.path().join("copy.vault");
    let reopen = |path: &std::path::Path| SqliteStore::open(path);
    vault.caller(&operator()).backup(&copy, Some(&reopen)).unwrap();
    drop(vault);
    let Disk::File(_) = &machine.disk else { unreachable!() };
    let store = std::sync::Arc::new(SqliteStore::open(&copy).unwrap());
    let sealed = Vault::open(store, machine.host.clone(), machine.log()).unwrap();
    let restored = sealed.unseal(&key_file(1)).map_err(|(_, error)| error).unwrap();
    restored.begin_incarnation().unwrap();
    works(&restored, &alice(), &bob(), &key);
}

/// The user gets another uid: the keys go along, the old uid has none.
#[test]
fn a_move_of_their_user() {
    let (_machine, vault) = open();
    let key = furnish(&vault, &alice(), &bob());
    let (old, new) = (alice(), user(2_000));
    vault.caller(&operator()).user_move(old.user(), new.user(), new.login()).unwrap();
    works(&vault, &new, &bob(), &key);
    assert!(matches!(vault.caller(&old).kms().describe_key(&key.id.into()), Err(KmsError::NotFound { .. })));
    assert!(matches!(
        decrypt(&vault.caller(&old).kms(), &key.ciphertexts[1], &context(&[])),
        Err(KmsError::InvalidCiphertext)
    ));
}

#[test]
fn a_changed_login_name_holds_them() {
    let (_machine, vault) = open();
    let key = furnish(&vault, &alice(), &bob());
    let stranger = Caller::new(alice().user().clone(), Some("mallory".into()));
    let kms = vault.caller(&stranger).kms();
    assert!(matches!(kms.describe_key(&key.id.into()), Err(KmsError::Held { .. })));
    assert!(matches!(kms.create_key(&NewKey::symmetric()), Err(KmsError::Held { .. })));
    assert!(matches!(decrypt(&kms, &key.ciphertexts[1], &context(&[])), Err(KmsError::Held { .. })));
    vault.caller(&operator()).user_confirm(stranger.user(), stranger.login()).unwrap();
    works(&vault, &stranger, &bob(), &key);
}

#[test]
fn shredding_their_user_is_the_end_of_them() {
    let (machine, vault) = open();
    let key = furnish(&vault, &alice(), &bob());
    let his = furnish(&vault, &bob(), &alice());
    vault.caller(&operator()).user_remove(alice().user()).unwrap();
    for caller in [alice(), bob()] {
        let kms = vault.caller(&caller).kms();
        assert!(matches!(kms.describe_key(&key.id.into()), Err(KmsError::NotFound { .. })));
        assert!(matches!(decrypt(&kms, &key.ciphertexts[1], &context(&[])), Err(KmsError::InvalidCiphertext)));
    }
    assert_eq!(decrypt(&vault.caller(&bob()).kms(), &his.ciphertexts[1], &context(&[])).unwrap(), b"two");
    let users = vault.caller(&operator()).users(&|_| None).unwrap();
    assert_eq!(users.iter().map(|info| &info.user).collect::<Vec<_>>(), [&User::Uid(1_001)]);
    assert!(users[0].bytes > 0, "keys count as what a user occupies");
    // Two entries in the system's scope: those of the keys that are left.
    let rows = rows(&machine);
    assert_eq!(rows.iter().filter(|(key, _)| key.kind() == KIND_ENTRY).count(), 2);
    assert_eq!(vault.caller(&operator()).check().unwrap().problems, [""; 0]);
    drop(vault);
    machine.unseal(&key_file(1)).unwrap();
}

/// Each row of the KMS in turn lost, then spoiled: no answer is *corrupt*
/// afterwards, nothing is wrong, and what is gone was in the list.
#[test]
fn each_row_lost_or_spoiled_then_accepted() {
    let (machine, vault) = open();
    let key = furnish(&vault, &alice(), &bob());
    drop(vault);
    let whole = rows(&machine);
    let of_kms: Vec<usize> = (0..whole.len()).filter(|n| whole[*n].0.kind() >= KIND_KEY).collect();
    assert_eq!(of_kms.len(), 2 * 2 + 3 + 3);
    for at in of_kms {
        for spoil in [false, true] {
            let mut rows = whole.clone();
            match spoil {
                true => *rows[at].1.bytes.last_mut().unwrap() ^= 1,
                false => drop(rows.remove(at)),
            }
            machine.memory().replace(rows);
            machine.unseal(&key_file(1)).err().unwrap();
            let opened = machine.open().accept_damage(&key_file(1));
            let (vault, damage) = opened.map_err(|(_, error)| error).unwrap();
            let kind = whole[at].0.kind();
            is_right(&vault, &key, kind, damage.failing.len());
            let named = damage.failing.contains(&hex(&whole[at].0));
            // What follows from other records is made again; what only a spoiled
            // row shows is named by its key.
            assert!(named || !spoil && matches!(kind, KIND_ENTRY | KIND_DUE | KIND_ALIAS | KIND_GRANT), "kind {kind}");
            drop(vault);
            let vault = machine.unseal(&key_file(1)).unwrap();
            assert_eq!(vault.caller(&operator()).check().unwrap().problems, [""; 0]);
        }
    }
}

fn is_right(vault: &Vault<Open>, key: &Furnished, lost: u8, named: usize) {
    let (alice, bob) = (alice(), bob());
    let kms = vault.caller(&alice).kms();
    assert_eq!(vault.caller(&operator()).check().unwrap().problems, [""; 0]);
    let mut words = vec![
        word(kms.describe_key(&key.id.into())),
        word(kms.census(&key.id.into())),
        word(kms.describe_key(&KeyRef::Alias(Alias::parse("alias/a").unwrap()))),
        word(kms.list_aliases(None, None, 10)),
        word(kms.list_keys(None, 10)),
        word(kms.describe_key(&key.mac.into())),
        word(decrypt(&kms, &key.ciphertexts[0], &context(&[("a", "b")]))),
        word(decrypt(&kms, &key.ciphertexts[1], &context(&[]))),
        word(decrypt(&vault.caller(&bob).kms(), &key.ciphertexts[1], &context(&[]))),
    ];
    assert!(words.iter().all(|word| word != "Fault"), "kind {lost}: {words:?}");
    if matches!(lost, KIND_ENTRY | KIND_DUE) {
        assert!(words.iter().all(|word| word == "ok"), "kind {lost}: {words:?}");
    }
    if lost == KIND_MATERIAL {
        assert!(named > 0);
        words.retain(|word| word != "ok");
        assert!(!words.is_empty() || kms.describe_key(&key.mac.into()).unwrap().state == KeyState::PendingImport);
    }
    // And life goes on.
    let fresh = symmetric(&kms);
    let ciphertext = encrypt(&kms, &fresh.into(), b"new", &context(&[]));
    assert_eq!(decrypt(&kms, &ciphertext, &context(&[])).unwrap(), b"new");
    kms.schedule_key_deletion(&fresh.into(), 7).unwrap();
}

/// A file that is copied does not tell whose keys made a ciphertext, nor which names they have.
#[test]
fn rows_tell_no_key_id_and_no_name() {
    let (machine, vault) = open();
    let key = furnish(&vault, &alice(), &bob());
    let all: Vec<u8> =
        rows(&machine).into_iter().flat_map(|(at, row)| [&at.as_bytes()[..], &row.bytes].concat()).collect();
    for secret in [&key.id.as_bytes()[..], &key.mac.as_bytes()[..], b"alias/", key.id.to_string().as_bytes()] {
        assert!(!all.windows(secret.len()).any(|window| window == secret));
    }
}

fn rows(machine: &Machine) -> Vec<(RecordKey, Row)> {
    machine.memory().scan(&[], None, 1_000).unwrap()
}

fn hex(key: &RecordKey) -> String {
    key.as_bytes().iter().map(|byte| format!("{byte:02x}")).collect()
}

const KIND_KEY: u8 = 32;
const KIND_ENTRY: u8 = 33;
const KIND_MATERIAL: u8 = 34;
const KIND_ALIAS: u8 = 35;
const KIND_GRANT: u8 = 36;
const KIND_DUE: u8 = 37;
