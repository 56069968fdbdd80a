//! A set worked out beforehand: taken as it is when nothing has changed since,
//! done again when anything has.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use vault_manifest::{Manifest, Spec};

use super::*;
use crate::host::{At, Host};
use crate::keys::SecretBytes;
use crate::names::{App, SecretName};
use crate::secrets::Quotas;

/// Alice's vault, in which `k` has one version.
struct Rig {
    vault: Vault<Open>,
    clock: Arc<At>,
}

const NOW: u64 = 1_000_000_000;

fn alice() -> Caller {
    Caller::new(User::Uid(1001), Some("alice".into()))
}

fn operator() -> Caller {
    Caller::new(User::Uid(0), Some("root".into())).with_verbs(Verbs::ALL)
}

fn name(text: &str) -> SecretName {
    SecretName::parse(text).unwrap()
}

fn bytes(text: &str) -> SecretBytes {
    SecretBytes::from(text.as_bytes())
}

/// A set of `k` in the personal app.
fn set(value: &str, if_version: Option<u64>) -> WriteRequest<Caller> {
    let write = Write::Set { value: bytes(value), if_version };
    WriteRequest::new(alice(), 1, App::personal(), name("k"), write)
}

impl Rig {
    fn new() -> Self {
        let clock = Arc::new(At(AtomicU64::new(NOW)));
        let vault = Vault::ephemeral_on(Host { clock: clock.clone(), ..Host::system() }).unwrap();
        let rig = Self { vault, clock };
        assert_eq!(rig.store("old"), 1);
        rig
    }

    fn store(&self, value: &str) -> u64 {
        self.vault.caller(&alice()).set(&App::personal(), &name("k"), bytes(value), None).unwrap()
    }

    fn change(&self, write: Write) {
        self.vault.caller(&alice()).write(&App::personal(), &name("k"), write).unwrap();
    }

    fn operate(&self, run: impl FnOnce(&Access<'_>) -> Result<(), OperatorError>) {
        run(&self.vault.caller(&operator())).unwrap();
    }

    fn drafted(&self, mut request: WriteRequest<Caller>) -> WriteRequest<Caller> {
        self.vault.draft(&mut request);
        request
    }

    /// By another thread, which has no draft of it yet.
    fn drafted_elsewhere(&self, mut request: WriteRequest<Caller>) -> WriteRequest<Caller> {
        // Some threads share what they remember.
        for _ in 0..100 {
            request = std::thread::scope(|scope| scope.spawn(|| self.drafted(request)).join().unwrap());
            if request.draft().is_some() {
                return request;
            }
        }
        panic!("no thread works it out")
    }

    fn apply(&self, request: &WriteRequest<Caller>) -> Result<Written, Refusal> {
        self.vault.apply(std::slice::from_ref(request), &AuditBatch::new()).pop().unwrap()
    }

    /// Is what the store holds what was drafted, byte for byte?
    fn holds(&self, request: &WriteRequest<Caller>) -> bool {
        request.draft().unwrap().is_in(&**self.vault.0.barrier.store())
    }

    fn value(&self) -> (u64, Vec<u8>) {
        let value = self.vault.caller(&alice()).get(&App::personal(), &name("k"), None).unwrap();
        (value.version, value.bytes.into_vec())
    }
}

#[test]
fn a_draft_is_what_is_stored() {
    let rig = Rig::new();
    let request = rig.drafted(set("new", Some(1)));
    assert_eq!(rig.value(), (1, b"old".to_vec()), "a draft changes nothing");
    assert!(!rig.holds(&request));
    assert!(matches!(rig.apply(&request), Ok(Written::Set { version: 2 })));
    assert!(rig.holds(&request));
    assert_eq!(rig.value(), (2, b"new".to_vec()));
    // Again: it no longer holds, and its condition fails.
    assert!(matches!(rig.apply(&request), Err(Refusal::Conflict { current: 2 })));
}

#[test]
fn a_draft_of_what_has_changed_is_done_again() {
    type Between = fn(&Rig);
    let changes: [(&str, Between, u64); 8] = [
        ("another version", |rig| assert_eq!(rig.store("between"), 2), 3),
        ("deleted", |rig| rig.change(Write::Delete { if_version: None }), 2),
        ("destroyed: a grave", |rig| rig.change(Write::Destroy { if_version: None }), 2),
        ("tried beside it", |rig| rig.change(Write::SetPending { value: bytes("p"), if_version: None }), 3),
        ("another key of the scope", |rig| rig.operate(|by| by.rekey_user(alice().user()).map(drop)), 2),
        ("no scope", |rig| rig.operate(|by| by.user_remove(alice().user()).map(drop)), 1),
        ("more than a second later", |rig| rig.clock.0.store(NOW + 1_001, Ordering::Relaxed), 2),
        (
            "another scope",
            |rig| {
                rig.operate(|by| by.user_remove(alice().user()).map(drop));
                rig.store("anew");
            },
            2,
        ),
    ];
    for (what, between, version) in changes {
        let rig = Rig::new();
        let request = rig.drafted(set("new", None));
        between(&rig);
        assert!(matches!(rig.apply(&request), Ok(Written::Set { version: v }) if v == version), "{what}");
        assert!(!rig.holds(&request), "{what}");
        assert_eq!(rig.value(), (version, b"new".to_vec()), "{what}");
        assert_eq!(rig.vault.caller(&operator()).check().unwrap().problems, [""; 0], "{what}");
    }
}

#[test]
fn what_does_not_concern_a_draft_leaves_it() {
    let rig = Rig::new();
    let request = rig.drafted(set("new", None));
    rig.vault.caller(&alice()).set(&App::personal(), &name("other"), bytes("x"), None).unwrap();
    rig.vault.caller(&operator()).rekey_scope_wrap().unwrap();
    rig.clock.0.store(NOW + 1_000, Ordering::Relaxed);
    assert!(matches!(rig.apply(&request), Ok(Written::Set { version: 2 })));
    assert!(rig.holds(&request));
}

/// Who drafts against the same state and is applied together with others.
#[test]
fn of_two_drafts_of_one_name_the_second_is_done_again() {
    let rig = Rig::new();
    let first = rig.drafted(set("first", None));
    assert!(rig.drafted(set("second", None)).draft().is_none(), "a thread sees that by itself");
    let requests = [first, rig.drafted_elsewhere(set("second", None)), rig.drafted_elsewhere(set("third", Some(1)))];
    let results = rig.vault.apply(&requests, &AuditBatch::new());
    let [Ok(Written::Set { version: 2 }), Ok(Written::Set { version: 3 }), Err(Refusal::Conflict { current: 3 })] =
        &results[..]
    else {
        panic!("{results:?}")
    };
    assert!(!rig.holds(&requests[1]));
    assert_eq!(rig.value(), (3, b"second".to_vec()));
}

/// A time ahead of the vault's own would be a version from the future.
#[test]
fn a_draft_from_before_the_clock_went_back_is_done_again() {
    let rig = Rig::new();
    rig.clock.0.store(NOW + 500, Ordering::Relaxed);
    let request = rig.drafted(set("new", None));
    rig.clock.0.store(NOW, Ordering::Relaxed);
    rig.apply(&request).unwrap();
    assert!(!rig.holds(&request));
    let history = rig.vault.caller(&alice()).history(&App::personal(), &name("k")).unwrap();
    assert_eq!(history[0].set_ms, NOW);
}

#[test]
fn a_draft_over_the_quota_is_refused_and_taken_back() {
    let rig = Rig::new();
    let request = rig.drafted(set(&"x".repeat(4_000), None));
    rig.vault.set_quotas(Quotas { secrets: 10, bytes: 1_000, free_disk: 0 });
    assert!(matches!(rig.apply(&request), Err(Refusal::OverQuota { quota: "max_bytes_per_user", .. })));
    assert!(!rig.holds(&request));
    assert_eq!(rig.value(), (1, b"old".to_vec()));
}

/// Two vaults whose rows have the same revisions, as a copy of a file has.
#[test]
fn a_draft_of_one_opened_vault_is_nothing_to_another() {
    let store = Arc::new(crate::store::memory::MemoryStore::new());
    let host = Host::system();
    let audit = || {
        let sink = crate::audit::MemorySink::new();
        Arc::new(crate::audit::AuditLog::open(sink, crate::audit::OnFull::Gap, &host).unwrap())
    };
    let key = || crate::Unlock::KeyFile(crate::seal::key_file::KeyFile::from_bytes(&[7; 32]).unwrap());
    let new = crate::NewVault { slots: &[(key(), "k")], development: false };
    let vault = Vault::create(store, host.clone(), audit(), &new).unwrap();
    vault.caller(&alice()).set(&App::personal(), &name("k"), bytes("old"), None).unwrap();
    let mut request = set("new", None);
    vault.draft(&mut request);
    let vault = vault.seal().unseal(&key()).map_err(|(_, error)| error).unwrap();
    let clock = Arc::new(At(AtomicU64::new(0)));
    let rig = Rig { vault, clock };
    assert!(matches!(rig.apply(&request), Ok(Written::Set { version: 2 })));
    assert!(!rig.holds(&request));
}

#[test]
fn what_cannot_be_is_told_when_it_is_applied() {
    let rig = Rig::new();
    let mallory = Caller::new(User::Uid(1001), Some("mallory".into()));
    let write = || Write::Set { value: bytes("x"), if_version: None };
    let cases = [
        (set("", None), "invalid"),
        (set(&"x".repeat(crate::limits::VALUE_MAX + 1), None), "too_large"),
        (set("x", Some(7)), "conflict"),
        (WriteRequest::new(mallory, 1, App::personal(), name("k"), write()), "held"),
        (WriteRequest::new(alice(), 1, App::parse("nobodys").unwrap(), name("k"), write()), "no_such_app"),
    ];
    for (request, expected) in cases {
        let request = rig.drafted(request);
        assert!(request.draft().is_none());
        assert_eq!(record::Outcome::word(&rig.apply(&request).unwrap_err()), expected);
    }
    // A scope's first secret, and one that lies in its grave, are stored without.
    let first = WriteRequest::new(Caller::new(User::Uid(7), None), 1, App::personal(), name("k"), write());
    let first = rig.drafted(first);
    assert!(first.draft().is_none());
    assert!(matches!(rig.apply(&first), Ok(Written::Set { version: 1 })));
    rig.change(Write::Destroy { if_version: None });
    let buried = rig.drafted(set("x", None));
    assert!(buried.draft().is_none());
    assert!(matches!(rig.apply(&buried), Ok(Written::Set { version: 2 })));
}

#[test]
fn a_declaration_that_keeps_more_is_heeded() {
    let rig = Rig::new();
    let manifest = |keep_versions| Manifest {
        app: "spotify".into(),
        description: "Music".into(),
        secrets: vec![Spec { keep_versions, ..Spec::new("k", "A key") }],
    };
    let declare = |keep| rig.vault.caller(&operator()).app_add(&manifest(keep), None, false, false).unwrap();
    declare(1);
    let spotify = App::parse("spotify").unwrap();
    let request = || {
        let write = Write::Set { value: bytes("x"), if_version: None };
        WriteRequest::new(alice(), 1, spotify.clone(), name("k"), write)
    };
    rig.apply(&request()).unwrap();
    let drafted = rig.drafted(request());
    assert!(drafted.draft().is_some());
    declare(4);
    rig.apply(&drafted).unwrap();
    assert!(!rig.holds(&drafted));
    let history = rig.vault.caller(&alice()).history(&spotify, &name("k")).unwrap();
    assert!(history.iter().all(|version| version.state == crate::VersionState::Live), "both are kept");
}
