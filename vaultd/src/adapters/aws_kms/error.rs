//! Refusals in AWS's words: an exception's name, an HTTP status, and a message
//! that helps. No message holds a value that a client has sent, nor anything of
//! a key but its state.

use std::borrow::Cow;
use std::ops::RangeInclusive;

use vault_core::Fault;
use vault_core::kms::KmsError;

use super::wire::{Answer, Output};

/// A request that was not done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Refused {
    error: &'static str,
    status: u16,
    message: Cow<'static, str>,
}

impl Refused {
    /// The client's mistake.
    pub(super) fn new(error: &'static str, message: impl Into<Cow<'static, str>>) -> Self {
        Self::with_status(error, 400, message)
    }

    /// With another status than most have.
    pub(super) fn with_status(error: &'static str, status: u16, message: impl Into<Cow<'static, str>>) -> Self {
        Self { error, status, message: message.into() }
    }

    pub(super) fn validation(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(VALIDATION, message)
    }

    /// A member whose value is not acceptable.
    pub(super) fn invalid(member: &str, expected: &str) -> Self {
        Self::validation(format!("{member} is not acceptable: expected {expected}"))
    }

    /// A member of another JSON type.
    pub(super) fn wrong_type(member: &str, expected: &str) -> Self {
        Self::new(SERIALIZATION, format!("{member} is not readable: expected {expected}"))
    }

    pub(super) fn too_long(member: &str, len: usize, max: usize, unit: &str) -> Self {
        Self::validation(format!("{member}: {len} {unit} are more than the {max} accepted"))
    }

    pub(super) fn out_of_range(member: &str, range: &RangeInclusive<u32>) -> Self {
        Self::validation(format!("{member} is not acceptable: expected {} to {}", range.start(), range.end()))
    }

    /// A member that asks for something that is not done here.
    pub(super) fn not_offered(member: &str) -> Self {
        Self::new(UNSUPPORTED, format!("{member} asks for something that this server does not offer"))
    }

    pub(super) fn not_found(message: &'static str) -> Self {
        Self::new(NOT_FOUND, message)
    }

    /// The same refusal under the name that one operation has for it.
    pub(super) fn named(self, from: &str, to: &'static str) -> Self {
        if self.error == from { Self { error: to, ..self } } else { self }
    }

    pub(super) fn answer(&self) -> Answer {
        let body = Output::new().text("__type", self.error).text("message", &self.message).finish();
        Answer::new(self.status, body, Some(self.error))
    }
}

impl From<KmsError> for Refused {
    fn from(error: KmsError) -> Self {
        let (name, status) = match &error {
            KmsError::NotFound { .. } => (NOT_FOUND, 400),
            KmsError::Forbidden | KmsError::Held { .. } => (ACCESS_DENIED, 400),
            KmsError::Disabled => (DISABLED, 400),
            KmsError::PendingDeletion | KmsError::PendingImport | KmsError::NotPendingDeletion { .. } => {
                (INVALID_STATE, 400)
            }
            KmsError::WrongUsage { .. } => (INVALID_KEY_USAGE, 400),
            KmsError::InvalidCiphertext => (INVALID_CIPHERTEXT, 400),
            KmsError::IncorrectKey => (INCORRECT_KEY, 400),
            KmsError::InvalidSignature => (INVALID_SIGNATURE, 400),
            KmsError::InvalidMac => (INVALID_MAC, 400),
            KmsError::IncorrectMaterial { .. } => (INCORRECT_MATERIAL, 400),
            KmsError::InvalidImportToken => (INVALID_IMPORT_TOKEN, 400),
            KmsError::ExpiredImportToken => (EXPIRED_IMPORT_TOKEN, 400),
            KmsError::AlreadyExists { .. } => (ALREADY_EXISTS, 400),
            KmsError::LimitExceeded { .. } | KmsError::OverQuota { .. } => (LIMIT_EXCEEDED, 400),
            KmsError::TooLarge { .. } | KmsError::Invalid { .. } | KmsError::Fault(Fault::TooLarge { .. }) => {
                (VALIDATION, 400)
            }
            KmsError::PolicyNotEnforced { .. } => (MALFORMED_POLICY, 400),
            KmsError::Unsupported { .. } => (UNSUPPORTED, 400),
            KmsError::DryRun => (DRY_RUN, 400),
            KmsError::Fault(Fault::Unavailable(_) | Fault::Entropy(_)) => (DEPENDENCY_TIMEOUT, 503),
            // What is left is the vault's own trouble: clients try that again.
            _ => (INTERNAL, 500),
        };
        Self { error: name, status, message: error.to_string().into() }
    }
}

/// Every name that an answer may have.
pub const ERRORS: &[&str] = &[
    ACCESS_DENIED,
    ALREADY_EXISTS,
    DEPENDENCY_TIMEOUT,
    DISABLED,
    DRY_RUN,
    EXPIRED_IMPORT_TOKEN,
    INCOMPLETE_SIGNATURE,
    INCORRECT_KEY,
    INCORRECT_MATERIAL,
    INTERNAL,
    INVALID_ALIAS_NAME,
    INVALID_ARN,
    INVALID_CIPHERTEXT,
    INVALID_GRANT_ID,
    INVALID_GRANT_TOKEN,
    INVALID_IMPORT_TOKEN,
    INVALID_KEY_USAGE,
    INVALID_MAC,
    INVALID_MARKER,
    INVALID_SIGNATURE,
    INVALID_STATE,
    LIMIT_EXCEEDED,
    MALFORMED_POLICY,
    MISSING_AUTHENTICATION,
    NOT_FOUND,
    SERIALIZATION,
    SIGNATURE,
    TAG,
    THROTTLING,
    UNKNOWN_OPERATION,
    UNRECOGNIZED_CLIENT,
    UNSUPPORTED,
    VALIDATION,
];

pub(super) const ACCESS_DENIED: &str = "AccessDeniedException";
pub(super) const ALREADY_EXISTS: &str = "AlreadyExistsException";
pub(super) const DEPENDENCY_TIMEOUT: &str = "DependencyTimeoutException";
pub(super) const DISABLED: &str = "DisabledException";
pub(super) const DRY_RUN: &str = "DryRunOperationException";
pub(super) const EXPIRED_IMPORT_TOKEN: &str = "ExpiredImportTokenException";
pub(super) const INCOMPLETE_SIGNATURE: &str = "IncompleteSignatureException";
pub(super) const INCORRECT_KEY: &str = "IncorrectKeyException";
pub(super) const INCORRECT_MATERIAL: &str = "IncorrectKeyMaterialException";
pub(super) const INTERNAL: &str = "KMSInternalException";
pub(super) const INVALID_ALIAS_NAME: &str = "InvalidAliasNameException";
pub(super) const INVALID_ARN: &str = "InvalidArnException";
pub(super) const INVALID_CIPHERTEXT: &str = "InvalidCiphertextException";
pub(super) const INVALID_GRANT_ID: &str = "InvalidGrantIdException";
pub(super) const INVALID_GRANT_TOKEN: &str = "InvalidGrantTokenException";
pub(super) const INVALID_IMPORT_TOKEN: &str = "InvalidImportTokenException";
pub(super) const INVALID_KEY_USAGE: &str = "InvalidKeyUsageException";
pub(super) const INVALID_MAC: &str = "KMSInvalidMacException";
pub(super) const INVALID_MARKER: &str = "InvalidMarkerException";
pub(super) const INVALID_SIGNATURE: &str = "KMSInvalidSignatureException";
pub(super) const INVALID_STATE: &str = "KMSInvalidStateException";
pub(super) const LIMIT_EXCEEDED: &str = "LimitExceededException";
pub(super) const MALFORMED_POLICY: &str = "MalformedPolicyDocumentException";
pub(super) const MISSING_AUTHENTICATION: &str = "MissingAuthenticationTokenException";
pub(super) const NOT_FOUND: &str = "NotFoundException";
pub(super) const SERIALIZATION: &str = "SerializationException";
pub(super) const SIGNATURE: &str = "InvalidSignatureException";
pub(super) const TAG: &str = "TagException";
pub(super) const THROTTLING: &str = "ThrottlingException";
pub(super) const UNKNOWN_OPERATION: &str = "UnknownOperationException";
pub(super) const UNRECOGNIZED_CLIENT: &str = "UnrecognizedClientException";
pub(super) const UNSUPPORTED: &str = "UnsupportedOperationException";
pub(super) const VALIDATION: &str = "ValidationException";
