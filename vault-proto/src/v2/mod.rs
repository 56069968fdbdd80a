//! Protocol version 2: version 1 and *apps*, the secrets they declare, tokens
//! that act for them, the gate, webhooks and OAuth.
//!
//! [`Call`] is the table of contents. What version 1 has is in it whole, as
//! [`Call::Vault`] and [`Reply::Vault`], and its types are version 1's own.
//! Errors are one flat list: what version 1 says, in its order, and what is new.
//!
//! Frozen once shipped: additions go into the next version.

mod app;
mod bounded;
mod convert;
mod error;
mod reply;
mod request;
mod secret;
mod status;
mod token;

pub use app::{
    ActsFor, AppCall, AppChanged, AppDetail, AppInfo, Binding, ChangeKind, SecretScope, SecretSpec, SpecChange,
    WriteMode,
};
pub use error::{WebhookReason, WireError};
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
    const ARRAYS: &'static [&'static str] = &["after", "headers", "keep", "secrets"];
}

impl Message for Response {
    const ARRAYS: &'static [&'static str] = &[
        "apps",
        "bindings",
        "changes",
        "degraded",
        "dropped_slots",
        "fields",
        "hardening",
        "lines",
        "operator",
        "problems",
        "secrets",
        "slots",
        "tokens",
        "unmet",
        "users",
        "versions",
    ];
}
