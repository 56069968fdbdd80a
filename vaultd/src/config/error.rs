//! What can be wrong with a configuration.

use std::io;
use std::path::PathBuf;

/// Why a configuration was not accepted.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// The file cannot be opened or read.
    #[error("{}: {source}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A directory, a device, a pipe.
    #[error("{}: not a regular file", path.display())]
    NotAFile {
        /// The file.
        path: PathBuf,
    },
    /// Somebody other than root or the daemon's own user owns it.
    #[error("{}: owned by uid {owner}; only root or uid {expected} may own it", path.display())]
    Owner {
        /// The file.
        path: PathBuf,
        /// Who owns it.
        owner: u32,
        /// The daemon's own uid.
        expected: u32,
    },
    /// Others can write it, so others decide who is an operator.
    #[error("{}: mode {mode:04o} lets others write it", path.display())]
    Writable {
        /// The file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// Longer than any configuration.
    #[error("{}: longer than {max} bytes", path.display())]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// What is accepted.
        max: u64,
    },
    /// Not UTF-8.
    #[error("{}: not UTF-8 at byte {at}", path.display())]
    NotText {
        /// The file.
        path: PathBuf,
        /// The first byte that is not.
        at: usize,
    },
    /// Not TOML, an unknown key, or a value that is not accepted.
    #[error("{}:{line}:{column}: {}", path.display(), one_line(source.message()))]
    Invalid {
        /// The file.
        path: PathBuf,
        /// From 1.
        line: usize,
        /// From 1, in bytes.
        column: usize,
        /// What the parser said.
        source: Box<toml::de::Error>,
    },
    /// Two keys that cannot both be set.
    #[error("`{first}` and `{second}` are both set; keep one")]
    Exclusive {
        /// One.
        first: &'static str,
        /// The other.
        second: &'static str,
    },
    /// A key without which nothing can be served.
    #[error("`{key}` is not set, neither as a flag nor in the configuration")]
    Missing {
        /// The key, spelled as in the file.
        key: &'static str,
    },
    /// A path that would depend on where the daemon was started.
    #[error("`{key}` must be an absolute path, not {}", one_line(&path.display().to_string()))]
    Relative {
        /// The key.
        key: &'static str,
        /// What was given.
        path: PathBuf,
    },
    /// A user or group the system does not know.
    #[error("`{key}` names {}, which this system does not know", one_line(principal))]
    UnknownAccount {
        /// The key.
        key: &'static str,
        /// As written.
        principal: String,
    },
}

impl ConfigError {
    /// What to do next.
    #[must_use]
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Unreadable { .. } | Self::NotAFile { .. } => "check the path given with --config",
            Self::Owner { .. } => "chown the file to root",
            Self::Writable { .. } => "chmod go-w the file",
            Self::TooLarge { .. } | Self::NotText { .. } => "is this the right file?",
            Self::Invalid { .. } | Self::Exclusive { .. } => "correct the file, then run `vaultd check-config FILE`",
            Self::Missing { .. } => "see `vaultd serve --help`",
            Self::Relative { .. } => "write the path from /",
            Self::UnknownAccount { .. } => "create the account first, or use uid:NUMBER",
        }
    }
}

/// A parser's message may span lines, and what it quotes may hold anything; an
/// error of ours is one line, and nothing in it gives orders to a terminal.
fn one_line(message: &str) -> String {
    let lines: Vec<_> = message.split('\n').map(str::trim).filter(|line| !line.is_empty()).collect();
    let joined = lines.join("; ");
    if !joined.contains(char::is_control) {
        return joined;
    }
    let shown = |c: char| if c.is_control() { c.escape_default().to_string() } else { c.to_string() };
    joined.chars().map(shown).collect()
}
