//! What a vault should do, as plainly as it can be said.

use std::collections::BTreeMap;

use vault_core::{VersionState, limits};

use crate::support::DAY_MS;

/// One step.
#[derive(Clone, Debug)]
pub(crate) enum Op {
    Write(usize, Write),
    /// Several callers' requests in one go.
    Batch(Vec<(usize, Write)>),
    /// Worked out now, and applied by a later [`Op::Apply`].
    Draft(usize, Write),
    Apply,
    /// Version 0 = the current one.
    Get(usize, usize, u64),
    History(usize, usize),
    List(usize, bool, usize),
    /// The account now has this login name.
    Login(usize, u8),
    Confirm(usize, u8),
    Move(usize, usize),
    Shred(usize),
    RekeyWrap,
    RekeyUser(usize),
    /// Slots to keep, as bits; agree to drop the others.
    RekeyRoot(u8, bool),
    SlotAdd(bool, u8),
    SlotRemove(u8),
    SealUnseal(u8),
    /// Dropped without sealing, as by a crash.
    Reopen(u8),
    Jump(i64),
    Maintain,
    Check,
}

#[derive(Clone, Debug)]
pub(crate) enum Write {
    Set(usize, usize, u8, If),
    Delete(usize, If),
    Destroy(usize, If),
    Undelete(usize),
}

/// A compare-and-set condition, relative to what is there.
#[derive(Clone, Copy, Debug)]
pub(crate) enum If {
    Any,
    Current,
    Absent,
    Other,
}

/// What an operation answers, without content.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Answer {
    Version(u64),
    WasSet(bool),
    Missing,
    Held,
    Conflict(u64),
    TooLarge,
    Invalid,
}

pub(crate) struct Model {
    /// By user.
    pub(crate) scopes: BTreeMap<usize, Scope>,
    /// Highest time any commit was made at.
    pub(crate) highest: u64,
    /// When retention was suspended, and the wall clock as last seen.
    held_since: Option<u64>,
    seen: u64,
}

pub(crate) struct Scope {
    pub(crate) login: u8,
    pub(crate) secrets: BTreeMap<usize, Secret>,
    /// Last reads: written down, and not yet.
    kept_reads: BTreeMap<usize, u64>,
    fresh_reads: BTreeMap<usize, u64>,
}

#[derive(Default)]
pub(crate) struct Secret {
    pub(crate) latest: u64,
    /// Oldest first.
    pub(crate) versions: Vec<Version>,
}

#[derive(Clone)]
pub(crate) struct Version {
    pub(crate) number: u64,
    pub(crate) state: VersionState,
    pub(crate) value: Vec<u8>,
    pub(crate) set_ms: u64,
    pub(crate) deleted_ms: u64,
    pub(crate) set_by: usize,
}

impl Model {
    pub(crate) fn new(wall: u64) -> Self {
        Self { scopes: BTreeMap::new(), highest: wall, held_since: None, seen: wall }
    }

    /// What the vault takes for now.
    pub(crate) fn now(&self, wall: u64) -> u64 {
        wall.max(self.highest)
    }

    pub(crate) fn opened(&mut self, wall: u64) {
        if wall > self.highest + DAY_MS {
            self.held_since = Some(wall);
        }
        self.seen = wall;
    }

    pub(crate) fn is_held(&self, who: usize, login: u8) -> bool {
        self.scopes.get(&who).is_some_and(|scope| scope.login != login)
    }

    pub(crate) fn current(&self, who: usize, name: usize) -> u64 {
        self.secret(who, name).map_or(0, Secret::current)
    }

    pub(crate) fn secret(&self, who: usize, name: usize) -> Option<&Secret> {
        self.scopes.get(&who)?.secrets.get(&name)
    }

    pub(crate) fn write(&mut self, who: usize, login: u8, wall: u64, write: &Write, wanted: Option<u64>) -> Answer {
        let now = self.now(wall);
        if let Write::Set(_, len, ..) = write {
            if *len > limits::VALUE_MAX {
                return Answer::TooLarge;
            }
            if *len == 0 {
                return Answer::Invalid;
            }
        }
        if self.is_held(who, login) {
            return Answer::Held;
        }
        let name = match write {
            Write::Set(name, ..) | Write::Delete(name, _) | Write::Destroy(name, _) | Write::Undelete(name) => *name,
        };
        let current = self.current(who, name);
        if wanted.is_some_and(|wanted| wanted != current) {
            return Answer::Conflict(current);
        }
        if let Write::Set(_, len, fill, _) = write {
            let scope = self.scopes.entry(who).or_insert_with(|| Scope::new(login));
            let secret = scope.secrets.entry(name).or_default();
            secret.set(vec![*fill; *len], now, who);
            return Answer::Version(secret.latest);
        }
        let secret = self.scopes.get_mut(&who).and_then(|scope| scope.secrets.get_mut(&name));
        let known = secret.filter(|secret| secret.has_values());
        match (write, known) {
            (Write::Undelete(_), None) => Answer::Missing,
            (_, None) => Answer::WasSet(false),
            (Write::Undelete(_), Some(secret)) => secret.undelete(),
            (Write::Delete(..), Some(secret)) => Answer::WasSet(secret.delete(wall)),
            (_, Some(secret)) => {
                secret.versions.iter_mut().for_each(|version| version.destroy(now));
                Answer::WasSet(true)
            }
        }
    }

    pub(crate) fn get(
        &mut self,
        who: usize,
        login: u8,
        wall: u64,
        name: usize,
        version: u64,
    ) -> Result<Version, Answer> {
        if self.is_held(who, login) {
            return Err(Answer::Held);
        }
        let scope = self.scopes.get_mut(&who).ok_or(Answer::Missing)?;
        let secret = scope.secrets.get(&name).ok_or(Answer::Missing)?;
        let wanted = if version == 0 { secret.current() } else { version };
        let found = secret.versions.iter().find(|v| v.number == wanted && v.state == VersionState::Live);
        let found = found.ok_or(Answer::Missing)?.clone();
        scope.fresh_reads.insert(name, wall);
        Ok(found)
    }

    pub(crate) fn last_read(&self, who: usize, name: usize) -> Option<u64> {
        let scope = self.scopes.get(&who)?;
        scope.fresh_reads.get(&name).or(scope.kept_reads.get(&name)).copied()
    }

    /// What a crash forgets.
    pub(crate) fn crashed(&mut self) {
        self.scopes.values_mut().for_each(|scope| scope.fresh_reads.clear());
    }

    pub(crate) fn maintain(&mut self, wall: u64) {
        for scope in self.scopes.values_mut() {
            let fresh = std::mem::take(&mut scope.fresh_reads);
            scope.kept_reads.extend(fresh);
        }
        if wall > self.seen.saturating_add(DAY_MS) {
            self.held_since = Some(wall);
        }
        self.seen = wall;
        // A jump that was taken back, or that has lasted a day, holds no more.
        if self.held_since.is_some_and(|since| wall < since || wall >= since.saturating_add(DAY_MS)) {
            self.held_since = None;
        }
        if self.held_since.is_some() {
            return;
        }
        let now = self.now(wall);
        let secrets = self.scopes.values_mut().flat_map(|scope| scope.secrets.values_mut());
        for version in secrets.flat_map(|secret| &mut secret.versions) {
            // By the wall clock, which a jump that was taken back has not moved.
            if version.state == VersionState::Deleted && version.deleted_ms + limits::RETENTION_MS <= wall {
                version.destroy(now);
            }
        }
    }

    pub(crate) fn is_retention_held(&self) -> bool {
        self.held_since.is_some()
    }
}

impl Scope {
    fn new(login: u8) -> Self {
        Self { login, secrets: BTreeMap::new(), kept_reads: BTreeMap::new(), fresh_reads: BTreeMap::new() }
    }
}

impl Secret {
    pub(crate) fn current(&self) -> u64 {
        let live = self.versions.iter().rev().find(|version| version.state == VersionState::Live);
        live.map_or(0, |version| version.number)
    }

    pub(crate) fn has_values(&self) -> bool {
        self.versions.iter().any(|version| version.state != VersionState::Destroyed)
    }

    fn set(&mut self, value: Vec<u8>, now: u64, set_by: usize) {
        self.latest += 1;
        let state = VersionState::Live;
        self.versions.push(Version { number: self.latest, state, value, set_ms: now, deleted_ms: 0, set_by });
        let valued = self.versions.iter().filter(|version| version.state != VersionState::Destroyed).count();
        let excess = valued.saturating_sub(limits::KEEP_VERSIONS);
        let oldest = self.versions.iter_mut().filter(|version| version.state != VersionState::Destroyed);
        oldest.take(excess).for_each(|version| version.destroy(now));
        while self.versions.len() > limits::HISTORY_MAX {
            let gone = self.versions.iter().position(|version| version.state == VersionState::Destroyed).unwrap();
            self.versions.remove(gone);
        }
    }

    /// By the wall clock, as retention goes by it.
    fn delete(&mut self, wall: u64) -> bool {
        let mut any = false;
        for version in self.versions.iter_mut().filter(|version| version.state == VersionState::Live) {
            version.state = VersionState::Deleted;
            version.deleted_ms = wall;
            any = true;
        }
        any
    }

    fn undelete(&mut self) -> Answer {
        if self.current() != 0 {
            return Answer::Conflict(self.current());
        }
        let deleted = |version: &&mut Version| version.state == VersionState::Deleted;
        let last = self.versions.iter_mut().rev().find(deleted).unwrap().deleted_ms;
        for version in self.versions.iter_mut().filter(|version| deleted(version) && version.deleted_ms == last) {
            version.state = VersionState::Live;
            version.deleted_ms = 0;
        }
        Answer::Version(self.current())
    }
}

impl Version {
    fn destroy(&mut self, now: u64) {
        if self.state != VersionState::Destroyed {
            self.state = VersionState::Destroyed;
            self.deleted_ms = now;
            self.value.clear();
        }
    }
}
