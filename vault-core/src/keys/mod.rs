//! The key tree: what derives from what, and the one type a key of each role has.
//!
//! ```text
//! slot secret ─(Argon2id or HKDF)→ slot key ─(unwraps)→ ROOT (random)
//! ROOT ─(HKDF-Expand)→ header-MAC key, keyring key          and nothing else
//! keyring (sealed under the keyring key): scope-wrap, index, row-set, state, audit, anchor
//! scope-wrap ─(unwraps)→ scope key (random, one per user and app) ─(seals)→ records
//! ```
//!
//! No key that names or authenticates rows derives from the root, so replacing
//! the root renames nothing.

mod audit;
mod keyring;
mod root;
mod scope;
mod secret;

pub use audit::AuditKey;
pub(crate) use keyring::{KeyVersion, Keyring, Role};
pub(crate) use root::{HeaderMacKey, KeyringKey, RootKey};
pub(crate) use scope::{ScopeKey, ScopeKeys};
pub use secret::SecretBytes;
pub(crate) use secret::key_type;

key_type! {
    /// Opens one envelope and no other.
    pub(crate) Subkey
}
key_type! {
    /// What one key slot's secret turns into; wraps the root key.
    pub SlotKey
}
