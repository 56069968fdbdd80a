//! The asynchronous client.

mod keys;
mod link;
mod queue;

use std::collections::VecDeque;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use tokio::time::{Instant, timeout_at};
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

use link::{Link, Ticket};
use queue::Broken;

/// A connection to the daemon, made again when it breaks. Clones share it, and
/// calls from many tasks are on their way at once. Calls that take long get a
/// connection of their own, because responses come back in request order.
///
/// A call whose future is dropped is not taken back: it may be executed. Needs a
/// runtime with I/O and time enabled, and lives in the one it connected in.
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
    link: std::sync::Mutex<Option<Arc<Link>>>,
    /// Held while connecting, so that many tasks make one connection.
    connecting: tokio::sync::Mutex<()>,
}

impl Client {
    /// Connects, checks the server and agrees on the protocol.
    pub async fn connect(options: Options) -> Result<Self, ClientError> {
        let client = Self::lazy(options);
        let patience = Patience::new(client.options.deadline);
        patience.wait(client.link()).await??;
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
    pub async fn run<T>(&self, operation: Operation<T>) -> Result<T, ClientError> {
        let Operation { call, read } = operation;
        let alone = plan::alone(&call);
        let reply = self.exchange(std::slice::from_ref(&call), alone).await.pop();
        // One call in, one result out.
        let reply = reply.unwrap_or(Err(ProtocolError::UnexpectedReply.into()))?;
        read.read(reply).ok_or(ProtocolError::UnexpectedReply.into())
    }

    /// Sends the calls without waiting for each other's replies; one result for
    /// each, in order. The deadline starts anew with every reply.
    pub async fn pipeline(&self, calls: Vec<VaultCall>) -> Vec<Result<VaultReply, ClientError>> {
        let calls: Vec<_> = calls.into_iter().map(Call::Vault).collect();
        plan::vault_replies(self.exchange(&calls, false).await)
    }

    /// The same for operations of one kind.
    pub async fn run_all<T>(&self, operations: Vec<Operation<T>>) -> Vec<Result<T, ClientError>> {
        let (calls, reads): (Vec<_>, Vec<_>) = operations.into_iter().map(|one| (one.call, one.read)).unzip();
        plan::read_each(self.exchange(&calls, false).await, &reads)
    }

    vault_methods! { [async] [.await] }
    app_methods! { [async] [.await] }

    fn token(&self) -> Option<&SecretBytes> {
        self.shared.token.as_ref()
    }

    async fn exchange(&self, calls: &[Call], alone: bool) -> Vec<Result<Reply, ClientError>> {
        let mut results: Vec<_> = calls.iter().map(|_| None).collect();
        let mut waiting: Vec<usize> = (0..calls.len()).collect();
        let budget =
            |index: usize| calls.get(index).map_or(self.options.deadline, |call| plan::budget(call, &self.options));
        let mut patience = Patience::new(budget(0));
        // Twice: a connection that broke since the last call is found out by
        // using it. What may not be repeated is settled after the first time.
        for _ in 0..2 {
            let mut on_the_way = VecDeque::new();
            let mut again = Vec::new();
            let mut queue = std::mem::take(&mut waiting).into_iter().peekable();
            if queue.peek().is_none() {
                break;
            }
            let link = match patience.wait(self.link_for(alone)).await.and_then(|link| link) {
                Ok(link) => link,
                Err(error) => {
                    queue.for_each(|index| put(&mut results, index, Err(error.clone())));
                    break;
                }
            };
            loop {
                // The oldest first when nothing more may go out.
                let full = on_the_way.len() >= self.options.in_flight;
                if let Some(index) = queue.next_if(|_| !full) {
                    let Some(call) = calls.get(index) else { continue };
                    let sent = patience
                        .wait(link.send(call, self.acting.as_deref(), &self.shared.stamps))
                        .await
                        .and_then(|sent| sent);
                    match sent {
                        Ok(ticket) => on_the_way.push_back((index, ticket)),
                        Err(error) => match plan::after_break(&error, false, call) {
                            Some(error) => put(&mut results, index, Err(error)),
                            None => keep(&mut results, &mut again, index, error),
                        },
                    }
                    continue;
                }
                let Some((index, ticket)) = on_the_way.pop_front() else { break };
                let Some(call) = calls.get(index) else { continue };
                match self.collect(ticket, patience).await {
                    Ok(result) => {
                        put(&mut results, index, result);
                        patience = Patience::new(budget(index + 1));
                    }
                    Err(Broken { error, sent }) => {
                        self.retire(&link);
                        match plan::after_break(&error, sent, call) {
                            Some(error) => put(&mut results, index, Err(error)),
                            None => keep(&mut results, &mut again, index, error),
                        }
                    }
                }
            }
            waiting = again;
        }
        let unreached = || Err(ClientError::unavailable(std::io::Error::from(std::io::ErrorKind::ConnectionAborted)));
        results.into_iter().map(|result| result.unwrap_or_else(unreached)).collect()
    }

    /// Waits for one response. Out of time, it may have been sent: nobody knows.
    async fn collect(&self, ticket: Ticket, patience: Patience) -> Result<Result<Reply, ClientError>, Broken> {
        let Ticket { answer, floor } = ticket;
        match patience.wait(answer).await {
            Ok(Ok(response)) => Ok(plan::settle(response?, &self.shared.stamps, floor, &self.options)),
            // The driver closes the queue before it goes, whatever ends it.
            Ok(Err(_)) => Err(Broken { error: ProtocolError::UnexpectedId.into(), sent: true }),
            Err(error) => Err(Broken { error, sent: true }),
        }
    }

    async fn link_for(&self, alone: bool) -> Result<Arc<Link>, ClientError> {
        if alone {
            return Ok(Arc::new(Link::open(&self.shared.path, &self.options, self.token()).await?));
        }
        self.link().await
    }

    async fn link(&self) -> Result<Arc<Link>, ClientError> {
        if let Some(link) = self.current() {
            return Ok(link);
        }
        let _one_at_a_time = self.shared.connecting.lock().await;
        if let Some(link) = self.current() {
            return Ok(link);
        }
        let link = Arc::new(Link::open(&self.shared.path, &self.options, self.token()).await?);
        *self.slot() = Some(Arc::clone(&link));
        Ok(link)
    }

    fn current(&self) -> Option<Arc<Link>> {
        self.slot().as_ref().filter(|link| link.is_open()).map(Arc::clone)
    }

    /// Later calls get another connection; those on this one may still be answered.
    fn retire(&self, link: &Arc<Link>) {
        let mut slot = self.slot();
        if slot.as_ref().is_some_and(|current| Arc::ptr_eq(current, link)) {
            *slot = None;
        }
    }

    fn slot(&self) -> std::sync::MutexGuard<'_, Option<Arc<Link>>> {
        self.shared.link.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Shared {
    fn new(path: PathBuf, options: &Options, token: Option<SecretBytes>) -> Self {
        let stamps = options.memory.server(&path);
        let (link, connecting) = (std::sync::Mutex::new(None), tokio::sync::Mutex::new(()));
        Self { path, stamps, token, link, connecting }
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("socket", &self.shared.path).finish_non_exhaustive()
    }
}

/// Until when to wait, and how long that was.
#[derive(Clone, Copy)]
struct Patience {
    until: Instant,
    after: Duration,
}

impl Patience {
    fn new(after: Duration) -> Self {
        let now = Instant::now();
        Self { until: now.checked_add(after).unwrap_or(now + FOREVER), after }
    }

    async fn wait<F: Future>(&self, future: F) -> Result<F::Output, ClientError> {
        let late = |_| ClientError::Timeout { after: self.after, may_have_happened: false };
        timeout_at(self.until, future).await.map_err(late)
    }
}

type Results = [Option<Result<Reply, ClientError>>];

fn put(results: &mut Results, index: usize, result: Result<Reply, ClientError>) {
    if let Some(slot) = results.get_mut(index) {
        *slot = Some(result);
    }
}

/// To be sent again; should that break too, `error` is what it ends with.
fn keep(results: &mut Results, again: &mut Vec<usize>, index: usize, error: ClientError) {
    put(results, index, Err(error));
    again.push(index);
}

/// A year; what `Duration::MAX` comes down to.
const FOREVER: Duration = Duration::from_secs(365 * 24 * 3_600);
