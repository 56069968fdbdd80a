//! Who is an operator, verb by verb.
//!
//! An operator verb is added to what a user may do for itself; it never lets
//! anybody read a value. Root and the daemon's own uid hold every verb unless
//! `defaults = false`: host root could become the daemon anyway.

use std::fmt;
use std::str::FromStr;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer};

use vault_core::{Verb, Verbs};

use super::ConfigError;
use crate::accounts::Accounts;

/// Somebody a verb is granted to, as written: `uid:34`, `user:backup`, `group:adm`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Principal {
    /// A uid, whether or not the system knows it.
    Uid(u32),
    /// A login name.
    User(String),
    /// Every member of a group.
    Group(String),
}

/// Not one of the three spellings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("write uid:NUMBER, user:NAME or group:NAME")]
pub struct BadPrincipal;

impl FromStr for Principal {
    type Err = BadPrincipal;

    fn from_str(text: &str) -> Result<Self, BadPrincipal> {
        let name = |name: &str| {
            let fits = !name.is_empty() && name.len() <= NAME_MAX && name.bytes().all(|b| b.is_ascii_graphic());
            if fits { Ok(name.to_owned()) } else { Err(BadPrincipal) }
        };
        match text.split_once(':') {
            // `parse` alone would take `+34`, and the overflow uid is nobody in particular.
            Some(("uid", number)) if number.bytes().all(|b| b.is_ascii_digit()) => {
                number.parse().map(Self::Uid).map_err(|_| BadPrincipal)
            }
            Some(("user", rest)) => name(rest).map(Self::User),
            Some(("group", rest)) => name(rest).map(Self::Group),
            _ => Err(BadPrincipal),
        }
    }
}

impl fmt::Display for Principal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Uid(uid) => write!(f, "uid:{uid}"),
            Self::User(name) => write!(f, "user:{name}"),
            Self::Group(name) => write!(f, "group:{name}"),
        }
    }
}

impl<'de> Deserialize<'de> for Principal {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}

/// `[operators]`, as written.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct OperatorsFile {
    defaults: bool,
    backup: Vec<Principal>,
    unseal: Vec<Principal>,
    seal: Vec<Principal>,
    slots: Vec<Principal>,
    rekey: Vec<Principal>,
    users: Vec<Principal>,
    audit: Vec<Principal>,
    check: Vec<Principal>,
    apps: Vec<Principal>,
}

impl Default for OperatorsFile {
    fn default() -> Self {
        let none = Vec::new;
        Self {
            defaults: true,
            backup: none(),
            unseal: none(),
            seal: none(),
            slots: none(),
            rekey: none(),
            users: none(),
            audit: none(),
            check: none(),
            apps: none(),
        }
    }
}

impl OperatorsFile {
    fn of(&self, verb: Verb) -> &[Principal] {
        match verb {
            Verb::Backup => &self.backup,
            Verb::Unseal => &self.unseal,
            Verb::Seal => &self.seal,
            Verb::Slots => &self.slots,
            Verb::Rekey => &self.rekey,
            Verb::Users => &self.users,
            Verb::Audit => &self.audit,
            Verb::Check => &self.check,
            Verb::Apps => &self.apps,
        }
    }

    /// Looks every name up once, so that who is an operator does not change
    /// with the account database behind the configuration's back.
    pub(super) fn resolve(&self, own_uid: u32, accounts: &dyn Accounts) -> Result<Operators, ConfigError> {
        let mut grants = Vec::new();
        for verb in Verb::ALL {
            for principal in self.of(verb) {
                let who = match principal {
                    Principal::Uid(uid) => Some(Who::Uid(*uid)),
                    Principal::User(name) => accounts.uid_of(name).map(Who::Uid),
                    Principal::Group(name) => accounts.gid_of(name).map(Who::Gid),
                };
                let who = who.ok_or_else(|| ConfigError::UnknownAccount {
                    key: verb.as_str(),
                    principal: principal.to_string(),
                })?;
                grants.push(Grant { verb, who, written: principal.clone() });
            }
        }
        Ok(Operators { own_uid, defaults: self.defaults, grants })
    }
}

/// Who holds which verb; names are resolved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Operators {
    own_uid: u32,
    defaults: bool,
    grants: Vec<Grant>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Grant {
    verb: Verb,
    who: Who,
    written: Principal,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Who {
    Uid(u32),
    Gid(u32),
}

impl Operators {
    /// Root and the daemon's own uid, every verb; nobody else.
    #[must_use]
    pub fn own_and_root(own_uid: u32) -> Self {
        Self { own_uid, defaults: true, grants: Vec::new() }
    }

    /// What somebody holds.
    #[must_use]
    pub fn verbs(&self, uid: u32, gid: u32, others: &[u32]) -> Verbs {
        if self.defaults && (uid == 0 || uid == self.own_uid) {
            return Verbs::ALL;
        }
        let held = |grant: &&Grant| match grant.who {
            Who::Uid(granted) => granted == uid,
            Who::Gid(granted) => granted == gid || others.contains(&granted),
        };
        self.grants.iter().filter(held).fold(Verbs::NONE, |set, grant| set.with(grant.verb))
    }

    /// Is anything granted to a group, so that a peer's groups must be known?
    #[must_use]
    pub fn need_groups(&self) -> bool {
        self.grants.iter().any(|grant| matches!(grant.who, Who::Gid(_)))
    }

    /// Do root and the daemon's own uid hold every verb?
    #[must_use]
    pub fn defaults(&self) -> bool {
        self.defaults
    }

    /// Who holds a verb beside the defaults, as written.
    pub fn granted(&self, verb: Verb) -> impl Iterator<Item = &Principal> {
        self.grants.iter().filter(move |grant| grant.verb == verb).map(|grant| &grant.written)
    }
}

/// Longest account name looked up, in bytes.
const NAME_MAX: usize = 256;
