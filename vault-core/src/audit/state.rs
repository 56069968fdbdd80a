//! How the log is doing, in words an operator can act on.

use super::verify::Problem;

/// How the log is doing.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct AuditState {
    /// What is wrong; empty when all is well.
    pub degraded: Vec<Degraded>,
    /// Is the chain keyed, that is, the vault open?
    pub keyed: bool,
    /// The last line's number.
    pub sequence: u64,
    /// The last line's number that is known to be on the disk.
    pub synced: u64,
    /// Lines waiting in memory to be written.
    pub pending: u64,
    /// Lines lost since the program started.
    pub lost: u64,
    /// Bytes in the current file.
    pub file_bytes: u64,
}

/// One thing that is wrong.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum Degraded {
    /// Lines cannot be written: the disk is full, or fails.
    CannotWrite(std::io::ErrorKind),
    /// The disk is full and the space set aside is in use.
    ReserveInUse,
    /// No space could be set aside for a full disk.
    NoReserve,
    /// The disk did not confirm that lines are durable; a new file will be tried.
    SyncFailed,
    /// A new file could not be started; the old one goes on growing.
    RotationFailed,
    /// The file did not match what the vault remembers.
    Alarm(Alarm),
}

/// The log file is not what it should be.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Alarm {
    /// The file ends before the checkpoint: lines were cut off, or an old copy was put back.
    #[error("the audit log ends at line {file}, the vault remembers line {checkpoint}: lines were removed")]
    Behind {
        /// What the vault remembers.
        checkpoint: u64,
        /// Where the file ends.
        file: u64,
    },
    /// The line the vault remembers is another one.
    #[error("line {sequence} of the audit log is not the one the vault remembers")]
    Forked {
        /// Which line.
        sequence: u64,
    },
    /// The line the vault remembers is older than everything kept.
    #[error("the audit log begins at line {oldest}, the vault remembers line {checkpoint}: files were removed")]
    Gone {
        /// What the vault remembers.
        checkpoint: u64,
        /// The oldest line kept.
        oldest: u64,
    },
    /// Lines after the checkpoint are not in the chain.
    #[error("{count} places of the audit log are damaged since the last checkpoint")]
    Broken {
        /// How many.
        count: u64,
        /// The first of them.
        first: Problem,
    },
    /// The file could not be read back.
    #[error("the audit log cannot be read back")]
    Unreadable(std::io::ErrorKind),
}

impl Alarm {
    /// The word in the alarm's own line.
    pub(super) fn word(&self) -> &'static str {
        match self {
            Self::Behind { .. } => "behind",
            Self::Forked { .. } => "forked",
            Self::Gone { .. } => "gone",
            Self::Broken { .. } => "broken",
            Self::Unreadable(_) => "unreadable",
        }
    }

    /// The number in it: a line, or a count.
    pub(super) fn number(&self) -> u64 {
        match self {
            Self::Behind { checkpoint, .. } | Self::Gone { checkpoint, .. } => *checkpoint,
            Self::Forked { sequence } => *sequence,
            Self::Broken { count, .. } => *count,
            Self::Unreadable(_) => 0,
        }
    }
}

/// What unlocking found.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
#[non_exhaustive]
pub struct UnlockReport {
    /// Empty when the log is what the vault remembers.
    pub alarms: Vec<Alarm>,
    /// Keyed lines checked since the checkpoint.
    pub verified: u64,
    /// Plain lines since the checkpoint, now covered.
    pub plain: u64,
}
