//! What is declared and what of it is there: for people, for panels, and for
//! the gate in front of an app's work. Never a value, and no read is noted.

use std::collections::BTreeMap;

use vault_manifest::{Scope, Spec, WriteMode};

use super::metadata::Metadata;
use super::{Account, LastReads, Refusal, Shelf, Target};
use crate::barrier::{Barrier, Place, RecordKind};
use crate::limits::DAY_MS;
use crate::names::{App, SecretName, User};

/// One declared secret, or one instance of it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SecretStatus {
    /// `name`, or `name/instance`.
    pub name: String,
    /// What it is for; none in the personal app, where nothing is declared.
    pub description: Option<String>,
    /// Whose value it is.
    pub scope: Scope,
    /// Who stores it.
    pub write_mode: WriteMode,
    /// The app does not work without it.
    pub required: bool,
    /// Its user may read it back.
    pub reveal: bool,
    /// Longest value, in bytes.
    pub max_bytes: u32,
    /// Addressed as `name/instance`.
    pub instances: bool,
    /// There is a current value, expired or not.
    pub is_set: bool,
    /// The current version.
    pub version: Option<u64>,
    /// The version that waits to be promoted.
    pub pending: Option<u64>,
    /// When the current version was stored, in milliseconds since 1970.
    pub set_ms: Option<u64>,
    /// By whom.
    pub set_by: Option<User>,
    /// When it was last read, as far as known.
    pub last_read_ms: Option<u64>,
    /// When it expires.
    pub expires_ms: Option<u64>,
    /// Its time has passed: kept, not served.
    pub expired: bool,
    /// A new value is due; never blocks.
    pub rotation_due: bool,
}

/// Is an app ready to work for a user?
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Gate {
    /// What is required and not there; empty = ready.
    pub missing: Vec<MissingSecret>,
}

/// A required secret that is missing.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct MissingSecret {
    /// Its declared name.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// There is one, but its time has passed.
    pub expired: bool,
    /// What to do about it.
    pub set_with: String,
}

/// Where to look.
#[derive(Clone, Copy)]
pub(crate) struct Look<'a> {
    pub(crate) barrier: &'a Barrier,
    pub(crate) shelf: &'a Shelf,
    pub(crate) account: &'a Account,
    pub(crate) app: &'a App,
}

impl Gate {
    /// Nothing is missing.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.missing.is_empty()
    }
}

/// The status of one name.
pub(crate) fn status(
    look: Look<'_>,
    reads: &LastReads,
    name: &SecretName,
    spec: Option<&Spec>,
) -> Result<SecretStatus, Refusal> {
    let target = Target { account: look.account, app: look.app, name };
    let Some(place) = look.shelf.locate(look.barrier, target)? else { return Ok(told(name.as_str(), spec)) };
    let Some(metadata) = look.shelf.metadata(look.barrier, &place)? else { return Ok(told(name.as_str(), spec)) };
    let last = reads.of(look.barrier, &place.scope)?.get(&place.index).copied();
    Ok(of(&metadata, spec, last, look.barrier.now_ms()))
}

/// The status of a spec: one, or one for each instance there is; when there is
/// none, the bare name.
pub(crate) fn statuses(look: Look<'_>, reads: &LastReads, spec: &Spec) -> Result<Vec<SecretStatus>, Refusal> {
    if !spec.instances {
        let name = SecretName::parse(&spec.name)?;
        return Ok(vec![status(look, reads, &name, Some(spec))?]);
    }
    let mut found = BTreeMap::new();
    let now_ms = look.barrier.now_ms();
    if let Some(scope) = scope(look)? {
        let last = reads.of(look.barrier, &scope)?;
        for (place, metadata) in instances(look, &scope, spec)? {
            if metadata.current().is_some() || metadata.pending().is_some() {
                let status = of(&metadata, Some(spec), last.get(&place.index).copied(), now_ms);
                found.insert(metadata.name.clone(), status);
            }
        }
    }
    if found.is_empty() {
        return Ok(vec![told(&spec.name, Some(spec))]);
    }
    Ok(found.into_values().collect())
}

/// Is a required secret there? At least one instance, where there are several.
pub(crate) fn missing(look: Look<'_>, spec: &Spec) -> Result<Option<MissingSecret>, Refusal> {
    let now_ms = look.barrier.now_ms();
    let mut expired = false;
    let mut served = |metadata: &Metadata| {
        metadata.current().is_some_and(|current| {
            let over = current.is_expired(now_ms);
            expired |= over;
            !over
        })
    };
    let there = if spec.instances {
        match scope(look)? {
            Some(scope) => instances(look, &scope, spec)?.iter().any(|(_, metadata)| served(metadata)),
            None => false,
        }
    } else {
        let name = SecretName::parse(&spec.name)?;
        let target = Target { account: look.account, app: look.app, name: &name };
        match look.shelf.locate(look.barrier, target)? {
            Some(place) => look.shelf.metadata(look.barrier, &place)?.is_some_and(|metadata| served(&metadata)),
            None => false,
        }
    };
    Ok((!there).then(|| MissingSecret {
        name: spec.name.clone(),
        description: spec.description.clone(),
        expired,
        set_with: set_with(look.app, spec),
    }))
}

fn set_with(app: &App, spec: &Spec) -> String {
    let instance = if spec.instances { "/INSTANCE" } else { "" };
    match (spec.scope, spec.write_mode) {
        (Scope::App, _) => format!("the app's owner: vaultctl set --app {app} {}{instance}", spec.name),
        (Scope::User, WriteMode::Extension) => format!("authorize {app}: it stores this itself"),
        (Scope::User, _) => format!("vaultctl set --app {app} {}{instance}", spec.name),
    }
}

fn scope(look: Look<'_>) -> Result<Option<[u8; 16]>, Refusal> {
    let Some(entry) = look.shelf.scope(look.barrier, &look.account.user, look.app)? else { return Ok(None) };
    entry.admit(look.account)?;
    Ok(Some(entry.scope))
}

fn instances(look: Look<'_>, scope: &[u8; 16], spec: &Spec) -> Result<Vec<(Place, std::sync::Arc<Metadata>)>, Refusal> {
    let mut found = Vec::new();
    let keys = look.barrier.keys(&Place::kind_prefix(scope, RecordKind::Metadata))?;
    for place in keys.iter().filter_map(Place::of) {
        let Some(metadata) = look.shelf.metadata(look.barrier, &place)? else { continue };
        if metadata.name.parts().0 == spec.name {
            found.push((place, metadata));
        }
    }
    Ok(found)
}

/// What is declared, and nothing there.
fn told(name: &str, spec: Option<&Spec>) -> SecretStatus {
    SecretStatus {
        name: name.to_owned(),
        description: spec.map(|spec| spec.description.clone()),
        scope: spec.map_or(Scope::User, |spec| spec.scope),
        write_mode: spec.map_or(WriteMode::User, |spec| spec.write_mode),
        required: spec.is_some_and(|spec| spec.required),
        reveal: spec.is_none_or(|spec| spec.reveal),
        max_bytes: spec.map_or(vault_manifest::limits::VALUE_MAX, |spec| spec.max_bytes),
        instances: spec.is_some_and(|spec| spec.instances),
        is_set: false,
        version: None,
        pending: None,
        set_ms: None,
        set_by: None,
        last_read_ms: None,
        expires_ms: None,
        expired: false,
        rotation_due: false,
    }
}

fn of(metadata: &Metadata, spec: Option<&Spec>, last_read_ms: Option<u64>, now_ms: u64) -> SecretStatus {
    let told = told(metadata.name.as_str(), spec);
    let pending = metadata.pending().map(|version| version.version);
    let Some(current) = metadata.current() else { return SecretStatus { pending, ..told } };
    let due = |days: u32| current.set_ms.saturating_add(u64::from(days) * DAY_MS) <= now_ms;
    SecretStatus {
        is_set: true,
        version: Some(current.version),
        pending,
        set_ms: Some(current.set_ms),
        set_by: Some(current.set_by.clone()),
        last_read_ms,
        expires_ms: (current.expires_ms != 0).then_some(current.expires_ms),
        expired: current.is_expired(now_ms),
        rotation_due: spec.and_then(|spec| spec.rotation_hint_days).is_some_and(due),
        ..told
    }
}
