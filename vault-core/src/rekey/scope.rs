//! One scope's key: version n+1 is wrapped, every record is sealed again under
//! it, the wrap of version n goes.

use super::progress::Progress;
use crate::barrier::{Barrier, Fault, Place, RecordKind};
use crate::keys::{KeyVersion, ScopeKey};
use crate::store::RecordKey;

/// Returns the highest new version and the records sealed again; none without scopes.
pub(crate) fn replace_scope_keys(
    barrier: &Barrier,
    scopes: impl Iterator<Item = [u8; 16]>,
) -> Result<Option<(KeyVersion, u64)>, Fault> {
    let (mut done, mut progress) = (None, Progress::default());
    for scope in scopes {
        let replaced = replace(barrier, &scope, &mut progress);
        let (version, records) = replaced.map_err(|fault| progress.told(fault))?;
        let (highest, sum) = done.unwrap_or((0, 0));
        done = Some((version.max(highest), sum + records));
    }
    Ok(done)
}

fn replace(barrier: &Barrier, scope: &[u8; 16], progress: &mut Progress) -> Result<(KeyVersion, u64), Fault> {
    finish(barrier, scope, progress)?;
    let mut txn = barrier.begin()?;
    let current = txn.current_key(scope)?.ok_or(Fault::Corrupt { what: "a scope's key" })?;
    txn.write_wrap(*scope, current + 1, ScopeKey::make(&*barrier.host().entropy)?)?;
    progress.commit(txn)?;
    Ok((current + 1, finish(barrier, scope, progress)?))
}

/// Seals what is left and drops the old wraps.
pub(super) fn finish(barrier: &Barrier, scope: &[u8; 16], progress: &mut Progress) -> Result<u64, Fault> {
    let wraps = barrier.keys(&Place::kind_prefix(scope, RecordKind::Wrap))?;
    let [old @ .., newest] = &wraps[..] else { return Ok(0) };
    if old.is_empty() {
        return Ok(0);
    }
    let mut resealed = 0;
    let mut txn = barrier.begin()?;
    for (key, version, len) in barrier.sealed_under(&RecordKey::scope_prefix(scope))? {
        let Some(place) = Place::of(&key) else { continue };
        if place.kind == RecordKind::Wrap || u64::from(version) == newest.version() {
            continue;
        }
        if !txn.has_room(1, len) {
            progress.commit(txn)?;
            txn = barrier.begin()?;
        }
        // Deleted since the index was read: nothing to seal again.
        let Some(plain) = txn.read(&place)? else { continue };
        txn.write(&place, plain.expose())?;
        resealed += 1;
    }
    progress.commit(txn)?;
    let mut txn = barrier.begin()?;
    for key in old {
        txn.delete(*key)?;
    }
    progress.commit(txn)?;
    barrier.erase();
    Ok(resealed)
}
