//! What a shredded user's keys leave outside the scope: the entries that lead
//! to them. Cleared before the scope's rows, so that an interruption still has
//! rows to be noticed by.

use std::collections::BTreeSet;

use super::entry::KeyEntry;
use crate::barrier::{Barrier, Fault, Place, RecordKind, SYSTEM};

/// Removes the entries of keys in these scopes.
pub(crate) fn clear_entries(barrier: &Barrier, scopes: &BTreeSet<[u8; 16]>) -> Result<u64, Fault> {
    let mut gone = Vec::new();
    for place in barrier.keys(&Place::kind_prefix(&SYSTEM, RecordKind::KmsEntry))?.iter().filter_map(Place::of) {
        let Some(bytes) = barrier.read(&place)? else { continue };
        let entry = KeyEntry::parse(bytes.expose()).map_err(|_| Fault::Corrupt { what: "a key entry" })?;
        if scopes.contains(&entry.scope) {
            gone.push(place.key());
        }
    }
    let cleared = gone.len() as u64;
    barrier.delete_all(gone)?;
    Ok(cleared)
}
