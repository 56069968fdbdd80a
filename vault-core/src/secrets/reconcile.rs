//! After damage was accepted: what refers to something that is gone is set
//! right, so that nothing answers *corrupt* for ever, and everything a user
//! lost by it is named.

use std::collections::{BTreeMap, BTreeSet};

use super::delete::bury;
use super::directory::{ScopeEntry, scan_directory};
use super::metadata::Metadata;
use super::shelf::value_place;
use crate::barrier::{Barrier, Fault, Place, RecordKind, SYSTEM};
use crate::store::RecordKey;

/// Returns the records lost beside those that failed by themselves.
pub(crate) fn reconcile(barrier: &Barrier) -> Result<BTreeSet<RecordKey>, Fault> {
    let mut lost = BTreeSet::new();
    hold_shared_scopes(barrier, &mut lost)?;
    drop_unreachable_scopes(barrier, &mut lost)?;
    for scope in barrier.scopes()?.into_iter().filter(|scope| *scope != SYSTEM) {
        if wraps(barrier, &scope)?.is_empty() {
            continue;
        }
        let mut known = BTreeSet::new();
        for place in places(barrier, &scope, RecordKind::Metadata)? {
            known.extend(keep_what_is_there(barrier, &place, &mut lost)?);
        }
        let values = barrier.keys(&Place::kind_prefix(&scope, RecordKind::Value))?;
        for orphan in values.into_iter().filter(|key| !known.contains(key)) {
            let mut txn = barrier.begin()?;
            txn.delete(orphan)?;
            txn.commit()?;
            lost.insert(orphan);
        }
    }
    Ok(lost)
}

/// Two entries for one scope: an older one was put back beside the newer, and
/// nobody can say which. The newer looks likelier, but it answers *held* until
/// an operator has decided.
fn hold_shared_scopes(barrier: &Barrier, lost: &mut BTreeSet<RecordKey>) -> Result<(), Fault> {
    let mut claims: BTreeMap<[u8; 16], Vec<(u64, Place, ScopeEntry)>> = BTreeMap::new();
    for (place, entry) in scan_directory(barrier)? {
        let revision = barrier.revision(&place.key())?.unwrap_or(0);
        claims.entry(entry.scope).or_default().push((revision, place, entry));
    }
    for mut claims in claims.into_values().filter(|claims| claims.len() > 1) {
        claims.sort_by_key(|(revision, ..)| *revision);
        let mut txn = barrier.begin()?;
        if let Some((_, place, entry)) = claims.pop() {
            txn.write(&place, &entry.unsure().encode())?;
        }
        for (_, place, _) in claims {
            txn.delete(place.key())?;
            lost.insert(place.key());
        }
        txn.commit()?;
    }
    Ok(())
}

/// Directory entries whose scope has no key, and scopes no entry leads to. Only
/// entries and keys go here; the rest has no key then and is cleared away as
/// after a shredding.
fn drop_unreachable_scopes(barrier: &Barrier, lost: &mut BTreeSet<RecordKey>) -> Result<(), Fault> {
    let mut reachable = BTreeSet::from([SYSTEM]);
    for (place, entry) in scan_directory(barrier)? {
        reachable.insert(entry.scope);
        if wraps(barrier, &entry.scope)?.is_empty() {
            lost.insert(place.key());
            lost.extend(barrier.keys(&RecordKey::scope_prefix(&entry.scope))?);
            let mut txn = barrier.begin()?;
            txn.delete(place.key())?;
            txn.commit()?;
        }
    }
    for scope in barrier.scopes()?.into_iter().filter(|scope| !reachable.contains(scope)) {
        let wraps = wraps(barrier, &scope)?;
        if wraps.is_empty() {
            // What a shredding had not cleared away yet.
            continue;
        }
        lost.extend(barrier.keys(&RecordKey::scope_prefix(&scope))?);
        let mut txn = barrier.begin()?;
        for wrap in wraps {
            txn.delete(wrap)?;
        }
        txn.commit()?;
    }
    Ok(())
}

/// Versions whose value is gone count as destroyed. Returns the values that
/// are known and there.
fn keep_what_is_there(
    barrier: &Barrier,
    place: &Place,
    lost: &mut BTreeSet<RecordKey>,
) -> Result<Vec<RecordKey>, Fault> {
    let Some(bytes) = barrier.read(place)? else { return Ok(Vec::new()) };
    let corrupt = Fault::Corrupt { what: "a metadata record" };
    let mut metadata = Metadata::parse(bytes.expose()).map_err(|_| corrupt)?;
    let mut txn = barrier.begin()?;
    let now_ms = txn.now_ms();
    let (mut there, mut changed) = (Vec::new(), false);
    for version in metadata.versions.iter_mut().filter(|version| version.has_value()) {
        let value = value_place(place, version.version).key();
        if txn.exists(&value)? {
            there.push(value);
        } else {
            version.destroy(now_ms);
            lost.insert(value);
            changed = true;
        }
    }
    if changed {
        bury(&mut txn, place, &metadata)?;
        txn.commit()?;
    }
    Ok(there)
}

fn wraps(barrier: &Barrier, scope: &[u8; 16]) -> Result<Vec<RecordKey>, Fault> {
    barrier.keys(&Place::kind_prefix(scope, RecordKind::Wrap))
}

fn places(barrier: &Barrier, scope: &[u8; 16], kind: RecordKind) -> Result<Vec<Place>, Fault> {
    Ok(barrier.keys(&Place::kind_prefix(scope, kind))?.iter().filter_map(Place::of).collect())
}
