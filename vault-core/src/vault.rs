//! A vault is sealed or open, and that is its type: what needs keys exists only
//! on [`Vault<Open>`], and sealing consumes it.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use crate::anchor::{self, AnchorError};
use crate::audit::{AuditLog, Detail, Event, MemorySink, OnFull, UnlockError};
use crate::barrier::{Barrier, Damage, Fault, HeaderKeys, OpenFault, Parts, Stamp, Strictness};
use crate::header::{self, Header, HeaderError, SlotId};
use crate::host::Host;
use crate::keys::{Keyring, RootKey};
use crate::rekey;
use crate::retention::Retention;
use crate::seal::key_file::KeyFile;
use crate::secrets::{LastReads, Quotas, Shelf, purge, reconcile};
use crate::slots::{self, SlotError, SlotInfo, Unlock, Work};
use crate::store::memory::MemoryStore;
use crate::store::{Store, StoreError};
use crate::{limits, notes, users};

/// A vault in one of its two states, [`Sealed`] or [`Open`].
pub struct Vault<State>(pub(crate) State);

/// No key is in memory.
pub struct Sealed {
    store: Arc<dyn Store>,
    host: Host,
    audit: Arc<AuditLog>,
    /// The copies that parse, first one first, as one entry when they agree.
    headers: Vec<(Header, Vec<u8>)>,
    /// A copy is missing or differs.
    copy_damaged: bool,
    work: Work,
}

/// Keys are in memory.
pub struct Open {
    pub(crate) barrier: Barrier,
    pub(crate) shelf: Shelf,
    pub(crate) reads: LastReads,
    pub(crate) audit: Arc<AuditLog>,
    pub(crate) quotas: RwLock<Quotas>,
    pub(crate) work: Work,
    /// Held by operations that look first and write in several commits: there
    /// is one of them at a time.
    pub(crate) structure: Mutex<()>,
    /// Lasting conditions an operator should know of.
    troubles: Mutex<Vec<String>>,
    retention: Retention,
}

/// What a new vault starts with.
pub struct NewVault<'a> {
    /// The key slots, with their labels; at least one.
    pub slots: &'a [(Unlock, &'a str)],
    /// Flag it as made for development.
    pub development: bool,
}

/// Why a vault could not be opened as a file.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Neither header copy can be read.
    #[error(transparent)]
    Header(#[from] HeaderError),
    /// There is no header.
    #[error("this is not a vault: it has no header")]
    NotAVault,
}

/// Why a vault stayed sealed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum UnsealError {
    /// A slot said no.
    #[error(transparent)]
    Slot(#[from] SlotError),
    /// The header is not genuine.
    #[error(transparent)]
    Header(#[from] HeaderError),
    /// The rows are not whole.
    #[error(transparent)]
    Rows(#[from] OpenFault),
    /// The audit log is not whole and is configured to refuse then.
    #[error(transparent)]
    Audit(#[from] UnlockError),
    /// The vault and its anchor do not fit.
    #[error(transparent)]
    Anchor(#[from] AnchorError),
    /// Not of the kind that was expected.
    #[error("{}", if *.development { "this is a development vault" } else { "this is not a development vault" })]
    Kind {
        /// What it is.
        development: bool,
    },
}

/// What a vault has to be, beside whole, to be opened.
#[derive(Clone, Copy, Default, Debug)]
pub struct Expect<'a> {
    /// Its anchor, as it was read: the vault may not be older.
    pub anchor: Option<&'a [u8]>,
    /// Made for development, or not.
    pub development: Option<bool>,
    /// Open it to look only: nothing is committed and the audit log is left
    /// alone, so a vault that is looked at stays as it is.
    pub look_only: bool,
}

impl From<Fault> for UnsealError {
    fn from(fault: Fault) -> Self {
        Self::Rows(OpenFault::Fault(fault))
    }
}

impl Vault<Sealed> {
    /// Reads the header of an existing vault.
    pub fn open(store: Arc<dyn Store>, host: Host, audit: Arc<AuditLog>) -> Result<Self, OpenError> {
        Self::read(store, host, audit, Work::Policy)
    }

    fn read(store: Arc<dyn Store>, host: Host, audit: Arc<AuditLog>, work: Work) -> Result<Self, OpenError> {
        let mut headers: Vec<(Header, Vec<u8>)> = Vec::new();
        let mut refused = OpenError::NotAVault;
        let mut copy_damaged = false;
        for place in Header::places() {
            let Some(row) = store.get(&place)? else {
                copy_damaged = true;
                continue;
            };
            match Header::parse(&row.bytes) {
                Ok(_) if headers.iter().any(|(_, known)| *known == row.bytes) => {}
                Ok(header) => headers.push((header, row.bytes)),
                Err(error) => {
                    copy_damaged = true;
                    refused = error.into();
                }
            }
        }
        if headers.is_empty() {
            return Err(refused);
        }
        copy_damaged |= headers.len() > 1;
        // Where they differ the newer one speaks first; both still have to be proven.
        headers.sort_by_key(|(header, _)| std::cmp::Reverse(header.generation));
        Ok(Self(Sealed { store, host, audit, headers, copy_damaged, work }))
    }

    /// The vault's id. Not proven while sealed.
    #[must_use]
    pub fn id(&self) -> [u8; 16] {
        self.header().vault
    }

    /// Was it made for development? Not proven while sealed; see [`Vault::<Open>::is_development`].
    #[must_use]
    pub fn claims_development(&self) -> bool {
        self.header().development
    }

    /// The key slots. Not proven while sealed.
    #[must_use]
    pub fn slots(&self) -> Vec<SlotInfo> {
        self.header().slots.iter().map(SlotInfo::from).collect()
    }

    /// The audit log, in its plain chain while sealed.
    #[must_use]
    pub fn audit(&self) -> &Arc<AuditLog> {
        &self.0.audit
    }

    /// Opens the vault: every row is looked at before anything is served.
    #[expect(clippy::result_large_err, reason = "a vault that stays sealed is handed back, not lost")]
    pub fn unseal(self, unlock: &Unlock) -> Result<Vault<Open>, (Self, UnsealError)> {
        self.unseal_if(unlock, Expect::default())
    }

    /// Opens the vault if it is what is expected. One that is not stays as it
    /// was: nothing is committed to it, so that trying again changes nothing.
    #[expect(clippy::result_large_err, reason = "a vault that stays sealed is handed back, not lost")]
    pub fn unseal_if(self, unlock: &Unlock, expect: Expect<'_>) -> Result<Vault<Open>, (Self, UnsealError)> {
        self.unseal_with(unlock, Strictness::Refuse, expect).map(|(open, _)| open)
    }

    /// Opens a damaged vault, dropping what cannot be proven genuine. The epoch
    /// and the incarnation change, so that clients notice.
    #[expect(clippy::result_large_err, reason = "a vault that stays sealed is handed back, not lost")]
    pub fn accept_damage(self, unlock: &Unlock) -> Result<(Vault<Open>, Damage), (Self, UnsealError)> {
        self.unseal_with(unlock, Strictness::Accept, Expect::default())
    }

    #[expect(clippy::result_large_err, reason = "a vault that stays sealed is handed back, not lost")]
    fn unseal_with(
        self,
        unlock: &Unlock,
        strictness: Strictness,
        expect: Expect<'_>,
    ) -> Result<(Vault<Open>, Damage), (Self, UnsealError)> {
        match self.try_unseal(unlock, strictness, expect) {
            Ok(opened) => Ok(opened),
            Err(error) => Err((self, error)),
        }
    }

    fn try_unseal(
        &self,
        unlock: &Unlock,
        strictness: Strictness,
        expect: Expect<'_>,
    ) -> Result<(Vault<Open>, Damage), UnsealError> {
        let mut first_refusal = None;
        for (header, bytes) in &self.0.headers {
            match self.try_header(header, bytes, unlock, strictness, expect) {
                Ok(opened) => return Ok(opened),
                // The second copy is for damage of the first, and speaks only then.
                Err(error) => first_refusal = first_refusal.or(Some(error)),
            }
        }
        Err(first_refusal.unwrap_or(UnsealError::Slot(SlotError::WrongSecret)))
    }

    /// Bounded parse (done) → KDF limits → unwrap → HMAC → state record → rows.
    fn try_header(
        &self,
        header: &Header,
        bytes: &[u8],
        unlock: &Unlock,
        strictness: Strictness,
        expect: Expect<'_>,
    ) -> Result<(Vault<Open>, Damage), UnsealError> {
        let Sealed { store, host, audit, work, .. } = &self.0;
        let (root, slot) = slots::open_root(header, unlock, *work)?;
        let keys = header_keys(&root, &header.vault);
        drop(root);
        Header::verify(bytes, &keys.mac)?;
        if expect.development.is_some_and(|expected| expected != header.development) {
            return Err(UnsealError::Kind { development: header.development });
        }
        let ring = Keyring::open(&keys.keyring, &header.vault, header.generation, &header.keyring);
        let keyring = ring.map_err(|_| HeaderError::Forged)?;
        let audit_key = keyring.audit_key();
        let parts = Parts {
            store: Arc::clone(store),
            host: host.clone(),
            audit: Arc::clone(audit),
            header: header.clone(),
            fingerprint: header::fingerprint(bytes),
            keys,
            keyring,
        };
        let (barrier, mut damage) = Barrier::open(parts, strictness, slot.id)?;
        if let Some(anchor) = expect.anchor {
            anchor::check(&barrier, anchor)?;
        }
        if expect.look_only {
            return Ok((Vault::assemble(barrier, Arc::clone(audit), Vec::new(), *work)?, damage));
        }
        // Also after an acceptance that was interrupted.
        if notes::is_reconciling(&barrier)? {
            damage.add(reconcile(&barrier)?);
            notes::end_reconciling(&barrier)?;
        }
        let checkpoint = barrier.audit_checkpoint()?;
        let report = audit.unlock(audit_key, (checkpoint.sequence > 0).then_some(checkpoint))?;
        if damage != Damage::default() {
            let lost = Some(Detail::Number(damage.failing.len() as u64));
            let ticket = audit.record(&Event { detail: lost, ..Event::of("damage.accept", "ok") });
            // The damage is accepted already; that it could not be written is in the log's state.
            let _in_audit_state = audit.flush(ticket).is_ok();
        }
        let mut troubles: Vec<String> = report.alarms.iter().map(ToString::to_string).collect();
        if self.0.copy_damaged {
            troubles.push("one of the two header copies was damaged; the next header write replaces it".into());
        }
        let vault = Vault::assemble(barrier, Arc::clone(audit), troubles, *work)?;
        vault.0.retention.write_down(&vault.0.barrier);
        vault.resume();
        Ok((vault, damage))
    }

    fn header(&self) -> &Header {
        &self.0.headers[0].0
    }
}

impl Vault<Open> {
    /// Makes a vault in an empty store. Each slot is proven to open.
    pub fn create(
        store: Arc<dyn Store>,
        host: Host,
        audit: Arc<AuditLog>,
        new: &NewVault<'_>,
    ) -> Result<Self, UnsealError> {
        Self::make(store, host, audit, new, Work::Policy)
    }

    /// An open vault in memory, for tests and for processes that need a vault
    /// as long as they live. The same code as every other vault, in
    /// milliseconds.
    pub fn ephemeral() -> Result<Self, UnsealError> {
        Self::ephemeral_on(Host::system())
    }

    /// [`Vault::ephemeral`] with a clock and entropy of one's own.
    pub fn ephemeral_on(host: Host) -> Result<Self, UnsealError> {
        let key = Unlock::KeyFile(KeyFile::make(&host).map_err(Fault::from)?);
        let audit = AuditLog::open(MemorySink::new(), OnFull::Gap, &host).map_err(Fault::Unavailable)?;
        let new = NewVault { slots: &[(key, "ephemeral")], development: true };
        Self::make(Arc::new(MemoryStore::new()), host, Arc::new(audit), &new, Work::InMemoryOnly)
    }

    fn make(
        store: Arc<dyn Store>,
        host: Host,
        audit: Arc<AuditLog>,
        new: &NewVault<'_>,
        work: Work,
    ) -> Result<Self, UnsealError> {
        if new.slots.len() > limits::SLOTS_MAX {
            return Err(SlotError::TooMany { max: limits::SLOTS_MAX }.into());
        }
        if new.slots.is_empty() {
            return Err(SlotError::LastSlot.into());
        }
        let root = RootKey::make(&*host.entropy).map_err(Fault::from)?;
        let mut header = Header {
            vault: host.random().map_err(Fault::from)?,
            development: new.development,
            epoch: 1,
            generation: 0,
            root_version: 1,
            slots: Vec::new(),
            keyring: Vec::new(),
        };
        for (unlock, label) in new.slots {
            let id = SlotId(host.random().map_err(Fault::from)?);
            let slot = slots::make_slot(&header, &root, unlock, label, id, &host, work)?;
            header.slots.push(slot);
        }
        let keyring = Keyring::make(&*host.entropy).map_err(Fault::from)?;
        let keys = header_keys(&root, &header.vault);
        let incarnation = host.random().map_err(Fault::from)?;
        let audit_key = keyring.audit_key();
        let parts = Parts { store, host, audit: Arc::clone(&audit), header, fingerprint: [0; 32], keys, keyring };
        let barrier = Barrier::create(parts, incarnation)?;
        // A log that was there before belongs to another vault: no checkpoint of ours is in it.
        audit.unlock(audit_key, None)?;
        Ok(Self::assemble(barrier, audit, Vec::new(), work)?)
    }

    fn assemble(barrier: Barrier, audit: Arc<AuditLog>, troubles: Vec<String>, work: Work) -> Result<Self, Fault> {
        let retention = Retention::begin(&barrier)?;
        Ok(Self(Open {
            barrier,
            shelf: Shelf::default(),
            reads: LastReads::default(),
            audit,
            quotas: RwLock::new(Quotas::default()),
            work,
            structure: Mutex::new(()),
            troubles: Mutex::new(troubles),
            retention,
        }))
    }

    /// Takes up what an interruption left. What cannot be done now is a trouble
    /// to be told, not a reason to stay sealed.
    fn resume(&self) {
        let resumed = users::clear_leftovers(&self.0.barrier).and_then(|_| rekey::resume(&self.0.barrier));
        if let Err(fault) = resumed {
            self.trouble(&format!("an interrupted key replacement or shredding could not be finished: {fault}"));
        }
    }

    /// Notes a lasting condition, once.
    fn trouble(&self, text: &str) {
        let mut troubles = self.0.troubles.lock().unwrap_or_else(PoisonError::into_inner);
        if troubles.iter().all(|known| known != text) {
            troubles.push(text.to_owned());
        }
    }

    /// Seals: writes down what is pending, drops every key. Never fails to seal;
    /// what could not be written down is in the audit log's state.
    #[must_use]
    pub fn seal(self) -> Vault<Sealed> {
        self.maintain();
        let Open { barrier, audit, work, .. } = self.0;
        // The log's end on disk goes into the vault's state, so that lines cut
        // off while sealed are missed at the next opening.
        if audit.sync().is_ok() {
            let _recorded_best_effort = barrier.touch().is_ok();
        }
        let _in_audit_state = audit.lock();
        let (store, host) = (Arc::clone(barrier.store()), barrier.host().clone());
        let header = barrier.into_header();
        match Vault::read(Arc::clone(&store), host.clone(), Arc::clone(&audit), work) {
            Ok(sealed) => sealed,
            // The header cannot be read back now; what was in memory is enough to wait with.
            Err(_) => Vault(Sealed { store, host, audit, headers: vec![header], copy_damaged: true, work }),
        }
    }

    /// Writes down last-read times and ends retention where it is due. Called
    /// about each minute by whoever keeps the vault open.
    pub fn maintain(&self) {
        let barrier = &self.0.barrier;
        // Both are tried again next time; a stopped writer shows in `troubles`.
        let _flushed = self.0.reads.flush(barrier).is_ok();
        if let Some(now_ms) = self.0.retention.end_before(barrier)
            && purge(barrier, now_ms).is_ok_and(|purged| purged.spoiled > 0)
        {
            self.trouble("records of deleted secrets cannot be proven genuine and stay: run `vaultctl check`");
        }
        // Pruned versions, ended retention, and what readers held up earlier.
        barrier.erase_what_is_left();
    }

    /// Where the vault's history stands.
    pub fn stamp(&self) -> Result<Stamp, Fault> {
        self.0.barrier.stamp()
    }

    /// The vault's id.
    #[must_use]
    pub fn id(&self) -> [u8; 16] {
        *self.0.barrier.vault()
    }

    /// Was it made for development?
    pub fn is_development(&self) -> Result<bool, Fault> {
        Ok(self.0.barrier.header()?.development)
    }

    /// The key slots.
    pub fn slots(&self) -> Result<Vec<SlotInfo>, Fault> {
        slots::list(&self.0.barrier)
    }

    /// The audit log.
    #[must_use]
    pub fn audit(&self) -> &Arc<AuditLog> {
        &self.0.audit
    }

    /// What each user may occupy from now on.
    pub fn set_quotas(&self, quotas: Quotas) {
        *self.0.quotas.write().unwrap_or_else(PoisonError::into_inner) = quotas;
    }

    /// Were writes stopped by a failed one?
    #[must_use]
    pub fn is_read_only(&self) -> bool {
        self.0.barrier.is_stopped()
    }

    /// Is there less free space than the quotas ask for? Sets are refused then.
    #[must_use]
    pub fn is_disk_low(&self) -> bool {
        let least = self.0.quotas.read().unwrap_or_else(PoisonError::into_inner).free_disk;
        self.0.barrier.store().free_bytes().is_some_and(|free| free < least)
    }

    /// Conditions an operator should know of.
    #[must_use]
    pub fn troubles(&self) -> Vec<String> {
        let mut troubles = self.0.troubles.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if self.is_read_only() {
            troubles.push("writes stopped after a failed one; reads go on; seal and unseal to write again".into());
        }
        if self.0.retention.is_held() {
            troubles.push("the clock jumped by more than a day; retention waits a day before it ends anything".into());
        }
        troubles
    }

    /// The last backup that was kept, and whether it was verified.
    pub fn last_backup(&self) -> Result<Option<notes::LastBackup>, Fault> {
        notes::last_backup(&self.0.barrier)
    }

    /// After a restore: a new incarnation and epoch, so that every client that
    /// remembers the old one is told.
    pub fn begin_incarnation(&self) -> Result<Stamp, Fault> {
        let barrier = &self.0.barrier;
        let incarnation = barrier.host().random()?;
        let mut txn = barrier.begin()?;
        txn.set_incarnation(incarnation);
        txn.commit()
    }

    /// Writes a consistent copy to a new file.
    pub(crate) fn copy_to(&self, path: &Path) -> Result<(), Fault> {
        Ok(self.0.barrier.store().copy_to(path)?)
    }
}

fn header_keys(root: &RootKey, vault: &[u8; 16]) -> HeaderKeys {
    HeaderKeys { mac: root.derive_header_mac(vault), keyring: root.derive_keyring(vault) }
}
