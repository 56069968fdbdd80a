//! Access keys: who one is to a door that asks for signatures.

use serde::{Deserialize, Serialize};

use super::{SecretBytes, bounded};

/// Operations on access keys.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "snake_case")]
pub enum AccessKeyCall {
    /// Makes an access key. Answers `AccessKeyCreated`, the only time its secret
    /// half is shown.
    Create {
        /// Whose: `uid:N` or `ext:ID`; none = the caller's own. For an operator.
        #[serde(default, deserialize_with = "bounded::option_word")]
        user: Option<String>,
        /// For people.
        #[serde(deserialize_with = "bounded::text")]
        description: String,
        /// Milliseconds since 1970, UTC; none = until it is revoked.
        expires_at: Option<u64>,
    },
    /// Access keys, never their secret halves. Answers `AccessKeys`.
    List {
        /// Whose; none = the caller's own. For an operator.
        #[serde(default, deserialize_with = "bounded::option_word")]
        user: Option<String>,
    },
    /// Makes an access key worth nothing. Answers `Done`.
    Revoke {
        /// Its id.
        #[serde(deserialize_with = "bounded::word")]
        id: String,
    },
}

/// An access key that was made.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AccessKeyCreated {
    /// Its id, which requests show.
    #[serde(deserialize_with = "bounded::word")]
    pub access_key_id: String,
    /// What requests are signed with; not shown again.
    #[serde(deserialize_with = "bounded::token")]
    pub secret_access_key: SecretBytes,
    /// Milliseconds since 1970, UTC.
    pub expires_at: Option<u64>,
}

/// One access key, never its secret half.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AccessKeyInfo {
    /// To revoke it by.
    #[serde(deserialize_with = "bounded::word")]
    pub id: String,
    /// Whose: `uid:N` or `ext:ID`.
    #[serde(deserialize_with = "bounded::word")]
    pub user: String,
    /// For people.
    #[serde(deserialize_with = "bounded::text")]
    pub description: String,
    /// Milliseconds since 1970, UTC.
    pub made_at: u64,
    /// Milliseconds since 1970, UTC.
    pub expires_at: Option<u64>,
    /// Milliseconds since 1970, UTC.
    pub last_used_at: Option<u64>,
}
