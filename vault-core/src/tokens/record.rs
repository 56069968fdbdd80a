//! A token's record, in the system scope under its id.
//!
//! ```text
//! 1 | id 16 | LP(app) | role u8 | acts for | LP(made by) | LP(label)
//!   | made at u64be | expires at u64be | revoked at u64be | SHA-256 of the token 32
//! ```
//!
//! Times in milliseconds since 1970; 0 = never. See [`crate::apps`] for *acts for*.

use subtle::ConstantTimeEq;

use crate::apps::{ActsFor, USER_MAX};
use crate::codec::{Malformed, Put, Reader};
use crate::limits;
use crate::names::{App, User};

/// What a token's holder is to the app.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
#[repr(u8)]
pub enum Role {
    /// The app's own code: reads values.
    Extension = 1,
    /// A user interface: sets, deletes and reads states for users, never a value.
    Panel = 2,
}

/// A token.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct TokenRecord {
    pub(crate) id: [u8; 16],
    pub(crate) app: App,
    pub(crate) role: Role,
    pub(crate) acts_for: ActsFor,
    pub(crate) made_by: User,
    pub(crate) label: String,
    pub(crate) made_ms: u64,
    pub(crate) expires_ms: u64,
    pub(crate) revoked_ms: u64,
    pub(crate) hash: [u8; 32],
}

impl TokenRecord {
    /// Is this the hash of the token's text?
    pub(crate) fn is(&self, hash: &[u8; 32]) -> bool {
        self.hash.ct_eq(hash).into()
    }

    pub(crate) fn is_good(&self, now_ms: u64) -> bool {
        self.revoked_ms == 0 && (self.expires_ms == 0 || now_ms < self.expires_ms)
    }

    /// Nobody needs to see it any more.
    pub(crate) fn is_forgotten(&self, now_ms: u64) -> bool {
        let ended = match (self.revoked_ms, self.expires_ms) {
            (0, 0) => return false,
            (0, expires) => expires,
            (revoked, _) => revoked,
        };
        ended.saturating_add(limits::TOKEN_REMEMBERED_MS) <= now_ms
    }

    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut bytes = vec![RECORD_VERSION];
        bytes.extend_from_slice(&self.id);
        bytes.put_lp(self.app.as_str().as_bytes());
        bytes.push(self.role as u8);
        self.acts_for.put(&mut bytes);
        bytes.put_lp(self.made_by.to_string().as_bytes());
        bytes.put_lp(self.label.as_bytes());
        bytes.put_u64(self.made_ms);
        bytes.put_u64(self.expires_ms);
        bytes.put_u64(self.revoked_ms);
        bytes.extend_from_slice(&self.hash);
        bytes
    }

    pub(crate) fn parse(bytes: &[u8]) -> Result<Self, Malformed> {
        let mut reader = Reader::new(bytes);
        reader.literal(&[RECORD_VERSION], "token record version 1")?;
        let id = reader.array("a token id")?;
        let app = reader.text(limits::APP_MAX, "an app")?;
        let app = App::parse(app).map_err(|rule| Malformed { expected: rule.expected })?;
        let role = match reader.u8("a role")? {
            1 => Role::Extension,
            2 => Role::Panel,
            _ => return Err(Malformed { expected: "a role" }),
        };
        let acts_for = ActsFor::read(&mut reader)?;
        let made_by = reader.text(USER_MAX, "a user")?;
        let made_by = User::parse(made_by).map_err(|rule| Malformed { expected: rule.expected })?;
        let label = reader.text(limits::LABEL_MAX, "a label")?.to_owned();
        let record = Self {
            id,
            app,
            role,
            acts_for,
            made_by,
            label,
            made_ms: reader.u64("a time")?,
            expires_ms: reader.u64("a time")?,
            revoked_ms: reader.u64("a time")?,
            hash: reader.array("a hash")?,
        };
        reader.end()?;
        Ok(record)
    }
}

const RECORD_VERSION: u8 = 1;

#[cfg(test)]
mod tests {
    use super::*;

    fn record() -> TokenRecord {
        TokenRecord {
            id: [1; 16],
            app: App::parse("spotify").unwrap(),
            role: Role::Panel,
            acts_for: ActsFor::Any,
            made_by: User::Uid(1000),
            label: "panel".into(),
            made_ms: 1,
            expires_ms: 10,
            revoked_ms: 0,
            hash: [7; 32],
        }
    }

    #[test]
    fn round_trips_and_refuses_truncation() {
        let bytes = record().encode();
        assert_eq!(TokenRecord::parse(&bytes), Ok(record()));
        assert!((0..bytes.len()).all(|len| TokenRecord::parse(&bytes[..len]).is_err()));
        let mut other = bytes.clone();
        for at in 0..bytes.len() {
            other[at] ^= 1;
            if let Ok(parsed) = TokenRecord::parse(&other) {
                assert_eq!(parsed.encode(), other);
            }
            other[at] ^= 1;
        }
    }

    #[test]
    fn a_token_ends_by_its_time_or_by_hand() {
        assert!(record().is_good(9) && !record().is_good(10));
        let revoked = TokenRecord { revoked_ms: 5, ..record() };
        assert!(!revoked.is_good(5));
        let endless = TokenRecord { expires_ms: 0, ..record() };
        assert!(endless.is_good(u64::MAX) && !endless.is_forgotten(u64::MAX));
        let month = limits::TOKEN_REMEMBERED_MS;
        assert!(!record().is_forgotten(9 + month) && record().is_forgotten(10 + month));
        assert!(revoked.is_forgotten(5 + month));
        let mut hash = [7; 32];
        assert!(record().is(&hash));
        hash[31] ^= 1;
        assert!(!record().is(&hash));
    }
}
