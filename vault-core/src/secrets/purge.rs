//! Ending retention: destroys what was deleted long enough ago.

use super::delete::bury;
use super::metadata::VersionState;
use super::set::read_metadata;
use super::shelf::value_place;
use crate::barrier::{Barrier, Fault, Place, RecordKind, Txn};
use crate::limits;

/// Purges every secret that is due at `now_ms`; returns how many could not be,
/// because their records cannot be proven genuine. Each commit
/// stands by itself, so an interruption loses nothing.
pub(crate) fn purge(barrier: &Barrier, now_ms: u64) -> Result<u64, Fault> {
    let mut due: Vec<Place> = Vec::new();
    for scope in barrier.scopes()? {
        let tombs = barrier.keys(&Place::kind_prefix(&scope, RecordKind::Tombstone))?;
        due.extend(tombs.iter().filter(|key| key.version() <= now_ms).filter_map(Place::of));
    }
    let mut spoiled = 0;
    for group in due.chunks(SECRETS_PER_COMMIT) {
        let mut txn = barrier.begin()?;
        for tomb in group {
            match txn.request(|txn| purge_one(txn, tomb, now_ms)) {
                Ok(()) => {}
                // One spoiled record must not keep what others deleted.
                Err(Fault::Corrupt { .. }) => spoiled += 1,
                Err(other) => return Err(other),
            }
        }
        txn.commit()?;
    }
    Ok(spoiled)
}

fn purge_one(txn: &mut Txn<'_>, tomb: &Place, now_ms: u64) -> Result<(), Fault> {
    // Undeleted since the index was read.
    if !txn.exists(&tomb.key())? {
        return Ok(());
    }
    txn.delete(tomb.key())?;
    let place = Place { kind: RecordKind::Metadata, version: 0, ..*tomb };
    let Some(mut metadata) = read_metadata(txn, &place)? else { return Ok(()) };
    let ended = |deleted_ms: u64| deleted_ms.saturating_add(limits::RETENTION_MS) <= now_ms;
    let deleted = metadata.versions.iter_mut().filter(|version| version.state == VersionState::Deleted);
    for version in deleted.filter(|version| ended(version.deleted_ms)) {
        txn.delete(value_place(&place, version.version).key())?;
        version.destroy(txn.now_ms());
    }
    bury(txn, &place, &metadata)
}

/// A purged secret takes its tombstone, its kept values, metadata and grave.
const SECRETS_PER_COMMIT: usize = 4;
const _: () = assert!(SECRETS_PER_COMMIT * (3 + limits::KEEP_VERSIONS_MAX) < limits::BATCH_OPS_MAX);
