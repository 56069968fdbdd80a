//! What a call can end with. Each error has a stable code, says whether trying
//! again can help, gives a command its exit status and names the next step.

mod kind;
mod protocol;
mod words;

use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use vault_proto::EncodeError;
use vault_proto::hello::Refusal;
use vault_proto::latest::WireError;

use crate::stamps::Incarnation;

pub use kind::ErrorKind;
pub use protocol::ProtocolError;

/// Why a call gave no answer.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum ClientError {
    /// The daemon refused.
    #[error("{}", words::describe(.0))]
    Server(WireError),
    /// The daemon refused the connection.
    #[error("{0}")]
    Refused(Refusal),
    /// Nobody listens there.
    #[error("vaultd is not running at {}", path.display())]
    NotRunning {
        /// The socket.
        path: PathBuf,
    },
    /// The connection failed, and the call was not executed or changes nothing.
    #[error("cannot talk to vaultd: {0}")]
    Unavailable(#[source] Arc<io::Error>),
    /// No answer in time.
    #[error("no answer within {} ms", after.as_millis())]
    Timeout {
        /// The deadline.
        after: Duration,
        /// The call was sent and changes something: it may have been executed.
        may_have_happened: bool,
    },
    /// The connection broke after a call that changes something was sent: it may
    /// have been executed. It is never sent again by itself.
    #[error("the connection broke before the answer came, the change may or may not have been made: {0}")]
    Indeterminate(#[source] Arc<io::Error>),
    /// The process at the socket is not the daemon's. Nothing was sent to it.
    #[error("the server at {} runs as uid {uid}, which is not trusted here", path.display())]
    ServerUid {
        /// Its uid.
        uid: u32,
        /// The only uid accepted, when one was configured.
        expected: Option<u32>,
        /// The socket.
        path: PathBuf,
    },
    /// The server does not keep to the protocol.
    #[error("the server does not keep to the protocol: {0}")]
    Protocol(#[from] ProtocolError),
    /// The call does not fit a frame, or the daemon is too old to know it; nothing
    /// was sent.
    #[error("the call cannot be sent: {0}")]
    Unsendable(#[from] EncodeError),
    /// The vault's history is shorter than it was: an old copy is being served.
    #[error("the vault went back from commit {seen} to {now}: an older copy is being served")]
    RollbackSuspected {
        /// The highest commit seen before.
        seen: u64,
        /// The commit the vault says it is at.
        now: u64,
    },
    /// Another vault, or this one restored, answers at this socket.
    #[error("the vault's incarnation changed from {known} to {now}: it was restored or replaced")]
    UnknownIncarnation {
        /// The one remembered.
        known: Incarnation,
        /// The one that answered.
        now: Incarnation,
    },
}

impl ClientError {
    /// A stable word for programs.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Server(error) => words::code(error),
            Self::Refused(Refusal::TooManyConnections) => "busy",
            Self::Refused(Refusal::NotAllowed) => "forbidden",
            Self::Refused(Refusal::ShuttingDown) => "unavailable",
            Self::Refused(_) => "unsupported",
            Self::NotRunning { .. } => "not_running",
            Self::Unavailable(_) => "unavailable",
            Self::Timeout { .. } => "timeout",
            Self::Indeterminate(_) => "indeterminate",
            Self::ServerUid { .. } => "server_uid",
            Self::Protocol(_) => "protocol",
            Self::Unsendable(EncodeError::NotInVersion { .. }) => "unsupported",
            Self::Unsendable(_) => "too_large",
            Self::RollbackSuspected { .. } => "rollback_suspected",
            Self::UnknownIncarnation { .. } => "unknown_incarnation",
        }
    }

    /// Can the same call succeed a little later, with nobody doing anything, and
    /// without happening twice?
    #[must_use]
    pub fn retryable(&self) -> bool {
        match self {
            Self::Server(WireError::Busy { .. } | WireError::Unavailable { .. }) => true,
            Self::Refused(Refusal::TooManyConnections | Refusal::ShuttingDown) => true,
            Self::NotRunning { .. } | Self::Unavailable(_) => true,
            Self::Timeout { may_have_happened, .. } => !may_have_happened,
            _ => false,
        }
    }

    /// The exit status of a command that ends with this.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Server(error) => words::exit_code(error),
            Self::Refused(Refusal::TooManyConnections) => 9,
            Self::Refused(Refusal::NotAllowed) | Self::ServerUid { .. } => 4,
            Self::Refused(Refusal::NoCommonVersion | Refusal::UnknownCodec) | Self::Protocol(_) => 8,
            Self::Timeout { may_have_happened: true, .. } | Self::Indeterminate(_) => 12,
            Self::Refused(_) | Self::NotRunning { .. } | Self::Unavailable(_) | Self::Timeout { .. } => 7,
            Self::Unsendable(EncodeError::NotInVersion { .. }) => 1,
            Self::Unsendable(_) => 10,
            Self::RollbackSuspected { .. } | Self::UnknownIncarnation { .. } => 14,
        }
    }

    /// The next step, for a person; empty when the message says it all.
    #[must_use]
    pub fn hint(&self) -> String {
        match self {
            Self::Server(error) => words::hint(error),
            Self::Refused(Refusal::TooManyConnections) => "close other clients or try again shortly".into(),
            Self::Refused(Refusal::NotAllowed) => "ask the operator to allow this user or one of its groups".into(),
            Self::Refused(Refusal::ShuttingDown) => "try again when the daemon is back".into(),
            Self::Refused(_) | Self::Protocol(_) => {
                "use a client and a daemon of the same release, and check that --socket names vaultd's socket".into()
            }
            Self::NotRunning { .. } => {
                "start the daemon (`systemctl start vaultd`, or `vaultd dev` to try it), or name its socket with --socket or $VAULTD_SOCKET".into()
            }
            Self::Unavailable(error) if error.kind() == io::ErrorKind::PermissionDenied => {
                "the socket's permissions do not let this user in: ask the operator for its group".into()
            }
            Self::Unavailable(_) => "try again; see the daemon's log when it goes on".into(),
            Self::Timeout { may_have_happened: true, .. } | Self::Indeterminate(_) => {
                "read back what is stored before trying again".into()
            }
            Self::Timeout { .. } => "try again, or allow more time".into(),
            Self::ServerUid { uid, .. } => {
                format!("if uid {uid} is meant to run the daemon, say so with --server-uid {uid}")
            }
            Self::Unsendable(EncodeError::NotInVersion { .. }) => {
                "the daemon is older than this client and has neither apps nor keys: upgrade it".into()
            }
            Self::Unsendable(_) => "a value holds at most 65,536 bytes; a webhook's body, and what a key encrypts or signs, 1 MiB (768 KiB in JSON)".into(),
            Self::RollbackSuspected { .. } => {
                "do not write; ask the operator whether an old copy was put in place (a proper restore makes a new incarnation)".into()
            }
            Self::UnknownIncarnation { now, .. } => {
                format!("if the vault was restored or made anew, accept it once with --accept-incarnation {now}")
            }
        }
    }

    pub(crate) fn unavailable(error: impl Into<io::Error>) -> Self {
        Self::Unavailable(Arc::new(error.into()))
    }
}

#[cfg(test)]
mod tests;
