//! A value that was stored to be tried: it becomes the current one, or goes.

use super::delete::{bury, find};
use super::metadata::VersionState;
use super::set::{Rules, erase};
use super::shelf::value_place;
use super::{Refusal, Target};
use crate::barrier::Txn;

/// Makes a pending version the current one. A newer value that was stored in
/// the meantime stays: promoting must not bring an older one back.
pub(crate) fn promote(txn: &mut Txn<'_>, target: Target<'_>, version: u64, rules: &Rules) -> Result<u64, Refusal> {
    let missing = Refusal::Missing { expired: false };
    let Some((place, mut metadata)) = find(txn, target)? else { return Err(missing) };
    let current = metadata.current_version();
    if current == version {
        return Ok(version);
    }
    if current > version {
        return Err(Refusal::Conflict { current });
    }
    let now_ms = txn.now_ms();
    let pending = metadata.versions.iter_mut().find(|known| known.version == version);
    let pending = pending.filter(|known| known.state == VersionState::Pending).ok_or(missing)?;
    pending.state = VersionState::Live;
    erase(txn, &place, &metadata.prune(rules.keep, now_ms))?;
    txn.write(&place, &metadata.encode())?;
    Ok(version)
}

/// Erases a pending version; false when it is not, or no longer, pending.
pub(crate) fn reject(txn: &mut Txn<'_>, target: Target<'_>, version: u64) -> Result<bool, Refusal> {
    let Some((place, mut metadata)) = find(txn, target)? else { return Ok(false) };
    let now_ms = txn.now_ms();
    let pending = metadata.versions.iter_mut().find(|known| known.version == version);
    let Some(pending) = pending.filter(|known| known.state == VersionState::Pending) else { return Ok(false) };
    txn.delete(value_place(&place, version).key())?;
    pending.destroy(now_ms);
    bury(txn, &place, &metadata)?;
    Ok(true)
}
