//! The newest version's types, by name. Code that speaks whatever is newest
//! imports from here; code that must stay with one version names it.

pub use crate::v1::{
    AuditLine, AuditReport, BackupInfo, Call, CheckReport, NewSlot, RekeyReport, Reply, Request, Response, SecretBytes,
    SecretInfo, SlotInfo, Stamp, StatusInfo, UnlockSecret, UserInfo, ValueReply, VersionInfo, VersionState, WireError,
};

/// The newest version's number, as it stands in the hello.
pub const VERSION: u8 = 1;
