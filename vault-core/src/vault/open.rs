//! An open vault: making one, keeping it, sealing it. What callers ask of it is
//! in [`crate::access`].

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use super::{NewVault, Open, Sealed, UnsealError, Vault, header_keys};
use crate::audit::{AuditLog, Drafts, Event, MemorySink, OnFull};
use crate::barrier::{Barrier, Fault, Parts, Stamp};
use crate::header::{Header, SlotId};
use crate::host::Host;
use crate::keys::{Keyring, RootKey};
use crate::rekey;
use crate::retention::Retention;
use crate::seal::key_file::KeyFile;
use crate::secrets::{LastReads, Quotas, Recents, Shelf, purge};
use crate::slots::{self, SlotError, SlotInfo, Unlock, Work};
use crate::store::Store;
use crate::store::memory::MemoryStore;
use crate::webhook::Replays;
use crate::{access_keys, kms, limits, notes, oauth, tokens, users};

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

    pub(super) fn assemble(
        barrier: Barrier,
        audit: Arc<AuditLog>,
        troubles: Vec<String>,
        work: Work,
    ) -> Result<Self, Fault> {
        let retention = Retention::begin(&barrier)?;
        let kms = kms::Room::new(&barrier)?;
        Ok(Self(Open {
            barrier,
            shelf: Shelf::default(),
            kms,
            reads: LastReads::default(),
            recents: Recents::default(),
            audit,
            quotas: RwLock::new(Quotas::default()),
            work,
            replays: Replays::new(),
            structure: Mutex::new(()),
            troubles: Mutex::new(troubles),
            retention,
        }))
    }

    /// Takes up what an interruption left. What cannot be done now is a trouble
    /// to be told, not a reason to stay sealed.
    pub(super) fn resume(&self) {
        let resumed = users::clear_leftovers(&self.0.barrier).and_then(|_| rekey::resume(&self.0.barrier));
        if let Err(fault) = resumed {
            self.trouble(&format!("an interrupted key replacement or shredding could not be finished: {fault}"));
        }
    }

    /// Makes a weak passphrase slot again. That it could not be done is to be told, too.
    pub(super) fn strengthen(&self, unlock: &Unlock, slot: &SlotInfo) {
        let outcome = match slots::strengthen(&self.0.barrier, unlock, slot.id, self.0.work) {
            Ok(None) => return,
            Ok(Some(_)) => "ok",
            Err(error) => {
                self.trouble(&format!(
                    "key slot \"{}\" takes less work to guess than a new one would, and could not be made again: {error}",
                    slot.label
                ));
                "failed"
            }
        };
        // That it could not be written is in the log's state.
        let _in_audit_state = self.0.audit.record(&Event::of("slot.strengthen", outcome)).is_ok();
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
            && purge(barrier, now_ms).is_ok_and(|spoiled| spoiled > 0)
        {
            self.trouble("records of deleted secrets cannot be proven genuine and stay: run `vaultctl check`");
        }
        // What ended, and what never came back: tried again next time as well.
        let _purged = tokens::purge(barrier, &self.0.shelf)
            .and_then(|()| access_keys::purge(barrier, &self.0.shelf))
            .and_then(|()| oauth::purge(barrier))
            .is_ok();
        self.keep_keys();
        // Pruned versions, ended retention, and what readers held up earlier.
        barrier.erase_what_is_left();
    }

    /// Deletes, rotates and expires the keys that are due. Recorded as the
    /// vault's own doing.
    fn keep_keys(&self) {
        let Open { barrier, kms, audit, retention, .. } = &self.0;
        let mut drafts = Drafts::default();
        let mut tell = |kept: kms::Kept| {
            let event = Event { name: Some(kept.place.index), version: kept.version, ..Event::of(kept.op, "ok") };
            audit.draft(&mut drafts, &event);
        };
        let now_ms = retention.end_before(barrier).filter(|_| audit.writes_allowed());
        let kept = now_ms.map(|now_ms| kms::upkeep(barrier, kms, now_ms, &mut tell));
        if matches!(kept, Some(Ok(1..))) {
            self.trouble("records of keys cannot be proven genuine and are left alone: run `vaultctl check`");
        }
        // Done already: that it could not be written is in the log's state.
        let _in_audit_state = audit.append(&mut drafts).is_ok();
    }

    /// Where the vault's history stands.
    pub fn stamp(&self) -> Result<Stamp, Fault> {
        self.0.recents.stamp(&self.0.barrier)
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
