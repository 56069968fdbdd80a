//! Tokens as people see them: never the token.

use super::record::Role;
use super::{all, text};
use crate::apps::ActsFor;
use crate::barrier::{Barrier, Fault, SYSTEM};
use crate::names::{App, User};
use crate::secrets::{LastReads, Shelf};

/// A token in a list. Times in milliseconds since 1970.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TokenInfo {
    /// Its id.
    pub id: String,
    /// Whom it acts as.
    pub app: App,
    /// What it may do.
    pub role: Role,
    /// For whom.
    pub acts_for: ActsFor,
    /// Who made it.
    pub made_by: User,
    /// What it was called.
    pub label: String,
    /// When.
    pub made_ms: u64,
    /// When it expires; none = never.
    pub expires_ms: Option<u64>,
    /// When it was last used, as far as known.
    pub last_used_ms: Option<u64>,
    /// It was revoked.
    pub revoked: bool,
}

/// Oldest first.
pub(crate) fn list(
    barrier: &Barrier,
    shelf: &Shelf,
    reads: &LastReads,
    app: Option<&App>,
) -> Result<Vec<TokenInfo>, Fault> {
    let used = reads.of(barrier, &SYSTEM)?;
    let info = |record: &super::TokenRecord| TokenInfo {
        id: text::id_text(&record.id),
        app: record.app.clone(),
        role: record.role,
        acts_for: record.acts_for.clone(),
        made_by: record.made_by.clone(),
        label: record.label.clone(),
        made_ms: record.made_ms,
        expires_ms: (record.expires_ms != 0).then_some(record.expires_ms),
        last_used_ms: used.get(&record.id).copied(),
        revoked: record.revoked_ms != 0,
    };
    let mut infos: Vec<_> = all(barrier, shelf, app)?.iter().map(|(_, record)| info(record)).collect();
    infos.sort_by(|a, b| (a.made_ms, &a.id).cmp(&(b.made_ms, &b.id)));
    Ok(infos)
}
