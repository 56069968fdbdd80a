//! Ending retention: destroys what was deleted long enough ago.

use super::delete::bury;
use super::metadata::VersionState;
use super::set::read_metadata;
use super::shelf::value_place;
use crate::barrier::{Barrier, Fault, Place, RecordKind};
use crate::limits;

/// Purges every secret that is due at `now_ms`; returns how many. Each commit
/// stands by itself, so an interruption loses nothing.
pub(crate) fn purge(barrier: &Barrier, now_ms: u64) -> Result<u64, Fault> {
    let mut due: Vec<Place> = Vec::new();
    for scope in barrier.scopes()? {
        let tombs = barrier.keys(&Place::kind_prefix(&scope, RecordKind::Tombstone))?;
        due.extend(tombs.iter().filter(|key| key.version() <= now_ms).filter_map(Place::of));
    }
    let mut purged = 0;
    for group in due.chunks(SECRETS_PER_COMMIT) {
        let mut txn = barrier.begin()?;
        for tomb in group {
            // Undeleted since the index was read.
            if !txn.exists(&tomb.key())? {
                continue;
            }
            txn.delete(tomb.key())?;
            let place = Place { kind: RecordKind::Metadata, version: 0, ..*tomb };
            let Some(mut metadata) = read_metadata(&txn, &place)? else { continue };
            let ended = |deleted_ms: u64| deleted_ms.saturating_add(limits::RETENTION_MS) <= now_ms;
            let deleted = metadata.versions.iter_mut().filter(|version| version.state == VersionState::Deleted);
            for version in deleted.filter(|version| ended(version.deleted_ms)) {
                txn.delete(value_place(&place, version.version).key())?;
                version.destroy(txn.now_ms());
            }
            bury(&mut txn, &place, &metadata)?;
            purged += 1;
        }
        txn.commit()?;
    }
    Ok(purged)
}

/// A purged secret takes its tombstone, its kept values, metadata and grave:
/// five operations at most.
const SECRETS_PER_COMMIT: usize = 16;
const _: () = assert!(SECRETS_PER_COMMIT * (3 + limits::KEEP_VERSIONS) < limits::BATCH_OPS_MAX);
