//! Declared secrets through the one path: apps, tokens, the decision table, the
//! gate, values that are tried first, authorizations.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use vault_manifest::{Change, Manifest, Scope, Spec, WriteMode};

use super::*;
use crate::host::{Clock, Host};
use crate::keys::SecretBytes;
use crate::names::{App, SecretName};
use crate::policy::Verb;
use crate::{ActsFor, Role, VersionState};

struct At(AtomicU64);

impl Clock for At {
    fn now_ms(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

const DAY_MS: u64 = 24 * 3_600 * 1_000;

/// A vault with the app `spotify`, owned by uid 1000.
struct Rig {
    vault: Vault<Open>,
    clock: Arc<At>,
}

fn owner() -> Caller {
    Caller::new(User::Uid(1000), Some("dev".into()))
}

fn user(text: &str) -> Caller {
    Caller::new(User::parse(text).unwrap(), None)
}

fn name(text: &str) -> SecretName {
    SecretName::parse(text).unwrap()
}

fn bytes(text: &str) -> SecretBytes {
    SecretBytes::from(text.as_bytes())
}

fn spotify() -> App {
    App::parse("spotify").unwrap()
}

fn manifest() -> Manifest {
    let key = Spec { required: true, ..Spec::new("api_key", "The key of your account") };
    let token = Spec {
        write_mode: WriteMode::Extension,
        expires_after_days: Some(1),
        rotation_hint_days: Some(1),
        ..Spec::new("refresh_token", "Made when you authorize")
    };
    let both = Spec { write_mode: WriteMode::Both, max_bytes: 8, ..Spec::new("cookie", "Either may store it") };
    let shown = Spec { reveal: true, ..Spec::new("nickname", "You may read it back") };
    let client = Spec { scope: Scope::App, required: true, ..Spec::new("client_id", "The app's own id") };
    let many = Spec { instances: true, required: true, ..Spec::new("account", "One for each account") };
    let secrets = vec![key, token, both, shown, client, many];
    Manifest { app: "spotify".into(), description: "Music".into(), secrets }
}

impl Rig {
    fn new() -> Self {
        let clock = Arc::new(At(AtomicU64::new(1_000 * DAY_MS)));
        let host = Host { clock: clock.clone(), ..Host::system() };
        let vault = Vault::ephemeral_on(host).unwrap();
        let operator = owner().with_verbs(Verbs::NONE.with(Verb::Apps));
        let changed = vault.caller(&operator).app_add(&manifest(), None, false, false).unwrap();
        assert!(changed.made && changed.applied);
        Self { vault, clock }
    }

    fn token(&self, role: Role, acts_for: ActsFor) -> crate::NewToken {
        self.vault.caller(&owner()).token_create(&spotify(), role, acts_for, None, "test").unwrap()
    }

    /// A session by a token that acts for any `ext:` user.
    fn session(&self, role: Role, user: &str) -> Caller {
        let token = self.token(role, ActsFor::Any);
        self.act(&token.token, Some(user)).unwrap()
    }

    fn act(&self, token: &SecretBytes, user: Option<&str>) -> Result<Caller, Refusal> {
        let by = Caller::new(User::Uid(77), Some("svc".into()));
        let presented = self.vault.caller(&by).present(token.expose())?;
        let user = user.map(|user| User::parse(user).unwrap());
        self.vault.caller(&by).act(&[presented.token], &spotify(), user.as_ref(), &|_| None)
    }

    fn set(&self, caller: &Caller, secret: &str, value: &str) -> Result<u64, Refusal> {
        self.vault.caller(caller).set(&spotify(), &name(secret), bytes(value), None)
    }

    fn get(&self, caller: &Caller, secret: &str) -> Result<String, Refusal> {
        let value = self.vault.caller(caller).get(&spotify(), &name(secret), None)?;
        Ok(String::from_utf8(value.bytes.into_vec()).unwrap())
    }

    fn later(&self, ms: u64) {
        self.clock.0.fetch_add(ms, Ordering::Relaxed);
    }
}

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
fn the_gate_names_what_is_missing_and_where_to_set_it() {
    let rig = Rig::new();
    let (alice, extension) = (user("ext:alice"), rig.session(Role::Extension, "ext:alice"));
    let missing = |caller: &Caller| {
        let gate = rig.vault.caller(caller).require(&spotify(), None).unwrap();
        gate.missing.into_iter().map(|missing| (missing.name, missing.set_with)).collect::<Vec<_>>()
    };
    let told = |name: &str, with: &str| (name.to_owned(), with.to_owned());
    let all = [
        told("api_key", "vaultctl set --app spotify api_key"),
        told("client_id", "the app's owner: vaultctl set --app spotify client_id"),
        told("account", "vaultctl set --app spotify account/INSTANCE"),
    ];
    assert_eq!(missing(&extension), all);
    assert_eq!(missing(&alice), [all[0].clone(), all[2].clone()], "the app's own is not shown to users");
    rig.set(&alice, "api_key", "k").unwrap();
    rig.set(&alice, "account/a", "k").unwrap();
    assert_eq!(missing(&extension), [all[1].clone()]);
    rig.set(&owner(), "client_id", "c").unwrap();
    assert!(rig.vault.caller(&extension).require(&spotify(), None).unwrap().is_ready());
    assert_eq!(missing(&rig.session(Role::Panel, "ext:bob")).len(), 2, "another user's gate is their own");
    let operator = Caller::new(User::Uid(5), None).with_verbs(Verbs::NONE.with(Verb::Users));
    let (alice, bob) = (User::parse("ext:alice").unwrap(), User::parse("ext:bob").unwrap());
    let asks = |who: &Caller, user: &User| rig.vault.caller(who).require(&spotify(), Some(user));
    assert!(asks(&operator, &alice).unwrap().is_ready());
    assert_eq!(asks(&operator, &bob).unwrap().missing.len(), 2);
    assert!(matches!(asks(&user("ext:carol"), &alice), Err(Refusal::Missing { .. })));
    assert!(matches!(asks(&extension, &bob), Err(Refusal::Missing { .. })));
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

#[test]
fn fifty_racing_refreshes_leave_the_last_rotated_token() {
    let rig = Rig::new();
    let extension = rig.session(Role::Extension, "ext:alice");
    rig.set(&extension, "refresh_token", "0").unwrap();
    // The provider takes each token once and gives the next, as rotating ones do.
    let provider = std::sync::Mutex::new(0_u64);
    let refreshed = AtomicU64::new(0);
    std::thread::scope(|threads| {
        for _ in 0..50 {
            threads.spawn(|| {
                let access = rig.vault.caller(&extension);
                loop {
                    let held = access.get(&spotify(), &name("refresh_token"), None).unwrap();
                    let number: u64 = std::str::from_utf8(held.bytes.expose()).unwrap().parse().unwrap();
                    let next = {
                        let mut current = provider.lock().unwrap();
                        if *current != number {
                            // Used before: somebody else refreshed, and has or will have stored it.
                            continue;
                        }
                        *current += 1;
                        *current
                    };
                    let stored =
                        access.set(&spotify(), &name("refresh_token"), bytes(&next.to_string()), Some(held.version));
                    stored.expect("nobody else can have refreshed this version");
                    refreshed.fetch_add(1, Ordering::Relaxed);
                    break;
                }
            });
        }
    });
    assert_eq!(refreshed.load(Ordering::Relaxed), 50);
    assert_eq!(rig.get(&extension, "refresh_token").unwrap(), "50");
    let stale = rig.vault.caller(&extension).set(&spotify(), &name("refresh_token"), bytes("7"), Some(9));
    assert!(matches!(stale, Err(Refusal::Conflict { current: 51 })));
}

#[test]
fn a_callback_finds_the_user_who_began_once() {
    let rig = Rig::new();
    let (alice, panel) = (user("ext:alice"), rig.session(Role::Panel, "ext:bob"));
    let nobody = rig.act(&rig.token(Role::Extension, ActsFor::Any).token, None).unwrap();
    let begin = |caller: &Caller| rig.vault.caller(caller).oauth_begin(&spotify(), "spotify", Some("https://e/"), None);
    let redeem = |caller: &Caller, state: &[u8]| rig.vault.caller(caller).oauth_redeem(&spotify(), state);
    let begun = begin(&alice).unwrap();
    assert!(matches!(redeem(&alice, begun.state.expose()), Err(Refusal::Forbidden { .. })));
    assert!(matches!(redeem(&panel, begun.state.expose()), Err(Refusal::Forbidden { .. })));
    let redeemed = redeem(&nobody, begun.state.expose()).unwrap();
    assert_eq!((redeemed.user.to_string().as_str(), redeemed.provider.as_str()), ("ext:alice", "spotify"));
    assert_eq!(redeemed.redirect.as_deref(), Some("https://e/"));
    // RFC 7636 section 4.2: the challenge is the hash of the verifier.
    use base64::Engine as _;
    use sha2::Digest as _;
    let hash = sha2::Sha256::digest(redeemed.code_verifier.expose());
    assert_eq!(base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(hash), begun.code_challenge);
    assert!(matches!(redeem(&nobody, begun.state.expose()), Err(Refusal::StateRefused)), "used");
    let begun = begin(&panel).unwrap();
    let for_alice = rig.session(Role::Extension, "ext:alice");
    assert!(matches!(redeem(&for_alice, begun.state.expose()), Err(Refusal::StateRefused)), "bob's");
    let mut forged = begun.state.expose().to_vec();
    forged[74] ^= 1;
    for bad in [&forged[..], b"", b"x", &begun.state.expose()[..74]] {
        assert!(matches!(redeem(&nobody, bad), Err(Refusal::StateRefused)));
    }
    assert_eq!(redeem(&nobody, begun.state.expose()).unwrap().user.to_string(), "ext:bob");
    let begun = begin(&alice).unwrap();
    rig.later(crate::limits::OAUTH_LIFE_MS);
    assert!(matches!(redeem(&nobody, begun.state.expose()), Err(Refusal::StateRefused)), "expired");
    // Beginning without end fills nothing, and what is left goes by itself.
    let states: Vec<_> = (0..40).map(|_| begin(&alice).unwrap()).collect();
    assert!(redeem(&nobody, states[0].state.expose()).is_err());
    assert!(redeem(&nobody, states[39].state.expose()).is_ok());
    let before = rig.vault.caller(&owner().with_verbs(Verbs::ALL)).check().unwrap().records;
    rig.later(crate::limits::OAUTH_LIFE_MS);
    rig.vault.maintain();
    let after = rig.vault.caller(&owner().with_verbs(Verbs::ALL)).check().unwrap().records;
    // The note of when tokens were used came in the meantime.
    assert!(before - after >= 14, "{before} {after}");
}

#[test]
fn two_callbacks_with_one_state_and_one_is_served() {
    let rig = Rig::new();
    let nobody = rig.act(&rig.token(Role::Extension, ActsFor::Any).token, None).unwrap();
    for _ in 0..20 {
        let begun = rig.vault.caller(&user("ext:alice")).oauth_begin(&spotify(), "p", None, None).unwrap();
        let served = AtomicU64::new(0);
        std::thread::scope(|threads| {
            for _ in 0..4 {
                threads.spawn(|| {
                    if rig.vault.caller(&nobody).oauth_redeem(&spotify(), begun.state.expose()).is_ok() {
                        served.fetch_add(1, Ordering::Relaxed);
                    }
                });
            }
        });
        assert_eq!(served.load(Ordering::Relaxed), 1);
    }
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

#[test]
fn a_webhook_is_verified_without_the_secret_leaving() {
    use crate::webhook::{Delivery, Scheme, WebhookError};
    let rig = Rig::new();
    let (alice, extension) = (user("ext:alice"), rig.session(Role::Extension, "ext:alice"));
    // GitHub's published example.
    let (secret, body) = ("It's a Secret to Everybody", b"Hello, World!");
    let signature = b"sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";
    let headers: &[(&str, &[u8])] = &[("X-Hub-Signature-256", signature)];
    let verify = |caller: &Caller, body: &[u8], id: Option<&str>| {
        let delivery = Delivery { headers, body };
        rig.vault.caller(caller).verify_webhook(&spotify(), &name("api_key"), &Scheme::Github, &delivery, None, id)
    };
    assert!(matches!(verify(&extension, body, None), Err(Refusal::Missing { .. })), "not set");
    rig.set(&alice, "api_key", secret).unwrap();
    assert!(verify(&extension, body, None).is_ok());
    assert!(matches!(verify(&extension, b"Hello", None), Err(Refusal::Webhook(WebhookError::BadSignature))));
    for caller in [&alice, &rig.session(Role::Panel, "ext:alice")] {
        assert!(matches!(verify(caller, body, None), Err(Refusal::Forbidden { .. })));
    }
    assert!(matches!(verify(&rig.session(Role::Extension, "ext:bob"), body, None), Err(Refusal::Missing { .. })));
    assert!(verify(&extension, body, Some("delivery-1")).is_ok());
    let again = verify(&extension, body, Some("delivery-1"));
    assert!(matches!(again, Err(Refusal::Webhook(WebhookError::Replayed))));
    assert!(verify(&extension, body, Some("delivery-2")).is_ok());
    rig.later(3_600_000);
    assert!(verify(&extension, body, Some("delivery-1")).is_ok(), "remembered for the window");
    let status = rig.vault.caller(&alice).describe(&spotify(), &name("api_key")).unwrap();
    assert_eq!(status.last_read_ms, None, "a use is not a read");
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
    use super::resolve::standing;
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
