//! Protocol version 1. Frozen once shipped: additions go into the next version
//! beside this one, never into these types.
//!
//! [`Call`] is the table of contents: everything a peer can ask for.

mod error;
pub(crate) mod hex;
pub(crate) mod outcome;
mod reply;
mod request;
mod secret;

pub use error::WireError;
pub use reply::{
    AuditLine, AuditReport, BackupInfo, CheckReport, RekeyReport, Reply, Response, SecretInfo, SlotInfo, Stamp,
    StatusInfo, UserInfo, ValueReply, VersionInfo, VersionState,
};
pub use request::{Call, NewSlot, Request, UnlockSecret};
pub use secret::SecretBytes;
pub(crate) use secret::bytes;

use crate::codec::{Message, sealed::Sealed};

impl Sealed for Request {}
impl Sealed for Response {}

impl Message for Request {
    const ARRAYS: &'static [&'static str] = &["after", "keep"];
}

impl Message for Response {
    const ARRAYS: &'static [&'static str] = &[
        "degraded",
        "dropped_slots",
        "hardening",
        "lines",
        "operator",
        "problems",
        "secrets",
        "slots",
        "users",
        "versions",
    ];
}
