//! After damage was accepted: what refers to something that is gone is set
//! right, so that nothing of a key answers *corrupt* for ever, and everything
//! lost by it is named.

use std::collections::{BTreeMap, BTreeSet};

use super::alias::AliasInfo;
use super::desk::is_live;
use super::entry::{KeyEntry, entry_place};
use super::id::KeyId;
use super::places::{import_place, key_place, material_place, of_key_prefix};
use super::record::KeyRecord;
use super::save::save;
use super::state::Transition;
use crate::barrier::{Barrier, Fault, Place, RecordKind, SYSTEM};
use crate::store::RecordKey;

/// Returns the records lost beside those that failed by themselves.
pub(crate) fn reconcile(barrier: &Barrier) -> Result<BTreeSet<RecordKey>, Fault> {
    let mut lost = BTreeSet::new();
    let mut known: BTreeMap<KeyId, [u8; 16]> = BTreeMap::new();
    for scope in barrier.scopes()? {
        if scope == SYSTEM || !is_live(barrier, &scope)? {
            continue;
        }
        let mut indexes = BTreeSet::new();
        for place in places(barrier, &scope, RecordKind::KmsKey)? {
            if let Some(record) = keep_what_is_there(barrier, &place, &mut lost)? {
                indexes.insert(place.index);
                known.insert(record.id, scope);
            }
        }
        // What belonged to a key that is gone goes with it.
        for kind in [RecordKind::KmsMaterial, RecordKind::KmsGrant, RecordKind::KmsDue, RecordKind::KmsImport] {
            for orphan in places(barrier, &scope, kind)?.iter().filter(|place| !indexes.contains(&place.index)) {
                drop_row(barrier, orphan, &mut lost)?;
            }
        }
        for place in places(barrier, &scope, RecordKind::KmsAlias)? {
            let info = read(barrier, &place, |bytes| AliasInfo::parse(bytes).ok())?;
            if info.is_none_or(|info| known.get(&info.key) != Some(&scope)) {
                drop_row(barrier, &place, &mut lost)?;
            }
        }
    }
    for place in places(barrier, &SYSTEM, RecordKind::KmsEntry)? {
        let Some(entry) = read(barrier, &place, |bytes| KeyEntry::parse(bytes).ok())? else { continue };
        if known.get(&entry.id) != Some(&entry.scope) {
            // The key's own record is what is missing.
            lost.insert(key_place(&barrier.keyring(), &entry.scope, &entry.id).key());
            drop_row(barrier, &place, &mut lost)?;
        }
    }
    Ok(lost)
}

/// Versions whose material is gone count as lost; entry and due row are made
/// again when they are missing.
fn keep_what_is_there(
    barrier: &Barrier,
    place: &Place,
    lost: &mut BTreeSet<RecordKey>,
) -> Result<Option<KeyRecord>, Fault> {
    let Some(before) = read(barrier, place, |bytes| KeyRecord::parse(bytes).ok())? else { return Ok(None) };
    let mut record = before.clone();
    let mut txn = barrier.begin()?;
    let now_ms = txn.now_ms();
    let mut there = BTreeSet::new();
    for material in record.materials.iter_mut().filter(|material| !material.gone) {
        let row = material_place(place, material.version).key();
        if txn.exists(&row)? {
            there.insert(row);
        } else {
            material.lose(now_ms);
            lost.insert(row);
        }
    }
    if record.material(record.current).is_none() {
        // The newest that is left encrypts from now on; with none left the key
        // waits for material, which only an imported one can get.
        match record.materials.iter().rev().find(|material| !material.gone) {
            Some(newest) => record.current = newest.version,
            None => record.state = record.state.map(|state| state.after(Transition::LoseMaterial).unwrap_or(state)),
        }
    }
    if record.import_until_ms != 0 && !txn.exists(&import_place(place).key())? {
        record.import_until_ms = 0;
    }
    for row in barrier.keys(&of_key_prefix(place, RecordKind::KmsDue))? {
        txn.delete(row)?;
    }
    save(&mut txn, place, None, &record)?;
    let entry = KeyEntry { id: record.id, scope: place.scope };
    txn.write(&entry_place(&txn.keyring(), &record.id), &entry.encode())?;
    txn.commit()?;
    for row in barrier.keys(&of_key_prefix(place, RecordKind::KmsMaterial))?.iter().filter_map(Place::of) {
        if !there.contains(&row.key()) {
            drop_row(barrier, &row, lost)?;
        }
    }
    Ok(Some(record))
}

fn drop_row(barrier: &Barrier, place: &Place, lost: &mut BTreeSet<RecordKey>) -> Result<(), Fault> {
    let mut txn = barrier.begin()?;
    txn.delete(place.key())?;
    txn.commit()?;
    lost.insert(place.key());
    Ok(())
}

fn read<T>(barrier: &Barrier, place: &Place, parse: impl FnOnce(&[u8]) -> Option<T>) -> Result<Option<T>, Fault> {
    let Some(bytes) = barrier.read(place)? else { return Ok(None) };
    parse(bytes.expose()).map(Some).ok_or(Fault::Corrupt { what: "a record of a key" })
}

fn places(barrier: &Barrier, scope: &[u8; 16], kind: RecordKind) -> Result<Vec<Place>, Fault> {
    Ok(barrier.keys(&Place::kind_prefix(scope, kind))?.iter().filter_map(Place::of).collect())
}
