//! The barrier: plain record in, sealed record out. The one place that sees
//! both, and but for the header's first reading the only user of the store.
//!
//! *Reading*: the in-memory index is complete and decides what exists; a row
//! must be the very one the index remembers (revision, commitment, tag), so a
//! replayed, swapped or deleted row is noticed on each get and not only at
//! unseal. *Writing*: one writer; a [`Txn`] gathers changes and commits them
//! with the new state record in one store transaction; index and cache are
//! published together afterwards, so a read never waits behind an fsync.

mod cache;
mod copy;
mod delete;
mod fault;
mod index;
mod open;
mod record;
mod scan;
#[cfg(test)]
mod tests;
mod txn;

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock, RwLockReadGuard};

use crate::audit::{AuditLog, Checkpoint};
use crate::envelope::{self, CallerContext, Context, Refused};
use crate::header::Header;
use crate::host::Host;
use crate::integrity::Print;
use crate::keys::{HeaderMacKey, KeyVersion, Keyring, KeyringKey, ScopeKey, ScopeKeys, SecretBytes};
use crate::state::StateRecord;
use crate::store::{ByKey, Erasure, RecordKey, Store};

use cache::{Cache, CachedRow};
pub use fault::Fault;
use index::Index;
pub use open::{Damage, OpenFault};
pub(crate) use open::{Parts, Strictness};
pub(crate) use record::{Place, RECONCILING, RecordKind, SYSTEM};
pub(crate) use txn::Txn;

/// An open vault's records.
pub(crate) struct Barrier {
    /// Of all barriers of this process, which.
    number: u64,
    store: Arc<dyn Store>,
    host: Host,
    audit: Arc<AuditLog>,
    vault: [u8; 16],
    keyring: RwLock<Arc<Keyring>>,
    live: RwLock<Live>,
    cache: Cache,
    keys: ScopeKeys,
    writer: Mutex<Writer>,
    /// Held from a commit's write to its publication: while it is free, index
    /// and store agree.
    publishing: Mutex<()>,
    /// Commits published since the vault was opened.
    edition: AtomicU64,
    /// The state record's highest time, readable without the writer.
    highest_ms: AtomicU64,
    /// A write failed in a way that leaves its outcome open.
    stopped: AtomicBool,
    /// Deleted bytes may still be in the store's files.
    unerased: AtomicBool,
}

/// What the last commit left, as readers see it.
struct Live {
    index: Index,
    usage: ByKey<[u8; 16], Usage>,
    stamp: Stamp,
}

/// What only the writer needs.
struct Writer {
    state: StateRecord,
    /// The state record's revision in the store; none before the first commit.
    stored: Option<u64>,
    header: Header,
    keys: HeaderKeys,
}

/// The two keys that derive from the root; the root itself is not kept.
pub(crate) struct HeaderKeys {
    pub(crate) mac: HeaderMacKey,
    pub(crate) keyring: KeyringKey,
}

/// A record sealed for its place, not yet part of any transaction.
#[derive(Debug)]
pub(crate) struct Sealed {
    /// Who sealed it: a barrier takes its own alone.
    barrier: u64,
    key: RecordKey,
    key_version: KeyVersion,
    bytes: Arc<[u8]>,
}

/// Where a vault's history stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Stamp {
    /// Drawn when the vault is made and by each restore.
    pub incarnation: [u8; 16],
    /// Raised by restores and accepted damage.
    pub epoch: u64,
    /// Commits so far.
    pub sequence: u64,
}

/// What a scope occupies.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) struct Usage {
    /// Secrets with a value.
    pub secrets: u64,
    /// Bytes of ciphertext.
    pub bytes: u64,
}

impl Barrier {
    /// Opens the record at a place; none when it does not exist.
    pub(crate) fn read(&self, place: &Place) -> Result<Option<SecretBytes>, Fault> {
        Ok(self.read_printed(place)?.map(|(_, record)| record))
    }

    /// The same, with what the index has of it.
    pub(crate) fn read_printed(&self, place: &Place) -> Result<Option<(Print, SecretBytes)>, Fault> {
        let key = place.key();
        let mut refused = Fault::Corrupt { what: "a stored row" };
        for _ in 0..READ_ATTEMPTS {
            let Some(print) = self.print(&key)? else { return Ok(None) };
            if let Some(row) = self.row(&key, &print)? {
                match self.open_row(place, &row) {
                    // The row is the right one: its key may have been replaced
                    // since, and it with it.
                    Err(fault @ Fault::Corrupt { .. }) => refused = fault,
                    opened => return opened.map(|record| Some((print, record))),
                }
            }
            self.await_publication();
        }
        Err(refused)
    }

    /// Opens the record at a place if its row is the one that was there before; none
    /// when it is another, is not, or will not open: [`Self::read`] can tell which.
    pub(crate) fn read_known(&self, place: &Place, print: &Print) -> Result<Option<SecretBytes>, Fault> {
        let Some(row) = self.row(&place.key(), print)? else { return Ok(None) };
        match self.open_row(place, &row) {
            Err(Fault::Corrupt { .. }) => Ok(None),
            opened => opened.map(Some),
        }
    }

    /// Changes with every commit, before readers see any of it. Who finds it
    /// unchanged has missed nothing that was acknowledged.
    pub(crate) fn edition(&self) -> u64 {
        self.edition.load(Ordering::Acquire)
    }

    /// The revision of a record, from the index alone.
    pub(crate) fn revision(&self, key: &RecordKey) -> Result<Option<u64>, Fault> {
        Ok(self.print(key)?.map(|print| print.revision))
    }

    /// The keys in the index that start with `prefix`.
    pub(crate) fn keys(&self, prefix: &[u8]) -> Result<Vec<RecordKey>, Fault> {
        Ok(self.live()?.range(prefix).map(|(key, _)| *key).collect())
    }

    /// The keys in the index that start with `prefix`, with what is needed to
    /// seal them again: key version and length.
    pub(crate) fn sealed_under(&self, prefix: &[u8]) -> Result<Vec<(RecordKey, KeyVersion, usize)>, Fault> {
        let live = self.live()?;
        Ok(live.range(prefix).map(|(key, print)| (*key, print.key_version, print.len as usize)).collect())
    }

    /// Every scope that has records, the system's included.
    pub(crate) fn scopes(&self) -> Result<Vec<[u8; 16]>, Fault> {
        let live = self.live()?;
        // From the first record of one to what comes after its last.
        let (mut scopes, mut last) = (Vec::new(), StateRecord::place());
        while let Some(first) = live.index.above(&last) {
            scopes.push(first.scope());
            (_, last) = bounds(&RecordKey::scope_prefix(&first.scope()));
        }
        Ok(scopes)
    }

    pub(crate) fn usage(&self, scope: &[u8; 16]) -> Result<Usage, Fault> {
        Ok(self.live()?.usage.get(scope).copied().unwrap_or_default())
    }

    pub(crate) fn stamp(&self) -> Result<Stamp, Fault> {
        Ok(self.live()?.stamp)
    }

    /// Seals a record under its scope's newest key, without the writer.
    pub(crate) fn seal(&self, place: &Place, plaintext: &[u8]) -> Result<Sealed, Fault> {
        let prefix = Place::kind_prefix(&place.scope, RecordKind::Wrap);
        let newest = self.live()?.range(&prefix).next_back().map(|(key, _)| key.version());
        let newest = newest.and_then(|version| KeyVersion::try_from(version).ok());
        let key_version = newest.ok_or(Fault::Corrupt { what: "a scope's key" })?;
        let key = self.scope_key(&place.scope, key_version)?;
        let bytes = self.seal_under(&key, key_version, place, plaintext)?.into();
        Ok(Sealed { barrier: self.number, key: place.key(), key_version, bytes })
    }

    /// Starts a transaction; there is one at a time.
    pub(crate) fn begin(&self) -> Result<Txn<'_>, Fault> {
        if self.is_stopped() {
            return Err(Fault::Stopped);
        }
        // A panic while writing leaves the outcome open: fail closed.
        let writer = self.writer.lock().map_err(|_| Fault::Stopped)?;
        Ok(Txn::new(self, writer))
    }

    /// Were writes stopped by a failure?
    pub(crate) fn is_stopped(&self) -> bool {
        self.stopped.load(Ordering::Acquire) || self.writer.is_poisoned()
    }

    /// A copy of the header as last written.
    pub(crate) fn header(&self) -> Result<Header, Fault> {
        Ok(self.writer.lock().map_err(|_| Fault::Stopped)?.header.clone())
    }

    /// Commits the state record alone: its audit checkpoint and time move on.
    pub(crate) fn touch(&self) -> Result<(), Fault> {
        let mut txn = self.begin()?;
        txn.force();
        txn.commit().map(drop)
    }

    /// The last audit line the vault remembers to be on disk.
    pub(crate) fn audit_checkpoint(&self) -> Result<Checkpoint, Fault> {
        Ok(self.writer.lock().map_err(|_| Fault::Stopped)?.state.audit)
    }

    /// The highest time seen before this opening, or since.
    pub(crate) fn highest_ms(&self) -> u64 {
        self.highest_ms.load(Ordering::Relaxed)
    }

    /// Gives up every key; the header as last written stays.
    pub(crate) fn into_header(self) -> (Header, Vec<u8>) {
        let writer = self.writer.into_inner().unwrap_or_else(PoisonError::into_inner);
        let bytes = writer.header.encode(&writer.keys.mac);
        (writer.header, bytes)
    }

    /// max(wall, highest time seen): never runs backwards.
    pub(crate) fn now_ms(&self) -> u64 {
        self.host.clock.now_ms().max(self.highest_ms())
    }

    pub(crate) fn keyring(&self) -> Arc<Keyring> {
        Arc::clone(&self.keyring.read().unwrap_or_else(PoisonError::into_inner))
    }

    pub(crate) fn vault(&self) -> &[u8; 16] {
        &self.vault
    }

    pub(crate) fn host(&self) -> &Host {
        &self.host
    }

    pub(crate) fn store(&self) -> &Arc<dyn Store> {
        &self.store
    }

    /// Empties the cache, so that the next look is at the file.
    pub(crate) fn forget_cached(&self) {
        self.cache.clear();
    }

    /// Makes deleted bytes unreadable in the store's files. The work it follows
    /// is done and durable: what fails here is pending, and tried again later.
    pub(crate) fn erase(&self) -> Erasure {
        // Before the work: what is deleted while it runs is for the next time.
        self.unerased.store(false, Ordering::Release);
        let reached = self.store.erase().unwrap_or(Erasure::Pending);
        if reached == Erasure::Pending {
            self.unerased.store(true, Ordering::Release);
        }
        reached
    }

    /// [`Self::erase`], when anything was deleted since, or readers held it up.
    pub(crate) fn erase_what_is_left(&self) {
        if self.unerased.load(Ordering::Acquire) {
            self.erase();
        }
    }

    /// A commit may have come between a look at the index and one at the store.
    /// Once it is published both agree again, or the row is not genuine.
    fn await_publication(&self) {
        drop(self.publishing.lock().unwrap_or_else(PoisonError::into_inner));
    }

    fn print(&self, key: &RecordKey) -> Result<Option<Print>, Fault> {
        Ok(self.live()?.index.get(key))
    }

    fn live(&self) -> Result<RwLockReadGuard<'_, Live>, Fault> {
        self.live.read().map_err(|_| Fault::Stopped)
    }

    /// The row's bytes from cache or store; none when the store's row is not
    /// the one the index remembers.
    fn row(&self, key: &RecordKey, print: &Print) -> Result<Option<Arc<CachedRow>>, Fault> {
        if let Some(row) = self.cache.get(key, print.revision) {
            return Ok(Some(row));
        }
        let Some(row) = self.store.get(key)? else { return Ok(None) };
        if Print::of(row.revision, &row.bytes).is_ok_and(|found| found == *print) {
            Ok(Some(self.cache.put(*key, print.revision, row.bytes.into())))
        } else {
            Ok(None)
        }
    }

    fn open_row(&self, place: &Place, row: &CachedRow) -> Result<SecretBytes, Fault> {
        let (kind, name) = (place.envelope(), place.name());
        let context = place_context(&self.vault, place, &name);
        if let Some(subkey) = row.subkey() {
            return Ok(envelope::open_again(subkey, kind, &context, row.bytes())?);
        }
        let version = envelope::parse(row.bytes()).map_err(|_| Refused)?.key_version;
        let key = self.scope_key(&place.scope, version)?;
        let (plaintext, subkey) = envelope::open_first(key.expose(), kind, &context, row.bytes())?;
        row.opened_by(subkey);
        Ok(plaintext)
    }

    fn seal_under(
        &self,
        key: &ScopeKey,
        version: KeyVersion,
        place: &Place,
        plaintext: &[u8],
    ) -> Result<Vec<u8>, Fault> {
        let name = place.name();
        let context = place_context(&self.vault, place, &name);
        let entropy = &*self.host.entropy;
        Ok(envelope::seal(key.expose(), place.envelope(), version, &context, plaintext, entropy)?)
    }

    /// Forgets the keys of a scope: its own, and those of its rows.
    fn forget_keys(&self, scope: &[u8; 16]) {
        self.keys.evict(scope);
        self.cache.forget_subkeys(scope);
    }

    /// A scope's key of a version, unwrapped once and cached. Also called while
    /// the writer is held: it never waits for it.
    fn scope_key(&self, scope: &[u8; 16], version: KeyVersion) -> Result<Arc<ScopeKey>, Fault> {
        self.keys.get(scope, version, || {
            let place = Place::wrap(*scope, version);
            let key = place.key();
            for _ in 0..READ_ATTEMPTS {
                let print = self.print(&key)?.ok_or(Fault::Corrupt { what: "a scope's key" })?;
                if let Some(row) = self.row(&key, &print)? {
                    return Ok(self
                        .keyring()
                        .unwrap(&place_context(&self.vault, &place, &place.name()), row.bytes())?);
                }
                self.await_publication();
            }
            Err(Fault::Corrupt { what: "a scope's key" })
        })
    }
}

#[cfg(test)]
impl Sealed {
    pub(crate) fn is_in(&self, store: &dyn Store) -> bool {
        store.get(&self.key).unwrap().is_some_and(|row| *row.bytes == *self.bytes)
    }
}

impl Live {
    fn range(&self, prefix: &[u8]) -> impl DoubleEndedIterator<Item = (&RecordKey, Print)> {
        let (from, to) = bounds(prefix);
        self.index.range(from, to)
    }
}

fn bounds(prefix: &[u8]) -> (RecordKey, RecordKey) {
    let fill = |with: u8| {
        let mut bytes = [with; RecordKey::LEN];
        bytes[..prefix.len()].copy_from_slice(prefix);
        RecordKey::from_bytes(&bytes).unwrap_or_else(|| unreachable!("a prefix starts with a class"))
    };
    (fill(0), fill(0xff))
}

fn place_context<'a>(vault: &'a [u8; 16], place: &'a Place, name: &'a [u8; 17]) -> Context<'a> {
    Context { vault, scope: &place.scope, name, version: place.version, caller: CallerContext::EMPTY }
}

fn open_record(vault: &[u8; 16], key: &ScopeKey, place: &Place, bytes: &[u8]) -> Result<SecretBytes, Refused> {
    envelope::open(key.expose(), place.envelope(), &place_context(vault, place, &place.name()), bytes)
}

/// A reader meets at most one commit between its two looks, unless it is
/// descheduled for several.
const READ_ATTEMPTS: usize = 8;
/// Ciphertext kept in memory.
const CACHE_BYTES: usize = 4 << 20;
