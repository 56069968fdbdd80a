//! Where the audit log goes and what a full disk means for it.

use std::path::PathBuf;

use serde::Deserialize;

/// `[audit]`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Audit {
    /// The log. Beside the vault, with `.audit` for its extension, when not set.
    pub path: Option<PathBuf>,
    /// When the log cannot be written and its reserve is used up.
    pub on_full: OnFull,
}

/// What happens to reads when the audit log cannot be written. Writes are
/// refused either way.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OnFull {
    /// Reads go on; what is not recorded is counted, and a line says so later.
    #[default]
    Gap,
    /// Nothing is answered that cannot be recorded.
    Deny,
}

impl OnFull {
    /// As written in the configuration.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Gap => "gap",
            Self::Deny => "deny",
        }
    }
}
