//! Exit codes, which scripts rely on, and the one line an error prints.

use std::fmt;
use std::io::Write;
use std::process::ExitCode;

/// How a command ends. The numbers are a contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// Done.
    Ok = 0,
    /// Failed in a way none of the others names.
    Failure = 1,
    /// The command line or the configuration is wrong.
    Usage = 2,
    /// Nothing there.
    NotFound = 3,
    /// Not allowed.
    Forbidden = 4,
    /// The vault is sealed, and what was presented does not open it.
    Sealed = 5,
    /// Something else is there already, or holds it.
    Conflict = 6,
    /// Cannot be served now.
    Unavailable = 7,
    /// Damaged, or written by a newer version.
    Corrupt = 8,
    /// Try again.
    Busy = 9,
    /// Over a limit or quota.
    TooLarge = 10,
    /// Read-only, or the disk is full.
    ReadOnly = 11,
    /// May or may not have happened.
    Indeterminate = 12,
    /// A required secret is missing or expired.
    MissingSecret = 13,
    /// The vault is older than it was.
    Rollback = 14,
}

impl Exit {
    /// The word for it in `--json` errors.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Failure => "failure",
            Self::Usage => "usage",
            Self::NotFound => "not_found",
            Self::Forbidden => "forbidden",
            Self::Sealed => "sealed",
            Self::Conflict => "conflict",
            Self::Unavailable => "unavailable",
            Self::Corrupt => "corrupt",
            Self::Busy => "busy",
            Self::TooLarge => "too_large",
            Self::ReadOnly => "read_only",
            Self::Indeterminate => "indeterminate",
            Self::MissingSecret => "missing_secret",
            Self::Rollback => "rollback",
        }
    }

    /// Can the same command succeed later without anybody changing anything?
    #[must_use]
    pub fn retryable(self) -> bool {
        matches!(self, Self::Unavailable | Self::Busy)
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

/// Why a command failed, for a person: one line, and what to do next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    exit: Exit,
    what: String,
    hint: Option<String>,
}

impl Failure {
    /// A failure. `what` holds no secret: it is printed.
    #[must_use]
    pub fn new(exit: Exit, what: impl fmt::Display) -> Self {
        Self { exit, what: what.to_string(), hint: None }
    }

    /// Adds the next step.
    #[must_use]
    pub fn hint(mut self, hint: impl fmt::Display) -> Self {
        self.hint = Some(hint.to_string());
        self
    }

    /// A system call on a path that failed.
    #[must_use]
    pub fn io(path: &std::path::Path, source: &std::io::Error) -> Self {
        use std::io::ErrorKind;
        let exit = match source.kind() {
            ErrorKind::NotFound => Exit::NotFound,
            ErrorKind::PermissionDenied => Exit::Forbidden,
            ErrorKind::AlreadyExists => Exit::Conflict,
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::ReadOnlyFilesystem => Exit::ReadOnly,
            _ => Exit::Failure,
        };
        Self::new(exit, format_args!("{}: {source}", path.display()))
    }

    /// The exit code.
    #[must_use]
    pub fn exit(&self) -> Exit {
        self.exit
    }

    /// Prints it on stderr: `vaultd: … (hint)`, or one JSON object.
    pub fn report(&self, json: bool) {
        let line = if json {
            serde_json::json!({
                "error": self.what,
                "code": self.exit.word(),
                "retryable": self.exit.retryable(),
                "hint": self.hint,
            })
            .to_string()
        } else {
            self.to_string()
        };
        // Nobody is left to tell when stderr is gone.
        let _ = writeln!(std::io::stderr(), "{line}");
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "vaultd: {}", self.what)?;
        match &self.hint {
            Some(hint) => write!(f, " (hint: {hint})"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for Failure {}

impl From<crate::config::ConfigError> for Failure {
    fn from(error: crate::config::ConfigError) -> Self {
        Self::new(Exit::Usage, &error).hint(error.hint())
    }
}
