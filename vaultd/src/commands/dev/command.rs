//! The command that `vaultd dev -- CMD` runs beside the vault.

use std::ffi::OsString;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Command, ExitCode, ExitStatus};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};

use super::Doors;
use super::aws::Environment;
use crate::daemon::Stop;
use crate::exit::{Exit, Failure};

/// The command, running. Its end ends the daemon.
pub(super) struct Running {
    pid: Option<Pid>,
    ended: Receiver<std::io::Result<ExitStatus>>,
}

impl Running {
    /// Starts it. The daemon's umask is its own business: the shell in between
    /// gives the command the one it would have had.
    pub(super) fn start(
        command: &[OsString],
        socket: &Path,
        doors: &Doors,
        umask: u32,
        stop: Stop,
    ) -> Result<Self, Failure> {
        let spawned = Command::new("/bin/sh")
            .args(["-c", "umask \"$0\"; exec \"$@\""])
            .arg(format!("{umask:04o}"))
            .args(command)
            .env("VAULTD_SOCKET", socket)
            .envs(doors.imperal.as_ref().map(|address| ("VAULTD_IMPERAL", address)))
            .envs(doors.aws.iter().flat_map(Environment::variables))
            .spawn();
        let cannot =
            |error: std::io::Error| Failure::new(Exit::Failure, format_args!("cannot run the command: {error}"));
        let mut child = spawned.map_err(cannot)?;
        let pid = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
        let (sender, ended) = channel();
        let wait = move || {
            let _ = sender.send(child.wait());
            stop.stop();
        };
        thread::Builder::new().name("command".to_owned()).spawn(wait).map_err(cannot)?;
        Ok(Self { pid, ended })
    }

    /// Its status, 128 and the signal when it died of one. Ended when it has
    /// not: the vault it was started for is gone.
    pub(super) fn finish(self) -> Result<ExitCode, Failure> {
        for (signal, patience) in [(None, ASIDE), (Some(Signal::TERM), PATIENCE), (Some(Signal::KILL), PATIENCE)] {
            if let (Some(signal), Some(pid)) = (signal, self.pid) {
                let _ = kill_process(pid, signal);
            }
            if let Ok(ended) = self.ended.recv_timeout(patience) {
                let status = ended
                    .map_err(|error| Failure::new(Exit::Failure, format_args!("the command was lost: {error}")))?;
                let code = status.code().or_else(|| status.signal().map(|signal| 128 + signal)).unwrap_or(1);
                return Ok(ExitCode::from(u8::try_from(code).unwrap_or(1)));
            }
        }
        Err(Failure::new(Exit::Failure, "the command does not end"))
    }
}

/// For a command that got the same signal from the terminal.
const ASIDE: Duration = Duration::from_millis(200);
/// Between asking and killing.
const PATIENCE: Duration = Duration::from_secs(5);
