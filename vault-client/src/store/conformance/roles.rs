use vault_manifest::{Scope, Spec, WriteMode};

use super::{Harness, code, declare, with_mode};
use crate::store::{Role, SecretStore, Webhook, WebhookScheme};

pub(super) fn write_modes(harness: &mut dyn Harness) {
    let [alice, _] = harness.people();
    const APP: &str = "conform-modes";
    let shown = Spec { reveal: true, ..with_mode("shown", WriteMode::User) };
    let modes = [("by_user", WriteMode::User), ("by_app", WriteMode::Extension), ("by_both", WriteMode::Both)];
    let specs = modes.map(|(name, mode)| with_mode(name, mode)).into_iter().chain([shown]).collect();
    declare(harness, APP, specs);
    let app = harness.store(APP, alice, Role::Extension);
    // Whether or not there is a value.
    for _ in 0..2 {
        assert_eq!(code(app.set("by_user", b"a")), "forbidden");
        assert_eq!(code(app.set_if("by_user", b"a", 0)), "forbidden");
        assert_eq!(code(app.delete("by_user")), "forbidden");
        assert_eq!((code(app.set("by_app", b"a")), code(app.set("by_both", b"a"))), ("ok", "ok"));
        harness.user_sets(APP, alice, "by_user", b"u");
        harness.user_sets(APP, alice, "shown", b"u");
    }
    assert_eq!(app.get("by_user").unwrap().expose(), b"u");
    assert_eq!((code(app.delete("by_app")), code(app.delete("by_both"))), ("ok", "ok"));
    if !harness.abilities().users {
        return;
    }
    assert_eq!((code(app.set("by_app", b"a")), code(app.set("by_both", b"a"))), ("ok", "ok"));
    let user = harness.store(APP, alice, Role::User);
    let panel = harness.store(APP, alice, Role::Panel);
    let webhook = Webhook::new(&WebhookScheme::Github, &[], b"");
    for (who, store) in [("user", &user), ("panel", &panel)] {
        assert_eq!(code(store.set("by_app", b"a")), "forbidden", "{who}");
        assert_eq!((code(store.set("by_user", b"2")), code(store.set("by_both", b"2"))), ("ok", "ok"), "{who}");
        for name in ["by_user", "by_app", "by_both"] {
            assert_eq!(code(store.get(name)), "forbidden", "{who} {name}");
            assert_eq!(code(store.verify_webhook(name, &webhook)), "forbidden", "{who} {name}");
            assert!(store.is_set(name).unwrap(), "{who} {name}");
        }
        assert_eq!(store.list().unwrap().len(), 4, "{who}");
    }
    assert_eq!(user.get("shown").unwrap().expose(), b"u");
    assert_eq!(code(panel.get("shown")), "forbidden");
    // Read after write, whoever wrote.
    assert_eq!(app.get("by_both").unwrap().expose(), b"2");
    // To revoke is always the user's.
    for name in ["by_user", "by_app", "by_both"] {
        assert!(user.delete(name).unwrap(), "{name}");
        assert_eq!(code(app.get(name)), "not_set");
    }
    assert_eq!(code(app.set("by_app", b"a")), "ok");
    assert!(panel.delete("by_app").unwrap());
}

pub(super) fn separation(harness: &mut dyn Harness) {
    let [alice, bob] = harness.people();
    const APPS: [&str; 2] = ["conform-one", "conform-other"];
    if !harness.abilities().users {
        return;
    }
    for app in APPS {
        declare(harness, app, vec![with_mode("k", WriteMode::Both)]);
    }
    harness.user_sets(APPS[0], alice, "k", b"alice's");
    for (app, user) in [(APPS[0], bob), (APPS[1], alice), (APPS[1], bob)] {
        let store = harness.store(app, user, Role::Extension);
        assert_eq!((code(store.get("k")), store.is_set("k").unwrap()), ("not_set", false), "{app} {user}");
        assert!(store.list().unwrap().iter().all(|state| !state.is_set && state.set_at.is_none()));
        assert!(!store.delete("k").unwrap());
        store.set("k", user.as_bytes()).unwrap();
    }
    let alice = harness.store(APPS[0], alice, Role::Extension);
    assert_eq!(alice.get("k").unwrap().expose(), b"alice's");
}

pub(super) fn app_scope(harness: &mut dyn Harness) {
    let [alice, bob] = harness.people();
    const APP: &str = "conform-shared";
    let shared = |mode| Spec { scope: Scope::App, required: true, ..with_mode("client_id", mode) };
    declare(harness, APP, vec![shared(WriteMode::Both), Spec::new("k", "the user's own")]);
    let store = harness.store(APP, alice, Role::Extension);
    assert_eq!(code(store.get("client_id")), "not_set");
    assert!(!store.require().unwrap().is_ready());
    // The app reads it and never writes it, whatever the mode says.
    assert_eq!((code(store.set("client_id", b"x")), code(store.delete("client_id"))), ("forbidden", "forbidden"));
    harness.owner_sets(APP, "client_id", b"shared");
    assert!(store.require().unwrap().is_ready());
    assert_eq!(store.get("client_id").unwrap().expose(), b"shared");
    if !harness.abilities().users {
        return;
    }
    let other = harness.store(APP, bob, Role::Extension);
    assert_eq!(other.get("client_id").unwrap().expose(), b"shared");
    let roles: &[Role] = if harness.both_come_themselves() { &[Role::User, Role::Panel] } else { &[Role::Panel] };
    for role in roles {
        let store = harness.store(APP, bob, *role);
        for refused in
            [code(store.get("client_id")), code(store.set("client_id", b"x")), code(store.delete("client_id"))]
        {
            assert_eq!(refused, "not_declared", "{role:?}: it is nobody else's matter that it exists");
        }
        assert!(names(&*store).iter().all(|name| name != "client_id"), "{role:?}");
    }
    assert_eq!(other.get("client_id").unwrap().expose(), b"shared");
}

fn names(store: &dyn SecretStore) -> Vec<String> {
    store.list().unwrap().into_iter().map(|state| state.name).collect()
}
