//! A set worked out beforehand. To open a secret's metadata and to seal it and
//! the new value anew is most of what a set takes, and needs no writer: callers
//! do it side by side, while the writer waits for the disk. What remains for the
//! transaction is to see that nothing has changed meanwhile; if anything has, the
//! set is worked out again there.

use super::metadata::Metadata;
use super::set::{Next, erase};
use super::shelf::{grave_place, value_place};
use super::{NewValue, Quotas, Recents, Refusal, Rules, Shelf, Target, within};
use crate::barrier::{Barrier, Place, Sealed, Txn};

/// What a set would write, and what that holds for.
#[derive(Debug)]
pub(crate) struct Draft {
    /// The metadata's, and the revision it was read at.
    place: Place,
    revision: Option<u64>,
    rules: Rules,
    /// When it was made: the time its version bears.
    made_ms: u64,
    version: u64,
    value: Sealed,
    metadata: Sealed,
    gone: Vec<u64>,
}

/// None where it would not help: for a scope's first secret, for one with a grave, and
/// for one that this thread has a draft of already, as a client that sends many sets of one name has.
pub(crate) fn draft(
    barrier: &Barrier,
    shelf: &Shelf,
    recents: &Recents,
    target: Target<'_>,
    new: &NewValue<'_>,
    rules: Rules,
) -> Result<Option<Draft>, Refusal> {
    new.check(&rules)?;
    let Some(place) = shelf.locate(barrier, target)? else { return Ok(None) };
    if barrier.revision(&grave_place(&place).key())?.is_some() {
        return Ok(None);
    }
    // Before the record: if a commit comes between, the draft is of a revision that is gone.
    let revision = barrier.revision(&place.key())?;
    let before = shelf.metadata(barrier, &place)?;
    let before = before.map_or_else(|| Metadata::new(target.name.clone()), |known| Metadata::clone(&known));
    let made_ms = barrier.now_ms();
    let Next { metadata, value, gone } = Next::after(before, new, &rules, made_ms)?;
    if !recents.is_first_draft(&place, revision) {
        return Ok(None);
    }
    let version = metadata.latest;
    let value = barrier.seal(&value_place(&place, version), value.expose())?;
    let metadata = barrier.seal(&place, &metadata.encode())?;
    Ok(Some(Draft { place, revision, rules, made_ms, version, value, metadata, gone }))
}

impl Draft {
    /// Takes what was worked out; nothing, and none, when it no longer holds.
    pub(crate) fn adopt(
        &self,
        txn: &mut Txn<'_>,
        shelf: &Shelf,
        target: Target<'_>,
        rules: &Rules,
        quotas: &Quotas,
    ) -> Result<Option<u64>, Refusal> {
        let Self { place, revision, version, .. } = self;
        // Scopes come, go and change hands by other transactions, and none runs beside this one.
        let age_ms = txn.now_ms().checked_sub(self.made_ms);
        let holds = age_ms.is_some_and(|age| age <= LIFE_MS)
            && self.rules == *rules
            && shelf.locate(txn.barrier(), target)?.as_ref() == Some(place)
            && txn.is_still(&place.key(), *revision)?
            && txn.is_still(&grave_place(place).key(), None)?;
        if !holds {
            return Ok(None);
        }
        let before = txn.usage(&place.scope)?;
        if !txn.write_sealed(&[&self.value, &self.metadata])? {
            return Ok(None);
        }
        erase(txn, place, &self.gone)?;
        within(quotas, &before, &txn.usage(&place.scope)?)?;
        Ok(Some(*version))
    }

    /// Does a store hold both records, byte for byte?
    #[cfg(test)]
    pub(crate) fn is_in(&self, store: &dyn crate::store::Store) -> bool {
        self.value.is_in(store) && self.metadata.is_in(store)
    }
}

/// How long the time that a draft bears is near enough to that of its commit.
const LIFE_MS: u64 = 1_000;
