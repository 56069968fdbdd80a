//! What a store tells about secrets without showing them.

use std::fmt;

use vault_manifest::{Scope, WriteMode};

/// One declared secret, never its value. Times are milliseconds since 1970, UTC.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecretState {
    /// `name` or `name/instance`.
    pub name: String,
    /// As declared.
    pub description: String,
    /// Whose value it is.
    pub scope: Scope,
    /// Who may set it.
    pub write_mode: WriteMode,
    /// The gate is closed without it.
    pub required: bool,
    /// Longest value, in bytes.
    pub max_bytes: u32,
    /// There is a value that would be served.
    pub is_set: bool,
    /// Its version, where the store counts them.
    pub version: Option<u64>,
    /// When it was set, where that is known.
    pub set_at: Option<u64>,
    /// When it was last read, where that is known.
    pub last_read_at: Option<u64>,
    /// When its time passes.
    pub expires_at: Option<u64>,
    /// There is a value and its time has passed.
    pub expired: bool,
    /// The value is older than the app's hint.
    pub rotation_due: bool,
}

/// Whether everything is set that an app requires. As text it is for the user.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use]
pub struct Gate {
    /// What is not, by name.
    pub unmet: Vec<UnmetSecret>,
}

/// A required secret that is not set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnmetSecret {
    /// Its name.
    pub name: String,
    /// As declared.
    pub description: String,
    /// It was set and its time has passed.
    pub expired: bool,
    /// Where to set it: a command.
    pub set_with: String,
}

impl Gate {
    /// Nothing is missing.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.unmet.is_empty()
    }
}

impl fmt::Display for Gate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_ready() {
            return f.write_str("everything required is set");
        }
        for (n, UnmetSecret { name, description, expired, set_with }) in self.unmet.iter().enumerate() {
            let line_feed = if n == 0 { "" } else { "\n" };
            let why = if *expired { "has expired" } else { "is not set" };
            write!(f, "{line_feed}{name} {why}: {description}\n  {set_with}")?;
        }
        Ok(())
    }
}
