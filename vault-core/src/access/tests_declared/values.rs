//! What is stored and read: by whom, how much, how long.

use super::*;

#[test]
fn the_scenario_a_user_sets_and_the_extension_reads() {
    let rig = Rig::new();
    let (alice, bob) = (user("ext:alice"), user("ext:bob"));
    let (for_alice, for_bob) = (rig.session(Role::Extension, "ext:alice"), rig.session(Role::Extension, "ext:bob"));
    assert!(matches!(rig.get(&for_alice, "api_key"), Err(Refusal::Missing { expired: false })));
    rig.set(&alice, "api_key", "a's").unwrap();
    assert_eq!(rig.get(&for_alice, "api_key").unwrap(), "a's");
    assert!(matches!(rig.get(&for_bob, "api_key"), Err(Refusal::Missing { .. })));
    // The user is not shown it again, and may replace and revoke it.
    assert!(matches!(rig.get(&alice, "api_key"), Err(Refusal::Forbidden { needs: Some(_) })));
    assert_eq!(rig.set(&alice, "api_key", "new").unwrap(), 2);
    assert_eq!(rig.get(&for_alice, "api_key").unwrap(), "new");
    assert!(rig.vault.caller(&alice).delete(&spotify(), &name("api_key")).unwrap());
    assert!(rig.get(&for_alice, "api_key").is_err());
    // One declared as readable is.
    rig.set(&alice, "nickname", "al").unwrap();
    assert_eq!(rig.get(&alice, "nickname").unwrap(), "al");
    assert!(rig.get(&bob, "nickname").is_err());
}

#[test]
fn undeclared_names_and_unknown_apps_are_errors_before_anything_else() {
    let rig = Rig::new();
    let alice = user("ext:alice");
    assert!(matches!(rig.set(&alice, "other", "x"), Err(Refusal::NotDeclared)));
    assert!(matches!(rig.get(&rig.session(Role::Extension, "ext:alice"), "other"), Err(Refusal::NotDeclared)));
    assert!(matches!(rig.set(&alice, "api_key/one", "x"), Err(Refusal::NotDeclared)), "not declared with instances");
    assert!(matches!(rig.set(&alice, "account", "x"), Err(Refusal::Invalid { field: "name", .. })));
    rig.set(&alice, "account/main", "x").unwrap();
    let access = rig.vault.caller(&alice);
    let nowhere = App::parse("nowhere").unwrap();
    assert!(matches!(access.set(&nowhere, &name("a"), bytes("x"), None), Err(Refusal::NoSuchApp)));
    assert!(matches!(access.list(Some(&nowhere), None, None, 10, false), Err(Refusal::NoSuchApp)));
}

#[test]
fn who_may_store_and_how_much() {
    let rig = Rig::new();
    let (alice, extension) = (user("ext:alice"), rig.session(Role::Extension, "ext:alice"));
    assert!(matches!(rig.set(&alice, "refresh_token", "x"), Err(Refusal::Forbidden { .. })));
    assert!(matches!(rig.set(&extension, "api_key", "x"), Err(Refusal::Forbidden { .. })));
    assert!(matches!(rig.set(&extension, "client_id", "x"), Err(Refusal::Forbidden { .. })));
    assert_eq!(rig.set(&extension, "refresh_token", "r").unwrap(), 1);
    assert_eq!(rig.set(&alice, "cookie", "12345678").unwrap(), 1);
    assert!(matches!(rig.set(&extension, "cookie", "123456789"), Err(Refusal::TooLarge { len: 9, max: 8 })));
    assert!(matches!(rig.set(&alice, "cookie", "ééééé"), Err(Refusal::TooLarge { len: 10, max: 8 })), "bytes");
    // The user revokes what only the app stores.
    assert!(rig.vault.caller(&alice).delete(&spotify(), &name("refresh_token")).unwrap());
    assert!(matches!(
        rig.vault.caller(&extension).delete(&spotify(), &name("api_key")),
        Err(Refusal::Forbidden { .. })
    ));
}

#[test]
fn a_panel_writes_for_users_and_never_reads() {
    let rig = Rig::new();
    let (panel, extension) = (rig.session(Role::Panel, "ext:alice"), rig.session(Role::Extension, "ext:alice"));
    assert_eq!(rig.set(&panel, "api_key", "pasted").unwrap(), 1);
    assert_eq!(rig.get(&extension, "api_key").unwrap(), "pasted");
    assert!(matches!(rig.get(&panel, "api_key"), Err(Refusal::Forbidden { .. })));
    assert!(
        matches!(rig.get(&panel, "nickname"), Err(Refusal::Forbidden { .. })),
        "revealed to its user, not to a panel"
    );
    assert!(matches!(rig.get(&panel, "client_id"), Err(Refusal::NotDeclared)));
    assert!(rig.vault.caller(&panel).describe(&spotify(), &name("api_key")).unwrap().is_set);
    assert!(rig.vault.caller(&panel).delete(&spotify(), &name("api_key")).unwrap());
}

#[test]
fn an_apps_own_value_is_the_owners_to_store_and_the_extensions_to_read() {
    let rig = Rig::new();
    let (owner, alice) = (owner(), user("uid:1001"));
    rig.set(&owner, "client_id", "id").unwrap();
    assert!(matches!(rig.get(&owner, "client_id"), Err(Refusal::Forbidden { .. })));
    for caller in [&alice, &user("ext:alice")] {
        assert!(matches!(rig.set(caller, "client_id", "x"), Err(Refusal::NotDeclared)));
        assert!(matches!(rig.get(caller, "client_id"), Err(Refusal::NotDeclared)));
        let listed = rig.vault.caller(caller).declared(&spotify(), None).unwrap();
        assert!(listed.iter().all(|status| status.name != "client_id"));
    }
    for who in ["ext:alice", "ext:bob"] {
        assert_eq!(rig.get(&rig.session(Role::Extension, who), "client_id").unwrap(), "id");
    }
    let nobody = rig.act(&rig.token(Role::Extension, ActsFor::Any).token, None).unwrap();
    assert_eq!(rig.get(&nobody, "client_id").unwrap(), "id");
    assert!(matches!(rig.get(&nobody, "api_key"), Err(Refusal::Invalid { field: "acting user", .. })));
    // Somebody else under the owner's uid is not the owner.
    let reused = Caller::new(User::Uid(1000), Some("other".into()));
    assert!(matches!(rig.set(&reused, "client_id", "x"), Err(Refusal::Held { .. })));
    assert!(matches!(
        rig.vault.caller(&reused).token_create(&spotify(), Role::Extension, ActsFor::Any, None, ""),
        Err(Refusal::Held { .. })
    ));
}

#[test]
fn values_expire_and_rotation_is_only_a_hint() {
    let rig = Rig::new();
    let extension = rig.session(Role::Extension, "ext:alice");
    rig.set(&extension, "refresh_token", "r").unwrap();
    let status = || rig.vault.caller(&extension).describe(&spotify(), &name("refresh_token")).unwrap();
    assert!(!status().expired && !status().rotation_due);
    rig.later(DAY_MS - 1);
    assert_eq!(rig.get(&extension, "refresh_token").unwrap(), "r");
    rig.later(1);
    assert!(matches!(rig.get(&extension, "refresh_token"), Err(Refusal::Missing { expired: true })));
    assert!(status().is_set && status().expired && status().rotation_due);
    rig.set(&extension, "refresh_token", "s").unwrap();
    assert_eq!(rig.get(&extension, "refresh_token").unwrap(), "s");
}

#[test]
fn a_value_is_tried_before_it_counts() {
    let rig = Rig::new();
    let (alice, extension) = (user("ext:alice"), rig.session(Role::Extension, "ext:alice"));
    rig.set(&alice, "api_key", "old").unwrap();
    let write = |caller: &Caller, write| rig.vault.caller(caller).write(&spotify(), &name("api_key"), write);
    let pending = |value: &str| Write::SetPending { value: bytes(value), if_version: None };
    assert_eq!(write(&alice, pending("typo")).unwrap(), Written::Set { version: 2 });
    assert_eq!(rig.get(&extension, "api_key").unwrap(), "old");
    let tried = |version| rig.vault.caller(&extension).get(&spotify(), &name("api_key"), Some(version));
    assert_eq!(tried(2).unwrap().bytes.expose(), b"typo");
    // Another attempt takes its place, is promoted by the extension, and counts.
    assert_eq!(write(&alice, pending("new")).unwrap(), Written::Set { version: 3 });
    assert!(tried(2).is_err(), "one is tried at a time");
    assert_eq!(rig.vault.caller(&alice).describe(&spotify(), &name("api_key")).unwrap().pending, Some(3));
    assert!(matches!(write(&extension, Write::Promote { version: 2 }), Err(Refusal::Missing { .. })));
    assert_eq!(write(&extension, Write::Promote { version: 3 }).unwrap(), Written::Set { version: 3 });
    assert_eq!(write(&extension, Write::Promote { version: 3 }).unwrap(), Written::Set { version: 3 });
    assert_eq!(rig.get(&extension, "api_key").unwrap(), "new");
    // What was stored in the meantime is newer than what was being tried.
    write(&alice, pending("late")).unwrap();
    rig.set(&alice, "api_key", "newest").unwrap();
    assert!(matches!(write(&extension, Write::Promote { version: 4 }), Err(Refusal::Conflict { current: 5 })));
    let rejected = write(&extension, Write::Reject { version: 4 }).unwrap();
    assert!(matches!(rejected, Written::Deleted { was_set: true, .. }));
    assert!(tried(4).is_err());
    // A revocation takes what is being tried along, and does not bring it back.
    write(&alice, pending("again")).unwrap();
    rig.vault.caller(&alice).delete(&spotify(), &name("api_key")).unwrap();
    write(&alice, Write::Undelete).unwrap();
    assert_eq!(rig.get(&extension, "api_key").unwrap(), "newest");
    assert!(tried(6).is_err());
    let history = rig.vault.caller(&alice).history(&spotify(), &name("api_key")).unwrap();
    assert!(history.iter().all(|version| version.state != VersionState::Pending));
    assert_eq!(rig.vault.caller(&owner().with_verbs(Verbs::ALL)).check().unwrap().problems, [""; 0]);
}
