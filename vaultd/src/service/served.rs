//! One vault being served: what a session's frames meet.

use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError, RwLock};

use vault_core::{Unlock, UnsealError};
use vault_proto::Dialect;
use vault_proto::latest::{Request, WireError};

use super::desk;
use super::dispatch::{Course, course};
use super::operate::NotServed;
use super::shared::Shared;
use super::upkeep::Upkeep;
use super::waiter::Waiter;
use super::worker::{self, Task, Worker};
use super::writer;
use super::{
    Batch, Handled, Room, Service, Ticket, VaultLock, Withhold, core_engine, failures, long_reads, map, operate,
};
use crate::config::{KeySource, Policy};
use crate::exit::{Exit, Failure};
use crate::listener::Peer;

/// A vault with the threads that serve it.
pub struct Served {
    pub(super) shared: Arc<Shared>,
    /// What opens it unattended.
    key: Option<KeySource>,
    /// None once shut down.
    threads: RwLock<Option<Threads>>,
}

struct Threads {
    writer: Worker<writer::Job>,
    desk: Worker<desk::Job>,
    long_reads: Worker<long_reads::Job>,
    keys: Worker<Task>,
    key_pairs: Worker<Task>,
    upkeep: Upkeep,
}

impl Served {
    pub(super) fn start(shared: Shared, key: Option<KeySource>) -> Result<Self, Failure> {
        let shared = Arc::new(shared);
        let cannot = |error: std::io::Error| Failure::new(Exit::Unavailable, format_args!("cannot start: {error}"));
        let threads = Threads {
            writer: writer::start(Arc::clone(&shared)).map_err(cannot)?,
            desk: desk::start(Arc::clone(&shared)).map_err(cannot)?,
            long_reads: long_reads::start("long reads", Arc::clone(&shared)).map_err(cannot)?,
            keys: worker::start("keys", Arc::clone(&shared)).map_err(cannot)?,
            key_pairs: worker::start("key pairs", Arc::clone(&shared)).map_err(cannot)?,
            upkeep: Upkeep::start(Arc::clone(&shared)).map_err(cannot)?,
        };
        Ok(Self { shared, key, threads: RwLock::new(Some(threads)) })
    }

    fn unseal_with(&self, tries: &[Unlock]) -> Result<bool, Failure> {
        match operate::unseal(&self.shared, tries) {
            Ok(()) | Err(NotServed::Open) => Ok(true),
            Err(NotServed::Away) => Ok(false),
            Err(NotServed::Sealed(error)) => Err(failures::unseal_failure(&error)),
            Err(NotServed::Anchor(error)) => Err(failures::anchor_unreadable(&error)),
        }
    }

    pub(super) fn push_write(&self, job: writer::Job) {
        self.with_threads(|threads| threads.writer.push(job));
    }

    pub(super) fn push_read(&self, job: long_reads::Job) {
        self.with_threads(|threads| threads.long_reads.push(job));
    }

    pub(super) fn push_keys(&self, task: Task) {
        self.with_threads(|threads| threads.keys.push(task));
    }

    pub(super) fn push_key_pairs(&self, task: Task) {
        self.with_threads(|threads| threads.key_pairs.push(task));
    }

    fn with_threads<T>(&self, run: impl FnOnce(&Threads) -> T) -> Option<T> {
        self.threads.read().unwrap_or_else(PoisonError::into_inner).as_ref().map(run)
    }
}

/// The store holds the lock file for as long as this exists.
impl VaultLock for Served {}

impl Service for Served {
    fn handle(&self, peer: &Peer, dialect: Dialect, request: &[u8], room: &mut Room, out: &mut Vec<u8>) -> Handled {
        let shared = &self.shared;
        let request = match dialect.decode_request(request) {
            Ok(request) => request,
            Err(error) => {
                shared.answer(dialect, 0, Err(map::invalid("request", error.kind())), out);
                return Handled::Close;
            }
        };
        let caller = shared.caller(peer);
        let id = request.id;
        match course(shared, peer.connection(), &caller, request) {
            Course::Answer(result) => {
                shared.answer(dialect, id, result, out);
                Handled::Replied
            }
            Course::Write(request) => queued(dialect, room, |waiter| self.push_write(writer::Job { request, waiter })),
            Course::Later(read) => queued(dialect, room, |waiter| self.push_read(long_reads::Job { id, read, waiter })),
            Course::Keys(read) => {
                queued(dialect, room, |waiter| self.push_keys(long_reads::Job { id, read, waiter }.into()))
            }
            Course::KeyPairs(read) => {
                queued(dialect, room, |waiter| self.push_key_pairs(long_reads::Job { id, read, waiter }.into()))
            }
            Course::Desk(verb, request) => {
                if !caller.verbs().has(verb) {
                    shared.record(&caller, id, verb.as_str(), "forbidden");
                    let needs = Some(verb.as_str().to_owned());
                    shared.answer(dialect, id, Err(WireError::Forbidden { needs }), out);
                    return Handled::Replied;
                }
                let (connection, codec) = (peer.connection(), dialect.codec);
                queued(dialect, room, |waiter| {
                    let job = desk::Job { caller, connection, request, codec, waiter };
                    self.with_threads(|threads| threads.desk.push(job));
                })
            }
        }
    }

    fn refuse_busy(&self, _peer: &Peer, dialect: Dialect, request: &[u8], out: &mut Vec<u8>) {
        let id = dialect.decode_request(request).map_or(0, |Request { id, .. }| id);
        self.shared.answer(dialect, id, Err(WireError::Busy { retry_after_ms: RETRY_MS }), out);
    }

    fn batch(&self) -> Batch {
        self.shared.batch()
    }

    fn flush(&self, batch: Batch) -> Result<(), Withhold> {
        self.shared.flush(batch)
    }

    fn closed(&self, peer: &Peer) {
        self.shared.callers.forget(peer);
        self.shared.backups().closed(peer.connection());
    }

    fn auto_unseal(&self) -> Result<bool, Failure> {
        let Some(source) = &self.key else { return Ok(false) };
        let tries = core_engine::unlocks_of(source);
        let opened = tries.and_then(|tries| self.unseal_with(&tries));
        let why = opened.as_ref().err().map(ToString::to_string);
        *self.shared.why_sealed.lock().unwrap_or_else(PoisonError::into_inner) = why;
        opened
    }

    fn reload(&self, policy: &Policy) {
        *self.shared.policy.write().unwrap_or_else(PoisonError::into_inner) = policy.clone();
        self.shared.callers.forget_all();
        let quotas = self.shared.quotas();
        if let Ok(super::shared::State::Open(vault)) = self.shared.read().as_deref() {
            vault.set_quotas(quotas);
        }
    }

    fn reopen_audit(&self) -> Result<(), Failure> {
        self.shared.audit.reopen().map_err(|error| {
            Failure::new(Exit::Failure, format_args!("the audit log could not be opened anew: {error}"))
        })
    }

    fn shut_down(&self) -> Result<(), Failure> {
        self.shared.ending.store(true, Ordering::Release);
        let threads = self.threads.write().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(mut threads) = threads {
            threads.writer.drain();
            threads.desk.drain();
            threads.long_reads.drain();
            threads.keys.drain();
            threads.key_pairs.drain();
            threads.upkeep.end();
        }
        operate::close(&self.shared);
        self.shared
            .audit
            .sync()
            .map(drop)
            .map_err(|error| Failure::new(Exit::Failure, format_args!("at the end: {error}")))
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        // Threads hold the shared vault: they must end before it can be freed.
        let _reported_when_called_in_order = self.shut_down();
    }
}

/// Queues work for a session, if it has room for more.
fn queued(dialect: Dialect, room: &mut Room, push: impl FnOnce(Waiter)) -> Handled {
    let Some(permit) = room.take() else { return Handled::NoRoom };
    let (ticket, answer) = Ticket::new(permit);
    push(Waiter::Session(dialect, answer));
    Handled::Queued(ticket)
}

/// The wrong-secret error a person sees is the same for every way in.
pub(super) fn is_wrong_secret(error: &UnsealError) -> bool {
    matches!(error, UnsealError::Slot(vault_core::SlotError::WrongSecret))
}

const RETRY_MS: u64 = 100;
