//! Protocol version 2: version 1 and *apps*, the secrets they declare, tokens
//! that act for them, the gate, webhooks and OAuth; *keys* that are used and not
//! seen, and access keys.
//!
//! [`Call`] is the table of contents. What version 1 has is in it whole, as
//! [`Call::Vault`] and [`Reply::Vault`], and its types are version 1's own.
//! Errors are one flat list: what version 1 says, in its order, and what is new.
//!
//! Frozen once shipped: additions go into the next version. It has not shipped
//! yet. Keys and access keys joined it after its first vectors were made, each at
//! the end of its list, so that those vectors still hold and that what a released
//! daemon first speaks beyond version 1 is one version, not two.

mod access_key;
mod app;
mod bounded;
mod convert;
mod declaration;
mod error;
mod kms;
mod reply;
mod request;
mod secret;
mod status;
mod token;

pub use access_key::{AccessKeyCall, AccessKeyCreated, AccessKeyInfo};
pub use app::{
    ActsFor, AppCall, AppChanged, AppDetail, AppInfo, Binding, ChangeKind, SecretScope, SecretSpec, SpecChange,
    WriteMode,
};
pub use error::{WebhookReason, WireError};
pub use kms::{
    AliasInfo, ContextPair, Decrypted, Encrypted, EncryptionAlgorithm, GrantConstraint, GrantInfo, GrantOperation,
    GrantPlace, ImportParameters, KeyCall, KeyCensus, KeyInfo, KeyMaterialInfo, KeyOrigin, KeyReply, KeyRequest,
    KeySpec, KeyState, KeyTag, KeyUsage, KeyVersion, MacAlgorithm, MaterialSource, PolicyStatement, Principal,
    PublicKey, ReEncrypted, RotationStatus, SigningAlgorithm, Thing, VersionCensus, Wrapping,
};
pub use reply::{Reply, Response};
pub use request::{Acting, Call, Request};
pub use secret::{HmacEncoding, OauthBegun, OauthRedeemed, SecretCall, WebhookHeader, WebhookScheme};
pub use status::{Gate, SecretStatus, UnmetSecret};
pub use token::{Presented, Role, TokenCall, TokenCreated, TokenInfo};

pub use crate::v1::{SecretBytes, Stamp};

use crate::codec::{Message, sealed::Sealed};

impl Sealed for Request {}
impl Sealed for Response {}

// No name here is also the name of a variant with fields: arrays would then be
// accepted for those fields.
impl Message for Request {
    const ARRAYS: &'static [&'static str] = &[
        "after",
        "context",
        "equals",
        "headers",
        "keep",
        "names",
        "operations",
        "secrets",
        "source_context",
        "statements",
        "subset",
        "tags",
    ];
}

impl Message for Response {
    const ARRAYS: &'static [&'static str] = &[
        "apps",
        "bindings",
        "changes",
        "degraded",
        "dropped_slots",
        "equals",
        "fields",
        "hardening",
        "ids",
        "items",
        "lines",
        "operations",
        "operator",
        "problems",
        "secrets",
        "slots",
        "statements",
        "subset",
        "tokens",
        "unmet",
        "users",
        "versions",
    ];
}
