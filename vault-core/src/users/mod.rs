//! Users: who has scopes, and what an operator may do about them. One
//! operation a file; none of them reads a value.

mod confirm;
mod overview;
mod rename;
mod shred;

use crate::barrier::{Barrier, Fault, Place};
use crate::names::User;
use crate::secrets::{ScopeEntry, scan_directory};

pub(crate) use confirm::confirm;
pub use overview::UserInfo;
pub(crate) use overview::overview;
pub(crate) use rename::rename;
pub(crate) use shred::{clear_leftovers, shred};

/// The directory entries of one user.
fn entries_of(barrier: &Barrier, user: &User) -> Result<Vec<(Place, ScopeEntry)>, Fault> {
    let mut entries = scan_directory(barrier)?;
    entries.retain(|(_, entry)| entry.user == *user);
    Ok(entries)
}
