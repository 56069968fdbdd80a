//! As whom somebody acts, and what that is no way to.

use super::*;

#[test]
fn a_bound_account_needs_no_token() {
    let rig = Rig::new();
    let service = Caller::new(User::Uid(990), Some("billing".into()));
    let act = |caller: &Caller, user: Option<&str>| {
        let user = user.map(|user| User::parse(user).unwrap());
        rig.vault.caller(caller).act(&[], &spotify(), user.as_ref(), &|_| None)
    };
    assert!(matches!(act(&service, None), Err(Refusal::Forbidden { .. })));
    let bind = |acts_for| {
        rig.vault.caller(&owner()).app_bind(&spotify(), service.user(), Some("billing".into()), acts_for).unwrap();
    };
    bind(ActsFor::Any);
    rig.set(&user("ext:alice"), "api_key", "k").unwrap();
    assert_eq!(rig.get(&act(&service, Some("ext:alice")).unwrap(), "api_key").unwrap(), "k");
    assert!(matches!(act(&service, Some("uid:1")), Err(Refusal::Forbidden { .. })));
    bind(ActsFor::OwnUser);
    assert_eq!(act(&service, None).unwrap().user(), &User::Uid(990));
    assert!(matches!(act(&service, Some("ext:alice")), Err(Refusal::Forbidden { .. })));
    let reused = Caller::new(User::Uid(990), Some("mallory".into()));
    assert!(matches!(act(&reused, None), Err(Refusal::Forbidden { .. })), "another login name");
    assert_eq!(rig.vault.caller(&owner()).app(&spotify()).unwrap().bindings.len(), 1);
    assert!(rig.vault.caller(&owner()).app_unbind(&spotify(), service.user()).unwrap());
    assert!(matches!(act(&service, None), Err(Refusal::Forbidden { .. })));
}

/// Comes through a door where the kernel vouches for nobody.
#[test]
fn nobody_has_nothing_until_a_token_says_as_what_they_act() {
    let rig = Rig::new();
    let nobody = Caller::nobody();
    let access = rig.vault.caller(&nobody);
    let forbidden =
        |result: Result<(), Refusal>| assert!(matches!(result, Err(Refusal::Forbidden { .. })), "{result:?}");
    for app in [App::personal(), spotify(), App::parse("absent").unwrap()] {
        for secret in ["api_key", "client_id", "undeclared"].map(name) {
            forbidden(access.get(&app, &secret, None).map(drop));
            forbidden(access.set(&app, &secret, bytes("x"), None).map(drop));
            forbidden(access.delete(&app, &secret).map(drop));
            forbidden(access.describe(&app, &secret).map(drop));
            forbidden(access.history(&app, &secret).map(drop));
        }
        forbidden(access.declared(&app, None).map(drop));
        forbidden(access.require(&app, None).map(drop));
        forbidden(access.list(Some(&app), None, None, 10, true).map(drop));
        forbidden(access.app(&app).map(drop));
        forbidden(access.oauth_begin(&app, "p", None, None).map(drop));
        forbidden(access.oauth_redeem(&app, b"x").map(drop));
        forbidden(access.token_create(&app, Role::Panel, ActsFor::Any, None, "").map(drop));
        forbidden(access.act(&[], &app, Some(&User::parse("ext:alice").unwrap()), &|_| None).map(drop));
        forbidden(access.app_suspend(&app, true).map(drop));
    }
    forbidden(access.app_add(&manifest(), None, false, false).map(drop));
    forbidden(access.tokens(None).map(drop));
    assert!(access.apps().unwrap().is_empty());
    forbidden(access.list(None, None, None, 10, true).map(drop));

    let made = rig.token(Role::Extension, ActsFor::Any);
    let presented = access.present(made.token.expose()).unwrap();
    let alice = User::parse("ext:alice").unwrap();
    let acting = access.act(&[presented.token], &spotify(), Some(&alice), &|_| None).unwrap();
    assert_eq!(acting.user(), &alice);
    // A token is good for the app it is of, for whom it says, and for nobody's own things.
    forbidden(access.act(&[presented.token], &App::personal(), None, &|_| None).map(drop));
    forbidden(access.act(&[presented.token], &spotify(), Some(&User::Uid(0)), &|_| None).map(drop));
    forbidden(rig.vault.caller(&acting).get(&App::personal(), &name("api_key"), None).map(drop));
}

#[test]
fn acting_as_an_app_is_no_way_to_a_users_keys() {
    let rig = Rig::new();
    for caller in [rig.session(Role::Extension, "ext:alice"), Caller::nobody()] {
        let listed = rig.vault.caller(&caller).kms().list_keys(None, 10);
        assert!(matches!(listed, Err(crate::kms::KmsError::Forbidden)));
    }
}

#[test]
fn mistake_19_uid_0_has_no_say_of_its_own() {
    use crate::access::resolve::standing;
    use crate::policy::{Action, Secret, Standing, decide};
    let rig = Rig::new();
    let record = rig.vault.0.shelf.app(&rig.vault.0.barrier, &spotify()).unwrap().unwrap();
    let spec = record.manifest.spec("api_key").unwrap();
    let alice = User::Uid(1001);
    let root = user("uid:0");
    assert_eq!(standing(&root, &alice, &record, spec).unwrap(), Standing::Other);
    // With every verb, and all an operator has: names and states.
    let operator = root.with_verbs(Verbs::ALL);
    assert_eq!(standing(&operator, &alice, &record, spec).unwrap(), Standing::Operator);
    for secret in [Secret::Personal, Secret::of(spec)] {
        assert!(decide(Standing::Operator, secret, Action::Look).is_ok());
        for action in [Action::Get, Action::Set, Action::Promote, Action::Delete, Action::Verify] {
            assert!(decide(Standing::Operator, secret, action).is_err(), "{action:?}");
        }
    }
}
