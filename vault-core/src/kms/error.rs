//! Why an operation on a key was refused.

use super::spec::KeyUsage;
use super::state::KeyState;
use crate::barrier::Fault;
use crate::envelope::SealError;
use crate::host::EntropyError;
use crate::names::{NameError, User};
use crate::secrets::Refusal;

/// Why an operation on a key was refused.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KmsError {
    /// No such key, alias or grant; or one that the caller may not know of.
    #[error("no such {what}")]
    NotFound {
        /// `key`, `alias`, `grant` or `tag`.
        what: &'static str,
    },
    /// The caller may know the key, but not do this with it.
    #[error("not allowed")]
    Forbidden,
    /// The key is disabled.
    #[error("the key is disabled")]
    Disabled,
    /// The key is going to be deleted.
    #[error("the key is pending deletion")]
    PendingDeletion,
    /// The key has no material.
    #[error("the key waits for its material")]
    PendingImport,
    /// Only a key that is pending deletion can be kept from it.
    #[error("the key is not pending deletion")]
    NotPendingDeletion {
        /// What it is.
        state: KeyState,
    },
    /// The key is not for that, or not with that algorithm.
    #[error("the key is not for that: it is for {usage:?}")]
    WrongUsage {
        /// What it is for.
        usage: KeyUsage,
    },
    /// Wrong context, key, version, or changed bytes: one error for all of them.
    #[error("the ciphertext does not open here")]
    InvalidCiphertext,
    /// The ciphertext belongs to another key than the one named.
    #[error("the ciphertext was made by another key")]
    IncorrectKey,
    /// The signature is not the key's over this message.
    #[error("the signature is not valid")]
    InvalidSignature,
    /// The MAC is not the key's over this message.
    #[error("the MAC is not valid")]
    InvalidMac,
    /// The material is not of the key's kind, or not what was imported before.
    #[error("the key material does not fit: expected {expected}")]
    IncorrectMaterial {
        /// What would.
        expected: &'static str,
    },
    /// The import token is not the key's latest.
    #[error("the import token is not the latest for this key")]
    InvalidImportToken,
    /// The import token has expired.
    #[error("the import token has expired: ask for new parameters")]
    ExpiredImportToken,
    /// Another operation on the key is already what is asked for.
    #[error("{what} exists already")]
    AlreadyExists {
        /// What.
        what: &'static str,
    },
    /// A count is at its limit.
    #[error("over the limit of {max} {limit}")]
    LimitExceeded {
        /// Of what.
        limit: &'static str,
        /// The limit.
        max: u64,
    },
    /// Over a fixed length.
    #[error("{what}: {len} is more than the {max} accepted")]
    TooLarge {
        /// What.
        what: &'static str,
        /// Given.
        len: usize,
        /// Accepted.
        max: usize,
    },
    /// An argument is not acceptable.
    #[error("{field} is not acceptable: expected {expected}")]
    Invalid {
        /// Which.
        field: &'static str,
        /// What would be accepted.
        expected: &'static str,
    },
    /// A key policy with something that is not enforced here is not stored.
    #[error("statement {statement} of the policy is not one that is enforced here; nothing was stored")]
    PolicyNotEnforced {
        /// Which, from 0.
        statement: usize,
    },
    /// Keys of this kind cannot do that.
    #[error("keys of this kind cannot {what}")]
    Unsupported {
        /// What.
        what: &'static str,
    },
    /// Everything was in order; nothing was done, as asked.
    #[error("the request would have succeeded; nothing was done")]
    DryRun,
    /// The login name behind the uid changed since the keys were made.
    #[error("{user} now has another login name: an operator must run `vaultctl user confirm {user}`, `move` or `rm`")]
    Held {
        /// The user.
        user: User,
    },
    /// Over a configured quota.
    #[error("over the quota {quota} of {limit}")]
    OverQuota {
        /// The limit's name.
        quota: &'static str,
        /// Its value.
        limit: u64,
    },
    /// The log cannot take another line, so the operation is not done.
    #[error("the audit log cannot be written; nothing was done")]
    AuditFull,
    /// Below.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl KmsError {
    pub(crate) const NO_KEY: Self = Self::NotFound { what: "key" };

    /// Its word in the audit log.
    pub(crate) fn word(&self) -> Option<&'static str> {
        Some(match self {
            Self::NotFound { .. } => "missing",
            Self::Forbidden => "forbidden",
            Self::Disabled => "disabled",
            Self::PendingDeletion => "pending_deletion",
            Self::PendingImport => "pending_import",
            Self::NotPendingDeletion { .. } => "not_pending_deletion",
            Self::WrongUsage { .. } => "wrong_usage",
            Self::InvalidCiphertext => "invalid_ciphertext",
            Self::IncorrectKey => "incorrect_key",
            Self::InvalidSignature => "invalid_signature",
            Self::InvalidMac => "invalid_mac",
            Self::IncorrectMaterial { .. } => "incorrect_material",
            Self::InvalidImportToken => "invalid_import_token",
            Self::ExpiredImportToken => "expired_import_token",
            Self::AlreadyExists { .. } => "already_exists",
            Self::LimitExceeded { .. } => "limit_exceeded",
            Self::TooLarge { .. } => "too_large",
            Self::Invalid { .. } => "invalid",
            Self::PolicyNotEnforced { .. } => "policy_not_enforced",
            Self::Unsupported { .. } => "unsupported",
            Self::DryRun => "dry_run",
            Self::Held { .. } => "held",
            Self::OverQuota { .. } => "over_quota",
            Self::AuditFull => "audit_full",
            Self::Fault(_) => return None,
        })
    }
}

impl From<Refusal> for KmsError {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Missing { .. } | Refusal::Conflict { .. } | Refusal::NoSuchApp => Self::NO_KEY,
            // What concerns apps and their declared secrets does not arise with keys; were it to, it refuses.
            Refusal::Forbidden { .. }
            | Refusal::NotDeclared
            | Refusal::Suspended
            | Refusal::Orphans { .. }
            | Refusal::BadToken
            | Refusal::StateRefused
            | Refusal::Webhook(_) => Self::Forbidden,
            Refusal::Held { user } => Self::Held { user },
            Refusal::TooLarge { len, max } => Self::TooLarge { what: "a record", len, max },
            Refusal::OverQuota { quota, limit } => Self::OverQuota { quota, limit },
            Refusal::Invalid { field, expected } => Self::Invalid { field, expected },
            Refusal::AuditFull => Self::AuditFull,
            Refusal::Fault(fault) => Self::Fault(fault),
        }
    }
}

impl From<NameError> for KmsError {
    fn from(rule: NameError) -> Self {
        Self::Invalid { field: rule.field, expected: rule.expected }
    }
}

impl From<EntropyError> for KmsError {
    fn from(error: EntropyError) -> Self {
        Self::Fault(error.into())
    }
}

impl From<SealError> for KmsError {
    fn from(error: SealError) -> Self {
        Self::Fault(error.into())
    }
}
