//! A vault in memory for tests of an application, as strict as the real one: it
//! knows the manifest, the roles, sizes, instances, versions and expiry. A test
//! that passes here does not fail for those reasons there. And it can be told to
//! be in the states an application has to survive.
//!
//! ```
//! use vault_client::store::manifest::{Manifest, Spec};
//! use vault_client::store::{MockSecretStore, SecretStore, SecretStoreError, Trouble};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let key = Spec { required: true, ..Spec::new("api_key", "The key of your account") };
//! let manifest = Manifest { app: "spotify".into(), description: String::new(), secrets: vec![key] };
//! let store = MockSecretStore::new(manifest)?;
//!
//! assert!(!store.require()?.is_ready());
//! store.user_sets("api_key", b"from the provider")?;
//! assert_eq!(store.get("api_key")?.expose(), b"from the provider");
//! // The app cannot do what only the user may, and not what it did not declare.
//! assert!(matches!(store.set("api_key", b"mine"), Err(SecretStoreError::Forbidden { .. })));
//! assert!(matches!(store.get("api_kye"), Err(SecretStoreError::NotDeclared { .. })));
//!
//! store.trouble(Some(Trouble::Sealed));
//! assert!(matches!(store.get("api_key"), Err(SecretStoreError::Sealed)));
//! # Ok(())
//! # }
//! ```

mod shelf;

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use vault_manifest::{Manifest, ManifestError, Scope, Spec, WriteMode};

use super::rules::{self, Asker};
use super::{Gate, Role, SecretState, SecretStore, SecretStoreError, VerifiedWebhook, Webhook, WebhookRefusal};
use crate::answers::Secret;
use shelf::{Held, Shelf};

/// What may be wrong with the vault.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Trouble {
    /// Its keys are not in memory.
    Sealed,
    /// It cannot be reached.
    Unavailable,
    /// It reads and takes no writes.
    Full,
}

/// One app's secrets in memory, for one user in one role. Clones, and what
/// [`MockSecretStore::acting`] makes, share them.
#[derive(Clone)]
pub struct MockSecretStore {
    shared: Arc<Mutex<Shared>>,
    user: String,
    role: Role,
}

struct Shared {
    manifest: Manifest,
    owner: Option<String>,
    shelf: Shelf,
    trouble: Option<Trouble>,
    delay: Duration,
    patience: Duration,
    webhook: Result<VerifiedWebhook, WebhookRefusal>,
}

impl MockSecretStore {
    /// Empty, in the role of the app, for the user `ext:alice`.
    pub fn new(manifest: Manifest) -> Result<Self, ManifestError> {
        manifest.check()?;
        let shared = Shared {
            manifest,
            owner: None,
            shelf: Shelf::new(),
            trouble: None,
            delay: Duration::ZERO,
            patience: PATIENCE,
            webhook: Err(WebhookRefusal::BadSignature),
        };
        let (user, role) = ("ext:alice".to_owned(), Role::Extension);
        Ok(Self { shared: Arc::new(Mutex::new(shared)), user, role })
    }

    /// The same vault for another user, or in another role.
    #[must_use]
    pub fn acting(&self, user: &str, role: Role) -> Self {
        Self { shared: Arc::clone(&self.shared), user: user.to_owned(), role }
    }

    /// What the user does on their own screen.
    pub fn user_sets(&self, name: &str, value: &[u8]) -> Result<u64, SecretStoreError> {
        self.acting(&self.user, Role::User).set(name, value)
    }

    /// Who stores the app's own values; nobody until it is said.
    pub fn owned_by(&self, user: &str) {
        self.lock().owner = Some(user.to_owned());
    }

    /// From now on this is wrong with the vault, or nothing.
    pub fn trouble(&self, trouble: Option<Trouble>) {
        self.lock().trouble = trouble;
    }

    /// From now on every answer takes so long.
    pub fn slow(&self, delay: Duration) {
        self.lock().delay = delay;
    }

    /// After so long a call gives up; 10 seconds until it is said.
    pub fn patience(&self, patience: Duration) {
        self.lock().patience = patience;
    }

    /// What is stored under this name no longer proves genuine, until it is set
    /// again.
    pub fn corrupt(&self, name: &str) {
        let shared = &mut *self.lock();
        if let Some(spec) = shared.manifest.spec(base(name)) {
            shared.shelf.corrupt(whose(spec, &self.user), name);
        }
    }

    /// Days go by. The mock's clock moves with this and with nothing else.
    pub fn pass_days(&self, days: u32) {
        self.lock().shelf.pass_days(days);
    }

    /// What a webhook with a secret that is set is told from now on; until it is
    /// said, that its signature does not fit.
    pub fn answer_webhooks(&self, answer: Result<VerifiedWebhook, WebhookRefusal>) {
        self.lock().webhook = answer;
    }

    /// Waits as long as the vault would take, then looks at what is wrong with it.
    fn enter(&self) -> Result<MutexGuard<'_, Shared>, SecretStoreError> {
        let (delay, patience) = {
            let shared = self.lock();
            (shared.delay, shared.patience)
        };
        std::thread::sleep(delay.min(patience));
        if delay > patience {
            let reason = format!("no answer within {} ms", patience.as_millis());
            return Err(SecretStoreError::Unavailable { reason, source: None });
        }
        let shared = self.lock();
        match shared.trouble {
            Some(Trouble::Sealed) => Err(SecretStoreError::Sealed),
            Some(Trouble::Unavailable) => {
                Err(SecretStoreError::Unavailable { reason: "told to be".to_owned(), source: None })
            }
            Some(Trouble::Full) | None => Ok(shared),
        }
    }

    fn asker(&self, shared: &Shared) -> Asker {
        let owns_app = self.role == Role::User && shared.owner.as_deref() == Some(&self.user);
        Asker { role: self.role, owns_app }
    }

    /// The spec of a value's name, when the asker may know of it and do this.
    fn spec(
        &self,
        shared: &Shared,
        name: &str,
        may: fn(Asker, &Spec) -> Result<(), SecretStoreError>,
    ) -> Result<Spec, SecretStoreError> {
        let asker = self.asker(shared);
        let spec = rules::declared(&shared.manifest, name)?;
        if !is_visible(asker, spec) {
            return Err(rules::not_declared(&shared.manifest, name));
        }
        may(asker, spec)?;
        rules::check_instance(&shared.manifest, spec, name)?;
        Ok(spec.clone())
    }

    fn store(&self, name: &str, value: &[u8], if_version: Option<u64>) -> Result<u64, SecretStoreError> {
        let mut shared = self.enter()?;
        let spec = self.spec(&shared, name, rules::may_set)?;
        rules::check_value(&spec, value)?;
        shared.takes_writes()?;
        shared.shelf.put(whose(&spec, &self.user), name, value, if_version)
    }

    fn lock(&self) -> MutexGuard<'_, Shared> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl SecretStore for MockSecretStore {
    fn get(&self, name: &str) -> Result<Secret, SecretStoreError> {
        let mut shared = self.enter()?;
        let spec = self.spec(&shared, name, rules::may_get)?;
        shared.shelf.read(whose(&spec, &self.user), name, &spec)
    }

    fn set(&self, name: &str, value: &[u8]) -> Result<u64, SecretStoreError> {
        self.store(name, value, None)
    }

    fn set_if(&self, name: &str, value: &[u8], version: u64) -> Result<u64, SecretStoreError> {
        self.store(name, value, Some(version))
    }

    fn delete(&self, name: &str) -> Result<bool, SecretStoreError> {
        let mut shared = self.enter()?;
        let spec = self.spec(&shared, name, rules::may_delete)?;
        shared.takes_writes()?;
        Ok(shared.shelf.remove(whose(&spec, &self.user), name))
    }

    fn is_set(&self, name: &str) -> Result<bool, SecretStoreError> {
        let shared = self.enter()?;
        let spec = self.spec(&shared, name, |_, _| Ok(()))?;
        let held = shared.shelf.held(whose(&spec, &self.user), name);
        Ok(held.is_some_and(|held| !shared.shelf.is_expired(held, &spec)))
    }

    fn list(&self) -> Result<Vec<SecretState>, SecretStoreError> {
        let shared = self.enter()?;
        let asker = self.asker(&shared);
        let mut states = Vec::new();
        for spec in shared.manifest.secrets.iter().filter(|spec| is_visible(asker, spec)) {
            let whose = whose(spec, &self.user);
            let before = states.len();
            if spec.instances {
                let instances = shared.shelf.instances(whose, &spec.name);
                states.extend(instances.map(|(name, held)| shared.state(spec, name, Some(held))));
            }
            // One with instances has a line of its own while there are none.
            if states.len() == before {
                states.push(shared.state(spec, &spec.name, shared.shelf.held(whose, &spec.name)));
            }
        }
        states.sort_by(|one, other| one.name.cmp(&other.name));
        Ok(states)
    }

    fn require(&self) -> Result<Gate, SecretStoreError> {
        let shared = self.enter()?;
        let asker = self.asker(&shared);
        let mut unmet = Vec::new();
        for spec in shared.manifest.secrets.iter().filter(|spec| spec.required && is_visible(asker, spec)) {
            let held = shared.shelf.any(whose(spec, &self.user), spec);
            if held.clone().any(|held| !shared.shelf.is_expired(held, spec)) {
                continue;
            }
            unmet.push(rules::unmet(spec, held.count() > 0, set_with(&shared.manifest.app, spec)));
        }
        unmet.sort_by(|one, other| one.name.cmp(&other.name));
        Ok(Gate { unmet })
    }

    fn verify_webhook(&self, name: &str, _: &Webhook<'_>) -> Result<VerifiedWebhook, SecretStoreError> {
        let mut shared = self.enter()?;
        let spec = self.spec(&shared, name, |asker, _| match asker.role {
            Role::Extension => Ok(()),
            Role::Panel | Role::User => Err(rules::forbidden("webhooks are the app's to verify")),
        })?;
        shared.shelf.read(whose(&spec, &self.user), name, &spec)?;
        shared.webhook.map_err(SecretStoreError::Webhook)
    }
}

impl Shared {
    fn takes_writes(&self) -> Result<(), SecretStoreError> {
        match self.trouble {
            Some(Trouble::Full) => Err(SecretStoreError::Full { reason: "told to be full".to_owned() }),
            _ => Ok(()),
        }
    }

    fn state(&self, spec: &Spec, name: &str, held: Option<&Held>) -> SecretState {
        let expired = held.is_some_and(|held| self.shelf.is_expired(held, spec));
        SecretState {
            name: name.to_owned(),
            description: spec.description.clone(),
            scope: spec.scope,
            write_mode: spec.write_mode,
            required: spec.required,
            max_bytes: spec.max_bytes,
            is_set: held.is_some() && !expired,
            version: held.map(Held::version),
            set_at: held.map(Held::set_at),
            last_read_at: held.and_then(Held::last_read_at),
            expires_at: held.and_then(|held| held.expires_at(spec)),
            expired,
            rotation_due: held.is_some_and(|held| self.shelf.is_rotation_due(held, spec)),
        }
    }
}

impl fmt::Debug for MockSecretStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MockSecretStore").field("user", &self.user).field("role", &self.role).finish_non_exhaustive()
    }
}

/// Under whom a value is kept; none: the app itself.
fn whose<'u>(spec: &Spec, user: &'u str) -> Option<&'u str> {
    (spec.scope == Scope::User).then_some(user)
}

/// Does the asker know of it at all? An app's own values are nobody else's matter.
fn is_visible(asker: Asker, spec: &Spec) -> bool {
    spec.scope == Scope::User || asker.role == Role::Extension || asker.owns_app
}

/// As the vault says it.
fn set_with(app: &str, spec: &Spec) -> String {
    let instance = if spec.instances { "/INSTANCE" } else { "" };
    match (spec.scope, spec.write_mode) {
        (Scope::App, _) => format!("the app's owner: vaultctl set --app {app} {}{instance}", spec.name),
        (Scope::User, WriteMode::Extension) => format!("authorize {app}: it stores this itself"),
        (Scope::User, _) => format!("vaultctl set --app {app} {}{instance}", spec.name),
    }
}

fn base(name: &str) -> &str {
    name.split_once('/').map_or(name, |(base, _)| base)
}

const PATIENCE: Duration = Duration::from_secs(10);
