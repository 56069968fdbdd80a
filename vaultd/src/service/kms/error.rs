//! Why the core refused, in the wire's words.

use vault_core::kms::{KeyState, KmsError};
use vault_proto::latest::{Thing, WireError};

use super::super::map::{self, invalid};
use super::words;

pub(super) fn refused(error: KmsError) -> WireError {
    let state = |state| WireError::KeyState { state: words::told_state(state) };
    match error {
        KmsError::NotFound { what } => WireError::NotFound { what: thing(what) },
        KmsError::Forbidden => WireError::Forbidden { needs: None },
        KmsError::Disabled => state(KeyState::Disabled),
        KmsError::PendingDeletion => state(KeyState::PendingDeletion),
        KmsError::PendingImport => state(KeyState::PendingImport),
        KmsError::NotPendingDeletion { state: is } => state(is),
        KmsError::WrongUsage { usage } => WireError::WrongUsage { usage: words::told_usage(usage) },
        KmsError::InvalidCiphertext => WireError::InvalidCiphertext {},
        KmsError::IncorrectKey => WireError::IncorrectKey {},
        KmsError::InvalidSignature => WireError::InvalidSignature {},
        KmsError::InvalidMac => WireError::InvalidMac {},
        KmsError::IncorrectMaterial { expected } => WireError::IncorrectMaterial { expected: expected.to_owned() },
        KmsError::InvalidImportToken => WireError::InvalidImportToken {},
        KmsError::ExpiredImportToken => WireError::ExpiredImportToken {},
        KmsError::AlreadyExists { what } => WireError::AlreadyExists { what: thing(what) },
        KmsError::LimitExceeded { limit, max } => WireError::LimitExceeded { limit: limit.to_owned(), max },
        KmsError::TooLarge { len, max, .. } => WireError::TooLarge { len: len as u64, max: max as u64 },
        KmsError::Invalid { field, expected } => invalid(field, expected),
        KmsError::PolicyNotEnforced { statement } => {
            WireError::PolicyNotEnforced { statement: u32::try_from(statement).unwrap_or(u32::MAX) }
        }
        KmsError::Unsupported { what } => WireError::KeyCannot { what: what.to_owned() },
        KmsError::DryRun => WireError::DryRun {},
        KmsError::Held { user } => WireError::Held { user: user.to_string() },
        KmsError::OverQuota { quota, limit } => WireError::OverQuota { quota: quota.to_owned(), limit },
        KmsError::AuditFull => WireError::ReadOnly { reason: "audit full".to_owned() },
        KmsError::Fault(error) => map::fault(error),
        other => WireError::Unavailable { reason: other.to_string() },
    }
}

fn thing(what: &str) -> Thing {
    match what {
        "alias" | "the alias" => Thing::Alias,
        "grant" => Thing::Grant,
        _ => Thing::Key,
    }
}
