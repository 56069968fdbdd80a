//! What a thread has found lately. To find a value's row takes a dozen looks at
//! what all readers share, each under a lock, and where several threads read, to
//! hand the locks from one processor to the other took a third of a read. What was
//! found holds for as long as nothing has been committed since: that is one number
//! to compare, which nobody writes while everybody reads.
//!
//! No value and no key: names, where their rows lie, and what to know them by.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::directory::Account;
use super::{Target, VersionInfo};
use crate::barrier::{Barrier, Fault, Place, Stamp};
use crate::integrity::Print;
use crate::names::{App, SecretName};

/// A current version, and the row of its value.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Found {
    /// The metadata's.
    pub(crate) place: Place,
    pub(crate) version: u64,
    pub(crate) expires_ms: u64,
    pub(crate) print: Print,
}

impl Found {
    pub(super) fn new(place: &Place, info: &VersionInfo, print: Print) -> Self {
        Self { place: *place, version: info.version, expires_ms: info.expires_ms, print }
    }
}

/// A desk for each thread; those beyond share.
#[derive(Default)]
pub(crate) struct Recents {
    desks: [Desk; DESKS],
}

/// On cache lines of its own.
#[derive(Default)]
#[repr(align(128))]
struct Desk(Mutex<Papers>);

#[derive(Default)]
struct Papers {
    /// By a hash of the name; the newest of those that have the same.
    found: Vec<Option<Entry>>,
    /// By the name's index: metadata that a set was worked out from, and its revision.
    drafted: Vec<Option<(Place, Option<u64>)>>,
    stamp: Option<(u64, Stamp)>,
}

struct Entry {
    account: Account,
    app: App,
    name: SecretName,
    /// Of the barrier, before anything was looked at.
    edition: u64,
    found: Found,
    noted_ms: u64,
}

impl Recents {
    /// What was found of a target when the barrier was what it is now. Not yet
    /// noted as read at this time, if true.
    pub(crate) fn get(&self, edition: u64, target: Target<'_>, now_ms: u64) -> Option<(Found, bool)> {
        let mut papers = self.mine();
        let entry = papers.found.get_mut(number(target))?.as_mut().filter(|entry| entry.edition == edition)?;
        let same = entry.name == *target.name && entry.app == *target.app && entry.account == *target.account;
        same.then(|| (entry.found, std::mem::replace(&mut entry.noted_ms, now_ms) != now_ms))
    }

    /// Keeps what was found; `edition` was taken before.
    pub(crate) fn put(&self, edition: u64, target: Target<'_>, found: Found, noted_ms: u64) {
        let (account, app, name) = (target.account.clone(), target.app.clone(), target.name.clone());
        let mut papers = self.mine();
        if papers.found.is_empty() {
            papers.found.resize_with(FOUND, || None);
        }
        papers.found[number(target)] = Some(Entry { account, app, name, edition, found, noted_ms });
    }

    /// Is this the first set that the thread works out from this metadata? A second
    /// one would be in vain: by then the first has changed it.
    pub(crate) fn is_first_draft(&self, place: &Place, revision: Option<u64>) -> bool {
        let mut papers = self.mine();
        if papers.drafted.is_empty() {
            papers.drafted.resize(FOUND, None);
        }
        let known = &mut papers.drafted[usize::from(place.index[0]) % FOUND];
        known.replace((*place, revision)) != Some((*place, revision))
    }

    /// Where the vault's history stands.
    pub(crate) fn stamp(&self, barrier: &Barrier) -> Result<Stamp, Fault> {
        let edition = barrier.edition();
        let mut papers = self.mine();
        match papers.stamp {
            Some((of, stamp)) if of == edition => Ok(stamp),
            _ => {
                let stamp = barrier.stamp()?;
                papers.stamp = Some((edition, stamp));
                Ok(stamp)
            }
        }
    }

    fn mine(&self) -> MutexGuard<'_, Papers> {
        thread_local! {
            static DESK: usize = THREADS.fetch_add(1, Ordering::Relaxed) % DESKS;
        }
        // Complete entries only: a panic elsewhere leaves nothing half-written.
        self.desks[DESK.with(|desk| *desk)].0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// FNV-1a. Who makes names collide has them looked up as if nothing were kept.
fn number(target: Target<'_>) -> usize {
    let uid = target.account.user.uid().unwrap_or(u32::MAX);
    let bytes = uid.to_le_bytes().into_iter().chain(target.name.as_str().bytes());
    let hash =
        bytes.fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    (hash ^ (hash >> 32)) as usize % FOUND
}

/// Threads that have asked, in this process.
static THREADS: AtomicUsize = AtomicUsize::new(0);
const DESKS: usize = 8;
/// Entries of each kind on a desk: some 24 KiB of them.
const FOUND: usize = 64;
