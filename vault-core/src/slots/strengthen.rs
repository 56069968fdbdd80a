//! A passphrase slot that was made when less work was thought enough is made
//! again when it opens, with what policy says today: only then is the passphrase
//! at hand.

use super::{SlotError, SlotInfo, Unlock, Work, make_slot, open_root};
use crate::barrier::Barrier;
use crate::header::{Slot, SlotId, SlotKind};
use crate::seal::passphrase::KdfParams;

/// Wraps the root key anew in the slot that was just opened, if its key is cheaper to guess than
/// policy has it. The slot keeps its id and label. Costs three derivations, once.
pub(crate) fn strengthen(
    barrier: &Barrier,
    unlock: &Unlock,
    id: SlotId,
    work: Work,
) -> Result<Option<SlotInfo>, SlotError> {
    let mut header = barrier.header()?;
    let Some(slot) = header.slots.iter().find(|slot| slot.id == id) else { return Ok(None) };
    if work != Work::Policy || !is_weak(slot) {
        return Ok(None);
    }
    // Several slots may open by this passphrase: only this one is made again.
    header.slots.retain(|slot| slot.id == id);
    let (root, slot) = open_root(&header, unlock, work)?;
    let stronger = make_slot(&header, &root, unlock, &slot.label, id, barrier.host(), work)?;
    let info = SlotInfo::from(&stronger);
    let mut txn = barrier.begin()?;
    let mut now = txn.header().clone();
    match now.slots.iter_mut().find(|slot| slot.id == id) {
        Some(slot) if now.root_version == header.root_version => *slot = stronger,
        // The root was replaced, or the slot removed, meanwhile: nothing weak is left.
        _ => return Ok(None),
    }
    txn.set_header(now);
    txn.commit()?;
    // The old wrap is what a copy of the file would be attacked by.
    barrier.erase();
    Ok(Some(info))
}

fn is_weak(slot: &Slot) -> bool {
    slot.kind == SlotKind::Passphrase && KdfParams::parse(&slot.params).is_ok_and(|params| params.is_below_policy())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::audit::{AuditLog, MemorySink, OnFull};
    use crate::host::Host;
    use crate::keys::SecretBytes;
    use crate::seal::key_file::KeyFile;
    use crate::store::memory::MemoryStore;
    use crate::{NewVault, Open, Vault};

    const PASSPHRASE: &[u8] = b"correct horse battery staple";

    struct Place {
        store: Arc<MemoryStore>,
        sink: MemorySink,
    }

    impl Place {
        fn log(&self) -> Arc<AuditLog> {
            Arc::new(AuditLog::open(self.sink.clone(), OnFull::Gap, &Host::system()).unwrap())
        }

        fn unseal(&self, unlock: &Unlock) -> Result<Vault<Open>, SlotError> {
            let sealed = Vault::open(self.store.clone(), Host::system(), self.log()).unwrap();
            sealed.unseal(unlock).map_err(|(_, error)| match error {
                crate::UnsealError::Slot(error) => error,
                other => panic!("{other}"),
            })
        }
    }

    fn key_file() -> Unlock {
        Unlock::KeyFile(KeyFile::from_bytes(&[5; 32]).unwrap())
    }

    fn passphrase(text: &[u8]) -> Unlock {
        Unlock::Passphrase(SecretBytes::from(text))
    }

    /// A vault with a slot as somebody made it when 19 MiB and two passes were thought enough.
    fn with_old_slot(text: &[u8]) -> (Place, SlotId) {
        let place = Place { store: Arc::new(MemoryStore::new()), sink: MemorySink::new() };
        let new = NewVault { slots: &[(key_file(), "first")], development: false };
        let vault = Vault::create(place.store.clone(), Host::system(), place.log(), &new).unwrap();
        let barrier = &vault.0.barrier;
        let mut header = barrier.header().unwrap();
        let (root, _) = open_root(&header, &key_file(), Work::Policy).unwrap();
        let weak = KdfParams { memory_kib: 19 * 1024, passes: 2, lanes: 1, salt: [9; 16] };
        let (id, label) = (SlotId([7; 16]), "old".to_owned());
        let slot = Slot { id, kind: SlotKind::Passphrase, label, params: weak.encode().to_vec(), wrap: Vec::new() };
        let key = passphrase(text).slot_key(&slot, &header.vault, Work::Policy).unwrap();
        let slot = slot.seal(&key, &header.vault, &root, header.root_version, &*barrier.host().entropy).unwrap();
        header.slots.push(slot);
        let mut txn = barrier.begin().unwrap();
        txn.set_header(header);
        txn.commit().unwrap();
        drop(vault.seal());
        (place, id)
    }

    fn params_of(vault: &Vault<Open>, id: SlotId) -> KdfParams {
        let header = vault.0.barrier.header().unwrap();
        KdfParams::parse(&header.slots.iter().find(|slot| slot.id == id).unwrap().params).unwrap()
    }

    #[test]
    fn mistake_4_a_weak_slot_is_made_again_when_it_opens() {
        let (place, id) = with_old_slot(PASSPHRASE);
        // Another slot has no way to it.
        let vault = place.unseal(&key_file()).unwrap();
        assert_eq!(params_of(&vault, id).memory_kib, 19 * 1024);
        drop(vault.seal());

        let vault = place.unseal(&passphrase(PASSPHRASE)).unwrap();
        let stronger = params_of(&vault, id);
        assert_eq!((stronger.memory_kib, stronger.passes, stronger.lanes), (64 * 1024, 3, 4));
        assert_ne!(stronger.salt, [9; 16]);
        assert!(String::from_utf8(place.sink.contents()).unwrap().contains("slot.strengthen"), "it is recorded");
        assert_eq!(vault.troubles(), Vec::<String>::new());
        drop(vault.seal());

        // It opens as before, and is left alone from now on; so do the others.
        let vault = place.unseal(&passphrase(PASSPHRASE)).unwrap();
        assert_eq!(params_of(&vault, id).salt, stronger.salt);
        drop(vault.seal());
        assert!(matches!(place.unseal(&passphrase(b"wrong horse battery staple")), Err(SlotError::WrongSecret)));
        drop(place.unseal(&key_file()).unwrap());
    }

    /// What is too short for a new slot is not made one; it opens all the same, and the operator is told.
    #[test]
    fn a_short_passphrase_keeps_its_slot_and_is_a_trouble() {
        let (place, id) = with_old_slot(b"short");
        let vault = place.unseal(&passphrase(b"short")).unwrap();
        assert_eq!(params_of(&vault, id).memory_kib, 19 * 1024);
        assert!(vault.troubles().iter().any(|trouble| trouble.contains("old")), "{:?}", vault.troubles());
    }
}
