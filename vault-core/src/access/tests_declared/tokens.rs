//! Tokens: for whom, of which app, until when, and who makes them.

use super::*;

#[test]
fn a_token_acts_for_whom_it_says_and_for_its_app_alone() {
    let rig = Rig::new();
    let operator = owner().with_verbs(Verbs::NONE.with(Verb::Apps));
    let other = Manifest { app: "other".into(), ..manifest() };
    rig.vault.caller(&operator).app_add(&other, None, false, false).unwrap();
    let any = rig.token(Role::Extension, ActsFor::Any);
    assert!(matches!(rig.act(&any.token, Some("uid:1001")), Err(Refusal::Forbidden { .. })), "never a local user");
    let fixed = rig.token(Role::Extension, ActsFor::Fixed(User::parse("ext:alice").unwrap()));
    assert_eq!(rig.act(&fixed.token, None).unwrap().user().to_string(), "ext:alice");
    assert!(matches!(rig.act(&fixed.token, Some("ext:bob")), Err(Refusal::Forbidden { .. })));
    let own = rig.token(Role::Extension, ActsFor::OwnUser);
    assert_eq!(rig.act(&own.token, None).unwrap().user(), &User::Uid(1000), "whoever made it");
    // Another app, there or not: one answer, and no session of it.
    let by = Caller::new(User::Uid(77), None);
    let presented = rig.vault.caller(&by).present(any.token.expose()).unwrap();
    for app in ["other", "nowhere"] {
        let acted = rig.vault.caller(&by).act(&[presented.token], &App::parse(app).unwrap(), None, &|_| None);
        assert!(matches!(acted, Err(Refusal::Forbidden { .. })), "{app}");
    }
    let session = rig.session(Role::Extension, "ext:alice");
    for app in ["other", "personal", "nowhere"] {
        let read = rig.vault.caller(&session).get(&App::parse(app).unwrap(), &name("api_key"), None);
        assert!(matches!(read, Err(Refusal::Forbidden { .. })), "{app}");
    }
    assert!(matches!(rig.vault.caller(&session).app_remove(&spotify(), true), Err(Refusal::Forbidden { .. })));
    assert!(matches!(rig.vault.caller(&session).tokens(None), Err(Refusal::Forbidden { .. })));
}

#[test]
fn of_several_tokens_the_one_for_the_user_counts() {
    let rig = Rig::new();
    let by = Caller::new(User::Uid(77), None);
    let present = |user: &str| {
        let token = rig.token(Role::Extension, ActsFor::Fixed(User::parse(user).unwrap()));
        (rig.vault.caller(&by).present(token.token.expose()).unwrap().token, token.id)
    };
    let (alices, id) = present("ext:alice");
    let (bobs, _) = present("ext:bob");
    let act =
        |user: &str| rig.vault.caller(&by).act(&[alices, bobs], &spotify(), User::parse(user).ok().as_ref(), &|_| None);
    for user in ["ext:alice", "ext:bob"] {
        assert_eq!(act(user).unwrap().user().to_string(), user);
    }
    assert!(matches!(act("ext:carol"), Err(Refusal::Forbidden { .. })));
    rig.vault.caller(&owner()).token_revoke(&id).unwrap();
    assert!(act("ext:alice").is_err() && act("ext:bob").is_ok());
}

#[test]
fn a_token_ends_at_the_next_call() {
    let rig = Rig::new();
    let token = rig.token(Role::Extension, ActsFor::Any);
    let by = Caller::new(User::Uid(77), None);
    let presented = rig.vault.caller(&by).present(token.token.expose()).unwrap().token;
    let act = || rig.vault.caller(&by).act(&[presented], &spotify(), None, &|_| None);
    assert!(act().is_ok());
    let owner = owner();
    let listed = rig.vault.caller(&owner).tokens(Some(&spotify())).unwrap();
    assert_eq!((listed.len(), listed[0].last_used_ms), (1, Some(rig.clock.now_ms())));
    assert!(rig.vault.caller(&owner).token_revoke(&token.id).unwrap());
    assert!(!rig.vault.caller(&owner).token_revoke(&token.id).unwrap());
    assert!(matches!(act(), Err(Refusal::BadToken)));
    assert!(matches!(rig.act(&token.token, None), Err(Refusal::BadToken)));
    // By time, 90 days when nothing else was said; and forgotten later.
    let token = rig.token(Role::Extension, ActsFor::Any);
    rig.later(90 * DAY_MS - 1);
    assert!(rig.act(&token.token, None).is_ok());
    rig.later(1);
    assert!(matches!(rig.act(&token.token, None), Err(Refusal::BadToken)));
    rig.later(31 * DAY_MS);
    rig.vault.maintain();
    assert_eq!(rig.vault.caller(&owner).tokens(None).unwrap(), []);
    // Almost the right one.
    let mut text = rig.token(Role::Extension, ActsFor::Any).token.into_vec();
    *text.last_mut().unwrap() ^= 1;
    assert!(matches!(rig.act(&SecretBytes::new(text), None), Err(Refusal::BadToken)));
}

#[test]
fn only_the_owner_makes_tokens_and_an_operator_ends_them() {
    let rig = Rig::new();
    let operator = Caller::new(User::Uid(5), None).with_verbs(Verbs::ALL);
    let stranger = Caller::new(User::Uid(6), None);
    for who in [&operator, &stranger] {
        let made = rig.vault.caller(who).token_create(&spotify(), Role::Extension, ActsFor::Any, None, "");
        assert!(matches!(made, Err(Refusal::Forbidden { .. })));
        let changed = rig.vault.caller(who).app_add(&manifest(), None, false, false);
        assert!(matches!(changed, Err(Refusal::Forbidden { .. })));
        let bound = rig.vault.caller(who).app_bind(&spotify(), &User::Uid(6), None, ActsFor::Any);
        assert!(matches!(bound, Err(Refusal::Forbidden { .. })));
    }
    let token = rig.token(Role::Extension, ActsFor::Any);
    assert!(matches!(rig.vault.caller(&stranger).token_revoke(&token.id), Err(Refusal::Missing { .. })));
    assert!(matches!(rig.vault.caller(&stranger).token_revoke(&"0".repeat(32)), Err(Refusal::Missing { .. })));
    assert!(rig.vault.caller(&operator).token_revoke(&token.id).unwrap());
    // An operator cannot make an app their own, which would be reading through it.
    let token = rig.token(Role::Extension, ActsFor::Any);
    let own = rig.vault.caller(&operator).app_owner(&spotify(), &User::Uid(5), None);
    assert!(matches!(own, Err(Refusal::Forbidden { .. })));
    rig.vault.caller(&operator).app_owner(&spotify(), &User::Uid(6), None).unwrap();
    assert!(matches!(rig.act(&token.token, None), Err(Refusal::BadToken)), "a new owner ends every token");
    rig.vault.caller(&stranger).token_create(&spotify(), Role::Extension, ActsFor::Any, None, "").unwrap();
}
