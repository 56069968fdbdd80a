//! What is told of a declared secret, and whether an app may start.

use serde::{Deserialize, Serialize};

use super::{SecretScope, WriteMode, bounded};

/// One declared secret, never its value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SecretStatus {
    /// The app.
    #[serde(deserialize_with = "bounded::word")]
    pub app: String,
    /// `name` or `name/instance`.
    #[serde(deserialize_with = "bounded::word")]
    pub name: String,
    /// As declared; none for what an open app never declared.
    #[serde(default, deserialize_with = "bounded::option_text")]
    pub description: Option<String>,
    /// Whose it is.
    pub scope: SecretScope,
    /// Who may set it.
    pub write_mode: WriteMode,
    /// The gate is closed without it.
    pub required: bool,
    /// May be shown to the person who set it.
    pub reveal: bool,
    /// Longest value, in bytes.
    pub max_bytes: u32,
    /// There is a value that is served.
    pub is_set: bool,
    /// Its version.
    pub version: Option<u64>,
    /// A version that waits to be promoted.
    pub pending: Option<u64>,
    /// Milliseconds since 1970, UTC.
    pub set_at: Option<u64>,
    /// `uid:N`, `ext:ID` or an app.
    #[serde(default, deserialize_with = "bounded::option_word")]
    pub set_by: Option<String>,
    /// Milliseconds since 1970, UTC.
    pub last_read_at: Option<u64>,
    /// Milliseconds since 1970, UTC.
    pub expires_at: Option<u64>,
    /// There is a value and its time has passed.
    pub expired: bool,
    /// The value is older than the app's hint.
    pub rotation_due: bool,
}

/// Is everything set that an app requires.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Gate {
    /// It is.
    pub ready: bool,
    /// What is not, by name; never what exists only for others.
    #[serde(deserialize_with = "bounded::unmet")]
    pub unmet: Vec<UnmetSecret>,
}

/// A required secret that is not set.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UnmetSecret {
    /// Its name.
    #[serde(deserialize_with = "bounded::word")]
    pub name: String,
    /// As declared.
    #[serde(deserialize_with = "bounded::text")]
    pub description: String,
    /// It was set and its time has passed.
    pub expired: bool,
    /// The command that sets it.
    #[serde(deserialize_with = "bounded::text")]
    pub set_with: String,
}
