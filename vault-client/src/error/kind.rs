//! What an error means to a program that wanted a secret.

use vault_proto::EncodeError;
use vault_proto::hello::Refusal;
use vault_proto::latest::WireError;

use super::ClientError;

/// The kinds of error that a program does something different about. Within
/// one, [`ClientError`] has the fields and its `code` the exact word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// Nothing is stored under that name, for this user: ask for it to be set.
    /// Of keys: there is none of that name, or none that this user may know of.
    NotSet,
    /// What is stored has expired, or an OAuth state has: ask for it anew.
    Expired,
    /// The app declares no such secret, or there is no such app: a mistake in
    /// the program or the app's declaration, that nobody mends by setting it.
    NotDeclared,
    /// Not allowed: who asks, as what, or with which token.
    Forbidden,
    /// Longer than is accepted, or over a quota.
    TooLarge,
    /// The vault is sealed: an operator has to open it.
    Sealed,
    /// It cannot be reached or cannot answer now; trying again later may help.
    Unavailable,
    /// Something cannot be proven genuine: the stored data, or the history of
    /// the vault that answers. Trying again does not help.
    Corrupt,
    /// Somebody else was first, or something stands in the way.
    Conflict,
    /// A change may or may not have been made.
    Indeterminate,
    /// A webhook, ciphertext, signature or MAC that is not genuine, or not any more.
    NotGenuine,
    /// The call cannot be right: an argument, or a daemon that has no such call.
    Invalid,
    /// It would have succeeded; nothing was done, as asked.
    DryRun,
}

impl ClientError {
    /// Which kind of error it is.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::Server(error) => of(error),
            Self::Refused(Refusal::NotAllowed) | Self::ServerUid { .. } => ErrorKind::Forbidden,
            Self::Refused(Refusal::NoCommonVersion | Refusal::UnknownCodec) => ErrorKind::Invalid,
            Self::Timeout { may_have_happened: true, .. } | Self::Indeterminate(_) => ErrorKind::Indeterminate,
            Self::Refused(_) | Self::NotRunning { .. } | Self::Unavailable(_) | Self::Timeout { .. } => {
                ErrorKind::Unavailable
            }
            Self::Unsendable(EncodeError::Frame(_)) => ErrorKind::TooLarge,
            Self::Unsendable(_) => ErrorKind::Invalid,
            Self::Protocol(_) | Self::RollbackSuspected { .. } | Self::UnknownIncarnation { .. } => ErrorKind::Corrupt,
        }
    }
}

fn of(error: &WireError) -> ErrorKind {
    match error {
        WireError::Missing { expired: false } | WireError::NotFound { .. } => ErrorKind::NotSet,
        WireError::Missing { expired: true } | WireError::StateRefused {} | WireError::ExpiredImportToken {} => {
            ErrorKind::Expired
        }
        WireError::NotDeclared { .. } | WireError::NoSuchApp { .. } => ErrorKind::NotDeclared,
        WireError::Forbidden { .. }
        | WireError::Held { .. }
        | WireError::WrongSecret {}
        | WireError::Suspended { .. }
        | WireError::BadToken {} => ErrorKind::Forbidden,
        WireError::TooLarge { .. } | WireError::OverQuota { .. } | WireError::LimitExceeded { .. } => {
            ErrorKind::TooLarge
        }
        WireError::Sealed {} => ErrorKind::Sealed,
        WireError::Busy { .. } | WireError::ReadOnly { .. } | WireError::Unavailable { .. } => ErrorKind::Unavailable,
        WireError::Corrupt { .. } => ErrorKind::Corrupt,
        WireError::Conflict { .. }
        | WireError::Orphans { .. }
        | WireError::AlreadyExists { .. }
        | WireError::KeyState { .. } => ErrorKind::Conflict,
        WireError::Indeterminate {} => ErrorKind::Indeterminate,
        WireError::WebhookRefused { .. }
        | WireError::InvalidCiphertext {}
        | WireError::InvalidSignature {}
        | WireError::InvalidMac {} => ErrorKind::NotGenuine,
        WireError::DryRun {} => ErrorKind::DryRun,
        // Of a later version, too: nothing that can be mended by asking again.
        _ => ErrorKind::Invalid,
    }
}
