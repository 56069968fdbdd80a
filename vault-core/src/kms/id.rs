//! What a key is called: a random id, global and never reused, or an alias that
//! its owner has given it.

use std::fmt;

use crate::hex;
use crate::host::{EntropyError, Host};
use crate::limits;
use crate::names::NameError;

/// A key's id: a version 4 UUID.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyId([u8; 16]);

/// A name for a key, `alias/…`, of one owner.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Alias(Box<str>);

/// How a caller names a key.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum KeyRef {
    /// By its id, whoever owns it.
    Id(KeyId),
    /// By an alias of the caller's own.
    Alias(Alias),
}

impl KeyId {
    pub(crate) fn make(host: &Host) -> Result<Self, EntropyError> {
        let mut bytes: [u8; 16] = host.random()?;
        bytes[6] = bytes[6] & 0x0f | 0x40;
        bytes[8] = bytes[8] & 0x3f | 0x80;
        Ok(Self(bytes))
    }

    /// Any 16 bytes: as a ciphertext or a record names it.
    #[must_use]
    pub fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// The bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }

    /// Parses `8-4-4-4-12` lower-case hex digits.
    pub fn parse(text: &str) -> Result<Self, NameError> {
        let refused = NameError { field: "key", expected: "a UUID in lower case" };
        let digits = text.as_bytes();
        if digits.len() != 36 {
            return Err(refused);
        }
        let mut bytes = [0; 16];
        let mut at = 0;
        for (n, byte) in bytes.iter_mut().enumerate() {
            if DASHES_BEFORE.contains(&n) {
                if digits[at] != b'-' {
                    return Err(refused);
                }
                at += 1;
            }
            let Some(value) = hex::byte_of([digits[at], digits[at + 1]]) else { return Err(refused) };
            *byte = value;
            at += 2;
        }
        Ok(Self(bytes))
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // In one piece: every answer about a key names it.
        let mut text = [b'-'; 36];
        let mut at = 0;
        for (n, byte) in self.0.iter().enumerate() {
            at += usize::from(DASHES_BEFORE.contains(&n));
            text[at..at + 2].copy_from_slice(&hex::pair(*byte));
            at += 2;
        }
        f.write_str(std::str::from_utf8(&text).map_err(|_| fmt::Error)?)
    }
}

impl fmt::Debug for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeyId({self})")
    }
}

impl Alias {
    /// `alias/`, then letters, digits and `/ _ -`; at most 256 bytes; not `alias/aws/…`.
    pub fn parse(text: &str) -> Result<Self, NameError> {
        let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'/' | b'_' | b'-');
        let name = text.strip_prefix("alias/").filter(|_| text.len() <= limits::KMS_ALIAS_MAX);
        match name {
            Some(name) if !name.is_empty() && name.bytes().all(plain) && !name.starts_with("aws/") => {
                Ok(Self(text.into()))
            }
            _ => Err(NameError {
                field: "alias",
                expected: "`alias/` and up to 250 of a-z, A-Z, 0-9, / _ and -, not beginning with aws/",
            }),
        }
    }

    /// As text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Alias {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<KeyId> for KeyRef {
    fn from(id: KeyId) -> Self {
        Self::Id(id)
    }
}

impl From<Alias> for KeyRef {
    fn from(alias: Alias) -> Self {
        Self::Alias(alias)
    }
}

const DASHES_BEFORE: [usize; 4] = [4, 6, 8, 10];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_version_4_and_have_one_spelling() {
        let id = KeyId::make(&Host::system()).unwrap();
        let text = id.to_string();
        assert_eq!(KeyId::parse(&text), Ok(id));
        assert_eq!(text.as_bytes()[14], b'4');
        assert!(b"89ab".contains(&text.as_bytes()[19]));
        for bad in [
            "",
            "01234567-89ab-4cde-8f01-23456789abcde",
            "01234567-89AB-4cde-8f01-23456789abcd",
            "0123456789ab-4cde-8f01-23456789abcd--",
            "01234567_89ab-4cde-8f01-23456789abcd",
            "+1234567-89ab-4cde-8f01-23456789abcd",
        ] {
            assert!(KeyId::parse(bad).is_err(), "{bad}");
        }
        assert_ne!(KeyId::make(&Host::system()).unwrap(), id);
    }

    #[test]
    fn aliases_are_bytes_with_a_rule() {
        for good in ["alias/a", "alias/A/b_c-1", "alias/awsome", "alias//"] {
            assert!(Alias::parse(good).is_ok(), "{good}");
        }
        for bad in ["", "alias/", "a", "alias/aws/x", "alias/ä", "alias/a b", "Alias/a", "alias/a\n"] {
            assert!(Alias::parse(bad).is_err(), "{bad:?}");
        }
        assert!(Alias::parse(&format!("alias/{}", "x".repeat(250))).is_ok());
        assert!(Alias::parse(&format!("alias/{}", "x".repeat(251))).is_err());
    }
}
