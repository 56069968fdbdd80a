//! What can go wrong, as types with fields. No variant carries a value or,
//! beyond what the caller sent itself, a name.

use serde::{Deserialize, Serialize};

use super::{KeyState, KeyUsage, Thing, bounded};

/// A typed refusal: those of version 1 in their order, then what is new.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "snake_case")]
#[non_exhaustive]
pub enum WireError {
    /// No key is in memory; an operator must unseal.
    Sealed {},
    /// Nothing readable under that name (absent, deleted, destroyed).
    Missing {
        /// It exists but its time has passed.
        expired: bool,
    },
    /// Not allowed; also said for what may not be known to exist.
    Forbidden {
        /// What would be needed, when that may be told.
        needs: Option<String>,
    },
    /// The uid's login name changed since its secrets were stored.
    Held {
        /// The user.
        user: String,
    },
    /// Compare-and-set lost.
    Conflict {
        /// The version that is current, 0 = absent.
        current: u64,
    },
    /// Over a fixed limit, or over what the secret's spec allows.
    TooLarge {
        /// What was sent.
        len: u64,
        /// What is accepted.
        max: u64,
    },
    /// Over a configured quota.
    OverQuota {
        /// The limit's name in the configuration.
        quota: String,
        /// Its value.
        limit: u64,
    },
    /// Try again later.
    Busy {
        /// After this many milliseconds.
        retry_after_ms: u64,
    },
    /// A record or file cannot be proven genuine.
    Corrupt {
        /// What, without content.
        what: String,
    },
    /// Writes are refused; reads go on.
    ReadOnly {
        /// `disk full`, `audit full`, `write failed`.
        reason: String,
    },
    /// The write may or may not have happened: read back, then retry.
    Indeterminate {},
    /// The daemon cannot serve this now.
    Unavailable {
        /// Why.
        reason: String,
    },
    /// Not in this protocol version or not configured.
    Unsupported {
        /// What.
        what: String,
    },
    /// An argument is not acceptable.
    Invalid {
        /// Which.
        field: String,
        /// What would be accepted.
        expected: String,
    },
    /// The unlock secret opens no slot.
    WrongSecret {},
    /// The app declares no such secret. Says what the caller sent.
    NotDeclared {
        /// The app.
        #[serde(deserialize_with = "bounded::word")]
        app: String,
        /// The name.
        #[serde(default, deserialize_with = "bounded::option_word")]
        name: Option<String>,
    },
    /// No such app, or none the caller may know of.
    NoSuchApp {
        /// As the caller sent it.
        #[serde(deserialize_with = "bounded::word")]
        app: String,
    },
    /// Nobody may act as the app at present.
    Suspended {
        /// The app.
        #[serde(deserialize_with = "bounded::word")]
        app: String,
    },
    /// Values would be lost, and the caller has not agreed to that.
    Orphans {
        /// How many.
        values: u64,
    },
    /// The token is unknown, revoked or past its time; which, is not told.
    BadToken {},
    /// The webhook is not proven.
    WebhookRefused {
        /// Why.
        reason: WebhookReason,
    },
    /// The OAuth state is unknown, used, past its time or another's; which, is
    /// not told.
    StateRefused {},
    /// No such key, alias, grant or access key; or one that the caller may not
    /// know of.
    NotFound {
        /// What.
        what: Thing,
    },
    /// The key's state does not allow it.
    KeyState {
        /// What it is.
        state: KeyState,
    },
    /// The key is not for that, or not with that algorithm.
    WrongUsage {
        /// What it is for.
        usage: KeyUsage,
    },
    /// Wrong context, key, version, or changed bytes: one error for all of them.
    InvalidCiphertext {},
    /// The ciphertext belongs to another key than the one named.
    IncorrectKey {},
    /// The signature is not the key's over this message.
    InvalidSignature {},
    /// The MAC is not the key's over this message.
    InvalidMac {},
    /// The material is not of the key's kind, or not what was imported before.
    IncorrectMaterial {
        /// What would fit.
        #[serde(deserialize_with = "bounded::word")]
        expected: String,
    },
    /// The import token is not the key's latest.
    InvalidImportToken {},
    /// The import token is past its time.
    ExpiredImportToken {},
    /// There is one already.
    AlreadyExists {
        /// Of what.
        what: Thing,
    },
    /// A count is at its limit.
    LimitExceeded {
        /// Of what.
        #[serde(deserialize_with = "bounded::word")]
        limit: String,
        /// The limit.
        max: u64,
    },
    /// A policy with something that is not enforced is not stored.
    PolicyNotEnforced {
        /// Which statement, from 0.
        statement: u32,
    },
    /// Keys of this kind cannot do that.
    KeyCannot {
        /// What.
        #[serde(deserialize_with = "bounded::word")]
        what: String,
    },
    /// Everything was in order; nothing was done, as asked.
    DryRun {},
}

/// Why a webhook is not proven.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WebhookReason {
    /// A header of the scheme is missing.
    NoHeader,
    /// A header of the scheme cannot be read.
    BadHeader,
    /// The signature is not the body's.
    BadSignature,
    /// It was signed too long ago, or in the future.
    TooOld,
    /// It has been here before.
    Replayed,
    /// The stored signing secret is not one of this scheme.
    BadSecret,
}
