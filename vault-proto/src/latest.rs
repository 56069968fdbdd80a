//! The newest version's types, by name. Code that speaks whatever is newest
//! imports from here; code that must stay with one version names it.
//!
//! What version 1 has is asked as [`Call::Vault`] of a [`VaultCall`] and
//! answered as [`Reply::Vault`] of a [`VaultReply`].

pub use crate::v1::{
    AuditLine, AuditReport, BackupInfo, Call as VaultCall, CheckReport, NewSlot, RekeyReport, Reply as VaultReply,
    SecretBytes, SecretInfo, SlotInfo, Stamp, StatusInfo, UnlockSecret, UserInfo, ValueReply, VersionInfo,
    VersionState,
};
pub use crate::v2::{
    Acting, ActsFor, AppCall, AppChanged, AppDetail, AppInfo, Binding, Call, ChangeKind, Gate, HmacEncoding,
    OauthBegun, OauthRedeemed, Presented, Reply, Request, Response, Role, SecretCall, SecretScope, SecretSpec,
    SecretStatus, SpecChange, TokenCall, TokenCreated, TokenInfo, UnmetSecret, WebhookHeader, WebhookReason,
    WebhookScheme, WireError, WriteMode,
};
