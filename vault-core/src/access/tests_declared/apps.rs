//! Declarations that change, are suspended, go, and outlive keys.

use super::*;

#[test]
fn a_suspended_app_serves_nobody_and_lets_users_leave() {
    let rig = Rig::new();
    let alice = user("ext:alice");
    rig.set(&alice, "api_key", "k").unwrap();
    let token = rig.token(Role::Extension, ActsFor::Any);
    rig.vault.caller(&owner()).app_suspend(&spotify(), true).unwrap();
    assert!(matches!(rig.act(&token.token, Some("ext:alice")), Err(Refusal::Suspended)));
    assert!(matches!(rig.set(&alice, "api_key", "k"), Err(Refusal::Suspended)));
    assert!(rig.vault.caller(&alice).delete(&spotify(), &name("api_key")).unwrap());
    rig.vault.caller(&owner()).app_suspend(&spotify(), false).unwrap();
    assert!(rig.act(&token.token, Some("ext:alice")).is_ok());
}

#[test]
fn a_declaration_changes_without_losing_values_by_accident() {
    let rig = Rig::new();
    let (owner, alice) = (owner(), user("ext:alice"));
    let access = rig.vault.caller(&owner);
    let same = access.app_add(&manifest(), None, false, false).unwrap();
    assert_eq!((same.made, same.changes.len(), same.orphaned), (false, 0, 0));
    rig.set(&alice, "api_key", "k").unwrap();
    rig.set(&alice, "account/main", "k").unwrap();
    let mut less = manifest();
    less.secrets.retain(|spec| spec.name != "api_key");
    less.secrets[0].max_bytes = 9;
    let dry = access.app_add(&less, None, false, true).unwrap();
    let changed = Change::Changed { name: "refresh_token".into(), fields: vec!["max_bytes"] };
    assert_eq!(dry.changes, [Change::Removed { name: "api_key".into() }, changed]);
    assert_eq!((dry.orphaned, dry.applied), (1, false));
    assert!(matches!(access.app_add(&less, None, false, false), Err(Refusal::Orphans { values: 1 })));
    assert_eq!(access.app(&spotify()).unwrap().secrets, manifest().secrets, "nothing was changed");
    assert_eq!(access.app_add(&less, None, true, false).unwrap().orphaned, 1);
    assert!(matches!(rig.set(&alice, "api_key", "k"), Err(Refusal::NotDeclared)));
    access.app_add(&manifest(), None, false, false).unwrap();
    assert!(rig.get(&rig.session(Role::Extension, "ext:alice"), "api_key").is_err(), "pruned is gone");
    let mut single = manifest();
    single.secrets[5].instances = false;
    assert!(matches!(access.app_add(&single, None, false, false), Err(Refusal::Orphans { values: 1 })));
    let twice = Manifest { secrets: vec![single.secrets[0].clone(), single.secrets[0].clone()], ..manifest() };
    assert!(matches!(access.app_add(&twice, None, true, false), Err(Refusal::Invalid { .. })));
}

#[test]
fn removing_an_app_takes_everything_with_it() {
    let rig = Rig::new();
    let (owner, alice) = (owner(), user("ext:alice"));
    rig.set(&alice, "api_key", "k").unwrap();
    rig.set(&owner, "client_id", "c").unwrap();
    let token = rig.token(Role::Extension, ActsFor::Any);
    let access = rig.vault.caller(&owner);
    assert!(matches!(access.app_remove(&spotify(), false), Err(Refusal::Orphans { values: 2 })));
    assert!(rig.act(&token.token, None).is_ok(), "a refused removal leaves it as it was");
    assert_eq!(access.app_remove(&spotify(), true).unwrap().0, 2);
    assert!(matches!(rig.act(&token.token, None), Err(Refusal::BadToken)));
    assert_eq!(access.apps().unwrap(), []);
    let operator = owner.clone().with_verbs(Verbs::ALL);
    rig.vault.caller(&operator).app_add(&manifest(), None, false, false).unwrap();
    assert!(matches!(rig.act(&token.token, None), Err(Refusal::BadToken)), "added again, the old token stays dead");
    assert!(rig.get(&rig.session(Role::Extension, "ext:alice"), "api_key").is_err());
    assert_eq!(rig.vault.caller(&operator).check().unwrap().problems, [""; 0]);
}

#[test]
fn everything_declared_survives_sealing_and_new_keys() {
    let rig = Rig::new();
    let operator = owner().with_verbs(Verbs::ALL);
    rig.set(&user("ext:alice"), "api_key", "k").unwrap();
    let token = rig.token(Role::Extension, ActsFor::Any);
    rig.vault.caller(&operator).rekey_scope_wrap().unwrap();
    rig.vault.caller(&operator).rekey_user(&User::parse("ext:alice").unwrap()).unwrap();
    rig.vault.caller(&operator).user_remove(&User::parse("ext:bob").unwrap()).unwrap_err();
    assert_eq!(rig.get(&rig.act(&token.token, Some("ext:alice")).unwrap(), "api_key").unwrap(), "k");
    let owning =
        rig.vault.caller(&Caller::new(User::Uid(5), None).with_verbs(Verbs::ALL)).user_remove(&User::Uid(1000));
    assert!(owning.is_err(), "whoever owns an app is not shredded under it");
    assert_eq!(rig.vault.caller(&operator).check().unwrap().problems, [""; 0]);
}

/// What is there for an app alone is not to be told from what is not there.
#[test]
fn users_are_not_shown_what_an_app_has_for_itself() {
    let rig = Rig::new();
    let names = |caller: &Caller| -> Vec<String> {
        let detail = rig.vault.caller(caller).app(&spotify()).unwrap();
        assert_eq!(detail.info.secrets, detail.secrets.len());
        detail.secrets.into_iter().map(|spec| spec.name).collect()
    };
    let all: Vec<_> = manifest().secrets.into_iter().map(|spec| spec.name).collect();
    let users: Vec<_> = all.iter().filter(|name| *name != "client_id").cloned().collect();
    let operator = Caller::new(User::Uid(1_001), None).with_verbs(Verbs::NONE.with(Verb::Apps));
    for whole in [owner(), operator, rig.session(Role::Extension, "ext:alice")] {
        assert_eq!(names(&whole), all);
    }
    for part in [user("uid:1001"), user("ext:alice"), rig.session(Role::Panel, "ext:alice")] {
        assert_eq!(names(&part), users);
    }
}
