//! What reviews found, so that it stays mended.
#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests, outside a test function")]

#[path = "support/mod.rs"]
mod support;

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use support::*;
use vault_core::access::Write;
use vault_core::audit::*;
use vault_core::host::{Entropy, EntropyError, Host};
use vault_core::store::memory::MemoryStore;
use vault_core::store::*;
use vault_core::*;

/// retrying the unseal walks a rolled-back vault past its anchor.
#[test]
fn a_rolled_back_vault_stays_refused_however_often_it_is_tried() {
    let machine = Machine::in_memory();
    let vault = machine.create(key_file(1));
    let alice = user(1001);
    put(&vault.caller(&alice), "k", b"old, revoked");
    let old = machine.memory().rows();
    for _ in 0..5 {
        put(&vault.caller(&alice), "k", b"new");
    }
    let anchor = vault.anchor().unwrap();
    drop(vault.seal());
    // The attacker puts the older file back.
    machine.memory().replace(old.clone());
    let expect = Expect { anchor: Some(&anchor), ..Expect::default() };
    for attempt in 1..20 {
        let refused = machine.open().unseal_if(&key_file(1), expect).map(drop).map_err(|(_, error)| error);
        assert!(matches!(refused, Err(UnsealError::Anchor(AnchorError::Rollback { .. }))), "attempt {attempt}");
        assert_eq!(machine.memory().rows(), old, "a vault that is refused stays as it was");
    }
}

/// the first commit after a restart forgets the audit checkpoint.
#[test]
fn a_commit_before_the_first_sync_does_not_forget_the_audit_checkpoint() {
    let machine = Machine::in_memory();
    let vault = machine.create(key_file(1));
    let alice = user(1001);
    for _ in 0..20 {
        put(&vault.caller(&alice), "k", b"x");
    }
    drop(vault.seal()); // audit synced, checkpoint in the state record
    let vault = machine.unseal(&key_file(1)).unwrap();
    put(&vault.caller(&alice), "k", b"y"); // within the first second: no sync yet
    drop(vault); // kill -9
    // the attacker cuts the whole log away
    machine.sink.edit(|files| files.iter_mut().for_each(|file| file.clear()));
    let vault = machine.unseal(&key_file(1)).unwrap();
    assert!(!vault.troubles().is_empty(), "the log was emptied and nobody is told");
}

struct Hook {
    inner: Arc<dyn Entropy>,
    armed: Mutex<Option<Box<dyn FnOnce() + Send>>>,
}
impl Entropy for Hook {
    fn fill(&self, b: &mut [u8]) -> Result<(), EntropyError> {
        let run = self.armed.lock().unwrap().take();
        if let Some(run) = run {
            run()
        }
        self.inner.fill(b)
    }
}

/// two threads of one process replace the scope-wrap key at once.
#[test]
fn two_scope_wrap_replacements_at_once_lose_nothing() {
    let hook = Arc::new(Hook { inner: Host::system().entropy, armed: Mutex::new(None) });
    let host = Host { clock: Host::system().clock, entropy: hook.clone() };
    let vault = Arc::new(Vault::ephemeral_on(host).unwrap());
    let alice = user(1001);
    put(&vault.caller(&alice), "k", b"precious");
    let other = vault.clone();
    let (begun, second) = std::sync::mpsc::channel();
    *hook.armed.lock().unwrap() = Some(Box::new(move || {
        let another = move || other.caller(&operator()).rekey_scope_wrap().unwrap();
        begun.send(std::thread::spawn(another)).unwrap();
    }));
    vault.caller(&operator()).rekey_scope_wrap().unwrap();
    second.recv().unwrap().join().unwrap();
    // From the file, nothing cached.
    let report = vault.caller(&operator()).check().unwrap();
    assert_eq!(report.problems, Vec::<String>::new());
}

/// a lost state record lets an old header, and a removed slot, back in.
#[test]
fn accepting_damage_does_not_bring_a_removed_slot_back() {
    let machine = Machine::in_memory();
    let vault = machine.create(key_file(1));
    let op = operator();
    vault.caller(&op).slot_add(&key_file(1), &key_file(66), "leaked").unwrap();
    let old = machine.memory().rows();
    let leaked = vault.slots().unwrap()[1].id;
    vault.caller(&op).slot_remove(leaked).unwrap();
    put(&vault.caller(&user(1001)), "k", b"set after the removal");
    drop(vault.seal());
    assert!(machine.unseal(&key_file(66)).is_err());
    let mut rows: Vec<_> = machine.memory().rows().into_iter().filter(|(k, _)| k.class() == Class::Scope).collect();
    rows.extend(old.into_iter().filter(|(k, _)| k.class() == Class::Header));
    machine.memory().replace(rows);
    let (vault, _) = machine.open().accept_damage(&key_file(1)).map_err(|(_, e)| e).unwrap();
    drop(vault.seal());
    assert!(machine.unseal(&key_file(66)).is_err(), "the removed slot opens the vault again");
}

/// a replayed directory record gives a moved scope two owners.
#[test]
fn accepting_damage_gives_a_scope_one_owner() {
    let machine = Machine::in_memory();
    let vault = machine.create(key_file(1));
    let (alice, bob, op) = (user(1001), user(1002), operator());
    put(&vault.caller(&alice), "k", b"x");
    let old = machine.memory().rows();
    vault.caller(&op).user_move(alice.user(), bob.user(), Some("u1002")).unwrap();
    put(&vault.caller(&bob), "k", b"bob's own");
    drop(vault.seal());
    let mut rows = machine.memory().rows();
    rows.extend(old.into_iter().filter(|(k, _)| k.class() == Class::Scope && k.kind() == 16));
    machine.memory().replace(rows);
    let (vault, _) = machine.open().accept_damage(&key_file(1)).map_err(|(_, e)| e).unwrap();
    let got = vault.caller(&alice).get(&app(), &name("k"), None);
    assert!(got.is_err(), "alice reads {:?}", String::from_utf8_lossy(got.unwrap().bytes.expose()));
}

struct Budget {
    inner: Arc<MemoryStore>,
    left: AtomicI64,
}
impl Store for Budget {
    fn get(&self, key: &RecordKey) -> Result<Option<Row>, StoreError> {
        self.inner.get(key)
    }
    fn scan(&self, p: &[u8], a: Option<&RecordKey>, l: usize) -> Result<Vec<(RecordKey, Row)>, StoreError> {
        self.inner.scan(p, a, l)
    }
    fn commit(&self, batch: &Batch) -> Result<(), StoreError> {
        if self.left.fetch_sub(1, Ordering::SeqCst) <= 0 {
            return Err(StoreError::Stopped);
        }
        self.inner.commit(batch)
    }
    fn erase(&self) -> Result<Erasure, StoreError> {
        Ok(Erasure::Done)
    }
    fn layout(&self) -> Result<[u8; 32], StoreError> {
        self.inner.layout()
    }
    fn copy_to(&self, _: &std::path::Path) -> Result<(), StoreError> {
        Err(StoreError::Unsupported { what: "x" })
    }
    fn free_bytes(&self) -> Option<u64> {
        None
    }
}

/// an accept interrupted after its first commits is taken up again.
#[test]
fn an_interrupted_acceptance_is_finished_at_the_next_opening() {
    let machine = Machine::in_memory();
    let vault = machine.create(key_file(1));
    put(&vault.caller(&user(1001)), "k", b"x");
    drop(vault.seal());
    let spoiled: Vec<_> = machine
        .memory()
        .rows()
        .into_iter()
        .map(|(k, mut r)| {
            if k.class() == Class::Scope && k.scope() != [0; 16] && k.kind() == 1 {
                *r.bytes.last_mut().unwrap() ^= 1
            }
            (k, r)
        })
        .collect();
    for commits in 1..6 {
        machine.memory().replace(spoiled.clone());
        let Disk::Memory(inner) = &machine.disk else { panic!() };
        let store = Arc::new(Budget { inner: inner.clone(), left: AtomicI64::new(commits) });
        let sealed = Vault::open(store, machine.host.clone(), machine.log()).unwrap();
        let _interrupted_or_not = sealed.accept_damage(&key_file(1)).map(drop).map_err(|(_, e)| e.to_string());
        // power comes back: open, accepting again if it asks for that
        let vault = match machine.unseal(&key_file(1)) {
            Ok(vault) => vault,
            Err(_) => machine.open().accept_damage(&key_file(1)).map_err(|(_, e)| e).unwrap().0,
        };
        let set = vault.caller(&user(1001)).set(&app(), &name("n"), keys::SecretBytes::from(&b"v"[..]), None);
        assert!(set.is_ok(), "after {commits} commits: {set:?} for ever");
    }
}

/// after a clock error that was taken back, deletions still end.
#[test]
fn a_clock_that_was_wrong_once_does_not_keep_deleted_values_for_ever() {
    let machine = Machine::in_memory();
    let vault = machine.create(key_file(1));
    let alice = user(1001);
    put(&vault.caller(&alice), "k", b"x");
    machine.clock.set(START_MS + 365 * DAY_MS * 10);
    put(&vault.caller(&alice), "other", b"x");
    machine.clock.set(START_MS + DAY_MS / 24);
    vault.maintain();
    vault.caller(&alice).delete(&app(), &name("k")).unwrap();
    for day in 1..60 {
        machine.clock.set(START_MS + day * DAY_MS);
        vault.maintain();
    }
    let back = vault.caller(&alice).write(&app(), &name("k"), Write::Undelete);
    assert!(back.is_err(), "59 days after the deletion: {back:?}");
}

/// A sealed vault in which ten users have deleted a secret.
fn ten_deletions() -> Machine {
    let machine = Machine::in_memory();
    let vault = machine.create(key_file(1));
    for uid in 1001..1011 {
        let u = user(uid);
        put(&vault.caller(&u), "k", b"x");
        vault.caller(&u).delete(&app(), &name("k")).unwrap();
    }
    drop(vault.seal());
    machine
}

/// a damaged secret of one user does not stop the retention of others.
#[test]
fn one_spoiled_record_does_not_end_everybodys_retention() {
    let machine = ten_deletions();
    // ciphertext bit of one metadata record: C and tag stay, so opening does not see it
    let mut once = false;
    let rows: Vec<_> = machine
        .memory()
        .rows()
        .into_iter()
        .map(|(k, mut r)| {
            if !once && k.class() == Class::Scope && k.kind() == 2 {
                r.bytes[80] ^= 1;
                once = true;
            }
            (k, r)
        })
        .collect();
    machine.memory().replace(rows);
    for day in 1..20 {
        machine.clock.set(START_MS + day * DAY_MS / 2);
        let v = machine.unseal(&key_file(1)).unwrap();
        v.maintain();
        drop(v.seal());
    }
    let vault = machine.unseal(&key_file(1)).unwrap();
    vault.maintain();
    let kept =
        (1001..1011).filter(|uid| vault.caller(&user(*uid)).write(&app(), &name("k"), Write::Undelete).is_ok()).count();
    assert_eq!(kept, 0, "deleted values of {kept} users outlive their retention");
}

/// was accepting damage recorded?
#[test]
fn accepting_damage_is_in_the_audit_log() {
    let machine = Machine::in_memory();
    let vault = machine.create(key_file(1));
    put(&vault.caller(&user(1001)), "k", b"x");
    drop(vault.seal());
    let mut rows = machine.memory().rows();
    rows.retain(|(k, _)| !(k.class() == Class::Scope && k.kind() == 3));
    machine.memory().replace(rows);
    let (vault, _) = machine.open().accept_damage(&key_file(1)).map_err(|(_, e)| e).unwrap();
    let tail = vault.caller(&operator()).audit_tail(20).unwrap();
    assert!(tail.iter().any(|l| l.line.contains("damage")), "{:#?}", tail.iter().map(|l| &l.line).collect::<Vec<_>>());
}

/// And without the spoiled record, as a control.
#[test]
fn control_retention_ends_without_damage() {
    let machine = ten_deletions();
    for day in 1..20 {
        machine.clock.set(START_MS + day * DAY_MS / 2);
        let v = machine.unseal(&key_file(1)).unwrap();
        v.maintain();
        drop(v.seal());
    }
    let vault = machine.unseal(&key_file(1)).unwrap();
    let kept =
        (1001..1011).filter(|uid| vault.caller(&user(*uid)).write(&app(), &name("k"), Write::Undelete).is_ok()).count();
    assert_eq!(kept, 0);
}

/// one spoiled secret of one user keeps the others' interrupted rekey from finishing.
#[test]
fn a_group_commit_that_fails_does_not_tell_a_conflict_that_never_was() {
    let inner = Arc::new(MemoryStore::new());
    let store = Arc::new(Budget { inner, left: AtomicI64::new(1_000) });
    let host = Host::system();
    let log = Arc::new(AuditLog::open(MemorySink::new(), OnFull::Gap, &host).unwrap());
    let slots = [(key_file(1), "a")];
    let vault = Vault::create(store.clone(), host, log, &NewVault { slots: &slots, development: false }).unwrap();
    store.left.store(0, Ordering::SeqCst);
    let alice = user(1001);
    let set = || {
        let write = Write::Set { value: keys::SecretBytes::from(&b"v"[..]), if_version: Some(0) };
        access::WriteRequest::new(&alice, 1, app(), name("k"), write)
    };
    let results = vault.apply(&[set(), set()], &access::AuditBatch::new());
    assert!(!matches!(results[1], Err(Refusal::Conflict { .. })), "{:?}", results[1]);
}
