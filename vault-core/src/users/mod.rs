//! Users: who has scopes, and what an operator may do about them. One
//! operation a file; none of them reads a value.

mod confirm;
mod overview;
mod rename;
mod shred;

use crate::barrier::{Fault, Place, RecordKind, SYSTEM, Txn};
use crate::names::User;
use crate::secrets::ScopeEntry;

pub(crate) use confirm::confirm;
pub use overview::UserInfo;
pub(crate) use overview::overview;
pub(crate) use rename::rename;
pub(crate) use shred::{clear_leftovers, shred};

/// The directory entries of one user as the transaction sees them: what was
/// moved or shredded just before it began is not taken for still there.
fn entries_of(txn: &Txn<'_>, user: &User) -> Result<Vec<(Place, ScopeEntry)>, Fault> {
    let keys = txn.barrier().keys(&Place::kind_prefix(&SYSTEM, RecordKind::Directory))?;
    let mut entries = Vec::new();
    for place in keys.iter().filter_map(Place::of) {
        let Some(bytes) = txn.read(&place)? else { continue };
        let entry = ScopeEntry::parse(bytes.expose()).map_err(|_| Fault::Corrupt { what: "a directory record" })?;
        if entry.user == *user {
            entries.push((place, entry));
        }
    }
    Ok(entries)
}
