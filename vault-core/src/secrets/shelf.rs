//! What a read needs before it comes to the value: keyed indexes of names, and
//! decoded directory and metadata records, kept while their row is the one the
//! index remembers. Names and times, never a value;
//! access keys with the secrets that every signature is checked by.

use std::sync::{Arc, Mutex, PoisonError};

use super::directory::{ScopeEntry, directory_place};
use super::indexes::Indexes;
use super::metadata::Metadata;
use super::{Refusal, Target};
use crate::access_keys::AccessKeyRecord;
use crate::apps::{AppRecord, app_place};
use crate::barrier::{Barrier, Fault, Place, RecordKind, SYSTEM};
use crate::names::{App, SecretName, User};
use crate::store::{ByKey, RecordKey};
use crate::tokens::TokenRecord;

#[derive(Default)]
pub(crate) struct Shelf {
    scopes: Decoded<ScopeEntry>,
    metadata: Decoded<Metadata>,
    apps: Decoded<AppRecord>,
    tokens: Decoded<TokenRecord>,
    access_keys: Decoded<AccessKeyRecord>,
    app_indexes: Indexes<(), App>,
    scope_indexes: Indexes<User, App>,
    name_indexes: Indexes<[u8; 16], SecretName>,
}

/// Decoded records of one kind, each good for as long as its row is the one the index remembers.
pub(crate) struct Decoded<T> {
    kept: Mutex<ByKey<RecordKey, (u64, Arc<T>)>>,
}

impl<T> Default for Decoded<T> {
    fn default() -> Self {
        Self { kept: Mutex::default() }
    }
}

impl Shelf {
    /// The scope of (user, app); none when it has never stored anything.
    pub(crate) fn scope(&self, barrier: &Barrier, user: &User, app: &App) -> Result<Option<Arc<ScopeEntry>>, Fault> {
        let index = self.scope_indexes.get(user, app, || directory_place(&barrier.keyring(), user, app).index);
        let place = Place { scope: SYSTEM, kind: RecordKind::Directory, index, version: 0 };
        self.scopes.get(barrier, &place, |bytes| ScopeEntry::parse(bytes).ok())
    }

    /// What an app declares; none when nobody has added it.
    pub(crate) fn app(&self, barrier: &Barrier, app: &App) -> Result<Option<Arc<AppRecord>>, Fault> {
        let index = self.app_indexes.get(&(), app, || app_place(&barrier.keyring(), app).index);
        let place = Place { scope: SYSTEM, kind: RecordKind::App, index, version: 0 };
        self.app_at(barrier, &place)
    }

    pub(crate) fn app_at(&self, barrier: &Barrier, place: &Place) -> Result<Option<Arc<AppRecord>>, Fault> {
        self.apps.get(barrier, place, |bytes| AppRecord::parse(bytes).ok())
    }

    pub(crate) fn token_at(&self, barrier: &Barrier, place: &Place) -> Result<Option<Arc<TokenRecord>>, Fault> {
        self.tokens.get(barrier, place, |bytes| TokenRecord::parse(bytes).ok())
    }

    pub(crate) fn access_key_at(
        &self,
        barrier: &Barrier,
        place: &Place,
    ) -> Result<Option<Arc<AccessKeyRecord>>, Fault> {
        self.access_keys.get(barrier, place, |bytes| AccessKeyRecord::parse(bytes).ok())
    }

    pub(crate) fn metadata(&self, barrier: &Barrier, place: &Place) -> Result<Option<Arc<Metadata>>, Fault> {
        self.metadata.get(barrier, place, |bytes| Metadata::parse(bytes).ok())
    }

    /// Where a target's metadata would lie; none when its scope does not exist.
    pub(crate) fn locate(&self, barrier: &Barrier, target: Target<'_>) -> Result<Option<Place>, Refusal> {
        let Some(entry) = self.scope(barrier, &target.account.user, target.app)? else { return Ok(None) };
        entry.admit(target.account)?;
        let index = self.name_indexes.get(&entry.scope, target.name, || {
            barrier.keyring().name_index(&entry.scope, target.name.as_str().as_bytes())
        });
        Ok(Some(Place { scope: entry.scope, kind: RecordKind::Metadata, index, version: 0 }))
    }
}

impl<T> Decoded<T> {
    /// The record at a place; none when it does not exist.
    pub(crate) fn get(
        &self,
        barrier: &Barrier,
        place: &Place,
        parse: impl FnOnce(&[u8]) -> Option<T>,
    ) -> Result<Option<Arc<T>>, Fault> {
        let key = place.key();
        let Some(revision) = barrier.revision(&key)? else { return Ok(None) };
        if let Some((_, kept)) = self.lock().get(&key).filter(|(of, _)| *of == revision) {
            return Ok(Some(Arc::clone(kept)));
        }
        let Some(bytes) = barrier.read(place)? else { return Ok(None) };
        let decoded = Arc::new(parse(bytes.expose()).ok_or(Fault::Corrupt { what: "a record's content" })?);
        // Remembered under the revision seen before reading: if a commit came
        // between, the next look decodes once more.
        let mut kept = self.lock();
        if kept.len() >= KEPT_MAX {
            kept.clear();
        }
        kept.insert(key, (revision, Arc::clone(&decoded)));
        Ok(Some(decoded))
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, ByKey<RecordKey, (u64, Arc<T>)>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

pub(super) fn metadata_place(barrier: &Barrier, scope: &[u8; 16], target: Target<'_>) -> Place {
    let index = barrier.keyring().name_index(scope, target.name.as_str().as_bytes());
    Place { scope: *scope, kind: RecordKind::Metadata, index, version: 0 }
}

pub(super) fn value_place(metadata: &Place, version: u64) -> Place {
    Place { kind: RecordKind::Value, version, ..*metadata }
}

pub(super) fn grave_place(metadata: &Place) -> Place {
    Place { kind: RecordKind::Grave, ..*metadata }
}

const KEPT_MAX: usize = 4_096;
