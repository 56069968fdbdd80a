//! Signals on their way to the command.

use std::fs::File;
use std::io;
use std::process::{Child, ExitStatus};
use std::sync::{Arc, Mutex, PoisonError};

use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process, waitid};

use crate::signals;

/// Hands signals on to the command for as long as it runs. Those a terminal
/// sends reach the command by themselves, it is in the same process group; they
/// must only not end us before it.
pub(super) struct Forwarder {
    child: Arc<Mutex<Option<Pid>>>,
}

impl Forwarder {
    pub(super) fn start() -> io::Result<Self> {
        let child: Arc<Mutex<Option<Pid>>> = Arc::default();
        let target = Arc::clone(&child);
        let at_terminal = File::open("/dev/tty").is_ok();
        signals::watch(&FORWARDED, move |signal| {
            if at_terminal && (signal == Signal::INT || signal == Signal::QUIT) {
                return;
            }
            // Under the lock the number is the command's: it is not reaped yet.
            if let Some(pid) = *target.lock().unwrap_or_else(PoisonError::into_inner) {
                let _ = kill_process(pid, signal);
            }
        })?;
        Ok(Self { child })
    }

    pub(super) fn wait(&self, child: &mut Child) -> io::Result<ExitStatus> {
        if let Some(pid) = i32::try_from(child.id()).ok().and_then(Pid::from_raw) {
            *self.lock() = Some(pid);
            // Sees the end without reaping, so that the number cannot become
            // another process's while a signal is on its way to it.
            while let Err(rustix::io::Errno::INTR) =
                waitid(WaitId::Pid(pid), WaitIdOptions::EXITED | WaitIdOptions::NOWAIT)
            {}
            *self.lock() = None;
        }
        child.wait()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Option<Pid>> {
        self.child.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

const FORWARDED: [Signal; 6] = [Signal::INT, Signal::QUIT, Signal::TERM, Signal::HUP, Signal::USR1, Signal::USR2];
