//! Finding a key for a caller: whether it is there and whether the caller may
//! are one question with one answer.

use std::cell::Cell;
use std::sync::Arc;

use super::KmsError;
use super::alias::AliasInfo;
use super::grant::{Grant, Operation};
use super::id::{Alias, KeyId, KeyRef};
use super::material::{Material, MessageKey};
use super::places::{alias_place, material_place, of_key_prefix};
use super::record::KeyRecord;
use super::room::{Room, Use};
use super::spec::KeyUsage;
use super::state::{KeyState, Needs};
use crate::barrier::{Barrier, Fault, Place, RecordKind};
use crate::envelope::CallerContext;
use crate::names::App;
use crate::secrets::{Account, Shelf};

/// A caller at the keys.
pub(crate) struct Desk<'v> {
    pub(crate) barrier: &'v Barrier,
    pub(crate) shelf: &'v Shelf,
    pub(crate) room: &'v Room,
    pub(crate) account: &'v Account,
    /// What the audit log will say of the key.
    pub(crate) seen: Cell<Seen>,
}

/// The key an operation was about.
#[derive(Clone, Copy, Default)]
pub(crate) struct Seen {
    pub(crate) place: Option<Place>,
    pub(crate) version: Option<u64>,
}

/// A key that the caller may use for what was asked.
pub(crate) struct Found {
    pub(crate) place: Place,
    pub(crate) record: Arc<KeyRecord>,
    pub(crate) state: KeyState,
    /// It is the caller's own; else a grant allows this.
    pub(crate) own: bool,
}

/// Another's key, and the caller's grants on it.
pub(crate) type Granted = (Found, Vec<Arc<Grant>>);

impl Desk<'_> {
    /// The scope of the caller's own keys; none before the first.
    pub(crate) fn own_scope(&self) -> Result<Option<[u8; 16]>, KmsError> {
        let entry = self.shelf.scope(self.barrier, &self.account.user, &App::personal())?;
        let Some(entry) = entry else { return Ok(None) };
        entry.admit(self.account)?;
        Ok(Some(entry.scope))
    }

    /// A key for its owner.
    pub(crate) fn own(&self, key: &KeyRef, needs: Needs) -> Result<Found, KmsError> {
        let id = self.resolve(key)?;
        let Some(found) = self.own_key(&id)? else { return Err(self.refusal(&id)?) };
        found.state.admit(needs)?;
        Ok(found)
    }

    /// A key for its owner, or for somebody whom a grant allows the operation,
    /// with this context if the operation has one.
    pub(crate) fn may(
        &self,
        key: &KeyRef,
        operation: Operation,
        context: Option<&CallerContext>,
        needs: Needs,
    ) -> Result<Found, KmsError> {
        let id = self.resolve(key)?;
        let found = match self.own_key(&id)? {
            Some(own) => own,
            None => {
                let granted = self.granted(&id)?;
                let (found, grants) = granted.ok_or(KmsError::NO_KEY)?;
                if !grants.iter().any(|grant| grant.allows(operation, context)) {
                    return Err(KmsError::Forbidden);
                }
                found
            }
        };
        found.state.admit(needs)?;
        Ok(found)
    }

    /// Another's key, and the caller's grants on it; none when there are none.
    pub(crate) fn granted(&self, id: &KeyId) -> Result<Option<Granted>, KmsError> {
        let Some(found) = self.anybodys(id)? else { return Ok(None) };
        let mut grants = Vec::new();
        for (_, grant) in self.grants(&found.place)? {
            if grant.grantee.is(self.account) {
                grants.push(grant);
            }
        }
        Ok((!grants.is_empty()).then_some((found, grants)))
    }

    /// A key, whoever owns it: what may be done with it is still to be decided.
    pub(crate) fn anybodys(&self, id: &KeyId) -> Result<Option<Found>, KmsError> {
        let own = self.own_scope()?;
        let Some(scope) = self.room.scope_of(self.barrier, id)? else { return Ok(None) };
        if !is_live(self.barrier, &scope)? {
            return Ok(None);
        }
        Ok(self.look(&scope, id)?.map(|found| Found { own: own == Some(scope), ..found }))
    }

    /// Every grant on a key, oldest first.
    pub(crate) fn grants(&self, key: &Place) -> Result<Vec<(Place, Arc<Grant>)>, KmsError> {
        let keys = self.barrier.keys(&of_key_prefix(key, RecordKind::KmsGrant))?;
        let mut grants = Vec::with_capacity(keys.len());
        for place in keys.iter().filter_map(Place::of) {
            if let Some(grant) = self.room.grant(self.barrier, &place)? {
                grants.push((place, grant));
            }
        }
        Ok(grants)
    }

    /// Every alias of a scope.
    pub(crate) fn aliases(&self, scope: &[u8; 16]) -> Result<Vec<(Place, Arc<AliasInfo>)>, KmsError> {
        let keys = self.barrier.keys(&Place::kind_prefix(scope, RecordKind::KmsAlias))?;
        let mut aliases = Vec::with_capacity(keys.len());
        for place in keys.iter().filter_map(Place::of) {
            if let Some(info) = self.room.alias(self.barrier, &place)? {
                aliases.push((place, info));
            }
        }
        Ok(aliases)
    }

    /// One of the caller's aliases.
    pub(crate) fn alias(&self, alias: &Alias) -> Result<Option<(Place, Arc<AliasInfo>)>, KmsError> {
        let Some(scope) = self.own_scope()? else { return Ok(None) };
        let place = alias_place(&self.barrier.keyring(), &scope, alias);
        Ok(self.room.alias(self.barrier, &place)?.map(|info| (place, info)))
    }

    /// Refuses a key that is for something else.
    pub(crate) fn usable(&self, found: &Found, usage: KeyUsage) -> Result<(), KmsError> {
        let record = &found.record;
        if record.usage != usage {
            return Err(KmsError::WrongUsage { usage: record.usage });
        }
        // Expired material counts as gone from that moment on, whenever upkeep comes by.
        if record.usable(self.barrier.now_ms()).is_none() {
            return Err(KmsError::PendingImport);
        }
        Ok(())
    }

    /// The current version of a key's material, about to be used.
    pub(crate) fn current(&self, found: &Found, use_: Use) -> Result<(u32, Arc<Material>), KmsError> {
        let version = found.record.current;
        self.count(&found.place, version, use_);
        let Some(material) = self.material(found, version)? else { return Err(self.gone_meanwhile(found)?) };
        self.note(&found.place, Some(version));
        Ok((version, material))
    }

    /// A version of a key's material, if it is there and has not expired.
    pub(crate) fn material(&self, found: &Found, version: u32) -> Result<Option<Arc<Material>>, KmsError> {
        let now_ms = self.barrier.now_ms();
        let known = found.record.material(version).filter(|material| !material.is_expired(now_ms));
        if known.is_none() {
            return Ok(None);
        }
        match self.room.material(self.barrier, &found.place, &found.record, version)? {
            Some(material) => Ok(Some(material)),
            // Deleted since the record was read, or lost: then the record still says that it is there.
            None => match self.room.record(self.barrier, &found.place)? {
                Some(record) if record == found.record => Err(Fault::Corrupt { what: "a key's material" }.into()),
                _ => Ok(None),
            },
        }
    }

    /// What a key that was found and then lost its material says now.
    fn gone_meanwhile(&self, found: &Found) -> Result<KmsError, KmsError> {
        let record = self.room.record(self.barrier, &found.place)?;
        let state = record.and_then(|record| record.state);
        Ok(state.map_or(KmsError::NO_KEY, |state| state.admit(Needs::Enabled).err().unwrap_or(KmsError::PendingImport)))
    }

    /// A symmetric key's version, or what stands in for one that is not there.
    pub(crate) fn message_key<'m>(&'m self, material: Option<&'m Material>) -> &'m MessageKey {
        match material {
            Some(Material::Symmetric(key)) => key,
            _ => self.room.nobody(),
        }
    }

    /// For the census.
    pub(crate) fn count(&self, key: &Place, version: u32, use_: Use) {
        self.room.count(&material_place(key, version).key(), use_, self.barrier.host().clock.now_ms());
    }

    /// For the audit log.
    pub(crate) fn note(&self, place: &Place, version: Option<u32>) {
        self.seen.set(Seen { place: Some(*place), version: version.map(u64::from) });
    }

    /// The id behind a reference.
    fn resolve(&self, key: &KeyRef) -> Result<KeyId, KmsError> {
        match key {
            KeyRef::Id(id) => Ok(*id),
            KeyRef::Alias(alias) => Ok(self.alias(alias)?.ok_or(KmsError::NotFound { what: "alias" })?.1.key),
        }
    }

    fn own_key(&self, id: &KeyId) -> Result<Option<Found>, KmsError> {
        match self.own_scope()? {
            Some(scope) => self.look(&scope, id),
            None => Ok(None),
        }
    }

    /// What somebody hears who asks for what owners alone may: that the key is
    /// not theirs, if a grant lets them know it, else that there is none.
    fn refusal(&self, id: &KeyId) -> Result<KmsError, KmsError> {
        Ok(if self.granted(id)?.is_some() { KmsError::Forbidden } else { KmsError::NO_KEY })
    }

    /// A key of a scope.
    fn look(&self, scope: &[u8; 16], id: &KeyId) -> Result<Option<Found>, KmsError> {
        let place = self.room.place(self.barrier, scope, id);
        let Some(record) = self.room.record(self.barrier, &place)? else { return Ok(None) };
        let Some(state) = record.state else { return Ok(None) };
        self.note(&place, None);
        Ok(Some(Found { place, record, state, own: true }))
    }
}

/// Is the scope there, and not shredded?
pub(crate) fn is_live(barrier: &Barrier, scope: &[u8; 16]) -> Result<bool, Fault> {
    Ok(!barrier.keys(&Place::kind_prefix(scope, RecordKind::Wrap))?.is_empty())
}
