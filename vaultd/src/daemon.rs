//! A service behind its socket: threads, signals, systemd.
//!
//! One single-threaded runtime per core shares the listener, and a connection
//! stays where it was accepted: a request is read, answered and written without
//! changing threads.

use std::io;
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use sd_notify::NotifyState;
use tokio::runtime::{Builder, Runtime};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::watch;
use tokio::time::timeout;

use crate::accounts::Accounts;
use crate::adapters::aws_kms::names::Site;
use crate::adapters::aws_kms::{self, AwsKms};
use crate::adapters::http::limits::seats;
use crate::adapters::http::{self, Listening};
use crate::adapters::imperal::Gateway;
use crate::config::{Account, AwsKmsSettings, Policy, Region, SocketMode};
use crate::exit::{Exit, Failure};
use crate::hardening;
use crate::listener::{Door, Socket, accept};
use crate::service::{Service, VaultLock};

/// Reads the policy anew, on HUP.
pub type Reload = Box<dyn Fn() -> Result<Policy, Failure> + Send + Sync>;

/// What is served and how.
pub struct Daemon<S> {
    /// The vault.
    pub service: S,
    /// Where it listens.
    pub socket: Socket,
    /// Where the gateway for Imperal's SDK listens, when it does.
    pub imperal: Option<Listening>,
    /// Where clients of AWS KMS are served, when they are.
    pub aws_kms: Option<AwsDoor>,
    /// Limits, access, operators.
    pub policy: Policy,
    /// The system's users and groups.
    pub accounts: Arc<dyn Accounts>,
    /// What HUP reads anew. Without it HUP means that the terminal is gone, and ends the daemon.
    pub reload: Option<Reload>,
    /// When the unattended key slots are tried.
    pub unseal: Unseal,
    /// Serving threads, at least one; [`threads`] says how many are best here.
    pub threads: usize,
}

/// The door for clients of AWS KMS, bound.
pub struct AwsDoor {
    /// Where it listens.
    pub listening: Listening,
    /// What it is called in AWS's names.
    pub site: Site,
}

impl AwsDoor {
    /// Names for keys that no door serves.
    pub fn site_of_nowhere(accounts: Arc<dyn Accounts>) -> Site {
        let (region, account) = (Region::default().to_string(), Account::default().to_string());
        Site { region, account, accounts }
    }

    /// Binds and listens.
    pub fn bind(
        settings: AwsKmsSettings,
        mode: SocketMode,
        accounts: Arc<dyn Accounts>,
        held: &dyn VaultLock,
    ) -> Result<Self, Failure> {
        let AwsKmsSettings { listen, region, account } = settings;
        let listening = Listening::bind(aws_kms::NAME, &listen, mode, held)?;
        Ok(Self { listening, site: Site { region: region.to_string(), account: account.to_string(), accounts } })
    }
}

/// When the unattended key slots are tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unseal {
    /// Once the socket answers.
    WhenListening,
    /// They were.
    Done,
}

/// Ends a running daemon from another thread, as TERM does.
#[derive(Debug, Clone)]
pub struct Stop(watch::Sender<bool>);

impl Stop {
    /// Ends it. Harmless when it is ending already.
    pub fn stop(&self) {
        self.0.send_replace(true);
    }
}

impl<S: Service> Daemon<S> {
    /// Serves until told to stop, then drains and seals. `ready` is called once
    /// the socket listens and every signal is caught.
    pub fn run(self, ready: impl FnOnce(Stop, &Arc<S>) -> Result<(), Failure>) -> Result<(), Failure> {
        let Self { service, socket, imperal, aws_kms, policy, accounts, reload, unseal, threads } = self;
        let service = Arc::new(service);
        // The descriptors of the HTTP doors are set aside: none may shut another.
        let descriptors = hardening::descriptor_limit();
        let seats = seats(descriptors);
        let aside = (usize::from(imperal.is_some()) + usize::from(aws_kms.is_some())) as u64 * seats as u64;
        let door = Door::new(Arc::clone(&service), policy, accounts, descriptors.saturating_sub(aside));
        let gateway = imperal.as_ref().map(|listening| (listening, Gateway::new(Arc::clone(&service), seats)));
        let keys = aws_kms
            .as_ref()
            .map(|AwsDoor { listening, site }| (listening, AwsKms::new(Arc::clone(&service), site.clone(), seats)));
        let doors = Doors { door, socket: &socket, gateway, keys };
        let (stop, stopped) = watch::channel(false);
        let stop = Stop(stop);

        let ready = |stop: Stop| {
            ready(stop, &service)?;
            notify(&[NotifyState::Ready]);
            tracing::info!(threads, version = crate::VERSION, "listening");
            if let Some(imperal) = &imperal {
                tracing::info!("imperal gateway listening on {}", imperal.address());
            }
            if let Some(AwsDoor { listening, .. }) = &aws_kms {
                tracing::info!("door for AWS KMS clients listening on {}", listening.address());
            }
            match unseal {
                Unseal::WhenListening => unseal_when_listening(Arc::clone(&service)),
                Unseal::Done => Ok(()),
            }
        };
        let served = serve(&doors, threads, &stop, &stopped, reload, ready);
        // Also when starting failed half way: whatever has begun ends.
        stop.stop();
        drop(doors);
        drop((socket, imperal, aws_kms));
        let sealed = service.shut_down();
        served.and(sealed)
    }
}

/// Every way in.
struct Doors<'a, S> {
    door: Arc<Door<S>>,
    socket: &'a Socket,
    gateway: Option<(&'a Listening, Arc<Gateway<S>>)>,
    keys: Option<(&'a Listening, Arc<AwsKms<S>>)>,
}

impl<S: Service> Doors<'_, S> {
    /// What one serving thread needs to accept at all of them, until told to
    /// stop and everybody has left. Must run on that thread's runtime.
    fn share(
        &self,
        stopped: &watch::Receiver<bool>,
    ) -> io::Result<impl Future<Output = io::Result<()>> + Send + 'static + use<S>> {
        let (socket, door, stopped) = (self.socket.share()?, Arc::clone(&self.door), stopped.clone());
        let gateway = http_door(self.gateway.as_ref(), &stopped)?;
        let keys = http_door(self.keys.as_ref(), &stopped)?;
        Ok(async move {
            let (native, gateway, keys) = tokio::join!(accept(socket, door, stopped), gateway, keys);
            native.and(gateway).and(keys)
        })
    }
}

/// Accepts at an HTTP door, where there is one.
fn http_door<D: http::Door>(
    door: Option<&(&Listening, Arc<D>)>,
    stopped: &watch::Receiver<bool>,
) -> io::Result<impl Future<Output = io::Result<()>> + Send + 'static + use<D>> {
    let door = match door {
        Some((listening, door)) => Some((listening.share()?, Arc::clone(door), stopped.clone())),
        None => None,
    };
    Ok(async move {
        match door {
            Some((share, door, stopped)) => http::accept(share, door, stopped).await,
            None => Ok(()),
        }
    })
}

fn serve<S: Service>(
    doors: &Doors<'_, S>,
    threads: usize,
    stop: &Stop,
    stopped: &watch::Receiver<bool>,
    reload: Option<Reload>,
    ready: impl FnOnce(Stop) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let runtime = runtime().map_err(|error| cannot_start(&error))?;
    let signals = runtime.block_on(async { Signals::new() }).map_err(|error| cannot_start(&error))?;
    let mut helpers = Vec::new();
    let mut started = Ok(());
    for index in 1..threads {
        match helper(index, doors, stopped) {
            Ok(helper) => helpers.push(helper),
            Err(error) => {
                started = Err(cannot_start(&error));
                break;
            }
        }
    }
    let share = doors.share(stopped).map_err(|error| cannot_start(&error));
    let served = started.and(share).and_then(|here| {
        ready(stop.clone())?;
        runtime.block_on(async {
            let watching = tokio::spawn(signals.watch(stop.clone(), Arc::clone(&doors.door), reload));
            let result = drain(here, stopped.clone()).await;
            watching.abort();
            result.map_err(|error| Failure::new(Exit::Failure, format_args!("the socket failed: {error}")))
        })
    });
    stop.stop();
    // Tasks that outlived the drain are dropped with their buffers; a lookup
    // that hangs in a directory service is left behind.
    runtime.shutdown_background();
    for helper in helpers {
        let _ = helper.join();
    }
    served
}

/// Waits for the accept loop; once told to stop, no longer than the drain may take.
async fn drain(here: impl Future<Output = io::Result<()>>, mut stopped: watch::Receiver<bool>) -> io::Result<()> {
    let limit = async {
        let _ = stopped.wait_for(|stop| *stop).await;
        tokio::time::sleep(DRAIN).await;
    };
    tokio::select! {
        result = here => result,
        () = limit => {
            tracing::warn!("some connections did not end in time and were cut");
            Ok(())
        }
    }
}

fn helper<S: Service>(
    index: usize,
    doors: &Doors<'_, S>,
    stopped: &watch::Receiver<bool>,
) -> io::Result<JoinHandle<()>> {
    let (here, stopped) = (doors.share(stopped)?, stopped.clone());
    let runtime = runtime()?;
    thread::Builder::new().name(format!("serve-{index}")).spawn(move || {
        let served = runtime.block_on(drain(here, stopped));
        if let Err(error) = served {
            tracing::error!(%error, "a serving thread ended");
        }
        runtime.shutdown_background();
    })
}

/// The socket answers *sealed* while the key is derived, so that nobody waits
/// for Argon2 to learn that the daemon is there.
fn unseal_when_listening<S: Service>(service: Arc<S>) -> Result<(), Failure> {
    let unseal = move || match service.auto_unseal() {
        Ok(true) => {
            tracing::info!("unsealed");
            notify(&[NotifyState::Status("unsealed")]);
        }
        Ok(false) => {
            tracing::info!("sealed: waits for `vaultctl unseal`");
            notify(&[NotifyState::Status("sealed, waits for an operator")]);
        }
        Err(failure) => {
            tracing::error!(%failure, "the vault stays sealed");
            notify(&[NotifyState::Status(&format!("sealed: {failure}"))]);
        }
    };
    let spawned = thread::Builder::new().name("unseal".to_owned()).spawn(unseal);
    spawned.map(drop).map_err(|error| cannot_start(&error))
}

struct Signals {
    terminate: Signal,
    interrupt: Signal,
    hangup: Signal,
}

impl Signals {
    fn new() -> io::Result<Self> {
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
            hangup: signal(SignalKind::hangup())?,
        })
    }

    async fn watch<S: Service>(mut self, stop: Stop, door: Arc<Door<S>>, reload: Option<Reload>) {
        let reload = reload.map(Arc::new);
        loop {
            tokio::select! {
                _ = self.terminate.recv() => break,
                _ = self.interrupt.recv() => break,
                _ = self.hangup.recv() => match &reload {
                    Some(reload) => hang_up(&door, reload).await,
                    None => break,
                },
            }
        }
        tracing::info!("stopping");
        notify(&[NotifyState::Stopping, NotifyState::Status("draining")]);
        stop.stop();
    }
}

/// HUP: a configuration with an error changes nothing; the audit file is
/// opened anew either way, because a log rotation waits for it.
async fn hang_up<S: Service>(door: &Arc<Door<S>>, reload: &Arc<Reload>) {
    let since = NotifyState::monotonic_usec_now();
    notify(&[NotifyState::Reloading]);
    if let Ok(since) = since {
        notify(&[since]);
    }
    let reload = Arc::clone(reload);
    // Reads a file and looks accounts up: not on the thread that serves.
    match timeout(DRAIN, tokio::task::spawn_blocking(move || reload())).await {
        Ok(Ok(Ok(policy))) => {
            door.reload(policy);
            tracing::info!("configuration reloaded");
        }
        Ok(Ok(Err(failure))) => tracing::error!(%failure, "the configuration was not reloaded; the old one holds"),
        Ok(Err(_)) | Err(_) => tracing::error!("the configuration was not reloaded; the old one holds"),
    }
    let service = Arc::clone(door.service());
    match tokio::task::spawn_blocking(move || service.reopen_audit()).await {
        Ok(Ok(())) => tracing::info!("audit file reopened"),
        Ok(Err(failure)) => tracing::error!(%failure, "the audit file was not reopened"),
        Err(_) => tracing::error!("the audit file was not reopened"),
    }
    notify(&[NotifyState::Ready]);
}

/// Without systemd there is nobody to tell.
fn notify(states: &[NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(states) {
        tracing::debug!(%error, "systemd was not told");
    }
}

fn runtime() -> io::Result<Runtime> {
    Builder::new_current_thread().enable_all().build()
}

/// One serving thread per core up to four: what is computed for one connection, a
/// signature or a cipher over 4 KiB, keeps no other waiting while a core is free.
/// One where descriptors are scarce: each has some of its own.
#[must_use]
pub fn threads() -> usize {
    if hardening::descriptor_limit() < DESCRIPTORS_FOR_MORE {
        return 1;
    }
    thread::available_parallelism().map_or(1, usize::from).min(4)
}

fn cannot_start(error: &io::Error) -> Failure {
    Failure::new(Exit::Unavailable, format_args!("cannot start: {error}")).hint("check the limits of the service")
}

/// A process that may have fewer descriptors open serves with one thread.
const DESCRIPTORS_FOR_MORE: u64 = 256;

/// How long connections may take to end when the daemon stops.
const DRAIN: Duration = Duration::from_secs(5);

#[cfg(test)]
mod tests;
