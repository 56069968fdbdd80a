//! An access key's record, in the system scope under its id.
//!
//! ```text
//! 1 | LP(id) | LP(user) | u8 has login | LP(login), if so | LP(made by) | LP(description)
//!   | made at u64be | expires at u64be | LP(secret)
//! ```
//!
//! Times in milliseconds since 1970; 0 = never.

use super::text;
use crate::apps::USER_MAX;
use crate::codec::{Malformed, Put, Reader};
use crate::keys::SecretBytes;
use crate::limits;
use crate::names::User;
use crate::secrets::Account;

/// An access key.
#[derive(Debug)]
pub(crate) struct AccessKeyRecord {
    pub(crate) id: String,
    /// Whose it is, with the login name of that day.
    pub(crate) account: Account,
    pub(crate) made_by: User,
    pub(crate) description: String,
    pub(crate) made_ms: u64,
    pub(crate) expires_ms: u64,
    pub(crate) secret: SecretBytes,
}

impl AccessKeyRecord {
    pub(crate) fn is_good(&self, now_ms: u64) -> bool {
        self.expires_ms == 0 || now_ms < self.expires_ms
    }

    pub(crate) fn encode(&self) -> SecretBytes {
        // As long as it gets, so that no copy is left where the buffer grew from.
        let mut bytes = Vec::with_capacity(RECORD_MAX);
        bytes.push(RECORD_VERSION);
        bytes.put_lp(self.id.as_bytes());
        bytes.put_lp(self.account.user.to_string().as_bytes());
        bytes.push(u8::from(self.account.login.is_some()));
        if let Some(login) = &self.account.login {
            bytes.put_lp(login.as_bytes());
        }
        bytes.put_lp(self.made_by.to_string().as_bytes());
        bytes.put_lp(self.description.as_bytes());
        bytes.put_u64(self.made_ms);
        bytes.put_u64(self.expires_ms);
        bytes.put_lp(self.secret.expose());
        SecretBytes::new(bytes)
    }

    pub(crate) fn parse(bytes: &[u8]) -> Result<Self, Malformed> {
        let mut reader = Reader::new(bytes);
        reader.literal(&[RECORD_VERSION], "access key record version 1")?;
        let id = reader.text(text::ID_MAX, "an access key id")?.to_owned();
        let user = user(&mut reader)?;
        let login = match reader.u8("whether there is a login name")? {
            0 => None,
            1 => Some(reader.text(limits::LOGIN_MAX, "a login name")?.to_owned()),
            _ => return Err(Malformed { expected: "whether there is a login name" }),
        };
        let record = Self {
            id,
            account: Account { user, login },
            made_by: self::user(&mut reader)?,
            description: reader.text(limits::LABEL_MAX, "a description")?.to_owned(),
            made_ms: reader.u64("a time")?,
            expires_ms: reader.u64("a time")?,
            secret: SecretBytes::from(reader.lp(text::SECRET_MAX, "a secret")?),
        };
        reader.end()?;
        Ok(record)
    }
}

fn user(reader: &mut Reader<'_>) -> Result<User, Malformed> {
    let user = reader.text(USER_MAX, "a user")?;
    User::parse(user).map_err(|rule| Malformed { expected: rule.expected })
}

const RECORD_VERSION: u8 = 1;
const RECORD_MAX: usize = 64 + text::ID_MAX + 2 * USER_MAX + limits::LOGIN_MAX + limits::LABEL_MAX + text::SECRET_MAX;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn round_trips_and_refuses_truncation() {
        for login in [None, Some("alice".to_owned())] {
            let record = AccessKeyRecord {
                id: "VLTKAAAAAAAAAAAAAAAA".into(),
                account: Account { user: User::Uid(1000), login },
                made_by: User::Uid(0),
                description: "laptop".into(),
                made_ms: 1,
                expires_ms: 10,
                secret: SecretBytes::from(&[b'x'; 40][..]),
            };
            assert!(record.is_good(9) && !record.is_good(10));
            let bytes = record.encode();
            let bytes = bytes.expose();
            assert!(bytes.len() <= RECORD_MAX);
            assert_eq!(AccessKeyRecord::parse(bytes).unwrap().encode().expose(), bytes);
            assert!((0..bytes.len()).all(|len| AccessKeyRecord::parse(&bytes[..len]).is_err()));
            assert!(!format!("{record:?}").contains("xxxx"));
            let mut other = bytes.to_vec();
            for at in 0..bytes.len() {
                other[at] ^= 1;
                if let Ok(parsed) = AccessKeyRecord::parse(&other) {
                    assert_eq!(parsed.encode().expose(), other);
                }
                other[at] ^= 1;
            }
        }
    }
}
