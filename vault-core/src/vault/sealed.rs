//! A sealed vault: what can be told without a key, and the way to an open one.

use std::sync::Arc;

use super::{Expect, Open, OpenError, Sealed, UnsealError, Vault, header_keys};
use crate::anchor;
use crate::audit::{AuditLog, Detail, Event};
use crate::barrier::{Barrier, Damage, Parts, Strictness};
use crate::header::{self, Header, HeaderError};
use crate::host::Host;
use crate::keys::Keyring;
use crate::kms;
use crate::notes;
use crate::secrets::reconcile;
use crate::slots::{self, SlotError, SlotInfo, Unlock, Work};
use crate::store::Store;

impl Vault<Sealed> {
    /// Reads the header of an existing vault.
    pub fn open(store: Arc<dyn Store>, host: Host, audit: Arc<AuditLog>) -> Result<Self, OpenError> {
        Self::read(store, host, audit, Work::Policy)
    }

    pub(super) fn read(store: Arc<dyn Store>, host: Host, audit: Arc<AuditLog>, work: Work) -> Result<Self, OpenError> {
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
        let opened_by = SlotInfo::from(slot);
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
        let (barrier, mut damage) = Barrier::open(parts, strictness, opened_by.id)?;
        if let Some(anchor) = expect.anchor {
            anchor::check(&barrier, anchor)?;
        }
        if expect.look_only {
            return Ok((Vault::assemble(barrier, Arc::clone(audit), Vec::new(), *work)?, damage));
        }
        // Also after an acceptance that was interrupted.
        if notes::is_reconciling(&barrier)? {
            damage.add(reconcile(&barrier)?);
            damage.add(kms::reconcile(&barrier)?);
            notes::end_reconciling(&barrier)?;
        }
        let checkpoint = barrier.audit_checkpoint()?;
        let report = audit.unlock(audit_key, (checkpoint.sequence > 0).then_some(checkpoint))?;
        if damage != Damage::default() {
            let lost = Some(Detail::Number(damage.failing.len() as u64));
            // The damage is accepted already; that it could not be written is in the log's state.
            let _in_audit_state = audit.record(&Event { detail: lost, ..Event::of("damage.accept", "ok") }).is_ok();
        }
        let mut troubles: Vec<String> = report.alarms.iter().map(ToString::to_string).collect();
        if self.0.copy_damaged {
            troubles.push("one of the two header copies was damaged; the next header write replaces it".into());
        }
        let vault = Vault::assemble(barrier, Arc::clone(audit), troubles, *work)?;
        vault.0.retention.write_down(&vault.0.barrier);
        vault.resume();
        vault.strengthen(unlock, &opened_by);
        Ok((vault, damage))
    }

    fn header(&self) -> &Header {
        &self.0.headers[0].0
    }
}
