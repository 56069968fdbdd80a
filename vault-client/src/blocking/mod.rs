//! The client for code without a runtime: the standard library and one socket.

mod link;
mod tasks;

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use vault_proto::latest::{
    AuditLine, AuditReport, BackupInfo, Call, CheckReport, NewSlot, RekeyReport, Reply, SecretBytes, SecretInfo,
    SlotInfo, StatusInfo, UnlockSecret, UserInfo, VersionInfo,
};

use crate::answers::{Deletion, Identity, ListQuery, Page, Secret, SlotAddition, UserChange};
use crate::error::{ClientError, ProtocolError};
use crate::methods::{LIST_ALL_MAX, methods};
use crate::operation::{self, Operation};
use crate::options::Options;
use crate::socket;
use crate::stamps::{Incarnation, ServerStamps};
use crate::target::Target;

use link::Link;
use tasks::Tasks;

/// A connection to the daemon, made again when it breaks. Clones share it, and
/// calls through it take turns: a thread that must not wait for another's call
/// connects for itself.
#[derive(Clone)]
pub struct Client {
    shared: Arc<Shared>,
    options: Options,
}

struct Shared {
    path: PathBuf,
    stamps: ServerStamps,
    link: Mutex<Option<Link>>,
}

impl Client {
    /// Connects, checks the server and agrees on the protocol.
    pub fn connect(options: Options) -> Result<Self, ClientError> {
        let client = Self::lazy(options);
        let deadline = Deadline::after(client.options.deadline);
        let link = Link::open(&client.shared.path, &client.options, deadline)?;
        *client.lock() = Some(link);
        Ok(client)
    }

    /// Connects with the first call.
    #[must_use]
    pub fn lazy(options: Options) -> Self {
        let path = socket::locate(options.socket.as_deref());
        let stamps = options.memory.server(&path);
        let shared = Shared { path, stamps, link: Mutex::new(None) };
        Self { shared: Arc::new(shared), options }
    }

    /// The same connection with other patience.
    #[must_use]
    pub fn with_deadline(&self, deadline: Duration) -> Self {
        let options = self.options.clone().deadline(deadline).long_deadline(deadline);
        Self { shared: Arc::clone(&self.shared), options }
    }

    /// The socket it talks to.
    #[must_use]
    pub fn socket(&self) -> &Path {
        &self.shared.path
    }

    /// The options it was made from.
    pub fn options(&self) -> &Options {
        &self.options
    }

    /// From now on this is the vault's incarnation.
    pub fn accept_incarnation(&self, incarnation: Incarnation) {
        self.shared.stamps.accept(incarnation.0);
    }

    /// Runs one operation.
    pub fn run<T>(&self, operation: Operation<T>) -> Result<T, ClientError> {
        let Operation { call, read } = operation;
        let reply = self.exchange(std::slice::from_ref(&call)).pop();
        // One call in, one result out.
        read(reply.unwrap_or(Err(ProtocolError::UnexpectedReply.into()))?).ok_or(ProtocolError::UnexpectedReply.into())
    }

    /// Sends the calls without waiting for each other's replies; one result for
    /// each, in order. The deadline starts anew with every reply.
    #[must_use]
    pub fn pipeline(&self, calls: Vec<Call>) -> Vec<Result<Reply, ClientError>> {
        self.exchange(&calls)
    }

    methods! { [] [] }

    fn exchange(&self, calls: &[Call]) -> Vec<Result<Reply, ClientError>> {
        let mut tasks = Tasks::new(calls, &self.options);
        let mut slot = self.lock();
        // Twice: a connection that broke since the last call is found out by
        // using it. What may not be repeated is settled after the first time.
        for _ in 0..2 {
            if tasks.is_done() {
                break;
            }
            let result = match slot.take().filter(Link::is_quiet) {
                Some(link) => Ok(link),
                None => Link::open(&self.shared.path, &self.options, tasks.deadline()),
            };
            match result {
                Ok(mut link) => match link.exchange(&mut tasks, &self.shared.stamps) {
                    Ok(()) => *slot = Some(link),
                    Err(broken) => tasks.interrupted(&broken),
                },
                Err(error) => tasks.fail(&error),
            }
        }
        tasks.into_results()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Option<Link>> {
        self.shared.link.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("socket", &self.shared.path).finish_non_exhaustive()
    }
}

/// Until when to wait, and how long that was.
#[derive(Debug, Clone, Copy)]
struct Deadline {
    at: Instant,
    after: Duration,
}

impl Deadline {
    fn after(after: Duration) -> Self {
        let now = Instant::now();
        Self { at: now.checked_add(after).unwrap_or(now + FOREVER), after }
    }

    /// What is left, or the error that says it is over.
    fn left(&self) -> Result<Duration, ClientError> {
        let left = self.at.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(ClientError::Timeout { after: self.after, may_have_happened: false });
        }
        Ok(left)
    }
}

/// A year; what `Duration::MAX` comes down to.
const FOREVER: Duration = Duration::from_secs(365 * 24 * 3_600);
