//! The accept loop of one runtime thread. It never ends by an error and never
//! spins: a connection it cannot keep is taken, told so, and closed.

use std::io;
use std::os::fd::OwnedFd;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};

use interprocess::local_socket::traits::tokio::Listener as _;
use interprocess::os::unix::uds_local_socket::tokio::{Listener, Stream};
use rustix::fs::{Mode, OFlags};
use rustix::io::Errno;
use tokio::io::AsyncReadExt;
use tokio::sync::{mpsc, watch};
use tokio::time::{sleep, timeout};
use vault_proto::hello::{self, Refusal, ServerHello};

use super::{Credentials, Gate, Peer, Seat};
use crate::accounts::Accounts;
use crate::config::Policy;
use crate::service::Service;
use crate::session::{self, Pace};

/// What every runtime thread shares.
pub struct Door<S> {
    service: Arc<S>,
    policy: RwLock<Arc<Policy>>,
    accounts: Arc<dyn Accounts>,
    gate: Arc<Gate>,
    connections: AtomicU64,
    lobby: AtomicUsize,
    started: Instant,
    last_warning: AtomicU64,
}

impl<S: Service> Door<S> {
    /// A door to this service, for a process that may have so many descriptors open.
    #[must_use]
    pub fn new(service: Arc<S>, policy: Policy, accounts: Arc<dyn Accounts>, descriptors: u64) -> Arc<Self> {
        let gate = Gate::new(&policy.limits, descriptors);
        Arc::new(Self {
            service,
            policy: RwLock::new(Arc::new(policy)),
            accounts,
            gate,
            connections: AtomicU64::new(1),
            lobby: AtomicUsize::new(0),
            started: Instant::now(),
            last_warning: AtomicU64::new(0),
        })
    }

    /// Takes over a reloaded policy, for connections from now on; limits on
    /// queued work and operators reach those there are.
    pub fn reload(&self, policy: Policy) {
        self.gate.reload(&policy.limits);
        self.service.reload(&policy);
        *self.policy.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(policy);
    }

    /// What the door leads to.
    #[must_use]
    pub fn service(&self) -> &Arc<S> {
        &self.service
    }

    /// The connections there are.
    #[must_use]
    pub fn gate(&self) -> &Arc<Gate> {
        &self.gate
    }

    /// One warning a second: whoever is turned away can try again at once, and
    /// must not be able to fill the log.
    fn may_warn(&self) -> bool {
        let now = self.started.elapsed().as_secs() + 1;
        self.last_warning.swap(now, Ordering::Relaxed) != now
    }

    fn warn_refused(&self, creds: Credentials, reason: &dyn std::fmt::Display) {
        if self.may_warn() {
            tracing::warn!(uid = creds.uid, pid = creds.pid, %reason, "connection refused");
        }
    }

    fn policy(&self) -> Arc<Policy> {
        Arc::clone(&self.policy.read().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Accepts until told to stop, then waits until this thread's sessions have
/// ended. Must run on the runtime that shall serve them.
pub async fn accept<S: Service>(
    socket: OwnedFd,
    door: Arc<Door<S>>,
    mut stop: watch::Receiver<bool>,
) -> io::Result<()> {
    let listener = Listener::try_from(socket)?;
    // Every session holds a clone; when the last is dropped, all have ended.
    let (here, mut gone) = mpsc::channel::<()>(1);
    let mut spare = Spare::new();
    let sessions = stop.clone();
    loop {
        let accepted = tokio::select! {
            biased;
            _ = stop.wait_for(|stop| *stop) => break,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok(stream) => admit(stream, &door, &sessions, &here),
            Err(error) => recover(&error, &door, &listener, &mut spare).await,
        }
    }
    // No new connection may hang in the backlog of a socket nobody accepts on.
    drop(listener);
    drop(here);
    let _ = gone.recv().await;
    Ok(())
}

fn admit<S: Service>(stream: Stream, door: &Arc<Door<S>>, stop: &watch::Receiver<bool>, here: &mpsc::Sender<()>) {
    let policy = door.policy();
    let creds = match Credentials::of(&stream) {
        Ok(creds) => creds,
        // It hung up before we looked.
        Err(_) => return,
    };
    if let Err(refused) = creds.check_uid(&policy) {
        door.warn_refused(creds, &refused);
        return turn_away(stream, Refusal::NotAllowed, door);
    }
    let seat = match door.gate.enter(creds.uid) {
        Ok(seat) => seat,
        Err(full) => {
            door.warn_refused(creds, &full);
            return turn_away(stream, Refusal::TooManyConnections, door);
        }
    };
    let (door, stop, here) = (Arc::clone(door), stop.clone(), here.clone());
    // A panic in there is caught by the runtime: this connection ends, no other.
    tokio::spawn(async move {
        serve(stream, creds, seat, &policy, &door, stop).await;
        drop(here);
    });
}

async fn serve<S: Service>(
    stream: Stream,
    creds: Credentials,
    seat: Seat,
    policy: &Arc<Policy>,
    door: &Arc<Door<S>>,
    stop: watch::Receiver<bool>,
) {
    let connection = door.connections.fetch_add(1, Ordering::Relaxed);
    let admitted = if Peer::needs_groups(policy) {
        // The account database may be on the network: not on a thread that serves others.
        let (policy, accounts) = (Arc::clone(policy), Arc::clone(&door.accounts));
        match tokio::task::spawn_blocking(move || Peer::admit(creds, &policy, &*accounts, connection)).await {
            Ok(admitted) => admitted,
            Err(_) => return,
        }
    } else {
        Peer::admit(creds, policy, &*door.accounts, connection)
    };
    let peer = match admitted {
        Ok(peer) => peer,
        Err(refused) => {
            door.warn_refused(creds, &refused);
            return turn_away(stream, Refusal::NotAllowed, door);
        }
    };
    tracing::debug!(uid = creds.uid, pid = creds.pid, connection, "connected");
    let service = Arc::clone(&door.service);
    let ended = session::serve(stream.into(), peer, seat.in_flight(), service, Pace::from(&policy.limits), stop).await;
    tracing::debug!(uid = creds.uid, connection, reason = %ended, "ended");
}

/// Tells a client why, and closes. Closing before its hello has come could
/// make its write fail before it reads the reason, so a few are waited for;
/// a flood is not, nor anybody when descriptors are scarce.
fn turn_away<S: Service>(stream: Stream, refusal: Refusal, door: &Arc<Door<S>>) {
    let reason = ServerHello::Refused(refusal).encode();
    // Not through the runtime, which does not know yet that this socket can be
    // written; it can: eight bytes fit, and it does not block.
    let _ = rustix::io::write(&stream, &reason);
    // With all who wait there at most: places may be taken while they do.
    if door.lobby.fetch_add(1, Ordering::AcqRel) >= LOBBY || !door.gate.has_room_beside(LOBBY) {
        door.lobby.fetch_sub(1, Ordering::AcqRel);
        return;
    }
    let door = Arc::clone(door);
    let mut stream = stream;
    tokio::spawn(async move {
        let mut hello = [0; hello::LEN];
        let _ = timeout(LOBBY_WAIT, stream.inner_mut().read_exact(&mut hello)).await;
        door.lobby.fetch_sub(1, Ordering::AcqRel);
    });
}

/// What to do when `accept` fails.
async fn recover<S: Service>(error: &io::Error, door: &Door<S>, listener: &Listener, spare: &mut Spare) {
    let errno = error.raw_os_error().map(Errno::from_raw_os_error);
    match errno {
        // It hung up in the backlog.
        Some(Errno::CONNABORTED | Errno::INTR | Errno::AGAIN) => {}
        Some(Errno::MFILE | Errno::NFILE) => {
            if door.may_warn() {
                tracing::warn!("out of descriptors: connections are turned away");
            }
            if !spare.turn_one_away(listener).await {
                sleep(RECOVER).await;
            }
        }
        _ => {
            tracing::warn!(%error, "accept failed");
            sleep(RECOVER).await;
        }
    }
}

/// A descriptor kept so that one can be had when there are none: without it a
/// pending connection could be neither accepted nor refused, and the loop would
/// spin on it.
struct Spare(Option<OwnedFd>);

impl Spare {
    fn new() -> Self {
        Self(open_null())
    }

    async fn turn_one_away(&mut self, listener: &Listener) -> bool {
        if self.0.take().is_none() {
            self.0 = open_null();
            return false;
        }
        let turned = match timeout(Duration::ZERO, listener.accept()).await {
            Ok(Ok(stream)) => {
                let _ = rustix::io::write(&stream, &ServerHello::Refused(Refusal::TooManyConnections).encode());
                true
            }
            _ => false,
        };
        self.0 = open_null();
        turned
    }
}

fn open_null() -> Option<OwnedFd> {
    rustix::fs::open("/dev/null", OFlags::RDONLY | OFlags::CLOEXEC, Mode::empty()).ok()
}

/// Most refused connections waited for at a time.
const LOBBY: usize = 32;
/// How long a refused client's hello is waited for.
const LOBBY_WAIT: Duration = Duration::from_millis(250);
/// Pause after a failed accept.
const RECOVER: Duration = Duration::from_millis(50);
