//! What has to happen by the clock: each second the audit log becomes durable,
//! each minute the vault writes down last reads and ends retention.

use std::sync::Arc;
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::Duration;

use super::shared::{Shared, State};

pub(super) struct Upkeep {
    stop: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Upkeep {
    pub(super) fn start(shared: Arc<Shared>) -> std::io::Result<Self> {
        let (stop, stopped) = channel();
        let thread = std::thread::Builder::new().name("upkeep".to_owned()).spawn(move || {
            let mut seconds = 0_u64;
            while stopped.recv_timeout(TICK) == Err(RecvTimeoutError::Timeout) {
                seconds += 1;
                tick(&shared, seconds);
            }
        })?;
        Ok(Self { stop: Some(stop), thread: Some(thread) })
    }

    pub(super) fn end(&mut self) {
        self.stop = None;
        if let Some(thread) = self.thread.take() {
            let _panicked = thread.join().is_err();
        }
    }
}

fn tick(shared: &Shared, seconds: u64) {
    // What fails shows in the log's own state, and so in `status`.
    let _in_audit_state = shared.audit.sync();
    shared.audit.maintain();
    if let Ok(State::Open(vault)) = shared.read().as_deref() {
        super::operate::write_anchor(shared, vault);
    }
    if seconds.is_multiple_of(MAINTAIN_EVERY)
        && let Ok(State::Open(vault)) = shared.read().as_deref()
    {
        vault.maintain();
    }
}

const TICK: Duration = Duration::from_secs(1);
/// In ticks.
const MAINTAIN_EVERY: u64 = 60;
