//! Client of the vault daemon: asynchronous ([`Client`]) and blocking
//! ([`blocking::Client`]), the same operations.
//!
//! ```no_run
//! use vault_client::{Options, blocking::Client};
//!
//! # fn main() -> Result<(), vault_client::ClientError> {
//! let vault = Client::connect(Options::new())?;
//! vault.set("api_token", b"hunter2")?;
//! let token = vault.get("api_token")?;
//! assert_eq!(token.expose(), b"hunter2");
//! let other = vault.get(("billing", "api_token"))?; // of an app
//! # let _ = other;
//! # Ok(())
//! # }
//! ```
//!
//! # What it promises
//!
//! - *The server is checked first.* Before the first byte the kernel is asked
//!   whose the server is: root, ourselves or the owner of the socket's
//!   directory, or exactly the uid that was configured. Somebody else's process
//!   on a familiar path gets nothing.
//! - *Nothing is cached.* A value lives in the [`Secret`] that `get` returned and
//!   is erased with it; buffers are erased as they are used up.
//! - *No call waits for ever.* Each has a deadline, connecting included.
//! - *Nothing happens twice unnoticed.* A call that was sent and not answered is
//!   sent again only when it reads; a write answers
//!   [`ClientError::Indeterminate`].
//! - *A vault that went back in time is noticed.* Every reply carries where the
//!   vault's history stands; see [`StampMemory`] for what is remembered where.
//!   The request that meets a changed vault has been sent by then: this is an
//!   alarm, not a lock.

mod answers;
pub mod blocking;
#[cfg(feature = "tokio")]
mod client;
mod dial;
mod error;
mod inbox;
mod methods;
pub mod operation;
mod options;
mod peer;
mod plan;
pub mod socket;
mod stamps;
pub mod store;
mod target;

pub use answers::{Deletion, Identity, ListQuery, Page, Secret, SlotAddition, UserChange};
#[cfg(feature = "tokio")]
pub use client::Client;
pub use error::{ClientError, ProtocolError};
pub use options::Options;
pub use stamps::{BadIncarnation, Incarnation, StampMemory, StampWarning};
pub use target::Target;
pub use vault_proto::Codec;
pub use vault_proto::latest::{
    AuditLine, AuditReport, BackupInfo, Call, CheckReport, NewSlot, RekeyReport, Reply, SecretBytes, SecretInfo,
    SlotInfo, StatusInfo, UnlockSecret, UserInfo, VersionInfo, VersionState, WireError,
};
