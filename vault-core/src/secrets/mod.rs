//! Secrets: one operation a file, each on a [`Txn`] (writes) or on the barrier
//! (reads). Whether the caller may is decided above, in [`crate::access`].

mod delete;
mod directory;
mod draft;
mod get;
mod indexes;
mod last_read;
mod list;
mod metadata;
mod promote;
mod purge;
mod recent;
mod reconcile;
mod set;
mod shelf;
mod status;

use crate::barrier::Fault;
use crate::names::{App, NameError, SecretName, User};
use crate::webhook::WebhookError;

pub(crate) use delete::{delete, destroy, destroy_at, undelete};
pub(crate) use directory::{Account, ScopeEntry, directory_place, make_scope, scan_directory, scope_of};
pub(crate) use draft::{Draft, draft};
pub use get::Value;
pub(crate) use get::{get, get_found, history};
pub(crate) use indexes::Indexes;
pub(crate) use last_read::LastReads;
pub use list::SecretInfo;
pub(crate) use list::list;
pub use metadata::{VersionInfo, VersionState};
pub(crate) use promote::{promote, reject};
pub(crate) use purge::purge;
pub(crate) use recent::Recents;
pub(crate) use reconcile::reconcile;
pub(crate) use set::{NewValue, Rules, set, within};
pub(crate) use shelf::{Decoded, Shelf};
pub use status::{Gate, MissingSecret, SecretStatus};
pub(crate) use status::{Look, missing, status, statuses};

/// Why an operation on a secret was refused.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// Nothing readable under that name.
    #[error("{}", if *.expired { "the secret has expired" } else { "no such secret" })]
    Missing {
        /// It exists but its time has passed.
        expired: bool,
    },
    /// Not allowed.
    #[error("not allowed")]
    Forbidden {
        /// What would be needed, when that may be told.
        needs: Option<&'static str>,
    },
    /// The login name behind the uid changed since the secrets were stored.
    #[error("{user} now has another login name: an operator must run `vaultctl user confirm {user}`, `move` or `rm`")]
    Held {
        /// The user.
        user: User,
    },
    /// Compare-and-set lost.
    #[error("the current version is {current}")]
    Conflict {
        /// The version that is current, 0 = absent.
        current: u64,
    },
    /// Over a fixed limit.
    #[error("{len} is more than the {max} accepted")]
    TooLarge {
        /// Sent.
        len: usize,
        /// Accepted.
        max: usize,
    },
    /// Over a configured quota.
    #[error("over the quota {quota} of {limit}")]
    OverQuota {
        /// The limit's name.
        quota: &'static str,
        /// Its value.
        limit: u64,
    },
    /// The app declares no secret of that name.
    #[error("the app declares no such secret")]
    NotDeclared,
    /// Nobody has added that app.
    #[error("no such app")]
    NoSuchApp,
    /// The app is suspended: nobody acts as it, nothing is stored for it.
    #[error("the app is suspended")]
    Suspended,
    /// What is asked would leave stored values that nothing declares.
    #[error("{values} stored values would no longer be declared")]
    Orphans {
        /// How many.
        values: u64,
    },
    /// No token, or none that is good for this.
    #[error("the token is not good: unknown, expired or revoked")]
    BadToken,
    /// No authorization that was begun, or not this app's, or redeemed, or too old.
    #[error("the state is not good: unknown, used before, or expired")]
    StateRefused,
    /// A webhook is not proven.
    #[error(transparent)]
    Webhook(WebhookError),
    /// An argument is not acceptable.
    #[error("{field} is not acceptable: expected {expected}")]
    Invalid {
        /// Which.
        field: &'static str,
        /// What would be accepted.
        expected: &'static str,
    },
    /// The log cannot take another line, so the operation is not done.
    #[error("the audit log cannot be written; nothing was done")]
    AuditFull,
    /// Below.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl From<NameError> for Refusal {
    fn from(rule: NameError) -> Self {
        Self::Invalid { field: rule.field, expected: rule.expected }
    }
}

/// What a secret is addressed by, once the caller is known.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Target<'a> {
    pub(crate) account: &'a Account,
    pub(crate) app: &'a App,
    pub(crate) name: &'a SecretName,
}

/// What a user may occupy.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Quotas {
    /// Secrets per user; `max_secrets_per_user`.
    pub secrets: u64,
    /// Bytes of ciphertext per user; `max_bytes_per_user`.
    pub bytes: u64,
    /// Free space below which sets are refused; `min_free_disk_bytes`.
    pub free_disk: u64,
}

impl Default for Quotas {
    fn default() -> Self {
        Self { secrets: 10_000, bytes: 64 << 20, free_disk: 64 << 20 }
    }
}
