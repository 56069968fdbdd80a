//! Why a store gave no answer. Each case asks for something else from whoever
//! wrote the application, so each is its own: a vault that cannot be reached
//! must never look like a secret that is not set.

use std::error::Error;

/// Why a store gave no answer. Holds names and numbers, never a value.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SecretStoreError {
    /// There is no value. Ask the user to set it.
    #[error("{name} is not set")]
    NotSet {
        /// Its name.
        name: String,
    },
    /// There is a value and its time has passed. Ask the user to replace it.
    #[error("{name} has expired")]
    Expired {
        /// Its name.
        name: String,
    },
    /// The app declares no such secret. A mistake in the code or the manifest.
    #[error("{name} is not declared by {app}")]
    NotDeclared {
        /// The app.
        app: String,
        /// The name that was asked for.
        name: String,
    },
    /// Not allowed in this role, or for this user.
    #[error("not allowed: {needs}")]
    Forbidden {
        /// What would be needed, when that may be told.
        needs: String,
    },
    /// The value is longer than is declared.
    #[error("the value has {len} bytes, at most {max} are accepted")]
    TooLarge {
        /// Its length.
        len: u64,
        /// What is accepted.
        max: u64,
    },
    /// An argument that can never be right.
    #[error("the {field} is not acceptable: expected {expected}")]
    Invalid {
        /// Which.
        field: String,
        /// What would be accepted.
        expected: String,
    },
    /// Another value became current in the meantime. Read it and decide anew.
    #[error("version {current} is current")]
    Conflict {
        /// The version that is current, 0 = absent.
        current: u64,
    },
    /// The webhook is not genuine. Answer its sender with 401.
    #[error("the webhook is refused: {0}")]
    Webhook(WebhookRefusal),
    /// The vault is sealed. An operator must unseal it.
    #[error("the vault is sealed")]
    Sealed,
    /// Nothing more can be stored. An operator must make room.
    #[error("the vault takes no writes: {reason}")]
    Full {
        /// Which limit.
        reason: String,
    },
    /// The vault cannot be reached or does not answer. Nothing was changed.
    #[error("the vault is not available: {reason}")]
    Unavailable {
        /// Why.
        reason: String,
        /// What it came from.
        #[source]
        source: Option<Box<dyn Error + Send + Sync>>,
    },
    /// The connection was lost before the answer: the change may have been made.
    #[error("the change may or may not have been made: read back before trying again")]
    Indeterminate,
    /// What is stored cannot be proven genuine. An operator must look.
    #[error("what is stored cannot be proven genuine: {what}")]
    Corrupt {
        /// What, without content.
        what: String,
    },
    /// This kind of store cannot do that.
    #[error("this store cannot do that: {what}")]
    Unsupported {
        /// What.
        what: String,
    },
    /// Another failure, in the client's own words.
    #[error(transparent)]
    Other(Box<dyn Error + Send + Sync>),
}

/// Why a webhook is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum WebhookRefusal {
    /// A header of the scheme is missing.
    #[error("a header of the scheme is missing")]
    NoHeader,
    /// A header of the scheme cannot be read.
    #[error("a header of the scheme cannot be read")]
    BadHeader,
    /// The signature is not this body's, or was made with another secret.
    #[error("no signature fits")]
    BadSignature,
    /// Signed too long ago, or in the future.
    #[error("it was signed too long ago, or in the future")]
    TooOld,
    /// It was here before.
    #[error("it was here before")]
    Replayed,
    /// What is stored is no signing secret of this scheme.
    #[error("the stored secret is none of this scheme")]
    BadSecret,
}

impl SecretStoreError {
    /// A stable word for programs.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotSet { .. } => "not_set",
            Self::Expired { .. } => "expired",
            Self::NotDeclared { .. } => "not_declared",
            Self::Forbidden { .. } => "forbidden",
            Self::TooLarge { .. } => "too_large",
            Self::Invalid { .. } => "invalid",
            Self::Conflict { .. } => "conflict",
            Self::Webhook(_) => "webhook_refused",
            Self::Sealed => "sealed",
            Self::Full { .. } => "full",
            Self::Unavailable { .. } => "unavailable",
            Self::Indeterminate => "indeterminate",
            Self::Corrupt { .. } => "corrupt",
            Self::Unsupported { .. } => "unsupported",
            Self::Other(_) => "other",
        }
    }

    /// Can the same call succeed a little later, with nobody doing anything, and
    /// without happening twice?
    #[must_use]
    pub fn retryable(&self) -> bool {
        matches!(self, Self::Unavailable { .. })
    }

    /// Is it for the user to set a value?
    #[must_use]
    pub fn asks_the_user(&self) -> bool {
        matches!(self, Self::NotSet { .. } | Self::Expired { .. })
    }
}
