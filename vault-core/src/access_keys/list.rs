//! Access keys as people see them: never the secret.

use super::all;
use crate::barrier::{Barrier, Fault, SYSTEM};
use crate::names::User;
use crate::secrets::{LastReads, Shelf};

/// An access key in a list. Times in milliseconds since 1970.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AccessKeyInfo {
    /// Its id.
    pub id: String,
    /// Whose it is.
    pub user: User,
    /// Who made it.
    pub made_by: User,
    /// What it was called.
    pub description: String,
    /// When.
    pub made_ms: u64,
    /// When it expires; none = never.
    pub expires_ms: Option<u64>,
    /// When it was last used, as far as known.
    pub last_used_ms: Option<u64>,
}

/// Oldest first.
pub(crate) fn list(
    barrier: &Barrier,
    shelf: &Shelf,
    reads: &LastReads,
    user: &User,
) -> Result<Vec<AccessKeyInfo>, Fault> {
    let used = reads.of(barrier, &SYSTEM)?;
    let infos = all(barrier, shelf, Some(user))?.into_iter().map(|(place, record)| AccessKeyInfo {
        id: record.id.clone(),
        user: record.account.user.clone(),
        made_by: record.made_by.clone(),
        description: record.description.clone(),
        made_ms: record.made_ms,
        expires_ms: (record.expires_ms != 0).then_some(record.expires_ms),
        last_used_ms: used.get(&place.index).copied(),
    });
    let mut infos: Vec<_> = infos.collect();
    infos.sort_by(|a, b| (a.made_ms, &a.id).cmp(&(b.made_ms, &b.id)));
    Ok(infos)
}
