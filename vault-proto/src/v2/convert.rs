//! Version 1 in terms of version 2 and back. What comes in is moved, never
//! copied: a value that was decoded stays the only one.

use super::{Call, Reply, Request, Response, WireError};
use crate::v1;

impl From<v1::Request> for Request {
    fn from(v1::Request { id, call }: v1::Request) -> Self {
        Self { id, acting: None, call: Call::Vault(call) }
    }
}

impl From<v1::Response> for Response {
    fn from(v1::Response { id, stamp, result }: v1::Response) -> Self {
        Self { id, stamp, result: result.map(Reply::Vault).map_err(WireError::from) }
    }
}

impl From<v1::Call> for Call {
    fn from(call: v1::Call) -> Self {
        Self::Vault(call)
    }
}

impl From<v1::Reply> for Reply {
    fn from(reply: v1::Reply) -> Self {
        Self::Vault(reply)
    }
}

impl From<v1::WireError> for WireError {
    fn from(error: v1::WireError) -> Self {
        use v1::WireError as Old;
        match error {
            Old::Sealed {} => Self::Sealed {},
            Old::Missing { expired } => Self::Missing { expired },
            Old::Forbidden { needs } => Self::Forbidden { needs },
            Old::Held { user } => Self::Held { user },
            Old::Conflict { current } => Self::Conflict { current },
            Old::TooLarge { len, max } => Self::TooLarge { len, max },
            Old::OverQuota { quota, limit } => Self::OverQuota { quota, limit },
            Old::Busy { retry_after_ms } => Self::Busy { retry_after_ms },
            Old::Corrupt { what } => Self::Corrupt { what },
            Old::ReadOnly { reason } => Self::ReadOnly { reason },
            Old::Indeterminate {} => Self::Indeterminate {},
            Old::Unavailable { reason } => Self::Unavailable { reason },
            Old::Unsupported { what } => Self::Unsupported { what },
            Old::Invalid { field, expected } => Self::Invalid { field, expected },
            Old::WrongSecret {} => Self::WrongSecret {},
        }
    }
}

impl WireError {
    /// The nearest thing version 1 can say. What is not there to be read is
    /// `Missing`, as it is for everything a caller may not know of.
    #[must_use]
    pub fn to_v1(&self) -> v1::WireError {
        use v1::WireError as Old;
        match self {
            Self::Sealed {} => Old::Sealed {},
            Self::Missing { expired } => Old::Missing { expired: *expired },
            Self::Forbidden { needs } => Old::Forbidden { needs: needs.clone() },
            Self::Held { user } => Old::Held { user: user.clone() },
            Self::Conflict { current } => Old::Conflict { current: *current },
            Self::TooLarge { len, max } => Old::TooLarge { len: *len, max: *max },
            Self::OverQuota { quota, limit } => Old::OverQuota { quota: quota.clone(), limit: *limit },
            Self::Busy { retry_after_ms } => Old::Busy { retry_after_ms: *retry_after_ms },
            Self::Corrupt { what } => Old::Corrupt { what: what.clone() },
            Self::ReadOnly { reason } => Old::ReadOnly { reason: reason.clone() },
            Self::Indeterminate {} => Old::Indeterminate {},
            Self::Unavailable { reason } => Old::Unavailable { reason: reason.clone() },
            Self::Unsupported { what } => Old::Unsupported { what: what.clone() },
            Self::Invalid { field, expected } => Old::Invalid { field: field.clone(), expected: expected.clone() },
            Self::WrongSecret {} => Old::WrongSecret {},
            Self::NotDeclared { .. } | Self::NoSuchApp { .. } | Self::StateRefused {} => {
                Old::Missing { expired: false }
            }
            Self::Suspended { .. } | Self::BadToken {} | Self::WebhookRefused { .. } => Old::Forbidden { needs: None },
            // About keys, which version 1 has no call for: never an answer to one of its own.
            Self::NotFound { .. }
            | Self::KeyState { .. }
            | Self::WrongUsage { .. }
            | Self::InvalidCiphertext {}
            | Self::IncorrectKey {}
            | Self::InvalidSignature {}
            | Self::InvalidMac {}
            | Self::IncorrectMaterial { .. }
            | Self::InvalidImportToken {}
            | Self::ExpiredImportToken {}
            | Self::AlreadyExists { .. }
            | Self::LimitExceeded { .. }
            | Self::PolicyNotEnforced { .. }
            | Self::KeyCannot { .. }
            | Self::DryRun {} => Old::Unsupported { what: "keys".to_owned() },
            Self::Orphans { .. } => {
                Old::Invalid { field: "prune".to_owned(), expected: "agreement to losing values".to_owned() }
            }
        }
    }
}
