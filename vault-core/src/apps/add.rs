//! Adding an app, or changing what it declares. Doing it twice changes nothing.

use vault_manifest::{Change, Manifest, limits as declared};

use super::{AppRecord, all, store};
use crate::barrier::{Barrier, Place, RecordKind};
use crate::limits;
use crate::names::App;
use crate::secrets::{Account, Refusal, Shelf, destroy_at, scan_directory};

/// What adding an app did, or would do.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AppChanged {
    /// It is new.
    pub made: bool,
    /// What is declared otherwise than before.
    pub changes: Vec<Change>,
    /// Values stored under what is no longer declared; erased when applied.
    pub orphaned: u64,
    /// False for a dry run.
    pub applied: bool,
}

/// Whether to do it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct How {
    /// Erase the values that would be orphaned.
    pub(crate) prune: bool,
    /// Only tell.
    pub(crate) dry_run: bool,
}

/// `before` is the app as it is; `owner` whose it will be.
pub(crate) fn add(
    barrier: &Barrier,
    shelf: &Shelf,
    manifest: &Manifest,
    before: Option<&AppRecord>,
    owner: Account,
    how: How,
) -> Result<AppChanged, Refusal> {
    let rule = |rule: vault_manifest::ManifestError| match rule {
        vault_manifest::ManifestError::App(broken) | vault_manifest::ManifestError::Secret { broken, .. } => {
            Refusal::Invalid { field: broken.field, expected: broken.expected }
        }
        vault_manifest::ManifestError::TooMany { count, max } => Refusal::TooLarge { len: count, max },
        _ => Refusal::Invalid { field: "secrets", expected: "each name once" },
    };
    manifest.check().map_err(rule)?;
    let app = App::parse(&manifest.app)?;
    let none = Manifest { secrets: Vec::new(), ..manifest.clone() };
    let changes = manifest.changes_from(before.map_or(&none, |before| &before.manifest));
    let unreachable: Vec<&str> = changes.iter().filter_map(orphaning).collect();
    let orphans = stored(barrier, shelf, &app, &unreachable)?;
    let changed = AppChanged {
        made: before.is_none(),
        changes: changes.clone(),
        orphaned: orphans.len() as u64,
        applied: !how.dry_run,
    };
    if how.dry_run {
        return Ok(changed);
    }
    if !orphans.is_empty() && !how.prune {
        return Err(Refusal::Orphans { values: orphans.len() as u64 });
    }
    if before.is_none() && all(barrier, shelf)?.len() >= limits::APPS_MAX {
        return Err(Refusal::OverQuota { quota: "apps in a vault", limit: limits::APPS_MAX as u64 });
    }
    // The values first: stopped in between, the declaration still stands and
    // the rest is erased by doing it again.
    erase(barrier, &orphans)?;
    if before.is_none_or(|before| before.manifest != *manifest) {
        let mut txn = barrier.begin()?;
        // Nobody else writes while the transaction is open: what was stored
        // since the look above is seen here.
        for place in stored(barrier, shelf, &app, &unreachable)? {
            if !how.prune || !txn.has_room(OPS_PER_SECRET, ROOM_PER_SECRET) {
                return Err(Refusal::Orphans { values: 1 });
            }
            destroy_at(&mut txn, &place)?;
        }
        let now_ms = txn.now_ms();
        let record = AppRecord {
            manifest: manifest.clone(),
            app,
            owner: before.map_or(owner, |before| before.owner.clone()),
            suspended: before.is_some_and(|before| before.suspended),
            made_ms: before.map_or(now_ms, |before| before.made_ms),
            changed_ms: now_ms,
            bindings: before.map_or_else(Vec::new, |before| before.bindings.clone()),
        };
        store(&mut txn, &record)?;
        txn.commit()?;
    }
    if !orphans.is_empty() {
        barrier.erase();
    }
    Ok(changed)
}

/// The name whose values a change puts out of reach.
fn orphaning(change: &Change) -> Option<&str> {
    match change {
        Change::Removed { name } => Some(name),
        Change::Changed { name, fields } if fields.iter().any(|field| matches!(*field, "scope" | "instances")) => {
            Some(name)
        }
        Change::Added { .. } | Change::Changed { .. } => None,
    }
}

/// The metadata of every stored value under one of these names, of any user.
fn stored(barrier: &Barrier, shelf: &Shelf, app: &App, names: &[&str]) -> Result<Vec<Place>, Refusal> {
    let mut found = Vec::new();
    if names.is_empty() {
        return Ok(found);
    }
    for (_, entry) in scan_directory(barrier)?.into_iter().filter(|(_, entry)| entry.app == *app) {
        let keys = barrier.keys(&Place::kind_prefix(&entry.scope, RecordKind::Metadata))?;
        for place in keys.iter().filter_map(Place::of) {
            let metadata = shelf.metadata(barrier, &place)?;
            if metadata.is_some_and(|metadata| metadata.has_values() && names.contains(&metadata.name.parts().0)) {
                found.push(place);
            }
        }
    }
    Ok(found)
}

fn erase(barrier: &Barrier, orphans: &[Place]) -> Result<(), Refusal> {
    for place in orphans {
        let mut txn = barrier.begin()?;
        destroy_at(&mut txn, place)?;
        txn.commit()?;
    }
    Ok(())
}

/// Metadata, grave, and a value and a tombstone for each version that is kept.
const OPS_PER_SECRET: usize = 4 + 2 * declared::KEEP_MAX as usize;
/// The grave of a long history.
const ROOM_PER_SECRET: usize = 32 << 10;
