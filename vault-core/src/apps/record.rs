//! An app's record, in the system scope: what it declares, whose it is, who may
//! act as it.
//!
//! ```text
//! 1 | LP(app) | LP(description) | LP(owner) | login | suspended u8 | made at u64be | changed at u64be
//!   | u8 n | n × (uid u32be | login | acts for)
//!   | u16be n | n × spec
//! login    = u8 has login | LP(login)
//! acts for = 1 own user | 2 any | 3 fixed | LP(user), empty but for 3
//! spec     = LP(name) | LP(description) | required u8 | write mode u8 | scope u8 | max bytes u32be
//!          | rotation hint u32be | LP(env fallback) | reveal u8 | keep u8 | instances u8 | expires after u32be
//! ```
//!
//! Times in milliseconds since 1970, hints in days; 0 and empty = none. A uid is
//! not a person for ever: owner and bindings remember the login name, and count
//! only while it is the same.

use vault_manifest::{Manifest, Scope, Spec, WriteMode, limits as declared};

use crate::codec::{Malformed, Put, Reader};
use crate::limits;
use crate::names::{App, User};
use crate::secrets::{Account, Refusal};

/// For whom an app session may act.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum ActsFor {
    /// The user behind it: a bound uid itself.
    OwnUser,
    /// Every `ext:` user, never a `uid:`.
    Any,
    /// This user only.
    Fixed(User),
}

/// A uid that may act as the app without a token.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Binding {
    /// Which.
    pub uid: u32,
    /// Its login name when it was bound.
    pub login: Option<String>,
    /// For whom.
    pub acts_for: ActsFor,
}

/// An app.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct AppRecord {
    pub(crate) manifest: Manifest,
    pub(crate) app: App,
    pub(crate) owner: Account,
    pub(crate) suspended: bool,
    pub(crate) made_ms: u64,
    pub(crate) changed_ms: u64,
    /// In the order of uids.
    pub(crate) bindings: Vec<Binding>,
}

impl ActsFor {
    /// May a session with this act for `user`? `own` is the user behind it.
    pub(crate) fn allows(&self, user: &User, own: Option<&User>) -> bool {
        match self {
            Self::OwnUser => own == Some(user),
            Self::Any => matches!(user, User::Ext(_)),
            Self::Fixed(fixed) => fixed == user,
        }
    }

    /// Whom a session acts for that names nobody.
    pub(crate) fn implied<'a>(&'a self, own: Option<&'a User>) -> Option<&'a User> {
        match self {
            Self::OwnUser => own,
            Self::Any => None,
            Self::Fixed(fixed) => Some(fixed),
        }
    }

    pub(crate) fn put(&self, bytes: &mut Vec<u8>) {
        let (tag, user) = match self {
            Self::OwnUser => (1, String::new()),
            Self::Any => (2, String::new()),
            Self::Fixed(user) => (3, user.to_string()),
        };
        bytes.push(tag);
        bytes.put_lp(user.as_bytes());
    }

    pub(crate) fn read(reader: &mut Reader<'_>) -> Result<Self, Malformed> {
        let tag = reader.u8("whom it acts for")?;
        let user = reader.text(USER_MAX, "a user")?;
        match (tag, user) {
            (1, "") => Ok(Self::OwnUser),
            (2, "") => Ok(Self::Any),
            (3, user) => Ok(Self::Fixed(User::parse(user).map_err(|rule| Malformed { expected: rule.expected })?)),
            _ => Err(Malformed { expected: "whom it acts for" }),
        }
    }
}

impl AppRecord {
    /// Is this account the owner? One that only has the owner's uid is held.
    pub(crate) fn is_owner(&self, account: &Account) -> Result<bool, Refusal> {
        if account.user != self.owner.user {
            return Ok(false);
        }
        if account.user.uid().is_some() && account.login != self.owner.login {
            return Err(Refusal::Held { user: account.user.clone() });
        }
        Ok(true)
    }

    /// The binding of a uid's account, as long as its login name is the same.
    pub(crate) fn binding(&self, account: &Account) -> Option<&Binding> {
        let uid = account.user.uid()?;
        self.bindings.iter().find(|binding| binding.uid == uid && binding.login == account.login)
    }

    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut bytes = vec![RECORD_VERSION];
        bytes.put_lp(self.app.as_str().as_bytes());
        bytes.put_lp(self.manifest.description.as_bytes());
        bytes.put_lp(self.owner.user.to_string().as_bytes());
        put_login(&mut bytes, self.owner.login.as_deref());
        bytes.push(u8::from(self.suspended));
        bytes.put_u64(self.made_ms);
        bytes.put_u64(self.changed_ms);
        bytes.push(u8::try_from(self.bindings.len()).unwrap_or(u8::MAX));
        for binding in &self.bindings {
            bytes.put_u32(binding.uid);
            put_login(&mut bytes, binding.login.as_deref());
            binding.acts_for.put(&mut bytes);
        }
        bytes.put_u16(u16::try_from(self.manifest.secrets.len()).unwrap_or(u16::MAX));
        self.manifest.secrets.iter().for_each(|spec| put_spec(&mut bytes, spec));
        bytes
    }

    pub(crate) fn parse(bytes: &[u8]) -> Result<Self, Malformed> {
        let mut reader = Reader::new(bytes);
        reader.literal(&[RECORD_VERSION], "app record version 1")?;
        let app = reader.text(limits::APP_MAX, "an app")?;
        let app = App::parse(app).map_err(|rule| Malformed { expected: rule.expected })?;
        let description = reader.text(declared::DESCRIPTION_MAX, "a description")?.to_owned();
        let owner = reader.text(USER_MAX, "a user")?;
        let owner = User::parse(owner).map_err(|rule| Malformed { expected: rule.expected })?;
        let owner = Account { user: owner, login: read_login(&mut reader)? };
        let suspended = flag(&mut reader)?;
        let made_ms = reader.u64("a time")?;
        let changed_ms = reader.u64("a time")?;
        let count = usize::from(reader.u8("a count of bindings")?);
        if count > limits::BINDINGS_MAX {
            return Err(Malformed { expected: "a count of bindings within limits" });
        }
        let bindings = (0..count).map(|_| read_binding(&mut reader)).collect::<Result<Vec<_>, _>>()?;
        if !bindings.windows(2).all(|pair| pair[0].uid < pair[1].uid) {
            return Err(Malformed { expected: "bindings in the order of uids" });
        }
        let count = usize::from(reader.u16("a count of specs")?);
        if count > declared::SPECS_MAX {
            return Err(Malformed { expected: "a count of specs within limits" });
        }
        let secrets = (0..count).map(|_| read_spec(&mut reader)).collect::<Result<Vec<_>, _>>()?;
        reader.end()?;
        let manifest = Manifest { app: app.as_str().to_owned(), description, secrets };
        manifest.check().map_err(|_| Malformed { expected: "a declaration that keeps its rules" })?;
        Ok(Self { manifest, app, owner, suspended, made_ms, changed_ms, bindings })
    }
}

fn read_binding(reader: &mut Reader<'_>) -> Result<Binding, Malformed> {
    Ok(Binding { uid: reader.u32("a uid")?, login: read_login(reader)?, acts_for: ActsFor::read(reader)? })
}

fn put_login(bytes: &mut Vec<u8>, login: Option<&str>) {
    bytes.push(u8::from(login.is_some()));
    bytes.put_lp(login.unwrap_or_default().as_bytes());
}

fn read_login(reader: &mut Reader<'_>) -> Result<Option<String>, Malformed> {
    let has_login = flag(reader)?;
    let login = reader.text(limits::LOGIN_MAX, "a login name")?;
    match (has_login, login) {
        (true, login) => Ok(Some(login.to_owned())),
        (false, "") => Ok(None),
        (false, _) => Err(Malformed { expected: "a login flag" }),
    }
}

fn put_spec(bytes: &mut Vec<u8>, spec: &Spec) {
    bytes.put_lp(spec.name.as_bytes());
    bytes.put_lp(spec.description.as_bytes());
    bytes.push(u8::from(spec.required));
    bytes.push(match spec.write_mode {
        WriteMode::User => 1,
        WriteMode::Extension => 2,
        WriteMode::Both => 3,
    });
    bytes.push(match spec.scope {
        Scope::User => 1,
        Scope::App => 2,
    });
    bytes.put_u32(spec.max_bytes);
    bytes.put_u32(spec.rotation_hint_days.unwrap_or(0));
    bytes.put_lp(spec.env_fallback.as_deref().unwrap_or_default().as_bytes());
    bytes.push(u8::from(spec.reveal));
    bytes.push(spec.keep_versions);
    bytes.push(u8::from(spec.instances));
    bytes.put_u32(spec.expires_after_days.unwrap_or(0));
}

fn read_spec(reader: &mut Reader<'_>) -> Result<Spec, Malformed> {
    let days = |days: u32| (days != 0).then_some(days);
    Ok(Spec {
        name: reader.text(declared::NAME_MAX, "a name")?.to_owned(),
        description: reader.text(declared::DESCRIPTION_MAX, "a description")?.to_owned(),
        required: flag(reader)?,
        write_mode: match reader.u8("a write mode")? {
            1 => WriteMode::User,
            2 => WriteMode::Extension,
            3 => WriteMode::Both,
            _ => return Err(Malformed { expected: "a write mode" }),
        },
        scope: match reader.u8("a scope")? {
            1 => Scope::User,
            2 => Scope::App,
            _ => return Err(Malformed { expected: "a scope" }),
        },
        max_bytes: reader.u32("a size")?,
        rotation_hint_days: days(reader.u32("days")?),
        env_fallback: Some(reader.text(declared::ENV_NAME_MAX, "a variable")?.to_owned())
            .filter(|name| !name.is_empty()),
        reveal: flag(reader)?,
        keep_versions: reader.u8("a count of versions")?,
        instances: flag(reader)?,
        expires_after_days: days(reader.u32("days")?),
    })
}

pub(crate) fn flag(reader: &mut Reader<'_>) -> Result<bool, Malformed> {
    match reader.u8("a flag")? {
        0 => Ok(false),
        1 => Ok(true),
        _ => Err(Malformed { expected: "a flag" }),
    }
}

/// `ext:` and the longest id.
pub(crate) const USER_MAX: usize = limits::EXT_ID_MAX + 8;
const RECORD_VERSION: u8 = 1;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn record() -> AppRecord {
        let mut shared = Spec::new("client_id", "The app's own id");
        shared.scope = Scope::App;
        shared.env_fallback = Some("IMPERAL_APPSECRET_ID".into());
        let mut many = Spec::new("refresh_token", "Made at login");
        (many.write_mode, many.instances, many.keep_versions) = (WriteMode::Both, true, 16);
        (many.expires_after_days, many.rotation_hint_days) = (Some(3), Some(30));
        let manifest = Manifest { app: "spotify".into(), description: "Music".into(), secrets: vec![shared, many] };
        let bindings = vec![
            Binding { uid: 5, login: None, acts_for: ActsFor::Any },
            Binding { uid: 7, login: Some("svc".into()), acts_for: ActsFor::Fixed(User::parse("ext:alice").unwrap()) },
        ];
        let app = App::parse("spotify").unwrap();
        let owner = Account { user: User::Uid(1000), login: Some("dev".into()) };
        AppRecord { manifest, app, owner, suspended: true, made_ms: 5, changed_ms: 6, bindings }
    }

    #[test]
    fn round_trips_and_refuses_truncation() {
        let bytes = record().encode();
        assert_eq!(AppRecord::parse(&bytes), Ok(record()));
        assert!((0..bytes.len()).all(|len| AppRecord::parse(&bytes[..len]).is_err()));
        assert!(AppRecord::parse(&[&bytes[..], &[0]].concat()).is_err());
    }

    #[test]
    fn whom_a_session_may_act_for() {
        let (alice, bob, own) = (User::parse("ext:alice").unwrap(), User::parse("ext:bob").unwrap(), User::Uid(5));
        for (acts_for, allowed) in [
            (ActsFor::OwnUser, [false, false, true, false]),
            (ActsFor::Any, [true, true, false, false]),
            (ActsFor::Fixed(alice.clone()), [true, false, false, false]),
        ] {
            let users = [&alice, &bob, &own, &User::Uid(6)];
            assert_eq!(users.map(|user| acts_for.allows(user, Some(&own))), allowed, "{acts_for:?}");
        }
        assert!(!ActsFor::OwnUser.allows(&own, None), "a token has no user of its own");
    }

    proptest! {
        #[test]
        fn changed_bytes_parse_canonically_or_not_at_all(at in 0_usize..200, to in any::<u8>()) {
            let mut bytes = record().encode();
            let at = at % bytes.len();
            bytes[at] = to;
            if let Ok(record) = AppRecord::parse(&bytes) {
                prop_assert_eq!(record.encode(), bytes);
            }
        }
    }
}
