//! The scope-wrap key: version n+1 joins the keyring, every scope key is
//! wrapped again, version n leaves.

use crate::barrier::{Barrier, Fault, Place, RecordKind};
use crate::keys::{KeyVersion, Role};

/// Returns the new version and the scopes re-wrapped.
pub(crate) fn replace_scope_wrap(barrier: &Barrier) -> Result<(KeyVersion, u64), Fault> {
    // An interrupted replacement is finished first: two versions at most.
    finish(barrier)?;
    let next = barrier.keyring().with_next(Role::ScopeWrap, &*barrier.host().entropy)?;
    let version = next.current(Role::ScopeWrap).0;
    let mut txn = barrier.begin()?;
    txn.set_keyring(next);
    txn.commit()?;
    Ok((version, finish(barrier)?))
}

/// Wraps what is left and drops the old versions.
pub(super) fn finish(barrier: &Barrier) -> Result<u64, Fault> {
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
                txn.commit()?;
                txn = barrier.begin()?;
            }
            // Shredded since the index was read.
            if txn.exists(&key)? {
                txn.rewrap(&place)?;
                rewrapped += 1;
            }
        }
    }
    txn.commit()?;
    let mut txn = barrier.begin()?;
    txn.set_keyring(ring.with_only_current(Role::ScopeWrap));
    txn.commit()?;
    barrier.erase();
    Ok(rewrapped)
}
