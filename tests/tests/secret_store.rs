//! The daemon as a `SecretStore`: the suite of every store, over the socket,
//! and what only a daemon can do to it.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a harness of tests, outside a test function")]

use std::ffi::OsString;
use std::fs;
use std::sync::{Arc, Mutex};

use vault_client::blocking::Client;
use vault_client::store::conformance::{Abilities, Harness, run};
use vault_client::store::manifest::{Manifest, Scope, Spec, WriteMode};
use vault_client::store::{
    DaemonSecretStore, Role, SecretStore, SecretStoreError, VerifiedWebhook, Webhook, WebhookRefusal, WebhookScheme,
};
use vault_client::{ActsFor, NewApp, NewToken, SecretBytes, TokenCreated, UnlockSecret};
use vault_tests::{Daemon, Site};

/// A daemon, the account it serves, and everybody else behind a gateway.
struct Served {
    daemon: Daemon,
    site: Site,
    /// The account of this test: operator, owner of every app, and a user.
    ours: Client,
    us: &'static str,
}

const BOB: &str = "ext:bob";

impl Served {
    fn new() -> Self {
        let site = Site::new();
        let daemon = site.serve();
        let ours = daemon.client();
        let us = ours.whoami().unwrap().user.leak();
        Self { daemon, site, ours, us }
    }

    fn token(&self, app: &str, user: &str, role: vault_client::Role) -> TokenCreated {
        // `any` is any user behind a gateway and never a local account.
        let acts_for = if user == self.us { ActsFor::Fixed(user.to_owned()) } else { ActsFor::Any };
        let (app, label) = (app.to_owned(), "test".to_owned());
        self.ours.token_create(NewToken { app, role, acts_for, expires_after_s: None, label }).unwrap()
    }

    fn by_token(&self, token: SecretBytes, app: &str, user: &str) -> DaemonSecretStore {
        DaemonSecretStore::acting(&self.daemon.client().presenting(token), app, user)
    }

    fn extension(&self, app: &str, user: &str) -> DaemonSecretStore {
        self.by_token(self.token(app, user, vault_client::Role::Extension).token, app, user)
    }
}

impl Harness for Served {
    fn abilities(&self) -> Abilities {
        Abilities { writes: true, users: true, clock: false, seals: true, webhooks: true }
    }

    fn people(&self) -> [&'static str; 2] {
        [self.us, BOB]
    }

    fn both_come_themselves(&self) -> bool {
        false
    }

    fn declare(&mut self, manifest: &Manifest) {
        assert!(self.ours.app_add(NewApp::declaring(manifest)).unwrap().made);
    }

    fn store(&mut self, app: &str, user: &str, role: Role) -> Box<dyn SecretStore> {
        Box::new(match role {
            Role::Extension => self.extension(app, user),
            Role::Panel => self.by_token(self.token(app, user, vault_client::Role::Panel).token, app, user),
            Role::User => {
                assert_eq!(user, self.us, "nobody else comes to this socket");
                DaemonSecretStore::as_ourselves(&self.daemon.client(), app)
            }
        })
    }

    fn user_sets(&mut self, app: &str, user: &str, name: &str, value: &[u8]) {
        let role = if user == self.us { Role::User } else { Role::Panel };
        self.store(app, user, role).set(name, value).unwrap();
    }

    fn owner_sets(&mut self, app: &str, name: &str, value: &[u8]) {
        self.ours.set((app, name), value).unwrap();
    }

    fn seal(&mut self, sealed: bool) {
        match sealed {
            true => self.ours.seal().unwrap(),
            false => {
                let key = fs::read(self.site.key()).unwrap();
                self.ours.unseal(UnlockSecret::KeyFile(SecretBytes::new(key))).unwrap();
            }
        }
    }

    fn pass_days(&mut self, _: u32) {
        panic!("a daemon has the machine's clock");
    }

    fn answer_webhooks(&mut self, _: &str, _: Result<VerifiedWebhook, WebhookRefusal>) {
        // It verifies for itself.
    }
}

fn declare(served: &mut Served, secrets: Vec<Spec>) {
    served.declare(&Manifest { app: "spotify".into(), description: "Plays your music".into(), secrets });
}

fn key() -> Spec {
    Spec { write_mode: WriteMode::Both, ..Spec::new("api_key", "The key of your account") }
}

#[test]
fn the_daemon_does_what_every_store_does() {
    run(&mut Served::new());
}

#[test]
fn a_token_that_is_revoked_ends_at_the_next_call_of_an_open_connection() {
    let mut served = Served::new();
    declare(&mut served, vec![key()]);
    let TokenCreated { id, token, .. } = served.token("spotify", BOB, vault_client::Role::Extension);
    let store = served.by_token(token, "spotify", BOB);
    let other = served.extension("spotify", BOB);
    store.set("api_key", b"v").unwrap();
    served.ours.token_revoke(&id).unwrap();
    assert!(matches!(store.get("api_key"), Err(SecretStoreError::Forbidden { .. })));
    assert!(matches!(store.require(), Err(SecretStoreError::Forbidden { .. })));
    assert_eq!(other.get("api_key").unwrap().expose(), b"v", "a second token overlaps");
    served.ours.app_suspend("spotify", true).unwrap();
    assert!(matches!(other.get("api_key"), Err(SecretStoreError::Forbidden { .. })));
    served.ours.app_suspend("spotify", false).unwrap();
    assert_eq!(other.get("api_key").unwrap().expose(), b"v");
}

#[test]
fn an_account_that_is_bound_needs_no_token() {
    let mut served = Served::new();
    declare(&mut served, vec![key()]);
    let store = DaemonSecretStore::acting(&served.daemon.client(), "spotify", BOB);
    assert!(matches!(store.get("api_key"), Err(SecretStoreError::Forbidden { .. })));
    served.ours.app_bind("spotify", served.us, ActsFor::Any).unwrap();
    assert!(matches!(store.get("api_key"), Err(SecretStoreError::NotSet { .. })));
    store.set("api_key", b"v").unwrap();
    assert_eq!(store.get("api_key").unwrap().expose(), b"v");
    served.ours.app_unbind("spotify", served.us).unwrap();
    assert!(matches!(store.get("api_key"), Err(SecretStoreError::Forbidden { .. })));
}

#[test]
fn a_daemon_that_is_gone_is_not_a_secret_that_is_not_set() {
    let mut served = Served::new();
    declare(&mut served, vec![key()]);
    let store = served.extension("spotify", BOB);
    store.set("api_key", b"v").unwrap();
    let Served { daemon, site, .. } = served;
    assert_eq!(daemon.terminate(), 0);
    for error in [store.get("api_key").unwrap_err(), store.set("api_key", b"w").unwrap_err()] {
        assert!(matches!(error, SecretStoreError::Unavailable { .. }) && error.retryable(), "{error:?}");
    }
    assert!(matches!(store.require(), Err(SecretStoreError::Unavailable { .. })));
    // Back again, the same store goes on: the token is presented anew.
    let _daemon = site.serve();
    assert_eq!(store.get("api_key").unwrap().expose(), b"v");
}

#[test]
fn an_apps_own_value_comes_from_its_variable_until_it_is_set_and_never_instead_of_an_error() {
    let mut served = Served::new();
    let shared = Spec {
        scope: Scope::App,
        required: true,
        env_fallback: Some("IMPERAL_APPSECRET_ID".into()),
        ..Spec::new("client_id", "The app's own id")
    };
    let manifest = Manifest { app: "spotify".into(), description: String::new(), secrets: vec![shared, key()] };
    served.declare(&manifest);
    let asked = Arc::new(Mutex::new(Vec::new()));
    let heard = Arc::clone(&asked);
    let store = served.extension("spotify", BOB).with_env_fallback(manifest, move |name| {
        heard.lock().unwrap().push(name.to_owned());
        Some(OsString::from("from the variable"))
    });
    assert_eq!(store.get("client_id").unwrap().expose(), b"from the variable");
    assert!(store.require().unwrap().is_ready());
    assert!(!store.is_set("client_id").unwrap(), "nothing is stored");
    assert!(matches!(store.get("api_key"), Err(SecretStoreError::NotSet { .. })), "a user's value has no variable");
    asked.lock().unwrap().clear();
    served.owner_sets("spotify", "client_id", b"stored");
    assert_eq!(store.get("client_id").unwrap().expose(), b"stored");
    served.seal(true);
    assert!(matches!(store.get("client_id"), Err(SecretStoreError::Sealed)));
    assert_eq!(*asked.lock().unwrap(), [""; 0], "and the variable was not looked at");
}

/// The example of GitHub's own documentation, delivered twice under one id.
#[test]
fn a_webhook_is_taken_once() {
    let mut served = Served::new();
    declare(&mut served, vec![Spec::new("signing", "Signs what GitHub sends")]);
    let panel = served.token("spotify", BOB, vault_client::Role::Panel);
    served.by_token(panel.token, "spotify", BOB).set("signing", b"It's a Secret to Everybody").unwrap();
    let store = served.extension("spotify", BOB);
    let signature = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";
    let headers = [("X-Hub-Signature-256", signature)];
    let once =
        Webhook { replay_id: Some("delivery-1"), ..Webhook::new(&WebhookScheme::Github, &headers, b"Hello, World!") };
    store.verify_webhook("signing", &once).unwrap();
    let again = store.verify_webhook("signing", &once).unwrap_err();
    assert!(matches!(again, SecretStoreError::Webhook(WebhookRefusal::Replayed)), "{again}");
    store.verify_webhook("signing", &Webhook { replay_id: Some("delivery-2"), ..once }).unwrap();
    assert_eq!(store.list().unwrap()[0].last_read_at, None, "verifying is not reading");
}
