//! Protocol version 1. Frozen once shipped: additions go into the next version
//! beside this one, never into these types.
//!
//! [`Call`] is the table of contents: everything a peer can ask for.

mod error;
mod reply;
mod request;
mod secret;

pub use error::WireError;
pub use reply::{
    AuditLine, AuditReport, BackupInfo, CheckReport, RekeyReport, Reply, Response, SecretInfo, SlotInfo,
    Stamp, StatusInfo, UserInfo, ValueReply, VersionInfo, VersionState,
};
pub use request::{Call, NewSlot, Request, UnlockSecret};
pub use secret::SecretBytes;
