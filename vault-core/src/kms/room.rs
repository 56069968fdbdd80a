//! What an open vault keeps of its keys in memory: decoded records, and key
//! material unwrapped. Both are good only while their row is the one the index
//! remembers; both are gone when the vault is sealed.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::alias::AliasInfo;
use super::census::Uses;
use super::entry::{KeyEntry, entry_place};
use super::grant::Grant;
use super::id::KeyId;
use super::material::{self, Material, MessageKey};
use super::places::{key_index, material_place};
use super::record::KeyRecord;
use crate::barrier::{Barrier, Fault, Place, RecordKind, SYSTEM};
use crate::keys::SecretBytes;
use crate::secrets::{Decoded, Indexes};
use crate::store::RecordKey;

pub(crate) struct Room {
    records: Decoded<KeyRecord>,
    entries: Decoded<KeyEntry>,
    aliases: Decoded<AliasInfo>,
    grants: Decoded<Grant>,
    key_indexes: Indexes<[u8; 16], KeyId>,
    material: Mutex<HashMap<RecordKey, Unwrapped>>,
    uses: Mutex<HashMap<RecordKey, Uses>>,
    /// What stands in for a key that is not there, so that it takes as long.
    nobody: MessageKey,
}

/// What a version was used for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Use {
    /// To make something that needs it later.
    Make,
    /// To open or check something that it made.
    Open,
}

struct Unwrapped {
    revision: u64,
    material: Arc<Material>,
}

impl Room {
    pub(crate) fn new(barrier: &Barrier) -> Result<Self, Fault> {
        Ok(Self {
            records: Decoded::default(),
            entries: Decoded::default(),
            aliases: Decoded::default(),
            grants: Decoded::default(),
            key_indexes: Indexes::default(),
            material: Mutex::default(),
            uses: Mutex::default(),
            nobody: MessageKey::fill_with(|key| barrier.host().entropy.fill(key))?,
        })
    }

    pub(crate) fn nobody(&self) -> &MessageKey {
        &self.nobody
    }

    /// Where a key of this scope would lie.
    pub(crate) fn place(&self, barrier: &Barrier, scope: &[u8; 16], id: &KeyId) -> Place {
        let index = self.key_indexes.get(scope, id, || key_index(&barrier.keyring(), scope, id));
        Place { scope: *scope, kind: RecordKind::KmsKey, index, version: 0 }
    }

    /// The scope of a key, whoever owns it.
    pub(crate) fn scope_of(&self, barrier: &Barrier, id: &KeyId) -> Result<Option<[u8; 16]>, Fault> {
        let index = self.key_indexes.get(&SYSTEM, id, || entry_place(&barrier.keyring(), id).index);
        let place = Place { scope: SYSTEM, kind: RecordKind::KmsEntry, index, version: 0 };
        let entry = self.entries.get(barrier, &place, |bytes| KeyEntry::parse(bytes).ok())?;
        Ok(entry.map(|entry| entry.scope))
    }

    pub(crate) fn record(&self, barrier: &Barrier, place: &Place) -> Result<Option<Arc<KeyRecord>>, Fault> {
        self.records.get(barrier, place, |bytes| KeyRecord::parse(bytes).ok())
    }

    pub(crate) fn alias(&self, barrier: &Barrier, place: &Place) -> Result<Option<Arc<AliasInfo>>, Fault> {
        self.aliases.get(barrier, place, |bytes| AliasInfo::parse(bytes).ok())
    }

    pub(crate) fn grant(&self, barrier: &Barrier, place: &Place) -> Result<Option<Arc<Grant>>, Fault> {
        self.grants.get(barrier, place, |bytes| Grant::parse(bytes).ok())
    }

    /// One version of a key's material, unwrapped once and kept.
    pub(crate) fn material(
        &self,
        barrier: &Barrier,
        key: &Place,
        record: &KeyRecord,
        version: u32,
    ) -> Result<Option<Arc<Material>>, Fault> {
        let place = material_place(key, version);
        let at = place.key();
        let Some(revision) = barrier.revision(&at)? else { return Ok(None) };
        if let Some(kept) = self.lock().get(&at).filter(|kept| kept.revision == revision) {
            return Ok(Some(Arc::clone(&kept.material)));
        }
        let Some(bytes) = barrier.read(&place)? else { return Ok(None) };
        let corrupt = |_| Fault::Corrupt { what: "a key's material" };
        let raw = material::raw(bytes.expose()).map_err(corrupt)?;
        let material = Arc::new(Material::parse(record.spec, record.usage, raw).map_err(corrupt)?);
        let mut kept = self.lock();
        if kept.len() >= KEPT_MAX {
            // Rare and cheap to refill: better than bookkeeping on every use.
            kept.clear();
        }
        kept.insert(at, Unwrapped { revision, material: Arc::clone(&material) });
        Ok(Some(material))
    }

    /// The stored bytes of a version, for those that hand material out.
    pub(crate) fn raw(&self, barrier: &Barrier, key: &Place, version: u32) -> Result<Option<SecretBytes>, Fault> {
        let Some(mut bytes) = barrier.read(&material_place(key, version))? else { return Ok(None) };
        let len = material::raw(bytes.expose()).map_err(|_| Fault::Corrupt { what: "a key's material" })?.len();
        bytes.keep(1..1 + len);
        Ok(Some(bytes))
    }

    /// Counts a use of a version, for the census.
    pub(crate) fn count(&self, version: &RecordKey, use_: Use, now_ms: u64) {
        let mut uses = self.uses.lock().unwrap_or_else(PoisonError::into_inner);
        if uses.len() >= COUNTED_MAX && !uses.contains_key(version) {
            uses.clear();
        }
        let uses = uses.entry(*version).or_default();
        match use_ {
            Use::Make => uses.made += 1,
            Use::Open => uses.opened += 1,
        }
        uses.last_ms = now_ms;
    }

    pub(crate) fn uses(&self, version: &RecordKey) -> Uses {
        let uses = self.uses.lock().unwrap_or_else(PoisonError::into_inner);
        uses.get(version).copied().unwrap_or_default()
    }

    /// Lets go of material whose row is gone or has become another: deleted,
    /// shredded or sealed again.
    pub(crate) fn sweep(&self, barrier: &Barrier) -> Result<(), Fault> {
        let live = |at: &RecordKey| barrier.revision(at);
        let mut kept = self.lock();
        let mut stale = Vec::new();
        for (at, unwrapped) in kept.iter() {
            if live(at)? != Some(unwrapped.revision) {
                stale.push(*at);
            }
        }
        stale.iter().for_each(|at| drop(kept.remove(at)));
        Ok(())
    }

    #[cfg(test)]
    pub(crate) fn unwrapped(&self) -> usize {
        self.lock().len()
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<RecordKey, Unwrapped>> {
        // A map of complete entries: a panic elsewhere cannot have half-written one.
        self.material.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Key material kept unwrapped.
const KEPT_MAX: usize = 1_024;
/// Versions whose uses are counted.
const COUNTED_MAX: usize = 16_384;

#[cfg(test)]
mod tests {
    use crate::access::Caller;
    use crate::kms::{KeyRef, NewKey, NewMac};
    use crate::kms::{KeySpec, KeyUsage, MacAlgorithm};
    use crate::names::User;
    use crate::policy::Verbs;
    use crate::vault::{Open, Vault};

    fn unwrapped(vault: &Vault<Open>) -> usize {
        vault.0.kms.sweep(&vault.0.barrier).unwrap();
        vault.0.kms.unwrapped()
    }

    #[test]
    fn material_leaves_memory_with_its_row() {
        let vault = Vault::ephemeral().unwrap();
        let (user, root) = (User::Uid(1_000), Caller::new(User::Uid(0), None).with_verbs(Verbs::ALL));
        let alice = Caller::new(user.clone(), None);
        let kms = vault.caller(&alice).kms();
        let use_once = || {
            let key = &KeyRef::Id(kms.create_key(&NewKey::new(KeySpec::Hmac256, KeyUsage::Mac)).unwrap().id);
            let request = || NewMac { key, message: b"", algorithm: MacAlgorithm::HmacSha256 };
            kms.generate_mac(&request()).unwrap();
            key.clone()
        };
        let (first, _second) = (use_once(), use_once());
        assert_eq!(unwrapped(&vault), 2);
        // Sealed again under another key: what was unwrapped came from another row.
        vault.caller(&root).rekey_user(&user).unwrap();
        assert_eq!(vault.0.kms.unwrapped(), 0);
        let request = NewMac { key: &first, message: b"", algorithm: MacAlgorithm::HmacSha256 };
        kms.generate_mac(&request).unwrap();
        assert_eq!(unwrapped(&vault), 1);
        vault.caller(&root).user_remove(&user).unwrap();
        assert_eq!(vault.0.kms.unwrapped(), 0);
    }
}
