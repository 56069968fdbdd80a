//! Single guards, each with a test that fails when it is taken away.
#![expect(clippy::unwrap_used, reason = "helpers of tests, outside a test function")]

mod support;

use std::path::Path;
use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use support::{DAY_MS, Machine, START_MS, app, credential, key_file, name, operator, put, user};
use vault_core::access::{AuditBatch, OperatorError, Write, WriteRequest};
use vault_core::host::{Entropy, EntropyError, Host};
use vault_core::keys::SecretBytes;
use vault_core::store::memory::MemoryStore;
use vault_core::store::sqlite::SqliteStore;
use vault_core::store::{Batch, Class, Erasure, Op, RecordKey, Row, Store, StoreError};
use vault_core::{Fault, NewVault, Open, Quotas, Refusal, SlotError, UnsealError, Vault, limits};

/// A memory store that can be told to misbehave.
#[derive(Default)]
struct Moody {
    inner: MemoryStore,
    layout: AtomicU8,
    /// 1: full. 2: outcome unknown.
    commits: AtomicU8,
    /// Commits until the outcome of one is unknown: it is kept, nothing is told.
    lost_after: AtomicU8,
    /// Commits until there is no space for one.
    full_after: AtomicU8,
    /// Records written since it was last set to 0.
    written: AtomicU64,
    erasures: AtomicU64,
    erases: AtomicU8,
}

impl Store for Moody {
    fn get(&self, key: &RecordKey) -> Result<Option<Row>, StoreError> {
        self.inner.get(key)
    }

    fn scan(
        &self,
        prefix: &[u8],
        after: Option<&RecordKey>,
        limit: usize,
    ) -> Result<Vec<(RecordKey, Row)>, StoreError> {
        self.inner.scan(prefix, after, limit)
    }

    fn commit(&self, batch: &Batch) -> Result<(), StoreError> {
        match self.commits.load(Ordering::SeqCst) {
            1 => Err(StoreError::Full),
            2 => Err(StoreError::Indeterminate(std::io::Error::other("fsync failed"))),
            _ => {
                match self.full_after.load(Ordering::SeqCst) {
                    0 => {}
                    1 => return Err(StoreError::Full),
                    left => self.full_after.store(left - 1, Ordering::SeqCst),
                }
                let puts = batch.ops.iter().filter(|op| matches!(op, Op::Put(key, _) if key.class() == Class::Scope));
                self.written.fetch_add(puts.count() as u64, Ordering::SeqCst);
                self.inner.commit(batch)?;
                match self.lost_after.load(Ordering::SeqCst) {
                    0 => Ok(()),
                    left => {
                        self.lost_after.store(left - 1, Ordering::SeqCst);
                        if left > 1 { Ok(()) } else { Err(StoreError::Indeterminate(std::io::Error::other("gone"))) }
                    }
                }
            }
        }
    }

    fn erase(&self) -> Result<Erasure, StoreError> {
        self.erasures.fetch_add(1, Ordering::SeqCst);
        Ok(if self.erases.load(Ordering::SeqCst) == 1 { Erasure::Done } else { Erasure::Pending })
    }

    fn layout(&self) -> Result<[u8; 32], StoreError> {
        Ok([self.layout.load(Ordering::SeqCst); 32])
    }

    fn copy_to(&self, path: &Path) -> Result<(), StoreError> {
        self.inner.copy_to(path)
    }

    fn free_bytes(&self) -> Option<u64> {
        Some(1_000)
    }
}

fn moody() -> (Arc<Moody>, Machine, Vault<Open>) {
    let (store, machine) = (Arc::new(Moody::default()), Machine::in_memory());
    let new = NewVault { slots: &[(key_file(1), "first")], development: false };
    let vault = Vault::create(store.clone(), machine.host.clone(), machine.log(), &new).unwrap();
    vault.set_quotas(Quotas { free_disk: 0, ..Quotas::default() });
    (store, machine, vault)
}

fn set(vault: &Vault<Open>, at: &str) -> Result<u64, Refusal> {
    vault.caller(&user(1_001)).set(&app(), &name(at), SecretBytes::from(&b"value"[..]), None)
}

#[test]
fn another_layout_is_refused() {
    let (store, machine, vault) = moody();
    store.layout.store(1, Ordering::SeqCst);
    assert!(matches!(vault.caller(&operator()).check(), Err(OperatorError::Copy(_))));
    let refused = vault.seal().unseal(&key_file(1)).err().unwrap().1;
    assert!(refused.to_string().contains("layout"), "{refused}");
    let sealed = Vault::open(store.clone(), machine.host.clone(), machine.log()).unwrap();
    assert!(sealed.accept_damage(&key_file(1)).is_err());
}

#[test]
fn a_full_disk_is_told_and_passes() {
    let (store, _machine, vault) = moody();
    set(&vault, "a").unwrap();
    store.commits.store(1, Ordering::SeqCst);
    assert!(matches!(set(&vault, "a"), Err(Refusal::Fault(Fault::DiskFull))));
    assert!(!vault.is_read_only());
    let got = vault.caller(&user(1_001)).get(&app(), &name("a"), None).unwrap();
    assert_eq!(got.version, 1, "what was not written is not served");
    store.commits.store(0, Ordering::SeqCst);
    assert_eq!(set(&vault, "a").unwrap(), 2, "no version was used up");
}

#[test]
fn a_replacement_that_stops_part_way_does_not_say_that_nothing_was_written() {
    for scope_wrap in [false, true] {
        let replace = |vault: &Vault<Open>| match scope_wrap {
            false => vault.caller(&operator()).rekey_user(user(1_001).user()),
            true => vault.caller(&operator()).rekey_scope_wrap(),
        };
        // The first commit finds no space, then the second, the third.
        for nth in 1..=3 {
            let (store, _machine, vault) = moody();
            set(&vault, "a").unwrap();
            let before = vault.stamp().unwrap();
            store.full_after.store(nth, Ordering::SeqCst);
            let told = replace(&vault).unwrap_err();
            if nth == 1 {
                assert!(matches!(told, OperatorError::Refusal(Refusal::Fault(Fault::DiskFull))), "{told:?}");
                assert_eq!(vault.stamp().unwrap(), before);
            } else {
                let OperatorError::Refusal(Refusal::Fault(Fault::Unfinished(cause))) = &told else {
                    panic!("{told:?}")
                };
                assert!(matches!(**cause, Fault::DiskFull) && !told.to_string().contains("nothing"), "{told}");
                assert_ne!(vault.stamp().unwrap(), before, "something was written");
            }
            // With space again it goes through, and everything is there.
            store.full_after.store(0, Ordering::SeqCst);
            replace(&vault).unwrap();
            assert!(vault.caller(&user(1_001)).get(&app(), &name("a"), None).is_ok());
            assert_eq!(vault.caller(&operator()).check().unwrap().problems, [""; 0]);
        }
    }
}

#[test]
fn an_unknown_outcome_stops_writes_until_the_next_opening() {
    let (store, _machine, vault) = moody();
    set(&vault, "a").unwrap();
    store.commits.store(2, Ordering::SeqCst);
    assert!(matches!(set(&vault, "a"), Err(Refusal::Fault(Fault::Indeterminate))));
    store.commits.store(0, Ordering::SeqCst);
    assert!(matches!(set(&vault, "a"), Err(Refusal::Fault(Fault::Stopped))));
    assert!(vault.is_read_only() && vault.troubles().iter().any(|trouble| trouble.contains("writes stopped")));
    assert!(vault.caller(&user(1_001)).get(&app(), &name("a"), None).is_ok(), "reads go on");
    let vault = vault.seal().unseal(&key_file(1)).map_err(|(_, error)| error).unwrap();
    vault.set_quotas(Quotas { free_disk: 0, ..Quotas::default() });
    assert_eq!(set(&vault, "a").unwrap(), 2);
}

#[test]
fn little_free_space_refuses_sets_and_never_deletes() {
    let (_store, _machine, vault) = moody();
    set(&vault, "a").unwrap();
    vault.set_quotas(Quotas { free_disk: 2_000, ..Quotas::default() });
    assert!(matches!(set(&vault, "a"), Err(Refusal::Fault(Fault::DiskFull))));
    let destroyed = vault.caller(&user(1_001)).write(&app(), &name("a"), Write::Destroy { if_version: None }).unwrap();
    assert!(format!("{destroyed:?}").contains("Pending"), "the store said so: {destroyed:?}");
}

/// One of many that is refused after it changed something leaves nothing behind.
#[test]
fn a_refused_request_takes_its_changes_back() {
    let machine = Machine::in_memory();
    let vault = machine.create(key_file(1));
    let (alice, bob) = (user(1_001), user(1_002));
    for at in ["a", "b"] {
        put(&vault.caller(&alice), at, b"1");
    }
    vault.set_quotas(Quotas { secrets: 2, ..Quotas::default() });
    let request = |caller, at: &str, value: &str| {
        let write = Write::Set { value: SecretBytes::from(value.as_bytes()), if_version: None };
        WriteRequest::new(caller, 1, app(), name(at), write)
    };
    let requests = [
        request(&alice, "a", "2"),
        request(&alice, "c", "over quota"),
        request(&bob, "x", "first"),
        request(&alice, "a", "3"),
        request(&alice, "d", "over quota"),
    ];
    let before = vault.stamp().unwrap().sequence;
    let batch = AuditBatch::new();
    let results = vault.apply(&requests, &batch);
    batch.flush(vault.audit()).unwrap();
    let refused: Vec<bool> = results.iter().map(Result::is_err).collect();
    assert_eq!(refused, [false, true, false, false, true]);
    assert_eq!(vault.stamp().unwrap().sequence, before + 1, "one commit for all");
    drop(vault);
    let vault = machine.unseal(&key_file(1)).unwrap();
    let (infos, _) = vault.caller(&alice).list(None, None, None, 10, true).unwrap();
    assert_eq!(infos.iter().map(|info| (info.name.as_str(), info.version)).collect::<Vec<_>>(), [("a", 3), ("b", 1)]);
    for at in ["c", "d"] {
        assert!(vault.caller(&alice).history(&app(), &name(at)).is_err());
    }
    assert_eq!(vault.caller(&operator()).check().unwrap().problems, [""; 0]);
    // And a user whose very first request was refused has no scope at all.
    vault.set_quotas(Quotas { secrets: 0, ..Quotas::default() });
    assert!(set(&vault, "x").is_err());
    assert!(vault.caller(&user(1_003)).set(&app(), &name("x"), SecretBytes::from(&b"x"[..]), None).is_err());
    assert_eq!(vault.caller(&operator()).users(&|_| None).unwrap().len(), 2);
}

#[test]
fn many_large_requests_are_divided_into_commits_that_fit() {
    let machine = Machine::in_memory();
    let vault = machine.create(key_file(1));
    let caller = user(1_001);
    let requests: Vec<_> = (0..60)
        .map(|n| {
            let write = Write::Set { value: SecretBytes::new(vec![n; limits::VALUE_MAX]), if_version: Some(0) };
            WriteRequest::new(&caller, 1, app(), name(&format!("k{n}")), write)
        })
        .collect();
    let small: Vec<_> = (0..250)
        .map(|n| {
            let write = Write::Set { value: SecretBytes::new(vec![1]), if_version: None };
            WriteRequest::new(&caller, 1, app(), name(&format!("s{}", n % 90)), write)
        })
        .collect();
    for requests in [&requests, &small] {
        let batch = AuditBatch::new();
        assert!(vault.apply(requests, &batch).iter().all(Result::is_ok));
        batch.flush(vault.audit()).unwrap();
    }
    // Keys of so many records are replaced in several commits as well.
    vault.caller(&operator()).rekey_user(caller.user()).unwrap();
    vault.caller(&operator()).user_remove(caller.user()).unwrap();
    assert_eq!(vault.caller(&operator()).check().unwrap().problems, [""; 0]);
    drop(vault);
    let vault = machine.unseal(&key_file(1)).unwrap();
    assert_eq!(vault.caller(&operator()).check().unwrap().records, 1, "the system's key");
}

#[test]
fn sixteen_slots_and_not_one_more() {
    let machine = Machine::in_memory();
    let vault = machine.create(key_file(1));
    let operator = operator();
    let operate = vault.caller(&operator);
    (2..=16).for_each(|n| drop(operate.slot_add(&key_file(1), &key_file(n), "x").unwrap()));
    let refused = operate.slot_add(&key_file(1), &key_file(17), "x");
    assert!(matches!(refused, Err(OperatorError::Slot(SlotError::TooMany { max: 16 }))));
    drop(vault.seal());
    assert!(machine.unseal(&key_file(17)).is_err());
    assert!(machine.unseal(&key_file(16)).is_ok());
}

#[test]
fn a_vault_without_slots_or_with_too_many_is_not_made() {
    let machine = Machine::in_memory();
    let made = |n: u8| {
        let slots: Vec<_> = (0..n).map(|n| (credential(n), "x")).collect();
        let store = Arc::new(MemoryStore::new());
        Vault::create(store, machine.host.clone(), machine.log(), &NewVault { slots: &slots, development: false })
    };
    assert!(matches!(made(0), Err(UnsealError::Slot(SlotError::LastSlot))));
    assert!(matches!(made(17), Err(UnsealError::Slot(SlotError::TooMany { .. }))));
    assert!(made(16).is_ok());
}

/// Entropy through which a test does something in the middle of an operation.
struct Meanwhile {
    inner: Arc<dyn Entropy>,
    act: Mutex<Option<Box<dyn FnOnce() + Send>>>,
}

impl Entropy for Meanwhile {
    fn fill(&self, buffer: &mut [u8]) -> Result<(), EntropyError> {
        let act = self.act.lock().unwrap().take();
        act.into_iter().for_each(|act| act());
        self.inner.fill(buffer)
    }
}

/// Whatever an operator's operation finds, the next one finds it finished: a slot
/// is never vouched for by one that goes meanwhile.
#[test]
fn operators_work_one_at_a_time() {
    let machine = Machine::in_memory();
    let entropy = Arc::new(Meanwhile { inner: machine.host.entropy.clone(), act: Mutex::default() });
    let host = Host { entropy: entropy.clone(), ..machine.host.clone() };
    let new = NewVault { slots: &[(key_file(1), "a"), (key_file(2), "b")], development: false };
    let vault = Arc::new(Vault::create(machine.store(), host, machine.log(), &new).unwrap());
    let second = vault.slots().unwrap()[1].id;
    let (inner, (begun, removing)) = (Arc::clone(&vault), std::sync::mpsc::channel());
    *entropy.act.lock().unwrap() = Some(Box::new(move || {
        let removal = std::thread::spawn(move || inner.caller(&operator()).slot_remove(second).unwrap());
        begun.send(removal).unwrap();
    }));
    vault.caller(&operator()).slot_add(&key_file(2), &key_file(3), "c").unwrap();
    removing.recv().unwrap().join().unwrap();
    let labels: Vec<_> = vault.slots().unwrap().into_iter().map(|slot| slot.label).collect();
    assert_eq!(labels, ["a", "c"]);
}

#[test]
fn no_randomness_seals_nothing_and_harms_nothing() {
    struct Fails(AtomicU8, Arc<dyn Entropy>);
    impl Entropy for Fails {
        fn fill(&self, buffer: &mut [u8]) -> Result<(), EntropyError> {
            if self.0.load(Ordering::SeqCst) == 1 { Err(EntropyError) } else { self.1.fill(buffer) }
        }
    }
    let machine = Machine::in_memory();
    let entropy = Arc::new(Fails(AtomicU8::new(0), machine.host.entropy.clone()));
    let host = Host { entropy: entropy.clone(), ..machine.host.clone() };
    let new = NewVault { slots: &[(key_file(1), "a")], development: false };
    let vault = Vault::create(machine.store(), host, machine.log(), &new).unwrap();
    set(&vault, "a").unwrap();
    let rows = machine.memory().rows();
    entropy.0.store(1, Ordering::SeqCst);
    assert!(matches!(set(&vault, "a"), Err(Refusal::Fault(Fault::Entropy(_)))));
    assert!(vault.caller(&operator()).rekey_scope_wrap().is_err());
    assert!(vault.caller(&operator()).rekey_root(&[vec![key_file(1)]], false).is_err());
    assert!(vault.caller(&operator()).slot_add(&key_file(1), &key_file(2), "x").is_err());
    assert_eq!(machine.memory().rows(), rows);
    entropy.0.store(0, Ordering::SeqCst);
    assert_eq!(set(&vault, "a").unwrap(), 2);
}

/// Bytes of what was removed are in none of the vault's files afterwards.
#[test]
fn what_is_removed_leaves_the_files() {
    let machine = Machine::on_file();
    let vault = machine.create(key_file(1));
    let operator = operator();
    let operate = vault.caller(&operator);
    let caller = user(1_001);
    let access = vault.caller(&caller);
    operate.slot_add(&key_file(1), &key_file(2), "second").unwrap();
    put(&access, "kept", b"kept");
    put(&access, "destroyed", &[7; 3_000]);
    // Through copies, because the file itself is opened by SQLite alone.
    let rows = || -> Vec<Row> {
        let dir = tempfile::tempdir().unwrap();
        operate.backup::<SqliteStore>(&dir.path().join("x"), None).unwrap();
        let copy = SqliteStore::open_backup(&dir.path().join("x")).unwrap();
        copy.scan(&[], None, 500).unwrap().into_iter().map(|(_, row)| row).collect()
    };
    let gone = |before: &[Row], what: &str| {
        let after = rows();
        let directory = machine.disk.path().parent().unwrap().to_owned();
        let files: Vec<Vec<u8>> =
            std::fs::read_dir(directory).unwrap().map(|entry| std::fs::read(entry.unwrap().path()).unwrap()).collect();
        let mut removed = 0;
        for row in before.iter().filter(|row| after.iter().all(|kept| kept.bytes != row.bytes)) {
            removed += 1;
            // Commitment, tag and the key material sit at the end.
            let piece = &row.bytes[row.bytes.len() - 24..];
            assert!(files.iter().all(|file| file.windows(24).all(|window| window != piece)), "{what}");
        }
        assert!(removed > 0, "{what}");
    };
    let before = rows();
    access.write(&app(), &name("destroyed"), Write::Destroy { if_version: None }).unwrap();
    gone(&before, "a destroyed value");
    let before = rows();
    operate.slot_remove(vault.slots().unwrap()[1].id).unwrap();
    gone(&before, "a removed slot");
    let before = rows();
    operate.rekey_root(&[vec![key_file(1)]], false).unwrap();
    gone(&before, "an old root");
    let before = rows();
    operate.rekey_scope_wrap().unwrap();
    gone(&before, "old wraps");
    let before = rows();
    operate.rekey_user(caller.user()).unwrap();
    gone(&before, "records under an old key");
    let before = rows();
    operate.user_remove(caller.user()).unwrap();
    gone(&before, "a shredded user");
}

#[test]
fn pruned_and_purged_values_leave_the_files_within_a_minute() {
    let machine = Machine::on_file();
    let vault = machine.create(key_file(1));
    let caller = user(1_001);
    let access = vault.caller(&caller);
    let files = || -> Vec<Vec<u8>> {
        let directory = machine.disk.path().parent().unwrap().to_owned();
        std::fs::read_dir(directory).unwrap().map(|entry| std::fs::read(entry.unwrap().path()).unwrap()).collect()
    };
    let values = || -> Vec<Vec<u8>> {
        let dir = tempfile::tempdir().unwrap();
        vault.caller(&operator()).backup::<SqliteStore>(&dir.path().join("x"), None).unwrap();
        let rows = SqliteStore::open_backup(&dir.path().join("x")).unwrap().scan(&[], None, 500).unwrap();
        rows.into_iter().filter(|(key, _)| key.kind() == 3).map(|(_, row)| row.bytes).collect()
    };
    let held =
        |value: &[u8]| files().iter().any(|file| file.windows(24).any(|window| window == &value[value.len() - 24..]));
    put(&access, "k", b"the first");
    let first = values().remove(0);
    assert!(held(&first));
    put(&access, "k", b"the second");
    put(&access, "k", b"the third");
    vault.maintain();
    assert!(!held(&first), "a pruned version");
    let rest = values();
    access.delete(&app(), &name("k")).unwrap();
    for half_days in 1..=16 {
        machine.clock.set(START_MS + half_days * DAY_MS / 2);
        vault.maintain();
    }
    assert!(rest.len() == 2 && rest.iter().all(|value| !held(value)), "its retention has ended");
}

#[test]
fn an_erasure_that_readers_held_up_is_tried_again() {
    let (store, _machine, vault) = moody();
    let erasures = || store.erasures.load(Ordering::SeqCst);
    set(&vault, "a").unwrap();
    vault.caller(&user(1_001)).write(&app(), &name("a"), Write::Destroy { if_version: None }).unwrap();
    for _ in 0..3 {
        let before = erasures();
        vault.maintain();
        assert_eq!(erasures(), before + 1);
    }
    store.erases.store(1, Ordering::SeqCst);
    vault.maintain();
    let before = erasures();
    vault.maintain();
    assert_eq!(erasures(), before, "nothing left to erase");
}

/// A replacement cut off after each of its commits goes on at the next opening,
/// where it stopped.
#[test]
fn a_replacement_cut_off_anywhere_is_finished() {
    for (what, users, secrets) in [("scope", 1, 120), ("wrap", 110, 1)] {
        let mut resumed = Vec::new();
        for cut in 1.. {
            let (store, machine, vault) = moody();
            let callers: Vec<_> = (0..users).map(|n| user(1_001 + n)).collect();
            for caller in &callers {
                let requests: Vec<_> = (0..secrets)
                    .map(|n| {
                        let write =
                            Write::Set { value: SecretBytes::from(format!("{n}").as_bytes()), if_version: None };
                        WriteRequest::new(caller, 1, app(), name(&format!("k{n}")), write)
                    })
                    .collect();
                let batch = AuditBatch::new();
                assert!(vault.apply(&requests, &batch).iter().all(Result::is_ok));
            }
            store.lost_after.store(cut, Ordering::SeqCst);
            let operator = operator();
            let outcome = match what {
                "scope" => vault.caller(&operator).rekey_user(callers[0].user()),
                _ => vault.caller(&operator).rekey_scope_wrap(),
            };
            let uncut = store.lost_after.swap(0, Ordering::SeqCst) > 0;
            assert_eq!(outcome.is_ok(), uncut);
            drop(vault);
            store.written.store(0, Ordering::SeqCst);
            let vault = Vault::open(store.clone(), machine.host.clone(), machine.log()).unwrap();
            let vault = vault.unseal(&key_file(1)).map_err(|(_, error)| error).unwrap();
            assert_eq!(vault.troubles(), [""; 0]);
            resumed.push(store.written.load(Ordering::SeqCst));
            for caller in &callers {
                for n in 0..secrets {
                    let got = vault.caller(caller).get(&app(), &name(&format!("k{n}")), None).unwrap();
                    assert_eq!(got.bytes.expose(), format!("{n}").as_bytes(), "{what} cut after {cut}");
                }
            }
            assert_eq!(vault.caller(&operator).check().unwrap().problems, [""; 0]);
            // Every old wrap is gone: one key a scope, and the system's.
            let wraps =
                store.inner.rows().iter().filter(|(key, _)| key.class() == Class::Scope && key.kind() == 1).count();
            assert_eq!(wraps, callers.len() + 1, "{what} cut after {cut}");
            if uncut {
                assert!(cut > 4, "{what} has several commits");
                break;
            }
        }
        // The last is uncut, the one before lost only the news that all was done.
        let nothing_left = resumed[resumed.len() - 3];
        assert_eq!(nothing_left, 0, "{what}: every record was new, and none is written again: {resumed:?}");
    }
}

/// A backup that was changed on the way out is not called verified.
#[test]
fn a_copy_is_verified_against_the_vaults_own_keys() {
    let machine = Machine::on_file();
    let vault = machine.create(key_file(1));
    for n in 0..5 {
        put(&vault.caller(&user(1_001)), &format!("k{n}"), b"value");
    }
    let operator = operator();
    let operate = vault.caller(&operator);
    let backup = |sql: &'static str| {
        let dir = tempfile::tempdir().unwrap();
        let reopen = |path: &Path| {
            rusqlite::Connection::open(path).unwrap().execute_batch(sql).unwrap();
            SqliteStore::open_backup(path)
        };
        operate.backup(&dir.path().join("copy"), Some(&reopen))
    };
    let sequence = vault.stamp().unwrap().sequence;
    assert_eq!(backup("").unwrap(), sequence);
    for sql in [
        "DELETE FROM records WHERE key = (SELECT max(key) FROM records)",
        "DELETE FROM records WHERE key = (SELECT min(key) FROM records)",
        "DELETE FROM records WHERE substr(key, 1, 1) = x'01'",
        "UPDATE records SET bytes = zeroblob(100) WHERE substr(key, 1, 1) = x'01'",
        "UPDATE records SET revision = revision - 1 WHERE key = (SELECT max(key) FROM records)",
        "UPDATE records SET bytes = x'00' WHERE key = (SELECT min(key) FROM records)",
        "INSERT INTO records VALUES (CAST(x'02' || zeroblob(41) AS BLOB), 1, x'00')",
        "INSERT INTO records VALUES (CAST(x'00' || zeroblob(40) || x'07' AS BLOB), 1, x'00')",
        "CREATE TABLE extra(x)",
        // Between commitment and tag, which is all that the row set knows of a row: of a scope's key, and of a record.
        "UPDATE records SET bytes = CAST(substr(bytes, 1, 68) || x'00' || substr(bytes, 70) AS BLOB)
           WHERE key = (SELECT min(key) FROM records WHERE substr(key, 1, 1) = x'02')",
        "UPDATE records SET bytes = CAST(substr(bytes, 1, 68) || x'00' || substr(bytes, 70) AS BLOB)
           WHERE key = (SELECT max(key) FROM records)",
    ] {
        assert!(backup(sql).is_err(), "{sql}");
    }
    // A store that lets another layout through is not believed either.
    let dir = tempfile::tempdir().unwrap();
    let reopen = |path: &Path| {
        let rows = SqliteStore::open_backup(path)?.scan(&[], None, 500)?;
        let moody = Moody::default();
        moody.inner.replace(rows);
        Ok(moody)
    };
    assert!(operate.backup(&dir.path().join("copy"), Some(&reopen)).is_err());
}

#[test]
fn a_shredded_users_keys_are_not_served_from_memory() {
    let machine = Machine::in_memory();
    let vault = machine.create(key_file(1));
    let caller = user(1_001);
    put(&vault.caller(&caller), "k", b"value");
    vault.caller(&caller).get(&app(), &name("k"), None).unwrap();
    vault.caller(&operator()).user_remove(caller.user()).unwrap();
    assert!(vault.caller(&caller).get(&app(), &name("k"), None).is_err());
    assert_eq!(put(&vault.caller(&caller), "k", b"a new life"), 1);
    assert_eq!(vault.caller(&operator()).check().unwrap().problems, [""; 0]);
}

/// Ten years ahead for a while: with commits, maintenance, seal and restart in
/// between. What was deleted yesterday can still be brought back afterwards.
#[test]
fn a_clock_that_ran_ahead_ends_no_retention() {
    const TEN_YEARS: u64 = 3_650 * DAY_MS;
    for (seal, taken_back) in [(false, false), (false, true), (true, false), (true, true)] {
        let machine = Machine::in_memory();
        let vault = machine.create(key_file(1));
        let caller = user(1_001);
        put(&vault.caller(&caller), "k", b"value");
        vault.caller(&caller).delete(&app(), &name("k")).unwrap();
        machine.clock.set(START_MS + TEN_YEARS);
        put(&vault.caller(&caller), "other", b"carries the wrong time along");
        vault.maintain();
        assert!(vault.troubles().iter().any(|trouble| trouble.contains("clock jumped")));
        let vault = match seal {
            true => vault.seal().unseal(&key_file(1)).map_err(|(_, error)| error).unwrap(),
            false => {
                drop(vault);
                machine.unseal(&key_file(1)).unwrap()
            }
        };
        assert!(vault.troubles().iter().any(|trouble| trouble.contains("clock jumped")), "across a restart");
        vault.maintain();
        let wall = if taken_back { START_MS + DAY_MS } else { START_MS + TEN_YEARS + DAY_MS - 1 };
        machine.clock.set(wall);
        vault.maintain();
        vault.caller(&caller).write(&app(), &name("k"), Write::Undelete).unwrap();
        assert_eq!(vault.caller(&caller).get(&app(), &name("k"), None).unwrap().bytes.expose(), b"value");

        // A day later the time stands, or was taken back: retention goes on.
        vault.caller(&caller).delete(&app(), &name("k")).unwrap();
        for hours in 1..=(10 * 24) {
            machine.clock.set(wall + hours * 3_600_000);
            vault.maintain();
        }
        assert_eq!(vault.troubles(), [""; 0]);
        let undeleted = vault.caller(&caller).write(&app(), &name("k"), Write::Undelete);
        assert!(undeleted.is_err(), "a delete begins its retention by the clock on the wall, right or not");
    }
}

/// The vault remembers where its log ended, so lines cut off while it is sealed
/// are missed.
#[test]
fn log_lines_cut_off_while_sealed_are_missed() {
    let machine = Machine::in_memory();
    let vault = machine.create(key_file(1));
    set(&vault, "a").unwrap();
    let early = machine.sink.contents();
    set(&vault, "b").unwrap();
    drop(vault.seal());
    let sealed_once = machine.sink.contents();
    drop(machine.unseal(&key_file(1)).unwrap().seal());
    assert_eq!(machine.unseal(&key_file(1)).unwrap().troubles(), [""; 0]);
    for log in [sealed_once, early, Vec::new()] {
        machine.sink.edit(|files| *files = vec![log]);
        assert_ne!(machine.unseal(&key_file(1)).unwrap().troubles(), [""; 0]);
    }
}

#[test]
fn an_ephemeral_vault_is_usable_at_once_and_for_itself_alone() {
    let (one, other) = (Vault::ephemeral().unwrap(), Vault::ephemeral().unwrap());
    set(&one, "a").unwrap();
    assert!(other.caller(&user(1_001)).get(&app(), &name("a"), None).is_err());
    assert!(one.is_development().unwrap());
    assert_ne!(one.id(), other.id());
}
