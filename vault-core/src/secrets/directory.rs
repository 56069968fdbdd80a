//! The directory: which scope belongs to which user and app. One record a
//! scope, in the system scope, under a keyed index of (user, app).
//!
//! ```text
//! 1 | scope id 16 | LP(user) | LP(app) | u8 has login | LP(login) | made at u64be
//! ```
//!
//! A uid is not a person for ever: the entry remembers the login name it was
//! made under, and while that differs the scope answers *held*.

use crate::barrier::{Barrier, Fault, Place, RecordKind, SYSTEM, Txn};
use crate::codec::{Malformed, Put, Reader, lp_prefix};
use crate::keys::{Keyring, ScopeKey};
use crate::limits;
use crate::names::{App, User};
use crate::secrets::Refusal;

/// A user as an operation sees one: the identity and today's login name.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Account {
    pub(crate) user: User,
    pub(crate) login: Option<String>,
}

/// A directory record.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct ScopeEntry {
    pub(crate) scope: [u8; 16],
    pub(crate) user: User,
    pub(crate) app: App,
    pub(crate) login: Option<String>,
    pub(crate) made_ms: u64,
}

impl ScopeEntry {
    pub(crate) fn encode(&self) -> Vec<u8> {
        let login = self.login.as_deref();
        let mut bytes = vec![RECORD_VERSION];
        bytes.extend_from_slice(&self.scope);
        bytes.put_lp(self.user.to_string().as_bytes());
        bytes.put_lp(self.app.as_str().as_bytes());
        bytes.push(u8::from(login.is_some()));
        bytes.put_lp(login.unwrap_or_default().as_bytes());
        bytes.put_u64(self.made_ms);
        bytes
    }

    pub(crate) fn parse(bytes: &[u8]) -> Result<Self, Malformed> {
        let mut reader = Reader::new(bytes);
        reader.literal(&[RECORD_VERSION], "directory record version 1")?;
        let scope = reader.array("a scope id")?;
        let user = reader.text(limits::EXT_ID_MAX + 8, "a user")?;
        let user = User::parse_stored(user).map_err(|rule| Malformed { expected: rule.expected })?;
        let app = reader.text(limits::APP_MAX, "an app")?;
        let app = App::parse(app).map_err(|rule| Malformed { expected: rule.expected })?;
        let has_login = reader.u8("a login flag")?;
        let login = reader.text(limits::LOGIN_MAX, "a login name")?;
        let login = match has_login {
            0 if login.is_empty() => None,
            1 => Some(login.to_owned()),
            _ => return Err(Malformed { expected: "a login flag" }),
        };
        let made_ms = reader.u64("a time")?;
        reader.end()?;
        Ok(Self { scope, user, app, login, made_ms })
    }

    pub(crate) fn is_held(&self, login: Option<&str>) -> bool {
        let differs = self.user.uid().is_some() && self.login.as_deref() != login;
        differs || self.login.as_deref() == Some(UNSURE)
    }

    /// The same entry, held until an operator confirms it.
    pub(crate) fn unsure(self) -> Self {
        Self { login: Some(UNSURE.to_owned()), ..self }
    }

    /// Refuses an account whose login name is not the remembered one.
    pub(crate) fn admit(&self, account: &Account) -> Result<(), Refusal> {
        if self.is_held(account.login.as_deref()) {
            return Err(Refusal::Held { user: account.user.clone() });
        }
        Ok(())
    }
}

/// Where the entry of (user, app) lies.
pub(crate) fn directory_place(keyring: &Keyring, user: &User, app: &App) -> Place {
    let user = user.to_string();
    let app = app.as_str();
    let name = [&lp_prefix(user.as_bytes()), user.as_bytes(), &lp_prefix(app.as_bytes()), app.as_bytes()].concat();
    Place { scope: SYSTEM, kind: RecordKind::Directory, index: keyring.name_index(&SYSTEM, &name), version: 0 }
}

/// The scope of (account, app), for an account that it admits.
pub(crate) fn scope_of(txn: &Txn<'_>, account: &Account, app: &App) -> Result<Option<ScopeEntry>, Refusal> {
    let place = directory_place(&txn.keyring(), &account.user, app);
    let Some(bytes) = txn.read(&place)? else { return Ok(None) };
    let entry = ScopeEntry::parse(bytes.expose()).map_err(|_| Fault::Corrupt { what: "a directory record" })?;
    entry.admit(account)?;
    Ok(Some(entry))
}

/// A scope for (account, app), which has none.
pub(crate) fn make_scope(txn: &mut Txn<'_>, account: &Account, app: &App) -> Result<ScopeEntry, Refusal> {
    let host = txn.barrier().host();
    let entry = ScopeEntry {
        scope: host.random().map_err(Fault::from)?,
        user: account.user.clone(),
        app: app.clone(),
        login: account.login.clone(),
        made_ms: txn.now_ms(),
    };
    let key = ScopeKey::make(&*host.entropy).map_err(Fault::from)?;
    txn.write_wrap(entry.scope, 1, key)?;
    let place = directory_place(&txn.keyring(), &account.user, app);
    txn.write(&place, &entry.encode())?;
    Ok(entry)
}

/// Every entry, in no meaningful order.
pub(crate) fn scan_directory(barrier: &Barrier) -> Result<Vec<(Place, ScopeEntry)>, Fault> {
    let keys = barrier.keys(&Place::kind_prefix(&SYSTEM, RecordKind::Directory))?;
    let mut entries = Vec::with_capacity(keys.len());
    for place in keys.iter().filter_map(Place::of) {
        // Gone meanwhile: not an entry any more.
        let Some(bytes) = barrier.read(&place)? else { continue };
        let entry = ScopeEntry::parse(bytes.expose()).map_err(|_| Fault::Corrupt { what: "a directory record" })?;
        entries.push((place, entry));
    }
    Ok(entries)
}

/// A login name that no account can have.
const UNSURE: &str = "?";
const RECORD_VERSION: u8 = 1;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn entry(login: Option<&str>) -> ScopeEntry {
        let user = User::parse("uid:1000").unwrap();
        ScopeEntry { scope: [1; 16], user, app: App::personal(), login: login.map(str::to_owned), made_ms: 5 }
    }

    #[test]
    fn round_trips_and_refuses_truncation() {
        for entry in [entry(None), entry(Some("alice")), entry(Some(""))] {
            let bytes = entry.encode();
            assert_eq!(ScopeEntry::parse(&bytes), Ok(entry));
            assert!((0..bytes.len()).all(|len| ScopeEntry::parse(&bytes[..len]).is_err()));
        }
    }

    #[test]
    fn another_login_name_holds_the_scope() {
        assert!(!entry(Some("alice")).is_held(Some("alice")));
        assert!(entry(Some("alice")).is_held(Some("bob")));
        assert!(entry(Some("alice")).is_held(None));
        assert!(entry(None).is_held(Some("alice")));
    }

    proptest! {
        #[test]
        fn any_bytes_parse_canonically_or_not_at_all(bytes in proptest::collection::vec(any::<u8>(), 0..120)) {
            if let Ok(entry) = ScopeEntry::parse(&bytes) {
                prop_assert_eq!(entry.encode(), bytes);
            }
        }
    }
}
