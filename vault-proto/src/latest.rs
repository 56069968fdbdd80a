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
    AccessKeyCall, AccessKeyCreated, AccessKeyInfo, Acting, ActsFor, AliasInfo, AppCall, AppChanged, AppDetail,
    AppInfo, Binding, Call, ChangeKind, ContextPair, Decrypted, Encrypted, EncryptionAlgorithm, Gate, GrantConstraint,
    GrantInfo, GrantOperation, GrantPlace, HmacEncoding, ImportParameters, KeyCall, KeyCensus, KeyInfo,
    KeyMaterialInfo, KeyOrigin, KeyReply, KeyRequest, KeySpec, KeyState, KeyTag, KeyUsage, KeyVersion, MacAlgorithm,
    MaterialSource, OauthBegun, OauthRedeemed, PolicyStatement, Presented, Principal, PublicKey, ReEncrypted, Reply,
    Request, Response, Role, RotationStatus, SecretCall, SecretScope, SecretSpec, SecretStatus, SigningAlgorithm,
    SpecChange, Thing, TokenCall, TokenCreated, TokenInfo, UnmetSecret, VersionCensus, WebhookHeader, WebhookReason,
    WebhookScheme, WireError, Wrapping, WriteMode,
};
