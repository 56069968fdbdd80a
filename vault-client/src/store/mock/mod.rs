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

mod shared;
mod shelf;
mod store;

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use vault_manifest::{Manifest, ManifestError};

use super::{Role, SecretStore, SecretStoreError, VerifiedWebhook, WebhookRefusal};
use shared::{Shared, base, whose};
use shelf::Shelf;

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

    fn lock(&self) -> MutexGuard<'_, Shared> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for MockSecretStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MockSecretStore").field("user", &self.user).field("role", &self.role).finish_non_exhaustive()
    }
}

const PATIENCE: Duration = Duration::from_secs(10);
