use std::collections::BTreeMap;
use std::thread;
use std::time::{Duration, Instant};

use vault_client::store::conformance::{Abilities, Harness, run};
use vault_client::store::manifest::{Manifest, Spec, WriteMode};
use vault_client::store::{
    MockSecretStore, Role, SecretStore, SecretStoreError, Trouble, VerifiedWebhook, WebhookRefusal,
};

#[derive(Default)]
pub(super) struct Mocks {
    pub(super) apps: BTreeMap<String, MockSecretStore>,
}

impl Harness for Mocks {
    fn abilities(&self) -> Abilities {
        Abilities { writes: true, users: true, clock: true, seals: true, webhooks: true }
    }

    fn people(&self) -> [&'static str; 2] {
        ["ext:alice", "ext:bob"]
    }

    fn both_come_themselves(&self) -> bool {
        true
    }

    fn declare(&mut self, manifest: &Manifest) {
        self.apps.insert(manifest.app.clone(), MockSecretStore::new(manifest.clone()).unwrap());
    }

    fn store(&mut self, app: &str, user: &str, role: Role) -> Box<dyn SecretStore> {
        Box::new(self.apps[app].acting(user, role))
    }

    fn user_sets(&mut self, app: &str, user: &str, name: &str, value: &[u8]) {
        self.apps[app].acting(user, Role::User).set(name, value).unwrap();
    }

    fn owner_sets(&mut self, app: &str, name: &str, value: &[u8]) {
        self.apps[app].owned_by("uid:7");
        self.user_sets(app, "uid:7", name, value);
    }

    fn seal(&mut self, sealed: bool) {
        for app in self.apps.values() {
            app.trouble(sealed.then_some(Trouble::Sealed));
        }
    }

    fn pass_days(&mut self, days: u32) {
        for app in self.apps.values() {
            app.pass_days(days);
        }
    }

    fn answer_webhooks(&mut self, app: &str, answer: Result<VerifiedWebhook, WebhookRefusal>) {
        self.apps[app].answer_webhooks(answer);
    }
}

#[test]
fn the_mock_does_what_every_store_does() {
    run(&mut Mocks::default());
}

fn mock() -> MockSecretStore {
    let both = Spec { write_mode: WriteMode::Both, ..Spec::new("k", "what it is for") };
    MockSecretStore::new(Manifest { app: "a".into(), description: String::new(), secrets: vec![both] }).unwrap()
}

#[test]
fn a_manifest_that_the_vault_would_refuse_is_refused() {
    let manifest = Manifest { app: "A".into(), description: String::new(), secrets: vec![] };
    assert!(MockSecretStore::new(manifest).is_err());
}

#[test]
fn each_trouble_is_its_own_error_and_passes() {
    let store = mock();
    store.set("k", b"v").unwrap();
    store.trouble(Some(Trouble::Unavailable));
    let error = store.get("k").unwrap_err();
    assert!(matches!(error, SecretStoreError::Unavailable { .. }) && error.retryable());
    store.trouble(Some(Trouble::Full));
    assert_eq!(store.get("k").unwrap().expose(), b"v");
    assert!(matches!(store.set("k", b"w"), Err(SecretStoreError::Full { .. })));
    assert!(matches!(store.delete("k"), Err(SecretStoreError::Full { .. })));
    store.trouble(None);
    store.corrupt("k");
    let error = store.get("k").unwrap_err();
    assert!(matches!(error, SecretStoreError::Corrupt { .. }) && !error.retryable() && !error.asks_the_user());
    assert!(store.is_set("k").unwrap(), "what is damaged is not absent");
    store.set("k", b"w").unwrap();
    assert_eq!(store.get("k").unwrap().expose(), b"w");
}

#[test]
fn a_slow_vault_answers_late_and_a_slower_one_not_at_all() {
    let store = mock();
    store.set("k", b"v").unwrap();
    store.slow(Duration::from_millis(40));
    let begun = Instant::now();
    // Two at once do not wait for each other.
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| assert_eq!(store.get("k").unwrap().expose(), b"v"));
        }
    });
    assert!(begun.elapsed() >= Duration::from_millis(40));
    store.patience(Duration::from_millis(1));
    assert!(matches!(store.set("k", b"w"), Err(SecretStoreError::Unavailable { .. })));
    store.slow(Duration::ZERO);
    assert_eq!(store.get("k").unwrap().expose(), b"v", "nothing was changed");
}

#[test]
fn looking_is_not_reading() {
    let store = mock();
    store.set("k", b"v").unwrap();
    store.is_set("k").unwrap();
    assert!(store.require().unwrap().is_ready());
    assert_eq!(store.list().unwrap()[0].last_read_at, None);
    store.get("k").unwrap();
    let state = &store.list().unwrap()[0];
    assert_eq!(state.last_read_at, state.set_at);
}
