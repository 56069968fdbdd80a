//! An embedded secrets vault: authenticated encryption under a sealed root key,
//! kept in one SQLite file.
//!
//! Synchronous, no sockets, no unsafe code; time, randomness and storage are
//! arguments. The floors, from the ground: limits, names, hazmat, store →
//! envelope, audit, integrity → keys → seal, barrier → secrets → kms → vault, access.

pub mod access;
mod access_keys;
mod anchor;
mod apps;
pub mod audit;
mod barrier;
pub mod codec;
pub mod envelope;
mod hazmat;
pub mod header;
pub mod hex;
pub mod host;
mod integrity;
pub mod keys;
pub mod kms;
pub mod limits;
pub mod names;
mod notes;
mod oauth;
mod policy;
mod rekey;
mod retention;
pub mod seal;
mod secrets;
mod slots;
mod state;
pub mod store;
#[cfg(feature = "timing")]
#[doc(hidden)]
pub mod timing;
mod tokens;
mod users;
mod vault;
#[cfg(test)]
mod vectors;
pub mod webhook;

pub use access_keys::{AccessKeyInfo, AccessKeyPair, NewAccessKey};
pub use anchor::{ANCHOR_LEN, AnchorError};
pub use apps::{ActsFor, AppChanged, AppDetail, AppInfo, Binding};
pub use barrier::{Damage, Fault, OpenFault, Stamp};
pub use notes::LastBackup;
pub use oauth::{Begun, Redeemed};
pub use policy::{Verb, Verbs};
pub use secrets::{Gate, MissingSecret, Quotas, Refusal, SecretInfo, SecretStatus, Value, VersionInfo, VersionState};
pub use slots::{SlotError, SlotInfo, Unlock};
pub use tokens::{NewToken, Role, TokenInfo};
pub use users::UserInfo;
pub use vault::{Expect, NewVault, Open, OpenError, Sealed, UnsealError, Vault};
pub use vault_manifest as manifest;
