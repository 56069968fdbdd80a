//! Opening: every row is looked at before anything is served.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, RwLock};

use super::scan::{Scanned, is_credible, scan};
use super::{
    Barrier, CACHE_BYTES, Cache, Fault, HeaderKeys, Index, Live, Place, RECONCILING, RecordKind, SYSTEM, Stamp, Writer,
};
use crate::audit::{AuditLog, Checkpoint};
use crate::header::{Header, SlotId};
use crate::hex;
use crate::host::Host;
use crate::integrity::RowSet;
use crate::keys::{Keyring, Role, ScopeKey, ScopeKeys};
use crate::state::StateRecord;
use crate::store::{ByKey, RecordKey, Row, Store};

/// What a barrier is made of, once the root has been unwrapped.
pub(crate) struct Parts {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) host: Host,
    pub(crate) audit: Arc<AuditLog>,
    pub(crate) header: Header,
    /// SHA-256 of the header's bytes.
    pub(crate) fingerprint: [u8; 32],
    pub(crate) keys: HeaderKeys,
    pub(crate) keyring: Keyring,
}

/// What to do about damage.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Strictness {
    /// Refuse to open, keep the file.
    Refuse,
    /// Drop what cannot be proven genuine, start a new baseline and epoch. An
    /// operator has asked for it.
    Accept,
}

/// What a full look at the rows found.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Damage {
    /// The state record is missing or fails: nobody can say what is missing.
    pub state_lost: bool,
    /// Rows there should be.
    pub expected: u64,
    /// Rows there are.
    pub found: u64,
    /// Rows that fail by themselves, as record keys in hex; once damage is
    /// accepted, also those that were missed or that nothing leads to any more.
    pub failing: Vec<String>,
    /// Key slots that went because nobody could say whether they had been removed before.
    pub slots_dropped: usize,
}

impl Damage {
    pub(crate) fn add(&mut self, lost: impl IntoIterator<Item = RecordKey>) {
        self.failing.extend(lost.into_iter().map(|key| hex(&key)));
        self.failing.sort();
        self.failing.dedup();
    }
}

/// Why the rows were not opened.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenFault {
    /// The header is genuine but not the newest: an older one was put back.
    #[error("the header is older or newer than the vault's state: an old header was put back; restore a backup")]
    HeaderReplaced,
    /// The file's layout is not what was last written.
    #[error("the vault file's layout was changed (a table, index, view or trigger)")]
    LayoutChanged,
    /// Rows are missing, replayed, moved or changed.
    #[error(
        "the rows cannot be proven complete: {} expected, {} found, {} fail alone; the file is kept as it is: \
         restore a backup, or accept the loss with `vaultd check --accept-damage`",
        .0.expected, .0.found, .0.failing.len()
    )]
    Damaged(Damage),
    /// The key of the vault's own records is lost, and with it who owns what.
    #[error("the key of the vault's own records is lost, so nothing in it can be found again: restore a backup")]
    SystemKeyLost,
    /// Reading failed.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl Barrier {
    /// The first commit of a new vault.
    pub(crate) fn create(parts: Parts, incarnation: [u8; 16]) -> Result<Self, Fault> {
        let state = StateRecord {
            incarnation,
            epoch: parts.header.epoch,
            sequence: 0,
            rows: RowSet::default(),
            generation: parts.header.generation,
            header: [0; 32],
            layout: parts.store.layout()?,
            audit: Checkpoint::default(),
            highest_ms: 0,
        };
        let header = parts.header.clone();
        let barrier = Self::assemble(parts, Index::default(), state, None);
        let mut txn = barrier.begin()?;
        txn.write_wrap(SYSTEM, 1, ScopeKey::make(&*barrier.host.entropy)?)?;
        txn.set_header(header);
        txn.commit()?;
        Ok(barrier)
    }

    /// Looks at every row and refuses what cannot be proven, or drops it.
    /// When the state record is lost nobody can say which header was the newest:
    /// only the slot `presented` is kept then.
    pub(crate) fn open(parts: Parts, strictness: Strictness, presented: SlotId) -> Result<(Self, Damage), OpenFault> {
        let row = parts.store.get(&StateRecord::place()).map_err(Fault::from)?;
        let stored = row.as_ref().map(|row| row.revision);
        let vault = parts.header.vault;
        let open_state = |row: &Row| StateRecord::open(&parts.keyring, &vault, row.revision, &row.bytes).ok();
        let state = row.as_ref().and_then(open_state);
        if let Some(state) = &state {
            if state.generation != parts.header.generation || state.header != parts.fingerprint {
                return Err(OpenFault::HeaderReplaced);
            }
            if state.layout != parts.store.layout().map_err(Fault::from)? {
                return Err(OpenFault::LayoutChanged);
            }
        }

        let scanned = scan(&*parts.store, parts.keyring.current(Role::RowSet).1)?;
        let whole = scanned.strangers.is_empty() && state.as_ref().is_some_and(|state| state.rows == scanned.rows);
        let mut damage = Damage {
            state_lost: state.is_none(),
            expected: state.as_ref().map_or(0, |state| state.rows.count),
            found: scanned.rows.count + scanned.strangers.len() as u64,
            failing: Vec::new(),
            slots_dropped: 0,
        };
        let state = match state {
            Some(state) => StateRecord { rows: scanned.rows, ..state },
            None => replacement_state(&parts, &scanned, stored)?,
        };
        let barrier = Self::assemble(parts, scanned.index, state, stored);
        if whole && strictness == Strictness::Refuse {
            return Ok((barrier, Damage::default()));
        }
        // The row set covers commitment and tag. Whether the rest of a row was
        // changed only opening it tells, which whoever accepts damage wants.
        let failing = barrier.failing()?;
        if whole && failing.is_empty() {
            return Ok((barrier, Damage::default()));
        }
        damage.failing = scanned.strangers.iter().chain(&failing).map(hex).collect();
        if strictness == Strictness::Refuse {
            return Err(OpenFault::Damaged(damage));
        }
        let system_wraps = barrier.keys(&Place::kind_prefix(&SYSTEM, RecordKind::Wrap))?;
        if system_wraps.iter().all(|wrap| failing.contains(wrap)) {
            return Err(OpenFault::SystemKeyLost);
        }
        let keep_only = damage.state_lost.then_some(presented);
        damage.slots_dropped = barrier.drop_rows(&failing, &scanned.strangers, keep_only)?;
        Ok((barrier, damage))
    }

    /// Rows that do not open under their scope's key in their place. Rows whose
    /// scope has no key at all are what a shred has not yet cleared away; the
    /// system's scope is never shredded.
    pub(crate) fn failing(&self) -> Result<Vec<RecordKey>, Fault> {
        let mut failing = Vec::new();
        for scope in self.scopes()? {
            let shredded = scope != SYSTEM && self.keys(&Place::kind_prefix(&scope, RecordKind::Wrap))?.is_empty();
            for key in self.keys(&RecordKey::scope_prefix(&scope))? {
                let Some(place) = Place::of(&key) else {
                    failing.push(key);
                    continue;
                };
                let opened = match place.kind {
                    RecordKind::Wrap => self.opens_wrap(&place),
                    _ if shredded => Ok(()),
                    _ => self.read(&place).map(drop),
                };
                match opened {
                    Ok(()) => {}
                    Err(Fault::Corrupt { .. }) => failing.push(key),
                    Err(other) => return Err(other),
                }
            }
        }
        Ok(failing)
    }

    /// What is wrong beside the rows of the index: a header copy, the state
    /// record, the layout, or rows that nobody wrote.
    pub(crate) fn failing_outside(&self) -> Result<Vec<RecordKey>, OpenFault> {
        let mut strangers = Vec::new();
        let known = [&Header::places()[..], &[StateRecord::place()]].concat();
        let mut after = None;
        loop {
            let page = self.store.scan(&[], after.as_ref(), SCAN_PAGE).map_err(Fault::from)?;
            let Some((last, _)) = page.last() else { break };
            after = Some(*last);
            for (key, _) in page {
                if !known.contains(&key) && self.print(&key)?.is_none() {
                    strangers.push(key);
                }
            }
        }
        // From here on nothing is written, so that index and store agree.
        let writer = self.writer.lock().map_err(|_| Fault::Stopped)?;
        let mut failing = Vec::new();
        for place in Header::places() {
            let row = self.store.get(&place).map_err(Fault::from)?;
            if row.is_none_or(|row| crate::header::fingerprint(&row.bytes) != writer.state.header) {
                failing.push(place);
            }
        }
        let row = self.store.get(&StateRecord::place()).map_err(Fault::from)?;
        let opened = row.and_then(|row| StateRecord::open(&self.keyring(), &self.vault, row.revision, &row.bytes).ok());
        if opened.as_ref() != Some(&writer.state) {
            failing.push(StateRecord::place());
        }
        for key in strangers {
            // What was committed or deleted since is none.
            if self.print(&key)?.is_none() && self.store.get(&key).map_err(Fault::from)?.is_some() {
                failing.push(key);
            }
        }
        if writer.state.layout != self.store.layout().map_err(Fault::from)? {
            return Err(OpenFault::LayoutChanged);
        }
        Ok(failing)
    }

    /// How many rows the index holds.
    pub(crate) fn count(&self) -> Result<u64, Fault> {
        Ok(self.live()?.index.len() as u64)
    }

    fn opens_wrap(&self, place: &Place) -> Result<(), Fault> {
        // Around the cache: the row itself must open.
        let version = u32::try_from(place.version).ok();
        // A row of this kind under another index would stand for the real one.
        let version = version.filter(|version| *place == Place::wrap(place.scope, *version));
        let version = version.ok_or(Fault::Corrupt { what: "a scope's key" })?;
        self.keys.evict(&place.scope);
        self.scope_key(&place.scope, version).map(drop)
    }

    fn assemble(parts: Parts, index: Index, state: StateRecord, stored: Option<u64>) -> Self {
        let mut usage: ByKey<[u8; 16], super::Usage> = ByKey::default();
        for (key, print) in index.iter() {
            usage.entry(key.scope()).or_default().replace(key, None, Some(&print));
        }
        let stamp = Stamp { incarnation: state.incarnation, epoch: state.epoch, sequence: state.sequence };
        Self {
            number: BARRIERS.fetch_add(1, Ordering::Relaxed),
            store: parts.store,
            host: parts.host,
            audit: parts.audit,
            vault: parts.header.vault,
            keyring: RwLock::new(Arc::new(parts.keyring)),
            live: RwLock::new(Live { index, usage, stamp }),
            cache: Cache::new(CACHE_BYTES),
            keys: ScopeKeys::default(),
            publishing: Mutex::new(()),
            edition: AtomicU64::new(0),
            highest_ms: AtomicU64::new(state.highest_ms),
            writer: Mutex::new(Writer { state, stored, header: parts.header, keys: parts.keys }),
            stopped: AtomicBool::new(false),
            // The process before may have died before it erased.
            unerased: AtomicBool::new(true),
        }
    }

    /// Drops rows in as many commits as it takes; the first raises the epoch.
    /// Returns the key slots that went because only one could be kept.
    fn drop_rows(
        &self,
        failing: &[RecordKey],
        strangers: &[RecordKey],
        keep_only: Option<SlotId>,
    ) -> Result<usize, Fault> {
        let incarnation = self.host.random()?;
        let mut txn = self.begin()?;
        let mut header = txn.header().clone();
        let slots = header.slots.len();
        header.slots.retain(|slot| keep_only.is_none_or(|kept| kept == slot.id));
        let slots_dropped = slots - header.slots.len();
        txn.set_header(header);
        txn.set_incarnation(incarnation);
        // What poses as the key of the system's scope goes first: the note
        // below is sealed under the newest there is.
        let poses = |key: &RecordKey| key.scope() == SYSTEM && key.kind() == RecordKind::Wrap as u8;
        let (first, then): (Vec<_>, Vec<_>) = failing.iter().copied().partition(poses);
        for key in &first {
            if !txn.has_room(2, RecordKey::LEN + NOTE_ROOM) {
                txn.commit()?;
                txn = self.begin()?;
            }
            txn.delete(*key)?;
        }
        // Interrupted from here on, the next opening sets right what refers to
        // what is gone.
        txn.write(&Place::note(&txn.keyring(), RECONCILING), &[1])?;
        for key in &then {
            if !txn.has_room(1, RecordKey::LEN) {
                txn.commit()?;
                txn = self.begin()?;
            }
            txn.delete(*key)?;
        }
        for key in strangers {
            if !txn.has_room(1, RecordKey::LEN) {
                txn.commit()?;
                txn = self.begin()?;
            }
            txn.delete_unindexed(*key);
        }
        txn.commit()?;
        Ok(slots_dropped)
    }
}

/// When the state record is lost and an operator accepts it.
fn replacement_state(parts: &Parts, scanned: &Scanned, stored: Option<u64>) -> Result<StateRecord, Fault> {
    Ok(StateRecord {
        incarnation: parts.host.random()?,
        epoch: parts.header.epoch,
        sequence: scanned.newest.max(stored.filter(|revision| is_credible(*revision)).unwrap_or(0)),
        rows: scanned.rows,
        generation: parts.header.generation,
        header: parts.fingerprint,
        layout: parts.store.layout()?,
        audit: Checkpoint::default(),
        highest_ms: 0,
    })
}

pub(super) fn hex(key: &RecordKey) -> String {
    hex::encode(key.as_bytes())
}

/// Barriers of this process so far.
static BARRIERS: AtomicU64 = AtomicU64::new(0);
/// A note in its envelope.
const NOTE_ROOM: usize = 512;
/// Rows per look: bounds memory.
const SCAN_PAGE: usize = 200;
