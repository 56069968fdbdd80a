//! Declared secrets through the one path: apps, tokens, the decision table, the
//! gate, values that are tried first, authorizations.

mod apps;
mod gate;
mod oauth;
mod sessions;
mod tokens;
mod values;
mod webhook;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use vault_manifest::{Change, Manifest, Scope, Spec, WriteMode};

use super::*;
use crate::host::{At, Clock, Host};
use crate::keys::SecretBytes;
use crate::names::{App, SecretName};
use crate::policy::Verb;
use crate::{ActsFor, Role, VersionState};

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
