//! What a thread has found lately is good for the same caller and the same name,
//! and for as long as nothing has been committed.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use vault_manifest::{Manifest, Spec};

use super::*;
use crate::host::{At, Host};
use crate::keys::SecretBytes;
use crate::names::{App, SecretName};
use crate::secrets::Target;

const NOW: u64 = 1_000_000_000;
const DAY_MS: u64 = 24 * 3_600 * 1_000;

struct Rig {
    vault: Vault<Open>,
    clock: Arc<At>,
}

fn alice() -> Caller {
    Caller::new(User::Uid(1001), Some("alice".into()))
}

fn name(text: &str) -> SecretName {
    SecretName::parse(text).unwrap()
}

impl Rig {
    fn new() -> Self {
        let clock = Arc::new(At(AtomicU64::new(NOW)));
        let vault = Vault::ephemeral_on(Host { clock: clock.clone(), ..Host::system() }).unwrap();
        Self { vault, clock }
    }

    fn set(&self, app: &App, secret: &str, value: &str) {
        let value = SecretBytes::from(value.as_bytes());
        self.vault.caller(&alice()).set(app, &name(secret), value, None).unwrap();
    }

    fn get(&self, app: &App, secret: &str) -> Result<String, Refusal> {
        let value = self.vault.caller(&alice()).get(app, &name(secret), None)?;
        Ok(String::from_utf8(value.bytes.into_vec()).unwrap())
    }

    /// Would a read be spared the search?
    fn knows(&self, caller: &Caller, app: &App, secret: &str) -> bool {
        let Open { barrier, recents, .. } = &self.vault.0;
        let target = Target { account: &caller.account, app, name: &name(secret) };
        recents.get(barrier.edition(), target, NOW).is_some()
    }
}

#[test]
fn what_was_found_is_for_that_caller_app_and_name_until_the_next_commit() {
    let rig = Rig::new();
    let personal = App::personal();
    rig.set(&personal, "k", "v1");
    assert!(!rig.knows(&alice(), &personal, "k"));
    assert_eq!(rig.get(&personal, "k").unwrap(), "v1");
    assert!(rig.knows(&alice(), &personal, "k"));
    assert_eq!(rig.get(&personal, "k").unwrap(), "v1", "by what was found");

    let renamed = Caller::new(User::Uid(1001), Some("mallory".into()));
    let other = Caller::new(User::Uid(1002), Some("alice".into()));
    assert!(!rig.knows(&renamed, &personal, "k") && !rig.knows(&other, &personal, "k"));
    assert!(!rig.knows(&alice(), &App::parse("spotify").unwrap(), "k") && !rig.knows(&alice(), &personal, "l"));
    assert!(matches!(rig.vault.caller(&renamed).get(&personal, &name("k"), None), Err(Refusal::Held { .. })));
    assert!(matches!(rig.vault.caller(&other).get(&personal, &name("k"), None), Err(Refusal::Missing { .. })));

    rig.set(&personal, "l", "another");
    assert!(!rig.knows(&alice(), &personal, "k"), "any commit ends it");
    rig.set(&personal, "k", "v2");
    assert_eq!(rig.get(&personal, "k").unwrap(), "v2");
    rig.vault.caller(&alice()).delete(&personal, &name("k")).unwrap();
    assert!(matches!(rig.get(&personal, "k"), Err(Refusal::Missing { expired: false })));
}

/// Names that fall on one place replace each other, and are never taken for each other.
#[test]
fn names_that_collide_are_kept_apart() {
    let rig = Rig::new();
    let personal = App::personal();
    // Of 200 names in 64 places, some three share one.
    let names: Vec<String> = (0..200).map(|n| format!("k{n}")).collect();
    names.iter().for_each(|secret| rig.set(&personal, secret, secret));
    let mut known: HashMap<bool, usize> = HashMap::new();
    for _ in 0..2 {
        names.iter().for_each(|secret| assert_eq!(rig.get(&personal, secret).unwrap(), *secret));
    }
    names.iter().for_each(|secret| *known.entry(rig.knows(&alice(), &personal, secret)).or_default() += 1);
    assert!((32..=64).contains(&known[&true]), "{known:?}");
}

#[test]
fn what_was_found_expires_on_time() {
    let rig = Rig::new();
    let spec = Spec { expires_after_days: Some(1), ..Spec::new("k", "A key") };
    let manifest = Manifest { app: "spotify".into(), description: "Music".into(), secrets: vec![spec] };
    let operator = Caller::new(User::Uid(0), Some("root".into())).with_verbs(Verbs::ALL);
    rig.vault.caller(&operator).app_add(&manifest, None, false, false).unwrap();
    let spotify = App::parse("spotify").unwrap();
    let extension = alice().vouched_for(spotify.clone(), Role::Extension);
    rig.set(&spotify, "k", "v");
    let get = || rig.vault.caller(&extension).get(&spotify, &name("k"), None).map(|value| value.bytes.into_vec());
    for _ in 0..2 {
        assert_eq!(get().unwrap(), b"v");
    }
    assert!(rig.knows(&extension, &spotify, "k"));
    rig.clock.0.store(NOW + DAY_MS - 1, Ordering::Relaxed);
    assert_eq!(get().unwrap(), b"v");
    rig.clock.0.store(NOW + DAY_MS, Ordering::Relaxed);
    assert!(matches!(get(), Err(Refusal::Missing { expired: true })));
}

#[test]
fn every_read_counts_as_the_last_one() {
    let rig = Rig::new();
    let personal = App::personal();
    rig.set(&personal, "k", "v");
    let last_read =
        || rig.vault.caller(&alice()).list(Some(&personal), None, None, 1, false).unwrap().0[0].last_read_ms;
    assert_eq!(last_read(), None);
    for later in [0, 0, 1, 1, 60_000] {
        rig.clock.0.store(NOW + later, Ordering::Relaxed);
        rig.get(&personal, "k").unwrap();
        assert_eq!(last_read(), Some(NOW + later));
    }
    // Written down, and gone from memory.
    rig.vault.maintain();
    rig.get(&personal, "k").unwrap();
    assert_eq!(last_read(), Some(NOW + 60_000));
}

#[test]
fn a_stamp_is_of_the_last_commit() {
    let rig = Rig::new();
    let mut before = rig.vault.stamp().unwrap();
    assert_eq!(rig.vault.stamp().unwrap(), before);
    for n in 0..3 {
        rig.set(&App::personal(), "k", &n.to_string());
        let after = rig.vault.stamp().unwrap();
        assert_eq!(after.sequence, before.sequence + 1);
        assert_eq!(after, rig.vault.0.barrier.stamp().unwrap());
        before = after;
    }
}
