//! The one path through a whole vault in memory.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::*;
use crate::host::{At, Host};
use crate::keys::SecretBytes;
use crate::names::{App, SecretName};
use crate::policy::Verb;
use crate::secrets::Quotas;
use crate::{VersionState, limits};

fn caller(uid: u32, login: &str) -> Caller {
    Caller::new(User::Uid(uid), Some(login.into()))
}

fn name(text: &str) -> SecretName {
    SecretName::parse(text).unwrap()
}

fn bytes(text: &str) -> SecretBytes {
    SecretBytes::from(text.as_bytes())
}

fn app() -> App {
    App::personal()
}

#[test]
fn a_secret_goes_in_and_comes_out_for_its_owner_alone() {
    let vault = Vault::ephemeral().unwrap();
    let (alice, bob) = (caller(1001, "alice"), caller(1002, "bob"));
    assert_eq!(vault.caller(&alice).set(&app(), &name("api_key"), bytes("a's"), None).unwrap(), 1);
    assert_eq!(vault.caller(&bob).set(&app(), &name("api_key"), bytes("b's"), None).unwrap(), 1);
    let read = |who| vault.caller(who).get(&app(), &name("api_key"), None).unwrap().bytes.into_vec();
    assert_eq!((read(&alice), read(&bob)), (b"a's".to_vec(), b"b's".to_vec()));
    let absent = vault.caller(&bob).get(&app(), &name("other"), None);
    assert!(matches!(absent, Err(Refusal::Missing { expired: false })));
}

#[test]
fn versions_rise_older_ones_are_kept_then_pruned() {
    let vault = Vault::ephemeral().unwrap();
    let alice = caller(1001, "alice");
    let access = vault.caller(&alice);
    for version in 1..=4 {
        assert_eq!(access.set(&app(), &name("k"), bytes(&format!("v{version}")), None).unwrap(), version);
    }
    let at = |version| access.get(&app(), &name("k"), Some(version)).map(|value| value.bytes.into_vec());
    assert_eq!(at(3).unwrap(), b"v3");
    assert!(at(2).is_err(), "two versions are kept");
    let states: Vec<_> = access.history(&app(), &name("k")).unwrap().iter().map(|info| info.state).collect();
    use VersionState::{Destroyed, Live};
    assert_eq!(states, [Live, Live, Destroyed, Destroyed]);
}

#[test]
fn compare_and_set_has_one_winner_and_no_reuse() {
    let vault = Vault::ephemeral().unwrap();
    let alice = caller(1001, "alice");
    let access = vault.caller(&alice);
    let set = |if_version| access.set(&app(), &name("k"), bytes("x"), if_version);
    assert!(matches!(set(Some(1)), Err(Refusal::Conflict { current: 0 })));
    assert_eq!(set(Some(0)).unwrap(), 1);
    assert!(matches!(set(Some(0)), Err(Refusal::Conflict { current: 1 })));
    assert_eq!(set(Some(1)).unwrap(), 2);
    let destroyed = access.write(&app(), &name("k"), Write::Destroy { if_version: Some(2) }).unwrap();
    assert!(matches!(destroyed, Written::Deleted { was_set: true, .. }));
    assert_eq!(set(Some(0)).unwrap(), 3, "a version number is never given twice");
}

#[test]
fn delete_is_recoverable_until_retention_ends() {
    let clock = Arc::new(At(AtomicU64::new(1_000_000)));
    let host = Host { clock: clock.clone(), ..Host::system() };
    let vault = Vault::ephemeral_on(host).unwrap();
    let alice = caller(1001, "alice");
    let access = vault.caller(&alice);
    let get = || access.get(&app(), &name("k"), None).map(|value| value.bytes.into_vec());
    access.set(&app(), &name("k"), bytes("x"), None).unwrap();
    assert!(access.delete(&app(), &name("k")).unwrap());
    assert!(!access.delete(&app(), &name("k")).unwrap());
    assert!(matches!(get(), Err(Refusal::Missing { expired: false })));
    let named = access.get(&app(), &name("k"), Some(1));
    assert!(matches!(named, Err(Refusal::Missing { expired: false })), "by its number neither");
    access.write(&app(), &name("k"), Write::Undelete).unwrap();
    assert_eq!(get().unwrap(), b"x");
    access.delete(&app(), &name("k")).unwrap();
    // Hour by hour: a jump over a week would hold retention back.
    let pass = |ms: u64| {
        let until = clock.0.load(Ordering::Relaxed) + ms;
        while clock.0.load(Ordering::Relaxed) < until {
            clock.0.store(until.min(clock.0.load(Ordering::Relaxed) + 3_600_000), Ordering::Relaxed);
            vault.maintain();
        }
    };
    pass(limits::RETENTION_MS - 1);
    assert!(access.write(&app(), &name("k"), Write::Undelete).is_ok());
    access.delete(&app(), &name("k")).unwrap();
    pass(limits::RETENTION_MS);
    assert!(matches!(access.write(&app(), &name("k"), Write::Undelete), Err(Refusal::Missing { .. })));
    assert_eq!(access.history(&app(), &name("k")).unwrap()[0].state, VersionState::Destroyed);
    assert_eq!(access.set(&app(), &name("k"), bytes("y"), None).unwrap(), 2);
}

#[test]
fn a_clock_that_goes_back_changes_nothing() {
    let clock = Arc::new(At(AtomicU64::new(5_000_000)));
    let vault = Vault::ephemeral_on(Host { clock: clock.clone(), ..Host::system() }).unwrap();
    let alice = caller(1001, "alice");
    let access = vault.caller(&alice);
    access.set(&app(), &name("a"), bytes("x"), None).unwrap();
    clock.0.store(1, Ordering::Relaxed);
    access.set(&app(), &name("b"), bytes("x"), None).unwrap();
    let (infos, _) = access.list(None, None, None, 10, false).unwrap();
    assert!(infos.iter().all(|info| info.set_ms == 5_000_000));
}

#[test]
fn another_login_name_under_the_same_uid_is_held() {
    let vault = Vault::ephemeral().unwrap();
    let alice = caller(1001, "alice");
    vault.caller(&alice).set(&app(), &name("k"), bytes("x"), None).unwrap();
    let heir = caller(1001, "mallory");
    let access = vault.caller(&heir);
    assert!(access.is_held().unwrap());
    assert!(matches!(access.get(&app(), &name("k"), None), Err(Refusal::Held { .. })));
    assert!(matches!(access.set(&app(), &name("k"), bytes("y"), None), Err(Refusal::Held { .. })));
    assert!(matches!(access.delete(&app(), &name("k")), Err(Refusal::Held { .. })));
    assert!(matches!(access.list(None, None, None, 10, false), Err(Refusal::Held { .. })));
    assert!(matches!(access.history(&app(), &name("k")), Err(Refusal::Held { .. })));

    let operator = caller(0, "root").with_verbs(Verbs::ALL);
    let operate = vault.caller(&operator);
    let logins = |uid| (uid == 1001).then(|| "mallory".to_owned());
    assert!(operate.users(&logins).unwrap()[0].held);
    operate.user_confirm(&User::Uid(1001), Some("mallory")).unwrap();
    assert_eq!(access.get(&app(), &name("k"), None).unwrap().bytes.expose(), b"x");
}

#[test]
fn a_user_moves_and_a_user_is_shredded() {
    let vault = Vault::ephemeral().unwrap();
    let (alice, bob) = (caller(1001, "alice"), caller(1002, "bob"));
    vault.caller(&alice).set(&app(), &name("k"), bytes("x"), None).unwrap();
    let operator = caller(0, "root").with_verbs(Verbs::ALL);
    let operate = vault.caller(&operator);
    let to_self = operate.user_move(&User::Uid(1001), &User::Uid(0), Some("root"));
    assert!(matches!(to_self, Err(OperatorError::Refusal(Refusal::Forbidden { needs: Some(_) }))));
    assert_eq!(operate.user_move(&User::Uid(1001), &User::Uid(1002), Some("bob")).unwrap(), 1);
    assert!(vault.caller(&alice).get(&app(), &name("k"), None).is_err());
    assert_eq!(vault.caller(&bob).get(&app(), &name("k"), None).unwrap().bytes.expose(), b"x");
    operate.user_remove(&User::Uid(1002)).unwrap();
    assert!(vault.caller(&bob).get(&app(), &name("k"), None).is_err());
    assert_eq!(operate.users(&|_| None).unwrap(), []);
    assert_eq!(operate.check().unwrap().problems, [""; 0]);
}

#[test]
fn every_layer_of_keys_is_replaced_and_values_stay() {
    let vault = Vault::ephemeral().unwrap();
    let alice = caller(1001, "alice");
    let access = vault.caller(&alice);
    for n in 0..150 {
        access.set(&app(), &name(&format!("k{n}")), bytes(&format!("v{n}")), None).unwrap();
    }
    let operator = caller(0, "root").with_verbs(Verbs::ALL);
    let operate = vault.caller(&operator);
    assert_eq!(operate.rekey_scope_wrap().unwrap(), (2, 2), "the system's scope and alice's");
    let (version, records) = operate.rekey_user(&User::Uid(1001)).unwrap();
    assert_eq!((version, records), (2, 300));
    for n in 0..150 {
        let value = access.get(&app(), &name(&format!("k{n}")), None).unwrap();
        assert_eq!(value.bytes.expose(), format!("v{n}").as_bytes());
    }
    assert_eq!(operate.check().unwrap().problems, [""; 0]);
}

#[test]
fn quotas_hold_by_name() {
    let vault = Vault::ephemeral().unwrap();
    vault.set_quotas(Quotas { secrets: 2, bytes: 100_000, free_disk: 0 });
    let alice = caller(1001, "alice");
    let access = vault.caller(&alice);
    access.set(&app(), &name("a"), bytes("x"), None).unwrap();
    access.set(&app(), &name("b"), bytes("x"), None).unwrap();
    let third = access.set(&app(), &name("c"), bytes("x"), None);
    assert!(matches!(third, Err(Refusal::OverQuota { quota: "max_secrets_per_user", limit: 2 })));
    access.set(&app(), &name("a"), bytes("y"), None).unwrap();
    let big = SecretBytes::new(vec![1; 60_000]);
    access.set(&app(), &name("a"), big, None).unwrap();
    let more = access.set(&app(), &name("b"), SecretBytes::new(vec![1; 60_000]), None);
    assert!(matches!(more, Err(Refusal::OverQuota { quota: "max_bytes_per_user", .. })));
    let huge = access.set(&app(), &name("a"), SecretBytes::new(vec![1; limits::VALUE_MAX + 1]), None);
    assert!(matches!(huge, Err(Refusal::TooLarge { .. })));
    assert!(matches!(access.set(&app(), &name("a"), bytes(""), None), Err(Refusal::Invalid { .. })));
}

#[test]
fn an_operator_without_the_verb_is_told_which() {
    let vault = Vault::ephemeral().unwrap();
    let backup_only = caller(5, "b").with_verbs(Verbs::NONE.with(Verb::Backup));
    let refused = vault.caller(&backup_only).users(&|_| None);
    let needs = |error| match error {
        OperatorError::Refusal(Refusal::Forbidden { needs }) => needs,
        _ => None,
    };
    assert_eq!(refused.map_err(needs), Err(Some("users")));
}

#[test]
fn a_vault_seals_and_opens_with_everything_in_it() {
    let store = Arc::new(crate::store::memory::MemoryStore::new());
    let host = Host::system();
    let audit = |host: &Host| {
        let sink = crate::audit::MemorySink::new();
        Arc::new(crate::audit::AuditLog::open(sink, crate::audit::OnFull::Gap, host).unwrap())
    };
    let key = || crate::Unlock::KeyFile(crate::seal::key_file::KeyFile::from_bytes(&[7; 32]).unwrap());
    let new = crate::NewVault { slots: &[(key(), "k")], development: false };
    let log = audit(&host);
    let vault = Vault::create(store.clone(), host.clone(), log, &new).unwrap();
    let alice = caller(1001, "alice");
    vault.caller(&alice).set(&app(), &name("k"), bytes("x"), None).unwrap();
    let before = vault.stamp().unwrap();
    let sealed = vault.seal();
    let wrong = crate::Unlock::KeyFile(crate::seal::key_file::KeyFile::from_bytes(&[8; 32]).unwrap());
    let (sealed, error) = sealed.unseal(&wrong).err().unwrap();
    assert!(matches!(error, crate::UnsealError::Slot(crate::SlotError::WrongSecret)));
    let vault = sealed.unseal(&key()).map_err(|(_, error)| error).unwrap();
    assert!(vault.stamp().unwrap().sequence >= before.sequence);
    assert_eq!(vault.troubles(), [""; 0]);
    assert_eq!(vault.caller(&alice).get(&app(), &name("k"), None).unwrap().bytes.expose(), b"x");
    drop(vault);
    let vault = Vault::open(store, host.clone(), audit(&host)).unwrap().unseal(&key()).map_err(|(_, error)| error);
    assert_eq!(vault.unwrap().caller(&alice).get(&app(), &name("k"), None).unwrap().bytes.expose(), b"x");
}

#[test]
fn thirty_two_bytes_keep_whichever_slot_they_open() {
    use crate::seal::credential::Credential;
    use crate::seal::key_file::KeyFile;
    use crate::{NewVault, SlotError, Unlock};
    let file = |byte| Unlock::KeyFile(KeyFile::from_bytes(&[byte; 32]).unwrap());
    let credential = |byte| Unlock::Credential(Credential::from_bytes(&[byte; 32]).unwrap());
    let host = Host::system();
    let sink = crate::audit::MemorySink::new();
    let log = Arc::new(crate::audit::AuditLog::open(sink, crate::audit::OnFull::Gap, &host).unwrap());
    let new = NewVault { slots: &[(file(1), "file"), (credential(2), "credential")], development: false };
    let store = Arc::new(crate::store::memory::MemoryStore::new());
    let vault = Vault::create(store, host, log, &new).unwrap();
    let operator = caller(0, "root").with_verbs(Verbs::ALL);
    let operate = vault.caller(&operator);
    let readings = |byte| vec![file(byte), credential(byte)];
    let wrong = operate.rekey_root(&[readings(3)], true);
    assert!(matches!(wrong, Err(OperatorError::Slot(SlotError::WrongSecret))));
    let one = operate.rekey_root(&[readings(1)], false);
    assert!(matches!(one, Err(OperatorError::Slot(SlotError::WouldDrop(slots))) if slots.len() == 1));
    let (version, dropped) = operate.rekey_root(&[readings(1), readings(2)], false).unwrap();
    assert_eq!((version, dropped.len()), (2, 0));
    let sealed = vault.seal();
    let (sealed, _) = sealed.unseal(&credential(1)).err().unwrap();
    assert!(sealed.unseal(&credential(2)).is_ok());
}

#[test]
fn an_operator_without_the_verb_waits_for_no_change_under_way() {
    let vault = Arc::new(Vault::ephemeral().unwrap());
    let _under_way = vault.0.structure.lock().unwrap();
    let (tell, told) = std::sync::mpsc::channel();
    let asked = Arc::clone(&vault);
    // On a thread of its own: one that waited would wait for ever.
    std::thread::spawn(move || tell.send(asked.caller(&caller(5, "b")).rekey_scope_wrap()));
    let refused = told.recv_timeout(std::time::Duration::from_secs(30)).expect("refused at once");
    assert!(matches!(refused, Err(OperatorError::Refusal(Refusal::Forbidden { needs: Some("rekey") }))));
}
