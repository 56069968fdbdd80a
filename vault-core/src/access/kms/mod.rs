//! A caller at the keys: decide, do, record, as everywhere.
//!
//! ```
//! use vault_core::access::Caller;
//! use vault_core::envelope::CallerContext;
//! use vault_core::kms::{Decrypt, Encrypt, EncryptionAlgorithm, KeyRef, NewKey};
//! use vault_core::{Vault, names::User};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let vault = Vault::ephemeral()?;
//! let alice = Caller::new(User::parse("uid:1000")?, Some("alice".into()));
//! let kms = vault.caller(&alice).kms();
//! let key = KeyRef::Id(kms.create_key(&NewKey::symmetric())?.id);
//! let algorithm = EncryptionAlgorithm::SymmetricDefault;
//! let context = &CallerContext::new([(&b"tenant"[..], &b"blue"[..])])?;
//! let sealed = kms.encrypt(&Encrypt { key: &key, plaintext: b"hello", context, algorithm })?;
//! let ciphertext = &sealed.ciphertext;
//! let opened = kms.decrypt(&Decrypt { key: None, ciphertext, context, algorithm })?;
//! assert_eq!(opened.plaintext.expose(), b"hello");
//! # Ok(())
//! # }
//! ```

mod asymmetric;
mod crypto;
mod grants;
mod import;
mod manage;
mod rotation;

use std::cell::Cell;
use std::sync::PoisonError;

use super::Access;
use super::Session;
use super::record::{About, Outcome};
use super::write::Gate;
use crate::barrier::{Fault, Txn};
use crate::kms::{Desk, KmsError};
use crate::names::App;
use crate::secrets::{Refusal, within};
use crate::vault::Open;

/// The keys, for one caller. Every method is recorded under its own name.
#[derive(Clone, Copy)]
pub struct Kms<'v> {
    access: Access<'v>,
    dry_run: bool,
}

impl<'v> Access<'v> {
    /// The keys.
    #[must_use]
    pub fn kms(self) -> Kms<'v> {
        Kms { access: self, dry_run: false }
    }
}

impl<'v> Kms<'v> {
    /// Everything is decided and tried; then nothing is done, and what would
    /// have succeeded answers [`KmsError::DryRun`].
    #[must_use]
    pub fn dry_run(self, dry_run: bool) -> Self {
        Self { dry_run, ..self }
    }

    /// Decides and does what changes nothing, and records it.
    fn look<T>(&self, op: &'static str, run: impl FnOnce(&Desk<'v>) -> Result<T, KmsError>) -> Result<T, KmsError> {
        let desk = self.desk();
        let result = self.as_user().and_then(|()| run(&desk)).and_then(|done| self.unless_dry(done));
        self.record(op, &desk, result, Refusal::AuditFull)
    }

    /// Decides and does what changes the vault, in one commit, and records it.
    fn change<T>(
        &self,
        op: &'static str,
        run: impl FnOnce(&Desk<'v>, &mut Txn<'_>) -> Result<T, KmsError>,
    ) -> Result<T, KmsError> {
        let desk = self.desk();
        let result = self.as_user().and_then(|()| self.commit(&desk, run));
        let unrecorded = if result.is_ok() { Refusal::Fault(Fault::Indeterminate) } else { Refusal::AuditFull };
        self.record(op, &desk, result, unrecorded)
    }

    /// The same for one that adds something: not when the disk is nearly full,
    /// nor beyond what a user may occupy.
    fn add<T>(
        &self,
        op: &'static str,
        run: impl FnOnce(&Desk<'v>, &mut Txn<'_>) -> Result<T, KmsError>,
    ) -> Result<T, KmsError> {
        let quotas = *self.open().quotas.read().unwrap_or_else(PoisonError::into_inner);
        let disk_low = self.access.vault.is_disk_low();
        self.change(op, |desk, txn| {
            if disk_low {
                return Err(Fault::DiskFull.into());
            }
            let done = run(desk, txn)?;
            // What a key occupies is its owner's, whoever has added to it.
            if let Some(place) = desk.seen.get().place {
                within(&quotas, &desk.barrier.usage(&place.scope)?, &txn.usage(&place.scope)?)?;
            }
            Ok(done)
        })
    }

    fn commit<T>(
        &self,
        desk: &Desk<'v>,
        run: impl FnOnce(&Desk<'v>, &mut Txn<'_>) -> Result<T, KmsError>,
    ) -> Result<T, KmsError> {
        if matches!(self.access.vault.gate(), Gate::Closed) {
            return Err(KmsError::AuditFull);
        }
        // From here on nobody else writes: what the desk sees is what is.
        let mut txn = desk.barrier.begin()?;
        let done = txn.request(|txn| run(desk, txn).and_then(|done| self.unless_dry(done)))?;
        txn.commit()?;
        Ok(done)
    }

    /// Keys are a user's own. Acting as an app for somebody is no way to them.
    fn as_user(&self) -> Result<(), KmsError> {
        match self.access.caller.session() {
            Session::User => Ok(()),
            Session::App { .. } | Session::Nobody => Err(KmsError::Forbidden),
        }
    }

    fn unless_dry<T>(&self, done: T) -> Result<T, KmsError> {
        if self.dry_run { Err(KmsError::DryRun) } else { Ok(done) }
    }

    fn record<T>(
        &self,
        op: &'static str,
        desk: &Desk<'_>,
        result: Result<T, KmsError>,
        unrecorded: Refusal,
    ) -> Result<T, KmsError> {
        let app = App::personal();
        let seen = desk.seen.get();
        let about = About { app: Some(&app), place: seen.place, version: seen.version };
        self.access.record_or(op, about, result, unrecorded)
    }

    fn desk(&self) -> Desk<'v> {
        let Open { barrier, shelf, kms, .. } = self.open();
        let account = &self.access.caller.account;
        Desk { barrier, shelf, room: kms, account, seen: Cell::default() }
    }

    fn open(&self) -> &'v Open {
        &self.access.vault.0
    }
}

impl Outcome for KmsError {
    fn word(&self) -> &'static str {
        match self {
            Self::Fault(fault) => fault.word(),
            // Every other variant has a word of its own.
            _ => Self::word(self).unwrap_or("refused"),
        }
    }
}
