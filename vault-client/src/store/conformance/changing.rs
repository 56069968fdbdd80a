use std::thread;

use vault_manifest::{Spec, WriteMode};

use super::{Harness, code, declare, with_mode};
use crate::store::{Role, SecretStoreError};

pub(super) fn sizes(harness: &mut dyn Harness) {
    let [alice, _] = harness.people();
    const APP: &str = "conform-sizes";
    let spec = |name: &str, max_bytes| Spec { max_bytes, ..with_mode(name, WriteMode::Both) };
    declare(harness, APP, vec![spec("small", 3), spec("large", 65_536)]);
    let store = harness.store(APP, alice, Role::Extension);
    // Bytes, not characters.
    for (name, good, bad) in
        [("small", "äb".to_owned(), "äbc".to_owned()), ("large", "x".repeat(65_536), "x".repeat(65_537))]
    {
        assert_eq!(code(store.set(name, good.as_bytes())), "ok");
        if harness.abilities().writes {
            assert_eq!(store.get(name).unwrap().expose(), good.as_bytes());
        }
        let error = store.set(name, bad.as_bytes()).unwrap_err();
        let (was, at_most) = (bad.len() as u64, good.len() as u64);
        assert!(matches!(error, SecretStoreError::TooLarge { len, max } if (len, max) == (was, at_most)), "{error}");
        assert_eq!(code(store.set(name, b"")), "invalid");
        if harness.abilities().writes {
            assert_eq!(store.get(name).unwrap().expose(), good.as_bytes());
        }
    }
}

pub(super) fn versions(harness: &mut dyn Harness) {
    let [alice, _] = harness.people();
    const APP: &str = "conform-versions";
    declare(harness, APP, vec![with_mode("token", WriteMode::Extension)]);
    let store = harness.store(APP, alice, Role::Extension);
    // A version that is not current is refused by every store.
    let error = store.set_if("token", b"v", 7).unwrap_err();
    assert!(matches!(error, SecretStoreError::Conflict { current: 0 }), "{error}");
    assert_eq!(code(store.delete("token")), "ok");
    if !harness.abilities().writes {
        // What is written is not there, and nothing says it was.
        assert_eq!((store.set("token", b"v").unwrap(), code(store.get("token"))), (0, "not_set"));
        harness.user_sets(APP, alice, "token", b"theirs");
        assert_eq!(store.set("token", b"v").unwrap(), store.get("token").unwrap().version());
        assert!(!store.delete("token").unwrap());
        assert_eq!(store.get("token").unwrap().expose(), b"theirs");
        return;
    }
    let first = store.set_if("token", b"1", 0).unwrap();
    assert_eq!(store.get("token").unwrap().version(), first);
    let second = store.set_if("token", b"2", first).unwrap();
    assert!(second > first);
    for stale in [0, first, second + 1] {
        let error = store.set_if("token", b"older", stale).unwrap_err();
        assert!(matches!(error, SecretStoreError::Conflict { current } if current == second), "{error}");
    }
    assert_eq!(store.get("token").unwrap().expose(), b"2");
    let third = store.set("token", b"3").unwrap();
    assert!(third > second);
    assert!(store.delete("token").unwrap());
    assert!(!store.delete("token").unwrap());
    assert_eq!((code(store.get("token")), store.is_set("token").unwrap()), ("not_set", false));
    assert!(store.set_if("token", b"4", 0).unwrap() > third);
}

/// As when several workers find the same access token expired.
pub(super) fn races(harness: &mut dyn Harness) {
    let [alice, _] = harness.people();
    const APP: &str = "conform-races";
    if !harness.abilities().writes {
        return;
    }
    declare(harness, APP, vec![with_mode("token", WriteMode::Both)]);
    let store = harness.store(APP, alice, Role::Extension);
    let before = store.set("token", b"0").unwrap();
    let won: u64 = thread::scope(|scope| {
        let refreshers: Vec<_> = (0..WRITERS)
            .map(|_| {
                scope.spawn(|| {
                    let mut won = 0;
                    for _ in 0..ROUNDS {
                        let read = store.get("token").unwrap();
                        let next = format!("{}", read.version() + 1);
                        match store.set_if("token", next.as_bytes(), read.version()) {
                            Ok(_) => won += 1,
                            Err(error) => assert_eq!(error.code(), "conflict"),
                        }
                    }
                    won
                })
            })
            .collect();
        refreshers.into_iter().map(|refresher| refresher.join().unwrap()).sum()
    });
    let last = store.get("token").unwrap();
    assert!(won >= ROUNDS);
    assert_eq!(last.version(), before + won, "each that won made one version");
    assert_eq!(last.expose(), last.version().to_string().as_bytes(), "and the last of them is what is read");
}

const WRITERS: usize = 8;
const ROUNDS: u64 = 10;
