//! Proving a copy of the vault under the vault's own keys.
//!
//! Threat: a copy that was damaged or changed on its way to the file, and is
//! called verified all the same. The row set covers each row's commitment and
//! tag but not the bytes between them, so every row is opened as well.

use std::collections::HashMap;

use super::open::hex;
use super::scan::scan;
use super::{Barrier, Damage, Fault, Index, OpenFault, Place, RecordKind, SYSTEM, open_record, place_context};
use crate::header::{self, Header};
use crate::keys::{KeyVersion, Keyring, Role, ScopeKey};
use crate::state::StateRecord;
use crate::store::{RecordKey, Store};

impl Barrier {
    /// Checks a copy of this vault in full under its keys: header, state, layout,
    /// row set, and each row. Returns the sequence it stands at.
    pub(crate) fn verify_copy(&self, copy: &dyn Store) -> Result<u64, OpenFault> {
        let damaged = |state_lost| OpenFault::Damaged(Damage { state_lost, ..Damage::default() });
        let ring = self.keyring();
        let row = copy.get(&StateRecord::place()).map_err(Fault::from)?.ok_or(damaged(true))?;
        let state = StateRecord::open(&ring, &self.vault, row.revision, &row.bytes).map_err(|_| damaged(true))?;
        for place in Header::places() {
            let header = copy.get(&place).map_err(Fault::from)?;
            if header.is_none_or(|row| header::fingerprint(&row.bytes) != state.header) {
                return Err(OpenFault::HeaderReplaced);
            }
        }
        if state.layout != copy.layout().map_err(Fault::from)? {
            return Err(OpenFault::LayoutChanged);
        }
        let scanned = scan(copy, ring.current(Role::RowSet).1)?;
        let failing = Rows { copy, ring: &ring, vault: &self.vault, index: &scanned.index }.failing()?;
        if !scanned.strangers.is_empty() || scanned.rows != state.rows || !failing.is_empty() {
            return Err(OpenFault::Damaged(Damage {
                expected: state.rows.count,
                found: scanned.rows.count + scanned.strangers.len() as u64,
                failing: scanned.strangers.iter().chain(&failing).map(hex).collect(),
                ..Damage::default()
            }));
        }
        Ok(state.sequence)
    }
}

/// The rows of a copy, which no barrier holds.
struct Rows<'a> {
    copy: &'a dyn Store,
    ring: &'a Keyring,
    vault: &'a [u8; 16],
    /// In key order: a scope's rows lie together, its wraps first.
    index: &'a Index,
}

/// The keys of one scope, as they lie in the copy.
struct Scope {
    id: [u8; 16],
    keys: HashMap<KeyVersion, ScopeKey>,
    /// No wrap at all: what a shred has not yet cleared away, which nothing opens.
    shredded: bool,
}

impl Rows<'_> {
    /// Rows that do not open in their place under their scope's key.
    fn failing(&self) -> Result<Vec<RecordKey>, Fault> {
        let mut failing = Vec::new();
        let mut scope: Option<Scope> = None;
        for (key, _) in self.index.iter() {
            let id = key.scope();
            let scope = match &mut scope {
                Some(scope) if scope.id == id => scope,
                // Its first row: a wrap, where there is one.
                other => other.insert(Scope {
                    id,
                    keys: HashMap::new(),
                    shredded: id != SYSTEM && key.kind() != RecordKind::Wrap as u8,
                }),
            };
            if !self.opens(key, scope)? {
                failing.push(*key);
            }
        }
        Ok(failing)
    }

    /// Does it open? Keeps the key when it is a wrap.
    fn opens(&self, key: &RecordKey, scope: &mut Scope) -> Result<bool, Fault> {
        let Some(place) = Place::of(key) else { return Ok(false) };
        if scope.shredded {
            return Ok(true);
        }
        let Some(row) = self.copy.get(key)? else { return Ok(false) };
        if place.kind == RecordKind::Wrap {
            let name = place.name();
            let context = place_context(self.vault, &place, &name);
            let version = u32::try_from(place.version).ok();
            // A row of this kind under another index would stand for the real one.
            let version = version.filter(|version| place == Place::wrap(place.scope, *version));
            let opened = version.zip(self.ring.unwrap(&context, &row.bytes).ok());
            return Ok(opened.map(|(version, key)| scope.keys.insert(version, key)).is_some());
        }
        let version = crate::envelope::parse(&row.bytes).ok().map(|envelope| envelope.key_version);
        let key = version.and_then(|version| scope.keys.get(&version));
        Ok(key.is_some_and(|key| open_record(self.vault, key, &place, &row.bytes).is_ok()))
    }
}
