//! The client for code without a runtime: the standard library and one socket.

mod keys;
mod link;
mod tasks;

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use vault_proto::latest::{
    AccessKeyCreated, AccessKeyInfo, Acting, ActsFor, AppChanged, AppDetail, AppInfo, AuditLine, AuditReport,
    BackupInfo, Call, CheckReport, Gate, NewSlot, OauthBegun, OauthRedeemed, Presented, RekeyReport, Reply,
    SecretBytes, SecretInfo, SecretStatus, SlotInfo, StatusInfo, TokenCreated, TokenInfo, UnlockSecret, UserInfo,
    VaultCall, VaultReply, VersionInfo,
};

use crate::answers::{Deletion, Identity, ListQuery, Page, Secret, SlotAddition, UserChange};
use crate::asks::{NewApp, NewToken, OauthFlow, Webhook};
use crate::error::{ClientError, ProtocolError};
use crate::keys::NewAccessKey;
use crate::methods::{LIST_ALL_MAX, app_methods, vault_methods};
use crate::operation::{self, Operation};
use crate::options::Options;
use crate::plan;
use crate::socket;
use crate::stamps::{Incarnation, ServerStamps};
use crate::target::Target;

pub use keys::Keys;

use link::Link;
use tasks::Tasks;

/// A connection to the daemon, made again when it breaks. Clones share it, and
/// calls through it take turns: a thread that must not wait for another's call
/// connects for itself.
#[derive(Clone)]
pub struct Client {
    shared: Arc<Shared>,
    options: Options,
    /// As whom calls are made; none = as ourselves.
    acting: Option<Arc<Acting>>,
}

struct Shared {
    path: PathBuf,
    stamps: ServerStamps,
    /// What each connection begins with.
    token: Option<SecretBytes>,
    link: Mutex<Option<Link>>,
}

impl Client {
    /// Connects, checks the server and agrees on the protocol.
    pub fn connect(options: Options) -> Result<Self, ClientError> {
        let client = Self::lazy(options);
        let deadline = Deadline::after(client.options.deadline);
        let link = client.open(deadline)?;
        *client.lock() = Some(link);
        Ok(client)
    }

    /// Connects with the first call.
    #[must_use]
    pub fn lazy(options: Options) -> Self {
        let path = socket::locate(options.socket.as_deref());
        let shared = Shared::new(path, &options, None);
        Self { shared: Arc::new(shared), options, acting: None }
    }

    /// The same connection with other patience.
    #[must_use]
    pub fn with_deadline(&self, deadline: Duration) -> Self {
        let options = self.options.clone().deadline(deadline).long_deadline(deadline);
        Self { options, ..self.clone() }
    }

    /// The same connection, acting as an app: each call is made in its name, for
    /// `user` (`uid:N` or `ext:ID`), or for the one user it is fixed to. Needs a
    /// binding of our uid, or a client with a [token](Self::presenting).
    #[must_use]
    pub fn acting(&self, app: &str, user: Option<&str>) -> Self {
        let acting = Acting { app: app.to_owned(), user: user.map(str::to_owned) };
        Self { acting: Some(Arc::new(acting)), ..self.clone() }
    }

    /// The same connection, acting as nobody but ourselves.
    #[must_use]
    pub fn not_acting(&self) -> Self {
        Self { acting: None, ..self.clone() }
    }

    /// A client with a token, which it presents at the beginning of each of its
    /// connections. They are its own: what the token allows, it allows nobody
    /// else. When it is refused, so is every call.
    #[must_use]
    pub fn presenting(&self, token: SecretBytes) -> Self {
        Self { shared: Arc::new(Shared::new(self.shared.path.clone(), &self.options, Some(token))), ..self.clone() }
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
        let reply = reply.unwrap_or(Err(ProtocolError::UnexpectedReply.into()))?;
        read.read(reply).ok_or(ProtocolError::UnexpectedReply.into())
    }

    /// Sends the calls without waiting for each other's replies; one result for
    /// each, in order. The deadline starts anew with every reply.
    #[must_use]
    pub fn pipeline(&self, calls: Vec<VaultCall>) -> Vec<Result<VaultReply, ClientError>> {
        let calls: Vec<_> = calls.into_iter().map(Call::Vault).collect();
        plan::vault_replies(self.exchange(&calls))
    }

    /// The same for operations of one kind.
    #[must_use]
    pub fn run_all<T>(&self, operations: Vec<Operation<T>>) -> Vec<Result<T, ClientError>> {
        let (calls, reads): (Vec<_>, Vec<_>) = operations.into_iter().map(|one| (one.call, one.read)).unzip();
        plan::read_each(self.exchange(&calls), &reads)
    }

    vault_methods! { [] [] }
    app_methods! { [] [] }

    fn token(&self) -> Option<&SecretBytes> {
        self.shared.token.as_ref()
    }

    fn open(&self, deadline: Deadline) -> Result<Link, ClientError> {
        Link::open(&self.shared.path, &self.options, self.token(), deadline)
    }

    fn exchange(&self, calls: &[Call]) -> Vec<Result<Reply, ClientError>> {
        let mut tasks = Tasks::new(calls, self.acting.as_deref(), &self.options);
        let mut slot = self.lock();
        // Twice: a connection that broke since the last call is found out by
        // using it. What may not be repeated is settled after the first time.
        for _ in 0..2 {
            if tasks.is_done() {
                break;
            }
            let result = match slot.take().filter(Link::is_quiet) {
                Some(link) => Ok(link),
                None => self.open(tasks.deadline()),
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

impl Shared {
    fn new(path: PathBuf, options: &Options, token: Option<SecretBytes>) -> Self {
        let stamps = options.memory.server(&path);
        Self { path, stamps, token, link: Mutex::new(None) }
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
