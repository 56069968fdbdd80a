//! Why a request is not taken for somebody's.

/// Why a request is not taken for somebody's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SignatureError {
    /// Not signed at all.
    #[error("the request is not signed: it has no Authorization header")]
    Missing,
    /// The header does not say what it must.
    #[error("the Authorization header is not as expected: {expected}")]
    Malformed {
        /// What would be.
        expected: &'static str,
    },
    /// A header that it needs is missing, is there twice or is not readable.
    #[error("{header} is missing, is there twice, or is not as expected: {expected}")]
    Header {
        /// Which.
        header: &'static str,
        /// What would be.
        expected: &'static str,
    },
    /// What must be signed is not.
    #[error("{header} must be among the signed headers")]
    Unsigned {
        /// Which.
        header: &'static str,
    },
    /// It is signed for another service.
    #[error("the request is signed for another service: the credential's scope must be DATE/REGION/kms/aws4_request")]
    Scope,
    /// Nobody here has made session tokens.
    #[error("session tokens are not made here: unset AWS_SESSION_TOKEN and use an access key of this vault")]
    SessionToken,
    /// Signed too long ago, or ahead of time.
    #[error("the request was signed more than 15 minutes from now: check the clock")]
    Skewed,
    /// It was seen before.
    #[error("the request was seen before")]
    Replayed,
    /// Nobody's, or not any more.
    #[error("no such access key: unknown, revoked or expired")]
    UnknownKey,
    /// Not by that access key, or something was changed on the way.
    #[error("the signature is not right: check the secret access key, and that nothing changes requests on the way")]
    Wrong,
}
