//! What is typed: a key's name, a context, a number of days.

use std::fmt;
use std::str::FromStr;

use clap::Args;
use vault_client::ClientError;
use vault_client::blocking::Keys;

use crate::failure::Failure;

/// A key as the daemon takes it: an id, or `alias/…`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct KeyName(String);

/// An alias as the daemon takes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct AliasName(String);

impl FromStr for KeyName {
    type Err = &'static str;

    fn from_str(typed: &str) -> Result<Self, Self::Err> {
        let lower = typed.to_ascii_lowercase();
        if is_id(&lower) {
            return Ok(Self(lower));
        }
        typed.parse().map(|AliasName(alias)| Self(alias))
    }
}

impl FromStr for AliasName {
    type Err = &'static str;

    fn from_str(typed: &str) -> Result<Self, Self::Err> {
        match typed.strip_prefix("alias/").unwrap_or(typed) {
            "" => Err("expected a name"),
            name => Ok(Self(format!("alias/{name}"))),
        }
    }
}

impl fmt::Display for KeyName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for AliasName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl KeyName {
    pub(super) fn as_str(&self) -> &str {
        &self.0
    }

    /// The key's id, asked for when an alias was typed.
    pub(super) fn id(&self, keys: &Keys) -> Result<String, Failure> {
        if is_id(&self.0) {
            return Ok(self.0.clone());
        }
        Ok(keys.describe(&self.0).map_err(self.failed())?.id)
    }

    /// Says which key it was about.
    pub(super) fn failed(&self) -> impl Fn(ClientError) -> Failure {
        |error| Failure::from(error).about(&self.0)
    }
}

impl AliasName {
    pub(super) fn as_str(&self) -> &str {
        &self.0
    }
}

/// What is authenticated with a ciphertext.
#[derive(Debug, Clone, Args)]
pub(super) struct ContextArgs {
    /// Authenticated with it and not kept: decrypting needs the same; repeatable
    #[arg(long = "context", value_name = "NAME=VALUE", value_parser = pair)]
    pairs: Vec<(String, String)>,
}

impl ContextArgs {
    pub(super) fn pairs(&self) -> Vec<(&str, &str)> {
        borrowed(&self.pairs)
    }
}

pub(super) fn borrowed(pairs: &[(String, String)]) -> Vec<(&str, &str)> {
    pairs.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect()
}

/// `name=value`.
pub(super) fn pair(typed: &str) -> Result<(String, String), &'static str> {
    match typed.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err("expected NAME=VALUE"),
    }
}

/// `90d`.
pub(super) fn days(typed: &str) -> Result<u32, &'static str> {
    let number = typed.strip_suffix('d').unwrap_or(typed);
    number.parse().ok().filter(|days| *days > 0).ok_or("expected days, such as 90d")
}

/// 64 hexadecimal digits.
pub(super) fn hex32(typed: &str) -> Result<[u8; 32], &'static str> {
    let expected = "expected 64 hexadecimal digits";
    let mut bytes = [0; 32];
    if typed.len() != 64 || !typed.is_ascii() {
        return Err(expected);
    }
    for (byte, at) in bytes.iter_mut().zip((0..64).step_by(2)) {
        let digits = typed.get(at..at + 2).filter(|digits| !digits.starts_with('+')).ok_or(expected)?;
        *byte = u8::from_str_radix(digits, 16).map_err(|_| expected)?;
    }
    Ok(bytes)
}

/// A UUID as it is printed.
fn is_id(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::hex;

    #[test]
    fn a_key_is_an_id_or_an_alias() {
        let id = "0b5e1d5c-0f3e-4c0a-9f0e-0123456789ab";
        for (typed, meant) in [
            (id, id),
            (&id.to_uppercase(), id),
            ("orders", "alias/orders"),
            ("alias/orders", "alias/orders"),
            ("team/orders", "alias/team/orders"),
            (&format!("alias/{id}"), &format!("alias/{id}")),
            (&id[1..], &format!("alias/{}", &id[1..])),
        ] {
            assert_eq!(typed.parse::<KeyName>().unwrap().as_str(), meant);
        }
        assert!("".parse::<KeyName>().is_err() && "alias/".parse::<KeyName>().is_err());
    }

    #[test]
    fn pairs_and_days_and_digits() {
        assert_eq!(pair("a=b=c"), Ok(("a".into(), "b=c".into())));
        assert_eq!(pair("a="), Ok(("a".into(), String::new())));
        assert!(pair("=b").is_err() && pair("ab").is_err());
        assert_eq!((days("90d"), days("7")), (Ok(90), Ok(7)));
        for bad in ["", "d", "0d", "-1", "1w", "1.5d", "99999999999d"] {
            assert!(days(bad).is_err(), "{bad}");
        }
        assert_eq!(hex32(&hex(&[0xa5; 32])), Ok([0xa5; 32]));
        for bad in ["", "a5", &"+1".repeat(32), &"é".repeat(32), &"0".repeat(65)] {
            assert!(hex32(bad).is_err(), "{bad}");
        }
    }
}
