//! Names and states, never a value.

use super::directory::ScopeEntry;
use super::last_read::LastReads;
use super::metadata::{Metadata, VersionInfo, VersionState};
use super::shelf::Shelf;
use crate::barrier::{Barrier, Fault, Place, RecordKind};
use crate::names::{App, SecretName, User};

/// One secret, never its value.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SecretInfo {
    /// The app.
    pub app: App,
    /// The name.
    pub name: SecretName,
    /// The version shown: the current one, or the newest deleted.
    pub version: u64,
    /// Its state.
    pub state: VersionState,
    /// Its time has passed: kept, not served.
    pub expired: bool,
    /// When it was set.
    pub set_ms: u64,
    /// Who set it.
    pub set_by: User,
    /// What the value was padded to, in bytes; not its length.
    pub size_class: u32,
    /// When it was last read, as far as known.
    pub last_read_ms: Option<u64>,
    /// When it expires.
    pub expires_ms: Option<u64>,
}

/// The secrets of one scope, by name. Deleted ones only when asked for.
pub(crate) fn list(
    barrier: &Barrier,
    shelf: &Shelf,
    reads: &LastReads,
    entry: &ScopeEntry,
    deleted: bool,
) -> Result<Vec<SecretInfo>, Fault> {
    let now_ms = barrier.now_ms();
    let last_reads = reads.of(barrier, &entry.scope)?;
    let mut infos = Vec::new();
    for place in barrier.keys(&Place::kind_prefix(&entry.scope, RecordKind::Metadata))?.iter().filter_map(Place::of) {
        let Some(metadata) = shelf.metadata(barrier, &place)? else { continue };
        let Some(version) = shown(&metadata, deleted) else { continue };
        infos.push(SecretInfo {
            app: entry.app.clone(),
            name: metadata.name.clone(),
            version: version.version,
            state: version.state,
            expired: version.is_expired(now_ms),
            set_ms: version.set_ms,
            set_by: version.set_by.clone(),
            size_class: version.size_class,
            last_read_ms: last_reads.get(&place.index).copied(),
            expires_ms: (version.expires_ms != 0).then_some(version.expires_ms),
        });
    }
    infos.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(infos)
}

fn shown(metadata: &Metadata, deleted: bool) -> Option<&VersionInfo> {
    let newest_deleted = || metadata.versions.iter().rev().find(|version| version.state == VersionState::Deleted);
    metadata.current().or_else(|| newest_deleted().filter(|_| deleted))
}
