//! Who and what: users, apps, secrets. Parsed at the edge; inside, a value of
//! these types is proof that the rules hold. Bytes are compared as they are:
//! no case folding, no trimming, no normalisation (mistake 11 of the threat model).

use std::borrow::Cow;
use std::fmt;

use vault_manifest::rules;

use crate::limits;

/// A user: a local account, or somebody a gateway vouches for.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum User {
    /// `uid:1000`: what the kernel said at accept.
    Uid(u32),
    /// `ext:alice`: behind a gateway. The text holds 1 to 128 visible ASCII characters.
    Ext(ExtId),
    /// The app itself, for the values it has for everybody. Nobody can be it:
    /// [`User::parse`] does not read it.
    App,
}

/// The part after `ext:`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct ExtId(Box<str>);

/// An app: what declares secrets.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct App(Cow<'static, str>);

/// A secret's name, `name` or `name/instance`. Redacted in `Debug`: what a
/// secret is called often says whose it is and what it opens.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SecretName(Box<str>);

/// A name that breaks its rule. Carries the rule, not the name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{field} is not acceptable: expected {expected}")]
pub struct NameError {
    /// Which kind of name.
    pub field: &'static str,
    /// The rule.
    pub expected: &'static str,
}

/// Is this fit to be what people call something by? At most [`limits::LABEL_MAX`] printable ASCII characters.
#[must_use]
pub fn is_label(text: &str) -> bool {
    text.len() <= limits::LABEL_MAX && text.bytes().all(|b| b == b' ' || b.is_ascii_graphic())
}

impl User {
    /// Parses `uid:N` (canonical decimal) or `ext:ID`.
    pub fn parse(text: &str) -> Result<Self, NameError> {
        let refused = NameError {
            field: "user",
            expected: "`uid:` and a number, or `ext:` and 1 to 128 visible ASCII characters",
        };
        if let Some(digits) = text.strip_prefix("uid:") {
            let uid: u32 = digits.parse().map_err(|_| refused)?;
            return if uid.to_string() == digits { Ok(Self::Uid(uid)) } else { Err(refused) };
        }
        match text.strip_prefix("ext:") {
            Some(id) => ExtId::parse(id).map(Self::Ext),
            None => Err(refused),
        }
    }

    /// As the vault's own records write it: also the app itself.
    pub(crate) fn parse_stored(text: &str) -> Result<Self, NameError> {
        if text == APP_ITSELF { Ok(Self::App) } else { Self::parse(text) }
    }

    /// The uid of a local user.
    #[must_use]
    pub fn uid(&self) -> Option<u32> {
        match self {
            Self::Uid(uid) => Some(*uid),
            Self::Ext(_) | Self::App => None,
        }
    }
}

impl fmt::Display for User {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Uid(uid) => write!(f, "uid:{uid}"),
            Self::Ext(id) => write!(f, "ext:{}", id.0),
            Self::App => f.write_str(APP_ITSELF),
        }
    }
}

impl ExtId {
    /// 1 to 128 visible ASCII characters.
    pub fn parse(text: &str) -> Result<Self, NameError> {
        let fits = (1..=limits::EXT_ID_MAX).contains(&text.len());
        if fits && text.bytes().all(|b| b.is_ascii_graphic()) {
            Ok(Self(text.into()))
        } else {
            Err(NameError { field: "user", expected: "`ext:` and 1 to 128 visible ASCII characters" })
        }
    }
}

impl App {
    /// `\A[a-z][a-z0-9_-]{0,62}\z`.
    pub fn parse(text: &str) -> Result<Self, NameError> {
        if rules::is_app(text) {
            Ok(Self(text.to_owned().into()))
        } else {
            Err(NameError { field: "app", expected: rules::APP })
        }
    }

    /// The app every user has: open, undeclared names allowed.
    #[must_use]
    pub fn personal() -> Self {
        Self(PERSONAL.into())
    }

    /// Is this the personal app?
    #[must_use]
    pub fn is_personal(&self) -> bool {
        &*self.0 == PERSONAL
    }

    /// As text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl SecretName {
    /// `\A[a-z][a-z0-9_]{0,62}\z`, then optionally `/` and an instance
    /// `[a-z0-9][a-z0-9_.@-]{0,63}`.
    pub fn parse(text: &str) -> Result<Self, NameError> {
        let (name, instance) = match text.split_once('/') {
            Some((name, instance)) => (name, Some(instance)),
            None => (text, None),
        };
        let good = rules::is_name(name) && instance.is_none_or(rules::is_instance);
        if good {
            Ok(Self(text.into()))
        } else {
            Err(NameError {
                field: "name",
                expected: "a lower-case letter, then up to 62 of a-z, 0-9 and _; optionally / and an instance of a-z, 0-9, _ . @ -",
            })
        }
    }

    /// As text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The declared name and, when there is one, the instance.
    #[must_use]
    pub fn parts(&self) -> (&str, Option<&str>) {
        match self.0.split_once('/') {
            Some((name, instance)) => (name, Some(instance)),
            None => (&self.0, None),
        }
    }
}

impl fmt::Display for App {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for SecretName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for SecretName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretName(..)")
    }
}

const APP_ITSELF: &str = "app:";
const PERSONAL: &str = vault_manifest::PERSONAL;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mistake_11_names_are_bytes_never_folded_or_trimmed() {
        for bad in
            ["", "A", "Root", "a ", " a", "a\n", "a.b", "..", "a/", "/a", "a/../b", "a/B", "1a", "ä", "a/.x", "a//b"]
        {
            assert!(SecretName::parse(bad).is_err(), "{bad:?}");
        }
        for good in ["a", "api_key", "mail/alice@example.org", "a/0-1.2", &"a".repeat(63)] {
            assert!(SecretName::parse(good).is_ok(), "{good:?}");
        }
        assert!(SecretName::parse(&"a".repeat(64)).is_err());
        assert!(SecretName::parse(&format!("a/{}", "b".repeat(65))).is_err());
    }

    #[test]
    fn users_have_one_spelling() {
        for bad in [
            "uid:01",
            "uid:+1",
            "uid:",
            "uid:4294967296",
            "UID:1",
            "ext:",
            "ext:a b",
            "ext:a\n",
            "alice",
            "uid:-1",
            "app:",
        ] {
            assert!(User::parse(bad).is_err(), "{bad:?}");
        }
        for good in ["uid:0", "uid:4294967295", "ext:alice", "ext:a/b"] {
            assert_eq!(User::parse(good).map(|user| user.to_string()).as_deref(), Ok(good));
        }
    }
}
