//! The seam between the daemon and the core.
//!
//! [`Service`] is one vault being served: sessions hand it frames. [`Engine`]
//! is what the commands ask for vaults. Above the seam nothing knows what a
//! secret is; below it nothing knows what a socket is.

mod access_keys;
mod acting;
mod anchor;
mod apps;
mod backups;
mod by_key;
mod by_token;
mod callers;
mod core_engine;
mod desk;
mod dispatch;
mod engine;
mod failures;
mod gathered;
mod kms;
mod long_reads;
mod map;
mod map_apps;
mod operate;
mod plan;
mod room;
mod served;
mod shared;
mod upkeep;
mod waiter;
mod worker;
mod writer;

pub use by_key::{ByKey, KeyThread};
pub use by_token::{Actor, Asked, Bearer, ByToken, Pending};
pub use core_engine::CoreEngine;
pub use engine::Engine;
pub use plan::{
    CheckPlan, Checked, InitPlan, Initialised, NewSlotPlan, OpenPlan, RestorePlan, Restored, SeedValue, Unlock,
    Verified, VerifyPlan,
};
pub use room::{InFlight, Permit, Room};

/// The engine this binary is built with.
#[must_use]
pub fn engine() -> impl Engine {
    CoreEngine::system()
}

use tokio::sync::oneshot;
use vault_proto::Dialect;

use crate::config::Policy;
use crate::exit::Failure;
use crate::listener::Peer;

/// Proof that the vault's lock file is held. Whoever holds it is the only
/// daemon of this vault, so a socket nobody answers on is a dead daemon's.
pub trait VaultLock {}

/// One vault, sealed or open, with everything a connection may ask of it.
///
/// Every method may be called from any thread. `handle` runs on a thread that
/// serves many connections: it must not wait for a disk, a lock that a writer
/// holds across a sync, or a key derivation. Such work is queued.
pub trait Service: VaultLock + ByToken + ByKey + Send + Sync + 'static {
    /// Answers one request: the payload of one frame, as it came, in the version
    /// and codec the connection agreed on.
    ///
    /// An answer is one whole frame appended to `out` (nothing else there may
    /// be touched). Work that must wait takes a permit from `room` and is
    /// queued with it; when there is no room, nothing may have happened.
    fn handle(&self, peer: &Peer, dialect: Dialect, request: &[u8], room: &mut Room, out: &mut Vec<u8>) -> Handled;

    /// Appends the refusal of a request for which no room came free in time:
    /// busy, with the request's own id.
    fn refuse_busy(&self, peer: &Peer, dialect: Dialect, request: &[u8], out: &mut Vec<u8>);

    /// The batch that this thread gathers: what is handled now is recorded with it.
    fn batch(&self) -> Batch;

    /// Called before answers leave: what was gathered for the audit log is written,
    /// unless another connection of this thread has had that batch written by now.
    /// On an error the answers are erased, not sent: those of the whole batch.
    fn flush(&self, batch: Batch) -> Result<(), Withhold>;

    /// Writes what this thread has gathered.
    fn flush_now(&self) -> Result<(), Withhold> {
        self.flush(self.batch())
    }

    /// A connection has ended: what was kept for it (a backup being read) goes.
    fn closed(&self, peer: &Peer);

    /// Tries the unattended key slots; called once, when the socket listens
    /// already. `Ok(false)`: nothing configured, waits for an operator.
    fn auto_unseal(&self) -> Result<bool, Failure>;

    /// Takes over reloaded limits and operators.
    fn reload(&self, policy: &Policy);

    /// Opens the audit file anew, after it was moved away.
    fn reopen_audit(&self) -> Result<(), Failure>;

    /// Refuses new work, drains the writer, drops every key, syncs the audit
    /// log. Called once, at the end; later calls to `handle` answer *sealed*.
    fn shut_down(&self) -> Result<(), Failure>;
}

/// What became of a request.
#[derive(Debug)]
pub enum Handled {
    /// The answer is in `out`.
    Replied,
    /// The answer comes later.
    Queued(Ticket),
    /// It must be queued and there is no room. Nothing has happened.
    NoRoom,
    /// The peer does not speak the protocol; what is in `out` (one frame that
    /// says why, or nothing) is sent and the connection ends.
    Close,
}

/// One write of a thread's audit lines, for all of its connections that were
/// ready together. Numbers of one thread.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Batch(pub(crate) u64);

/// The answers of this batch must not leave: they could not be recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the audit log cannot be written and `audit.on_full` is \"deny\"")]
pub struct Withhold;

/// Where the answer to queued work will arrive. When the other end is dropped
/// unanswered the connection closes: the client must take it as indeterminate.
#[derive(Debug)]
pub struct Ticket(pub(crate) oneshot::Receiver<Vec<u8>>);

/// The writer's end of a [`Ticket`]. Holds the caller's place in its uid's
/// allowance until it is answered or dropped, whatever the connection does.
#[derive(Debug)]
pub struct Answer {
    to: oneshot::Sender<Vec<u8>>,
    permit: Permit,
}

impl Ticket {
    /// A ticket and the end that resolves it.
    #[must_use]
    pub fn new(permit: Permit) -> (Self, Answer) {
        let (to, from) = oneshot::channel();
        (Self(from), Answer { to, permit })
    }

    /// Waits on a thread of its own for the answer, one whole frame; none when
    /// the other end was dropped unanswered. For callers without a runtime: on a
    /// runtime's thread it panics, as every wait there must yield.
    #[must_use]
    pub fn wait(self) -> Option<Vec<u8>> {
        self.0.blocking_recv().ok()
    }
}

impl Answer {
    /// Resolves the ticket with one whole frame. False when nobody waits any
    /// more; the bytes are erased then.
    pub fn send(self, frame: Vec<u8>) -> bool {
        let Self { to, permit } = self;
        drop(permit);
        match to.send(frame) {
            Ok(()) => true,
            Err(mut unsent) => {
                zeroize::Zeroize::zeroize(&mut unsent);
                false
            }
        }
    }

    /// Does anybody still wait? Work nobody waits for must still be done when
    /// it was accepted; this only saves encoding an answer.
    #[must_use]
    pub fn is_awaited(&self) -> bool {
        !self.to.is_closed()
    }
}
