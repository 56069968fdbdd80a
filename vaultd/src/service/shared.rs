//! What the threads of one served vault share.

use std::cell::RefCell;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU32};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard};
use std::time::Instant;

use vault_core::access::{AuditBatch, Caller};
use vault_core::audit::{AuditLog, Event, Who};
use vault_core::host::Host;
use vault_core::{Open, Quotas, Sealed, Vault};
use vault_proto::latest::{Reply, Response, Stamp, WireError};
use vault_proto::{Dialect, EncodeError};

use super::anchor::AnchorFile;
use super::backups::Backups;
use super::callers::Callers;
use super::gathered::Gathered;
use super::map;
use super::{Batch, Withhold};
use crate::config::Policy;
use crate::listener::Peer;

/// One served vault. An operation holds the read guard of `state` from its
/// decision to its encoded answer, never across an await; queued work holds none.
pub(super) struct Shared {
    pub(super) state: RwLock<State>,
    pub(super) audit: Arc<AuditLog>,
    pub(super) callers: Callers,
    pub(super) policy: RwLock<Policy>,
    pub(super) backups: Mutex<Backups>,
    pub(super) anchor: Option<AnchorFile>,
    pub(super) host: Host,
    pub(super) vault_file: PathBuf,
    pub(super) development: bool,
    pub(super) slots: AtomicU32,
    pub(super) hardening: Vec<String>,
    /// Why the unattended key slots did not open it.
    pub(super) why_sealed: Mutex<Option<String>>,
    /// Told to end: nothing is unsealed any more.
    pub(super) ending: AtomicBool,
    pub(super) started: Instant,
}

/// The vault's state as the daemon holds it.
pub(super) enum State {
    /// Waits for a key.
    Sealed(Vault<Sealed>),
    /// Serves.
    Open(Box<Vault<Open>>),
    /// Between the two, or for ever gone: answers *sealed*.
    Away,
}

thread_local! {
    /// What this thread has done and not yet recorded. A connection is handled
    /// and flushed for on one thread.
    static GATHERED: RefCell<Gathered> = RefCell::default();
}

impl Shared {
    /// The state, for reading. Poisoned means that a change of state died half
    /// way: nothing is served any more.
    pub(super) fn read(&self) -> Result<RwLockReadGuard<'_, State>, WireError> {
        self.state.read().map_err(|_| WireError::Sealed {})
    }

    pub(super) fn caller(&self, peer: &Peer) -> Arc<Caller> {
        self.callers.of(peer, || self.policy.read().unwrap_or_else(PoisonError::into_inner).operators.clone())
    }

    pub(super) fn quotas(&self) -> Quotas {
        let policy = self.policy.read().unwrap_or_else(PoisonError::into_inner);
        Quotas {
            secrets: policy.limits.max_secrets_per_user,
            bytes: policy.limits.max_bytes_per_user,
            free_disk: policy.limits.min_free_disk_bytes,
        }
    }

    pub(super) fn backups(&self) -> MutexGuard<'_, Backups> {
        self.backups.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs with this thread's batch of audit lines.
    pub(super) fn with_batch<T>(&self, run: impl FnOnce(&AuditBatch) -> T) -> T {
        GATHERED.with_borrow(|gathered| run(&gathered.lines))
    }

    /// The batch that this thread gathers.
    pub(super) fn batch(&self) -> Batch {
        GATHERED.with_borrow(Gathered::batch)
    }

    /// Writes a batch of this thread's audit lines, unless it is written.
    pub(super) fn flush(&self, batch: Batch) -> Result<(), Withhold> {
        GATHERED.with_borrow_mut(|gathered| gathered.flush(batch, &self.audit))
    }

    /// Writes what this thread has gathered.
    pub(super) fn flush_now(&self) -> Result<(), Withhold> {
        self.flush(self.batch())
    }

    /// Records what never reached an open vault.
    pub(super) fn record(&self, caller: &Caller, request: u64, op: &'static str, outcome: &'static str) {
        let who = Who { uid: caller.user().uid(), user: Some(caller.user()), pid: caller.pid() };
        let event = Event { who, request, ..Event::of(op, outcome) };
        self.with_batch(|batch| batch.record(&self.audit, &event));
    }

    /// What an open vault stamps its answers with at this moment.
    pub(super) fn stamp(&self) -> Option<Stamp> {
        match &*self.read().ok()? {
            State::Open(vault) => vault.stamp().ok().map(map::stamp),
            _ => None,
        }
    }

    /// One whole frame: the answer, or the error that it is too long.
    pub(super) fn answer(&self, dialect: Dialect, id: u64, result: Result<Reply, WireError>, out: &mut Vec<u8>) {
        encode(dialect, Response { id, stamp: self.stamp(), result }, out);
    }
}

/// Encodes a response; one that is too long for a frame, or that the peer's
/// version has no words for, becomes an error.
pub(super) fn encode(dialect: Dialect, response: Response, out: &mut Vec<u8>) {
    let from = out.len();
    if let Err(error) = dialect.encode_response_frame(&response, out) {
        vault_proto::erase(out, from);
        let max = vault_proto::limits::FRAME_MAX as u64;
        let result = Err(match error {
            EncodeError::NotInVersion { .. } => WireError::Unsupported { what: error.to_string() },
            _ => WireError::TooLarge { len: max + 1, max },
        });
        let short = Response { id: response.id, stamp: response.stamp, result };
        if dialect.encode_response_frame(&short, out).is_err() {
            vault_proto::erase(out, from);
        }
    }
}
