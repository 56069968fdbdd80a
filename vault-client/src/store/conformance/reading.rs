use vault_manifest::{Spec, WriteMode};

use super::{Harness, code, declare, with_mode};
use crate::store::{Role, SecretStore, Webhook, WebhookScheme};

const APP: &str = "conform-reading";

pub(super) fn exact_and_fresh(harness: &mut dyn Harness) {
    let [alice, _] = harness.people();
    declare(harness, APP, vec![Spec::new("k", "what it is for")]);
    let store = harness.store(APP, alice, Role::Extension);
    assert_eq!(code(store.get("k")), "not_set");
    assert!(!store.is_set("k").unwrap());
    // Nothing is trimmed, decoded or normalised.
    for value in [b" \t\r\n\xff\xfe= \n".as_slice(), b"0", "e\u{301} \u{e9}".as_bytes()] {
        harness.user_sets(APP, alice, "k", value);
        assert_eq!(store.get("k").unwrap().expose(), value);
        assert!(store.is_set("k").unwrap());
        let another = harness.store(APP, alice, Role::Extension);
        assert_eq!(another.get("k").unwrap().expose(), value);
    }
}

pub(super) fn undeclared(harness: &mut dyn Harness) {
    let [alice, _] = harness.people();
    declare(harness, "conform-undeclared", vec![with_mode("k", WriteMode::Both)]);
    let store = harness.store("conform-undeclared", alice, Role::Extension);
    for name in ["other", "kk", "other/a", "k/a"] {
        assert_eq!(everything(&*store, name), ["not_declared"; 6], "{name}");
    }
}

pub(super) fn no_name(harness: &mut dyn Harness) {
    let [alice, _] = harness.people();
    declare(harness, "conform-names", vec![Spec::new("k", "what it is for")]);
    let store = harness.store("conform-names", alice, Role::Extension);
    for name in ["", "K", "k\n", " k", "k=Hunter2", "k/", "k//a", "k/A", "../k", &"k".repeat(300)] {
        assert_eq!(everything(&*store, name), ["invalid"; 6], "{name:?}");
        let error = store.get(name).unwrap_err();
        assert!(!format!("{error} {error:?}").contains("Hunter2"));
    }
}

/// What every call with this name ends with.
fn everything(store: &dyn SecretStore, name: &str) -> [&'static str; 6] {
    let webhook = Webhook::new(&WebhookScheme::Github, &[], b"");
    [
        code(store.get(name)),
        code(store.set(name, b"v")),
        code(store.set_if(name, b"v", 0)),
        code(store.delete(name)),
        code(store.is_set(name)),
        code(store.verify_webhook(name, &webhook)),
    ]
}

pub(super) fn instances(harness: &mut dyn Harness) {
    let [alice, _] = harness.people();
    const APP: &str = "conform-instances";
    let many = Spec { instances: true, required: true, ..Spec::new("mailbox", "one for each account") };
    declare(harness, APP, vec![many, Spec::new("k", "what it is for")]);
    let store = harness.store(APP, alice, Role::Extension);
    // With where it is declared with, without where without.
    assert_eq!((code(store.get("mailbox")), code(store.get("k/a"))), ("invalid", "not_declared"));
    assert!(!store.require().unwrap().is_ready());
    let names = |store: &dyn SecretStore| -> Vec<String> {
        store.list().unwrap().into_iter().map(|state| state.name).collect()
    };
    assert_eq!(names(&*store), ["k", "mailbox"]);
    harness.user_sets(APP, alice, "mailbox/work", b"1");
    harness.user_sets(APP, alice, "mailbox/home", b"2");
    assert!(store.require().unwrap().is_ready());
    assert_eq!(store.get("mailbox/work").unwrap().expose(), b"1");
    assert_eq!(store.get("mailbox/home").unwrap().expose(), b"2");
    assert_eq!(code(store.get("mailbox/third")), "not_set");
    assert_eq!(names(&*store), ["k", "mailbox/home", "mailbox/work"]);
}

pub(super) fn list(harness: &mut dyn Harness) {
    let [alice, _] = harness.people();
    const APP: &str = "conform-list";
    let long = Spec { required: true, max_bytes: 7, ..Spec::new("b", "the second") };
    declare(harness, APP, vec![long, Spec::new("a", "the first")]);
    let store = harness.store(APP, alice, Role::Extension);
    harness.user_sets(APP, alice, "b", b"canary9");
    let states = store.list().unwrap();
    let told: Vec<_> = states.iter().map(|s| (&*s.name, &*s.description, s.is_set, s.required, s.max_bytes)).collect();
    assert_eq!(told, [("a", "the first", false, false, 4_096), ("b", "the second", true, true, 7)]);
    assert!(!format!("{states:?}").contains("canary9"));
}

pub(super) fn gate(harness: &mut dyn Harness) {
    let [alice, _] = harness.people();
    const APP: &str = "conform-gate";
    let required = |name: &str| Spec { required: true, ..Spec::new(name, &format!("what {name} is for")) };
    declare(harness, APP, vec![required("b"), Spec::new("optional", "not needed"), required("a")]);
    let store = harness.store(APP, alice, Role::Extension);
    let unmet = |store: &dyn SecretStore| -> Vec<String> {
        store.require().unwrap().unmet.into_iter().map(|unmet| unmet.name).collect()
    };
    assert_eq!(unmet(&*store), ["a", "b"]);
    let gate = store.require().unwrap();
    let said = gate.to_string();
    for unmet in &gate.unmet {
        assert!(!unmet.expired && !unmet.set_with.is_empty());
        assert!(said.contains(&unmet.set_with) && said.contains(&unmet.description), "{said}");
    }
    harness.user_sets(APP, alice, "a", b"canary9");
    assert_eq!(unmet(&*store), ["b"]);
    harness.user_sets(APP, alice, "b", b"canary9");
    let gate = store.require().unwrap();
    assert!(gate.is_ready());
    assert!(!format!("{gate:?} {gate}").contains("canary9"));
}
