//! Access keys: whose they are, when they end, and that signing in by one is being that user and nobody else.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test")]

mod support;

use support::{DAY_MS, Machine, START_MS, key_file, operator, user};
use vault_core::access::Caller;
use vault_core::keys::SecretBytes;
use vault_core::kms::{KeyRef, NewKey};
use vault_core::names::User;
use vault_core::{AccessKeyPair, NewAccessKey, Open, Refusal, Vault, Verb, Verbs};

fn login_of(uid: u32) -> Option<String> {
    Some(format!("u{uid}"))
}

fn ext(id: &str) -> User {
    User::parse(&format!("ext:{id}")).unwrap()
}

fn make(vault: &Vault<Open>, caller: &Caller, new: NewAccessKey) -> Result<AccessKeyPair, Refusal> {
    vault.caller(caller).access_key_create(new)
}

fn sign_in(vault: &Vault<Open>, id: &str, secret: &[u8]) -> Result<Option<Caller>, Refusal> {
    vault.caller(&Caller::nobody()).sign_in(id, &login_of, |kept| kept == secret)
}

fn is_good(vault: &Vault<Open>, pair: &AccessKeyPair) -> bool {
    match sign_in(vault, &pair.id, pair.secret.expose()) {
        Ok(found) => found.is_some(),
        Err(Refusal::BadToken) => false,
        Err(error) => panic!("{error}"),
    }
}

#[test]
fn signing_in_is_being_that_user_and_nobody_else() {
    let machine = Machine::in_memory();
    let vault = machine.create(key_file(1));
    let key = KeyRef::Id(vault.caller(&user(1)).kms().create_key(&NewKey::symmetric()).unwrap().id);
    let (one, two) = (make(&vault, &user(1), NewAccessKey::default()), make(&vault, &user(2), NewAccessKey::default()));
    let (one, two) = (one.unwrap(), two.unwrap());
    assert_ne!((&one.id, one.secret.expose()), (&two.id, two.secret.expose()));
    let caller = sign_in(&vault, &one.id, one.secret.expose()).unwrap().unwrap();
    assert_eq!((caller.user(), caller.login(), caller.verbs()), (user(1).user(), Some("u1"), Verbs::NONE));
    vault.caller(&caller).kms().describe_key(&key).unwrap();
    let other = sign_in(&vault, &two.id, two.secret.expose()).unwrap().unwrap();
    vault.caller(&other).kms().describe_key(&key).unwrap_err();
    assert!(sign_in(&vault, &one.id, two.secret.expose()).unwrap().is_none(), "another's secret");
    for id in ["VLTKAAAAAAAAAAAAAAAA", "", "x/y", &one.id.to_lowercase()] {
        assert!(matches!(sign_in(&vault, id, one.secret.expose()), Err(Refusal::BadToken)), "{id}");
    }
    let log = String::from_utf8(machine.sink.contents()).unwrap();
    assert_eq!(log.matches("access_key.sign_in").count(), 5, "what was refused is recorded");
    assert!(!log.contains(std::str::from_utf8(one.secret.expose()).unwrap()));
}

#[test]
fn it_ends_by_hand_by_time_and_with_the_login_name() {
    let machine = Machine::in_memory();
    let vault = machine.create(key_file(1));
    let lasting = make(&vault, &user(1), NewAccessKey::default()).unwrap();
    let short = NewAccessKey { life_ms: Some(DAY_MS), description: "short".into(), ..NewAccessKey::default() };
    let short = make(&vault, &user(1), short).unwrap();
    assert!(is_good(&vault, &lasting) && is_good(&vault, &short));
    machine.clock.set(START_MS + DAY_MS);
    assert!(is_good(&vault, &lasting) && !is_good(&vault, &short));
    let listed = vault.caller(&user(1)).access_keys(None).unwrap();
    assert_eq!(listed.len(), 2);
    assert_eq!(listed.iter().find(|info| info.id == lasting.id).unwrap().last_used_ms, Some(START_MS + DAY_MS));
    // Another's is not there, and a login name that became somebody else's signs nothing.
    assert!(matches!(vault.caller(&user(2)).access_key_revoke(&lasting.id), Err(Refusal::Missing { .. })));
    let renamed = vault.caller(&Caller::nobody()).sign_in(&lasting.id, &|_| Some("mallory".into()), |_| true);
    assert!(matches!(renamed, Err(Refusal::BadToken)));
    vault.caller(&user(1)).access_key_revoke(&lasting.id).unwrap();
    assert!(!is_good(&vault, &lasting));
    machine.clock.set(START_MS + 40 * DAY_MS);
    vault.maintain();
    assert_eq!(vault.caller(&user(1)).access_keys(None).unwrap(), []);
}

#[test]
fn who_may_make_them_for_whom() {
    let vault = Machine::in_memory().create(key_file(1));
    let alice = || NewAccessKey { user: Some(ext("alice")), ..NewAccessKey::default() };
    assert!(matches!(make(&vault, &user(1), alice()), Err(Refusal::Forbidden { .. })));
    let operator = user(7).with_verbs(Verbs::NONE.with(Verb::Users));
    let pair = make(&vault, &operator, alice()).unwrap();
    assert_eq!(sign_in(&vault, &pair.id, pair.secret.expose()).unwrap().unwrap().user(), &ext("alice"));
    assert_eq!(vault.caller(&operator).access_keys(Some(&ext("alice"))).unwrap().len(), 1);
    assert!(matches!(vault.caller(&user(1)).access_keys(Some(&ext("alice"))), Err(Refusal::Forbidden { .. })));
    // To make one for a local user would be becoming them.
    let theirs = NewAccessKey { user: Some(user(1).user().clone()), ..NewAccessKey::default() };
    assert!(matches!(make(&vault, &support::operator(), theirs), Err(Refusal::Forbidden { .. })));
    // Given ones are for development vaults; this is one that people use.
    let given =
        NewAccessKey { given: Some(("test".into(), SecretBytes::from(&b"test"[..]))), ..NewAccessKey::default() };
    assert!(matches!(make(&vault, &user(1), given), Err(Refusal::Forbidden { .. })));
    for life_ms in [0, u64::MAX] {
        let new = NewAccessKey { life_ms: Some(life_ms), ..NewAccessKey::default() };
        assert!(matches!(make(&vault, &user(1), new), Err(Refusal::Invalid { field: "expires", .. })));
    }
    for _ in 0..16 {
        make(&vault, &user(1), NewAccessKey::default()).unwrap();
    }
    assert!(matches!(make(&vault, &user(1), NewAccessKey::default()), Err(Refusal::OverQuota { limit: 16, .. })));
    make(&vault, &user(2), NewAccessKey::default()).unwrap();
}

#[test]
fn they_outlive_a_restart_and_every_key_above_and_go_with_their_user() {
    let machine = Machine::in_memory();
    let vault = machine.create(key_file(1));
    let pairs: Vec<_> = (1..4).map(|uid| make(&vault, &user(uid), NewAccessKey::default()).unwrap()).collect();
    vault.caller(&operator()).rekey_scope_wrap().unwrap();
    vault.caller(&operator()).rekey_root(&[vec![key_file(1)]], true).unwrap();
    drop(vault.seal());
    let vault = machine.unseal(&key_file(1)).unwrap();
    assert!(pairs.iter().all(|pair| is_good(&vault, pair)));
    for uid in [1, 2] {
        support::put(&vault.caller(&user(uid)), "a", b"x");
    }
    vault.caller(&operator()).user_remove(user(1).user()).unwrap();
    vault.caller(&operator()).user_move(user(2).user(), user(9).user(), Some("u9")).unwrap();
    assert_eq!(pairs.iter().map(|pair| is_good(&vault, pair)).collect::<Vec<_>>(), [false, false, true]);
    // No secret in what is shown for debugging.
    let secret = std::str::from_utf8(pairs[2].secret.expose()).unwrap();
    assert!(!format!("{:?}", pairs[2]).contains(secret));
}
