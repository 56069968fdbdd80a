//! Tokens: being an app without a uid of its own.

use serde::{Deserialize, Serialize};

use super::{ActsFor, SecretBytes, bounded};

/// Operations on tokens.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "snake_case")]
pub enum TokenCall {
    /// Makes a token. Answers `TokenCreated`, the only time its text is shown.
    Create {
        /// The app it acts as.
        #[serde(deserialize_with = "bounded::word")]
        app: String,
        /// As what.
        role: Role,
        /// For whom.
        acts_for: ActsFor,
        /// Seconds until it is worth nothing; none = 90 days, 0 = when it is revoked.
        expires_after_s: Option<u64>,
        /// For people, at most 64 printable ASCII characters.
        #[serde(deserialize_with = "bounded::word")]
        label: String,
    },
    /// Tokens of one app, or of all the caller may know of. Answers `Tokens`.
    List {
        /// The app.
        #[serde(default, deserialize_with = "bounded::option_word")]
        app: Option<String>,
    },
    /// Makes a token worth nothing. Answers `Done`.
    Revoke {
        /// Its id.
        #[serde(deserialize_with = "bounded::word")]
        id: String,
    },
    /// From now on this connection may act as what the token stands for. Answers
    /// `Presented`.
    Present {
        /// The token's text.
        #[serde(deserialize_with = "bounded::token")]
        token: SecretBytes,
    },
}

/// What a token acts as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// The app itself: reads what is declared.
    Extension,
    /// Where people set its secrets: writes and sees what is set, reads nothing.
    Panel,
}

/// A token that was made.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TokenCreated {
    /// To list and revoke it by.
    #[serde(deserialize_with = "bounded::word")]
    pub id: String,
    /// Its text; not shown again.
    #[serde(deserialize_with = "bounded::token")]
    pub token: SecretBytes,
    /// Milliseconds since 1970, UTC.
    pub expires_at: Option<u64>,
}

/// What a token that was presented stands for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Presented {
    /// The app.
    #[serde(deserialize_with = "bounded::word")]
    pub app: String,
    /// As what.
    pub role: Role,
    /// For whom.
    pub acts_for: ActsFor,
    /// Milliseconds since 1970, UTC.
    pub expires_at: Option<u64>,
}

/// One token, never its text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TokenInfo {
    /// To revoke it by.
    #[serde(deserialize_with = "bounded::word")]
    pub id: String,
    /// The app it acts as.
    #[serde(deserialize_with = "bounded::word")]
    pub app: String,
    /// As what.
    pub role: Role,
    /// For whom.
    pub acts_for: ActsFor,
    /// For people.
    #[serde(deserialize_with = "bounded::word")]
    pub label: String,
    /// Milliseconds since 1970, UTC.
    pub made_at: u64,
    /// Milliseconds since 1970, UTC.
    pub expires_at: Option<u64>,
    /// Milliseconds since 1970, UTC.
    pub last_used_at: Option<u64>,
    /// It is worth nothing any more.
    pub revoked: bool,
}
