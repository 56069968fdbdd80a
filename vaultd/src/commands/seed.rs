//! The seed of a development vault: users and values, keys and access keys.
//!
//! ```toml
//! [users.self]
//! github_token = "not a real one"
//! [users."uid:1001"]
//! github_token = "another"
//! [[kms.keys]]
//! aliases = ["alias/orders"]
//! [[kms.access_keys]]
//! id = "test"
//! secret = "test-secret"
//! ```

mod kms;

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::Read;
use std::path::Path;

use serde::Deserialize;
use zeroize::Zeroizing;

use crate::accounts::Accounts;
use crate::exit::{Exit, Failure};
use crate::service::SeedValue;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SeedFile {
    #[serde(default)]
    users: BTreeMap<String, BTreeMap<String, String>>,
    #[serde(default)]
    kms: kms::KmsFile,
}

pub use kms::SeedKms;

/// What a seed holds.
#[derive(Debug, Default)]
pub struct Seed {
    /// Values of users.
    pub values: Vec<SeedValue>,
    /// Keys and access keys.
    pub kms: SeedKms,
}

/// Reads a seed. Whose: `self`, `uid:NUMBER` or `user:NAME`.
pub fn read(path: &Path, own_uid: u32, accounts: &dyn Accounts) -> Result<Seed, Failure> {
    let mut text = String::new();
    let file = File::open(path).map_err(|error| Failure::io(path, &error))?;
    file.take(SEED_MAX + 1).read_to_string(&mut text).map_err(|error| Failure::io(path, &error))?;
    if text.len() as u64 > SEED_MAX {
        return Err(Failure::new(Exit::TooLarge, format_args!("{}: longer than {SEED_MAX} bytes", path.display())));
    }
    parse(&text, own_uid, accounts).map_err(|what| {
        Failure::new(Exit::Usage, format_args!("{}: {what}", path.display()))
            .hint("[users.self], [users.\"uid:1001\"] or [users.\"user:alice\"], then NAME = \"value\"; [[kms.keys]], [[kms.access_keys]]")
    })
}

fn parse(text: &str, own_uid: u32, accounts: &dyn Accounts) -> Result<Seed, String> {
    // The parser's own words would quote the line, which holds a value.
    let seed: SeedFile = toml::from_str(text).map_err(|error| {
        let at = error.span().map_or(0, |span| span.start);
        let line = text.as_bytes().iter().take(at).filter(|byte| **byte == b'\n').count() + 1;
        format!("line {line} is not as expected")
    })?;
    let mut values = Vec::new();
    let mut known = BTreeSet::new();
    let uid_of = |user: &str| {
        let uid = match user.split_once(':') {
            None if user == "self" => Some(own_uid),
            // `parse` alone would take `+34`.
            Some(("uid", number)) if number.bytes().all(|byte| byte.is_ascii_digit()) => number.parse().ok(),
            Some(("user", login)) => accounts.uid_of(login),
            _ => None,
        };
        uid.ok_or_else(|| format!("no user {user:?}"))
    };
    for (user, secrets) in seed.users {
        let uid = uid_of(&user)?;
        for (name, value) in secrets {
            // One of the two would be taken and the other silently dropped.
            if !known.insert((uid, name.clone())) {
                return Err(format!("{user:?} is uid {uid}, as another table is, and both set {name:?}"));
            }
            values.push(SeedValue { uid, name, value: Zeroizing::new(value.into_bytes()) });
        }
    }
    Ok(Seed { values, kms: SeedKms::of(seed.kms, uid_of)? })
}

/// Longest seed, in bytes.
const SEED_MAX: u64 = 1 << 20;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::accounts::SystemAccounts;

    #[test]
    fn users_are_named_three_ways() {
        let text = "[users.self]\na = \"1\"\n[users.\"uid:1001\"]\na = \"2\"\n[users.\"user:root\"]\nb = \"3\"\n";
        let values = parse(text, 77, &SystemAccounts).unwrap().values;
        let found: Vec<_> = values.iter().map(|v| (v.uid, v.name.as_str(), v.value.as_slice())).collect();
        assert_eq!(found, [(77, "a", &b"1"[..]), (1001, "a", b"2"), (0, "b", b"3")]);
    }

    #[test]
    fn what_is_wrong_is_told_without_a_value() {
        for text in ["[users.self]\na = CANARY", "[apps.x]\na = \"CANARY\"", "[users.self]\na = [\"CANARY\"]"] {
            let error = parse(text, 77, &SystemAccounts).unwrap_err();
            assert!(error.starts_with("line ") && !error.contains("CANARY"), "{error}");
        }
        assert_eq!(
            parse("[users.nobody-at-all]\na = \"x\"", 77, &SystemAccounts).unwrap_err(),
            "no user \"nobody-at-all\""
        );
    }

    #[test]
    fn a_number_has_one_spelling_and_a_secret_one_value() {
        for user in ["uid:+5", "uid:", "uid:-1", "uid: 5", "uid:4294967296"] {
            let error = parse(&format!("[users.\"{user}\"]\na = \"CANARY\""), 77, &SystemAccounts).unwrap_err();
            assert_eq!(error, format!("no user {user:?}"));
        }
        for other in ["uid:77", "uid:077"] {
            let text = format!("[users.self]\na = \"1\"\n[users.\"{other}\"]\nb = \"2\"\n");
            assert_eq!(parse(&text, 77, &SystemAccounts).unwrap().values.len(), 2, "two names for one user");
            let error = parse(&text.replace("b =", "a ="), 77, &SystemAccounts).unwrap_err();
            assert!(error.contains("uid 77") && error.contains("\"a\""), "{error}");
        }
    }
}
