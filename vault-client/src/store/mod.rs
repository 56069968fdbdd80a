//! What an application needs of a vault, as one trait: so that its code is the
//! same against the daemon, a vault in its own process, the environment of a
//! developer's machine and a mock in a test.
//!
//! A store belongs to one app, one user and one [`Role`]. It caches nothing:
//! every `get` asks anew, and the value lives in the [`Secret`] that is returned
//! and is erased with it. Hold it for the one call that needs it.
//!
//! ```
//! use vault_client::store::{SecretStore, SecretStoreError};
//!
//! fn play(store: &dyn SecretStore) -> Result<(), SecretStoreError> {
//!     let gate = store.require()?;
//!     if !gate.is_ready() {
//!         // Says what is missing and where to set it.
//!         eprintln!("{gate}");
//!         return Ok(());
//!     }
//!     let key = store.get("api_key")?;
//!     call_the_provider(key.expose());
//!     Ok(())
//! }
//! # fn call_the_provider(_: &[u8]) {}
//! ```

#[cfg(feature = "conformance")]
#[doc(hidden)]
pub mod conformance;
mod daemon;
#[cfg(feature = "dev-env")]
mod env;
mod error;
#[cfg(feature = "mock")]
mod mock;
#[cfg(any(feature = "dev-env", feature = "mock"))]
mod rules;
mod state;
mod webhook;

pub use vault_manifest as manifest;

pub use daemon::DaemonSecretStore;
#[cfg(feature = "dev-env")]
pub use env::{EnvSecretStore, EnvStoreError, Environment, IgnoredWrite, PREFIX};
pub use error::{SecretStoreError, WebhookRefusal};
#[cfg(feature = "mock")]
pub use mock::{MockSecretStore, Trouble};
pub use state::{Gate, SecretState, UnmetSecret};
pub use webhook::{MacEncoding, VerifiedWebhook, Webhook, WebhookScheme};

use crate::answers::Secret;

/// As what a store acts for its user.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Role {
    /// The app itself: reads what it declares, writes what is its to write.
    Extension,
    /// Where people set an app's secrets: writes and sees what is set, reads nothing.
    Panel,
    /// The person, of whom the app's secrets are.
    User,
}

/// Secrets of one app and one user. Names are `name`, or `name/instance` where
/// the app declares instances.
pub trait SecretStore: Send + Sync {
    /// The current value.
    fn get(&self, name: &str) -> Result<Secret, SecretStoreError>;

    /// Stores a value and answers its version. What was set before this returns
    /// is what everybody reads after it.
    fn set(&self, name: &str, value: &[u8]) -> Result<u64, SecretStoreError>;

    /// The same when `version` is current (0: there is no value), else a
    /// conflict. A token that was refreshed is stored with this, so that it does
    /// not overwrite a newer one.
    fn set_if(&self, name: &str, value: &[u8], version: u64) -> Result<u64, SecretStoreError>;

    /// Deletes a value; false when there was none.
    fn delete(&self, name: &str) -> Result<bool, SecretStoreError>;

    /// Is there a value that would be served? Not a read.
    fn is_set(&self, name: &str) -> Result<bool, SecretStoreError>;

    /// Everything declared with its state, by name, never a value.
    fn list(&self) -> Result<Vec<SecretState>, SecretStoreError>;

    /// Is everything set that the app requires? For the front of a dispatch.
    fn require(&self) -> Result<Gate, SecretStoreError>;

    /// Is this webhook signed with the secret `name`? The secret is not shown.
    fn verify_webhook(&self, name: &str, webhook: &Webhook<'_>) -> Result<VerifiedWebhook, SecretStoreError>;
}

/// The document's examples compile and run.
#[cfg(all(doctest, feature = "mock"))]
#[doc = include_str!("../../../docs/SECRETS.md")]
struct Document;
