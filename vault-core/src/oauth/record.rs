//! An authorization that was begun.
//!
//! ```text
//! 1 | LP(app) | LP(user) | LP(provider) | LP(redirect) | LP(PKCE verifier)
//!   | expires at u64be | SHA-256 of the state 32
//! ```

use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use crate::apps::USER_MAX;
use crate::codec::{Malformed, Put, Reader};
use crate::limits;
use crate::names::{App, User};

pub(super) struct Pending {
    pub(super) app: App,
    pub(super) user: User,
    pub(super) provider: String,
    pub(super) redirect: Option<String>,
    pub(super) verifier: Zeroizing<String>,
    pub(super) expires_ms: u64,
    pub(super) hash: [u8; 32],
}

impl Pending {
    pub(super) fn is(&self, hash: &[u8; 32]) -> bool {
        self.hash.ct_eq(hash).into()
    }

    pub(super) fn encode(&self) -> Zeroizing<Vec<u8>> {
        let mut bytes = Vec::with_capacity(limits::REDIRECT_MAX + 1_024);
        bytes.push(RECORD_VERSION);
        bytes.put_lp(self.app.as_str().as_bytes());
        bytes.put_lp(self.user.to_string().as_bytes());
        bytes.put_lp(self.provider.as_bytes());
        bytes.put_lp(self.redirect.as_deref().unwrap_or_default().as_bytes());
        bytes.put_lp(self.verifier.as_bytes());
        bytes.put_u64(self.expires_ms);
        bytes.extend_from_slice(&self.hash);
        Zeroizing::new(bytes)
    }

    pub(super) fn parse(bytes: &[u8]) -> Result<Self, Malformed> {
        let mut reader = Reader::new(bytes);
        reader.literal(&[RECORD_VERSION], "authorization record version 1")?;
        let app = reader.text(limits::APP_MAX, "an app")?;
        let app = App::parse(app).map_err(|rule| Malformed { expected: rule.expected })?;
        let user = reader.text(USER_MAX, "a user")?;
        let user = User::parse(user).map_err(|rule| Malformed { expected: rule.expected })?;
        let provider = reader.text(limits::PROVIDER_MAX, "a provider")?.to_owned();
        let redirect = reader.text(limits::REDIRECT_MAX, "an address")?;
        let redirect = (!redirect.is_empty()).then(|| redirect.to_owned());
        let verifier = Zeroizing::new(reader.text(VERIFIER_MAX, "a verifier")?.to_owned());
        let expires_ms = reader.u64("a time")?;
        let hash = reader.array("a hash")?;
        reader.end()?;
        Ok(Self { app, user, provider, redirect, verifier, expires_ms, hash })
    }
}

const RECORD_VERSION: u8 = 1;
/// RFC 7636 section 4.1.
const VERIFIER_MAX: usize = 128;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn round_trips_and_refuses_truncation() {
        let record = Pending {
            app: App::parse("spotify").unwrap(),
            user: User::parse("ext:alice").unwrap(),
            provider: "spotify".into(),
            redirect: Some("https://example.org/done".into()),
            verifier: Zeroizing::new("v".repeat(43)),
            expires_ms: 5,
            hash: [3; 32],
        };
        let bytes = record.encode();
        let parsed = Pending::parse(&bytes).unwrap();
        assert_eq!(parsed.encode(), bytes);
        assert!((0..bytes.len()).all(|len| Pending::parse(&bytes[..len]).is_err()));
        assert!(record.is(&[3; 32]) && !record.is(&[4; 32]));
    }
}
