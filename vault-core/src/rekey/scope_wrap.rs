//! The scope-wrap key: version n+1 joins the keyring, every scope key is
//! wrapped again, version n leaves.

use super::progress::Progress;
use crate::barrier::{Barrier, Fault, Place, RecordKind};
use crate::keys::{KeyVersion, Role};

/// Returns the new version and the scopes re-wrapped.
pub(crate) fn replace_scope_wrap(barrier: &Barrier) -> Result<(KeyVersion, u64), Fault> {
    let mut progress = Progress::default();
    replace(barrier, &mut progress).map_err(|fault| progress.told(fault))
}

fn replace(barrier: &Barrier, progress: &mut Progress) -> Result<(KeyVersion, u64), Fault> {
    // An interrupted replacement is finished first: two versions at most.
    finish(barrier, progress)?;
    let next = barrier.keyring().with_next(Role::ScopeWrap, &*barrier.host().entropy)?;
    let version = next.current(Role::ScopeWrap).0;
    let mut txn = barrier.begin()?;
    txn.set_keyring(next);
    progress.commit(txn)?;
    Ok((version, finish(barrier, progress)?))
}

/// Wraps what is left and drops the old versions.
pub(super) fn finish(barrier: &Barrier, progress: &mut Progress) -> Result<u64, Fault> {
    let ring = barrier.keyring();
    if ring.versions(Role::ScopeWrap).len() < 2 {
        return Ok(0);
    }
    let newest = ring.current(Role::ScopeWrap).0;
    let mut rewrapped = 0;
    let mut txn = barrier.begin()?;
    for scope in barrier.scopes()? {
        for (key, version, len) in barrier.sealed_under(&Place::kind_prefix(&scope, RecordKind::Wrap))? {
            let Some(place) = Place::of(&key).filter(|_| version != newest) else { continue };
            if !txn.has_room(1, len) {
                progress.commit(txn)?;
                txn = barrier.begin()?;
            }
            // Shredded since the index was read.
            if txn.exists(&key)? {
                txn.rewrap(&place)?;
                rewrapped += 1;
            }
        }
    }
    progress.commit(txn)?;
    let mut txn = barrier.begin()?;
    txn.set_keyring(ring.with_only_current(Role::ScopeWrap));
    progress.commit(txn)?;
    barrier.erase();
    Ok(rewrapped)
}
