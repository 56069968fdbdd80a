//! Who is asking, in AWS's words when it is nobody.

use std::sync::Arc;

use hyper::http::request::Parts;
use vault_core::access::Caller;
use vault_proto::latest::WireError;

use super::AwsKms;
use super::error::{
    ACCESS_DENIED, DEPENDENCY_TIMEOUT, INCOMPLETE_SIGNATURE, INTERNAL, MISSING_AUTHENTICATION, Refused, SIGNATURE,
    UNRECOGNIZED_CLIENT,
};
use super::sigv4::{Claim, SignatureError};
use crate::listener::Credentials;
use crate::service::Service;

impl<S: Service> AwsKms<S> {
    /// Whom the request is from: whose access key signed it, or, without a signature, whom the kernel knows.
    pub(super) fn caller(&self, head: &Parts, body: &[u8], from: Option<Credentials>) -> Result<Arc<Caller>, Refused> {
        let now = self.service.now();
        match (Claim::parse(head, now), from) {
            (Ok(claim), _) => self.signed(&claim, body, now),
            (Err(SignatureError::Missing), Some(creds)) => {
                self.service.passing(creds).map_err(|refused| Refused::new(ACCESS_DENIED, refused.to_string()))
            }
            (Err(error), _) => Err(error.into()),
        }
    }

    fn signed(&self, claim: &Claim<'_>, body: &[u8], now: i64) -> Result<Arc<Caller>, Refused> {
        let signed = self.service.sign_in(claim.access_key(), |secret| claim.is_signed_by(secret, body));
        let caller = signed.map_err(|error| match error {
            WireError::BadToken {} => SignatureError::UnknownKey.into(),
            error => unavailable(&error),
        })?;
        let caller = caller.ok_or(SignatureError::Wrong)?;
        // Once it is known to be somebody's: nobody else fills the memory of what was seen.
        if self.replays.admit(claim.signature(), now) { Ok(caller) } else { Err(SignatureError::Replayed.into()) }
    }
}

impl From<SignatureError> for Refused {
    fn from(error: SignatureError) -> Self {
        let name = match error {
            SignatureError::Missing => MISSING_AUTHENTICATION,
            SignatureError::Malformed { .. } | SignatureError::Header { .. } | SignatureError::Unsigned { .. } => {
                INCOMPLETE_SIGNATURE
            }
            SignatureError::SessionToken | SignatureError::UnknownKey => UNRECOGNIZED_CLIENT,
            SignatureError::Scope | SignatureError::Skewed | SignatureError::Replayed | SignatureError::Wrong => {
                SIGNATURE
            }
        };
        Self::new(name, error.to_string())
    }
}

/// What keeps the vault from answering at all.
pub(super) fn unavailable(error: &WireError) -> Refused {
    match error {
        WireError::Sealed {} => {
            let message = "the vault is sealed: `vaultctl unseal`";
            Refused::with_status(DEPENDENCY_TIMEOUT, 503, message)
        }
        WireError::ReadOnly { .. } => Refused::with_status(INTERNAL, 500, "the vault's audit log cannot be written"),
        _ => Refused::with_status(INTERNAL, 500, "the vault cannot answer now; its log says why"),
    }
}
