//! A transaction: changes gathered by the one writer, committed together (`commit.rs`).
//!
//! Requests of several clients share one. Each is bracketed by
//! [`Txn::request`]: one that is refused takes its changes back and leaves the
//! others standing.

mod commit;

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, MutexGuard};

use super::{Barrier, Fault, HeaderKeys, Place, RecordKind, Sealed, Usage, Writer, bounds, open_record, place_context};
use crate::envelope;
use crate::header::Header;
use crate::integrity::Print;
use crate::keys::{KeyVersion, Keyring, ScopeKey, SecretBytes};
use crate::limits;
use crate::store::RecordKey;

pub(crate) struct Txn<'b> {
    barrier: &'b Barrier,
    writer: MutexGuard<'b, Writer>,
    changes: BTreeMap<RecordKey, Staged>,
    /// What the current request replaced in `changes`, oldest first.
    undo: Vec<(RecordKey, Option<Staged>)>,
    /// Keys of scopes made or rotated here.
    keys: HashMap<([u8; 16], KeyVersion), Arc<ScopeKey>>,
    header: Option<Header>,
    header_keys: Option<HeaderKeys>,
    keyring: Option<Arc<Keyring>>,
    incarnation: Option<[u8; 16]>,
    /// Commit even without changes.
    forced: bool,
}

/// What becomes of a record.
struct Staged {
    /// What the index has of it.
    before: Option<Print>,
    change: Change,
}

enum Change {
    Put(Arc<[u8]>, Print),
    Delete,
}

impl<'b> Txn<'b> {
    pub(super) fn new(barrier: &'b Barrier, writer: MutexGuard<'b, Writer>) -> Self {
        Self {
            barrier,
            writer,
            changes: BTreeMap::new(),
            undo: Vec::new(),
            keys: HashMap::new(),
            header: None,
            header_keys: None,
            keyring: None,
            incarnation: None,
            forced: false,
        }
    }

    /// Runs one request: all of its changes are taken, or none.
    pub(crate) fn request<T, E>(&mut self, run: impl FnOnce(&mut Self) -> Result<T, E>) -> Result<T, E> {
        self.undo.clear();
        let outcome = run(self);
        if outcome.is_err() {
            for (key, before) in self.undo.drain(..).rev() {
                match before {
                    Some(change) => self.changes.insert(key, change),
                    None => self.changes.remove(&key),
                };
            }
        }
        outcome
    }

    /// Is there room for one more request?
    pub(crate) fn has_room(&self, ops: usize, bytes: usize) -> bool {
        let held: usize = self.changes.values().map(|staged| staged.change.len()).sum();
        self.changes.len() + ops + RESERVED_OPS <= limits::BATCH_OPS_MAX
            && held + bytes + RESERVED_BYTES <= limits::BATCH_BYTES_MAX
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.changes.is_empty() && self.header.is_none() && !self.forced
    }

    /// Commits even without changes.
    pub(crate) fn force(&mut self) {
        self.forced = true;
    }

    pub(crate) fn barrier(&self) -> &'b Barrier {
        self.barrier
    }

    /// max(wall, highest time seen).
    pub(crate) fn now_ms(&self) -> u64 {
        self.barrier.host.clock.now_ms().max(self.writer.state.highest_ms)
    }

    /// The wall clock, for what goes by it: see [`crate::retention`].
    pub(crate) fn wall_ms(&self) -> u64 {
        self.barrier.host.clock.now_ms()
    }

    /// The keyring as this transaction will leave it.
    pub(crate) fn keyring(&self) -> Arc<Keyring> {
        self.keyring.clone().unwrap_or_else(|| self.barrier.keyring())
    }

    /// Opens a record, changes of this transaction included.
    pub(crate) fn read(&self, place: &Place) -> Result<Option<SecretBytes>, Fault> {
        let key = place.key();
        let bytes = match self.changes.get(&key).map(|staged| &staged.change) {
            Some(Change::Put(bytes, _)) => Arc::clone(bytes),
            Some(Change::Delete) => return Ok(None),
            None => {
                let Some(print) = self.barrier.print(&key)? else { return Ok(None) };
                let row = self.barrier.row(&key, &print)?;
                Arc::clone(row.ok_or(Fault::Corrupt { what: "a stored row" })?.bytes())
            }
        };
        let version = envelope::parse(&bytes).map_err(|_| envelope::Refused)?.key_version;
        let scope_key = self.scope_key(&place.scope, version)?;
        Ok(Some(open_record(&self.barrier.vault, &scope_key, place, &bytes)?))
    }

    /// Does a record exist, changes of this transaction included?
    pub(crate) fn exists(&self, key: &RecordKey) -> Result<bool, Fault> {
        match self.changes.get(key) {
            Some(staged) => Ok(staged.after().is_some()),
            None => Ok(self.barrier.print(key)?.is_some()),
        }
    }

    /// Seals a record under its scope's newest key.
    pub(crate) fn write(&mut self, place: &Place, plaintext: &[u8]) -> Result<(), Fault> {
        let version = self.current_key(&place.scope)?.ok_or(Fault::Corrupt { what: "a scope's key" })?;
        let key = self.scope_key(&place.scope, version)?;
        let bytes = self.barrier.seal_under(&key, version, place, plaintext)?;
        self.put(place.key(), bytes.into())
    }

    /// Takes records that [`Barrier::seal`] made; none of them, and false, when that
    /// was another barrier, or their scope has a newer key meanwhile.
    pub(crate) fn write_sealed(&mut self, records: &[&Sealed]) -> Result<bool, Fault> {
        for record in records {
            let newest = self.current_key(&record.key.scope())?;
            if record.barrier != self.barrier.number || newest != Some(record.key_version) {
                return Ok(false);
            }
        }
        for record in records {
            self.put(record.key, Arc::clone(&record.bytes))?;
        }
        Ok(true)
    }

    /// Is the record the one that had this revision (none: is there still none)?
    /// Not when this transaction has changed it.
    pub(crate) fn is_still(&self, key: &RecordKey, revision: Option<u64>) -> Result<bool, Fault> {
        Ok(!self.changes.contains_key(key) && self.barrier.revision(key)? == revision)
    }

    /// Wraps a scope key under the newest scope-wrap key.
    pub(crate) fn write_wrap(&mut self, scope: [u8; 16], version: KeyVersion, key: ScopeKey) -> Result<(), Fault> {
        let place = Place::wrap(scope, version);
        let bytes = self.wrap(&place, &key)?;
        self.put(place.key(), bytes.into())?;
        self.keys.insert((scope, version), Arc::new(key));
        Ok(())
    }

    /// Wraps an existing scope key again, under the newest scope-wrap key.
    pub(crate) fn rewrap(&mut self, place: &Place) -> Result<(), Fault> {
        let version = KeyVersion::try_from(place.version).map_err(|_| Fault::Corrupt { what: "a scope's key" })?;
        let key = self.scope_key(&place.scope, version)?;
        let bytes = self.wrap(place, &key)?;
        self.put(place.key(), bytes.into())
    }

    pub(crate) fn delete(&mut self, key: RecordKey) -> Result<(), Fault> {
        match self.before(&key)? {
            Some(before) => self.stage(key, Staged { before: Some(before), change: Change::Delete }),
            None => {
                if let Some(staged) = self.changes.remove(&key) {
                    self.undo.push((key, Some(staged)));
                }
            }
        }
        Ok(())
    }

    /// Removes a row that never was in the index, when damage is accepted.
    pub(crate) fn delete_unindexed(&mut self, key: RecordKey) {
        self.stage(key, Staged { before: None, change: Change::Delete });
    }

    /// The newest version of a scope's key; none = the scope does not exist.
    pub(crate) fn current_key(&self, scope: &[u8; 16]) -> Result<Option<KeyVersion>, Fault> {
        let prefix = Place::kind_prefix(scope, RecordKind::Wrap);
        let (from, to) = bounds(&prefix);
        let staged = self.changes.range(from..=to).filter(|(_, staged)| staged.after().is_some());
        let staged = staged.map(|(key, _)| key.version()).next_back();
        let live = self.barrier.live()?;
        let kept = live.range(&prefix).map(|(key, _)| key).filter(|key| !self.changes.contains_key(key));
        let newest = staged.into_iter().chain(kept.map(RecordKey::version).next_back()).max();
        Ok(newest.and_then(|version| KeyVersion::try_from(version).ok()))
    }

    /// What a scope occupies, changes of this transaction included.
    pub(crate) fn usage(&self, scope: &[u8; 16]) -> Result<Usage, Fault> {
        let mut usage = self.barrier.usage(scope)?;
        let (from, to) = bounds(&RecordKey::scope_prefix(scope));
        for (key, staged) in self.changes.range(from..=to) {
            usage.replace(key, staged.before.as_ref(), staged.after());
        }
        Ok(usage)
    }

    pub(crate) fn header(&self) -> &Header {
        self.header.as_ref().unwrap_or(&self.writer.header)
    }

    /// Stages a changed header; generation and keyring are filled in at commit.
    pub(crate) fn set_header(&mut self, header: Header) {
        self.header = Some(header);
    }

    /// Stages a keyring; it needs a header write.
    pub(crate) fn set_keyring(&mut self, keyring: Keyring) {
        self.header.get_or_insert_with(|| self.writer.header.clone());
        self.keyring = Some(Arc::new(keyring));
    }

    /// Stages keys of a new root.
    pub(crate) fn set_header_keys(&mut self, keys: HeaderKeys) {
        self.header.get_or_insert_with(|| self.writer.header.clone());
        self.header_keys = Some(keys);
    }

    /// Stages a new incarnation and epoch, for a restore.
    pub(crate) fn set_incarnation(&mut self, incarnation: [u8; 16]) {
        let header = self.header.get_or_insert_with(|| self.writer.header.clone());
        header.epoch += 1;
        self.incarnation = Some(incarnation);
    }

    fn wrap(&self, place: &Place, key: &ScopeKey) -> Result<Vec<u8>, Fault> {
        let name = place.name();
        let context = place_context(&self.barrier.vault, place, &name);
        let ring = self.keyring();
        Ok(ring.wrap(key, &context, &*self.barrier.host.entropy)?)
    }

    fn scope_key(&self, scope: &[u8; 16], version: KeyVersion) -> Result<Arc<ScopeKey>, Fault> {
        match self.keys.get(&(*scope, version)) {
            Some(key) => Ok(Arc::clone(key)),
            None => self.barrier.scope_key(scope, version),
        }
    }

    fn put(&mut self, key: RecordKey, bytes: Arc<[u8]>) -> Result<(), Fault> {
        let print = Print::of(self.writer.state.sequence + 1, &bytes)?;
        let before = self.before(&key)?;
        self.stage(key, Staged { before, change: Change::Put(bytes, print) });
        Ok(())
    }

    /// What the index has of a record. Nobody changes the index while this
    /// transaction has the writer.
    fn before(&self, key: &RecordKey) -> Result<Option<Print>, Fault> {
        match self.changes.get(key) {
            Some(staged) => Ok(staged.before),
            None => self.barrier.print(key),
        }
    }

    fn stage(&mut self, key: RecordKey, staged: Staged) {
        let replaced = self.changes.insert(key, staged);
        self.undo.push((key, replaced));
    }
}

impl Staged {
    /// What the index will have of it.
    fn after(&self) -> Option<&Print> {
        match &self.change {
            Change::Put(_, print) => Some(print),
            Change::Delete => None,
        }
    }
}

impl Change {
    fn len(&self) -> usize {
        match self {
            Self::Put(bytes, _) => RecordKey::LEN + bytes.len(),
            Self::Delete => RecordKey::LEN,
        }
    }
}

impl Usage {
    /// Accounts for one record becoming another (or coming, or going).
    pub(super) fn replace(&mut self, key: &RecordKey, before: Option<&Print>, after: Option<&Print>) {
        let secret = u64::from(key.kind() == RecordKind::Metadata as u8);
        if let Some(before) = before {
            self.secrets -= secret;
            self.bytes -= u64::from(before.len);
        }
        if let Some(after) = after {
            self.secrets += secret;
            self.bytes += u64::from(after.len);
        }
    }
}

/// State record and two header copies.
const RESERVED_OPS: usize = 3;
/// Their bytes, generously.
const RESERVED_BYTES: usize = 2 * limits::HEADER_MAX + 4_096;
