//! A server of its own process: the daemon, the echo, a peer.

use std::fs;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Ended with TERM when dropped.
pub(crate) struct Process(Child);

impl Process {
    /// Starts it, with what it says in a file.
    pub(crate) fn spawn(mut command: Command, log: &Path) -> Self {
        let log = fs::File::options().create(true).append(true).open(log).unwrap();
        let again = log.try_clone().unwrap();
        Self(command.stdin(Stdio::null()).stdout(log).stderr(again).spawn().unwrap())
    }

    /// Memory it holds in MiB.
    pub(crate) fn resident_mib(&self) -> f64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.0.id())).unwrap();
        let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
        line.split_whitespace().nth(1).unwrap().parse::<f64>().unwrap() / 1024.0
    }

    /// Processor time of all its threads that still run.
    pub(crate) fn worked(&self) -> Duration {
        let tasks = fs::read_dir(format!("/proc/{}/task", self.0.id())).unwrap();
        let nanoseconds = tasks.filter_map(|task| {
            let schedstat = fs::read_to_string(task.ok()?.path().join("schedstat")).ok()?;
            schedstat.split_whitespace().next()?.parse::<u64>().ok()
        });
        Duration::from_nanos(nanoseconds.sum())
    }

    /// Waits until it ends by itself or because it was told to elsewhere.
    pub(crate) fn ended(mut self) {
        self.0.wait().unwrap();
    }

    /// What TERM is sent to.
    pub(crate) fn id(&self) -> u32 {
        self.0.id()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        terminate(self.0.id());
        let _reaped = self.0.wait().is_err();
    }
}

/// TERM, as a service manager would.
pub(crate) fn terminate(pid: u32) {
    let _gone = Command::new("kill").arg(pid.to_string()).stderr(Stdio::null()).status().is_err();
}

/// Waits until `attempt` succeeds.
pub(crate) fn until<T>(what: &str, mut attempt: impl FnMut() -> Option<T>) -> T {
    let end = Instant::now() + Duration::from_secs(120);
    loop {
        if let Some(done) = attempt() {
            return done;
        }
        assert!(Instant::now() < end, "in vain: {what}");
        std::thread::sleep(Duration::from_micros(200));
    }
}

pub(crate) fn accepts(socket: &Path) {
    until("the socket accepts", || UnixStream::connect(socket).ok());
}
