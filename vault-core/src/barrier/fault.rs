//! What can go wrong between a record and its store.

use std::io;

use crate::envelope::{Refused, SealError};
use crate::hazmat::Failed;
use crate::host::EntropyError;
use crate::store::StoreError;

/// Why a record could not be read or written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Fault {
    /// A record is missing, replayed, moved or changed: nothing of it is served.
    #[error("{what} cannot be proven genuine; the file is kept as it is: run `vaultd check`")]
    Corrupt {
        /// What, without content.
        what: &'static str,
    },
    /// No space; nothing was written.
    #[error("the disk is full; nothing was written")]
    DiskFull,
    /// The medium is read-only; nothing was written.
    #[error("the vault file is read-only; nothing was written")]
    ReadOnly,
    /// The write may or may not be durable.
    #[error("the write may or may not be kept: read back, then retry")]
    Indeterminate,
    /// Some commits of a work of several are durable, then one failed. Asking
    /// again, or the next unsealing, goes on from there.
    #[error("it stopped part-way, and what is done stays done; ask again, or unseal, to finish it")]
    Unfinished(#[source] Box<Fault>),
    /// An earlier write failed: no writes until the vault is opened again.
    #[error("writes stopped after a failed one; reads go on; seal and unseal, or restart, to write again")]
    Stopped,
    /// Over a limit of the store.
    #[error("{what}: {len} is more than the {max} accepted")]
    TooLarge {
        /// What.
        what: &'static str,
        /// Asked.
        len: usize,
        /// Accepted.
        max: usize,
    },
    /// No randomness.
    #[error(transparent)]
    Entropy(#[from] EntropyError),
    /// The store cannot be read now.
    #[error("the vault cannot be read now")]
    Unavailable(#[source] io::Error),
    /// The store cannot do this.
    #[error("this store cannot {what}")]
    Unsupported {
        /// What.
        what: &'static str,
    },
}

impl Fault {
    /// The same fault for another request of the same commit.
    pub(crate) fn again(&self) -> Self {
        match self {
            Self::Corrupt { what } => Self::Corrupt { what },
            Self::DiskFull => Self::DiskFull,
            Self::ReadOnly => Self::ReadOnly,
            Self::Indeterminate => Self::Indeterminate,
            Self::Unfinished(fault) => Self::Unfinished(Box::new(fault.again())),
            Self::Stopped => Self::Stopped,
            Self::TooLarge { what, len, max } => Self::TooLarge { what, len: *len, max: *max },
            Self::Entropy(error) => Self::Entropy(*error),
            Self::Unavailable(error) => Self::Unavailable(io::Error::new(error.kind(), error.to_string())),
            Self::Unsupported { what } => Self::Unsupported { what },
        }
    }
}

impl From<Refused> for Fault {
    fn from(Refused: Refused) -> Self {
        Self::Corrupt { what: "a record" }
    }
}

impl From<SealError> for Fault {
    fn from(error: SealError) -> Self {
        match error {
            SealError::TooLarge { len, max } => Self::TooLarge { what: "a record", len, max },
            SealError::Entropy(error) => Self::Entropy(error),
        }
    }
}

impl From<Failed> for Fault {
    fn from(Failed: Failed) -> Self {
        Self::Unavailable(io::Error::other("the cryptographic library did not do its work"))
    }
}

impl From<StoreError> for Fault {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Full => Self::DiskFull,
            StoreError::ReadOnly => Self::ReadOnly,
            StoreError::Indeterminate(_) => Self::Indeterminate,
            StoreError::Stopped => Self::Stopped,
            StoreError::TooLarge { what, len, max } => Self::TooLarge { what, len, max },
            StoreError::Corrupt { what } => Self::Corrupt { what },
            StoreError::Precondition { .. } => Self::Corrupt { what: "the state record" },
            StoreError::Unsupported { what } => Self::Unsupported { what },
            StoreError::Io(error) => Self::Unavailable(error),
            other => Self::Unavailable(io::Error::other(other)),
        }
    }
}
