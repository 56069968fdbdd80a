//! One running daemon.

use std::fs::{self, File};
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};

use rustix::process::{Pid, Signal, kill_process};
use vault_client::blocking::Client;
use vault_client::{ClientError, Codec, Options, StampMemory};

use crate::until;

/// A daemon this test started; killed when dropped.
#[derive(Debug)]
pub struct Daemon {
    child: Child,
    socket: PathBuf,
    log: PathBuf,
}

impl Daemon {
    /// Starts it, with its standard error in the file `log`. It need not answer yet.
    #[must_use]
    pub fn spawn(mut command: Command, socket: &Path, log: &Path) -> Self {
        command.stdin(Stdio::null());
        Self::spawn_keeping_stdin(command, socket, log)
    }

    /// The same with the standard input it was given: what it shall inherit.
    #[must_use]
    pub fn spawn_keeping_stdin(mut command: Command, socket: &Path, log: &Path) -> Self {
        let file = File::options().create(true).append(true).open(log).unwrap();
        command.stdout(Stdio::null()).stderr(file);
        Self { child: command.spawn().unwrap(), socket: socket.to_owned(), log: log.to_owned() }
    }

    /// Waits until it answers, sealed or not. Panics when it has ended instead.
    #[must_use]
    pub fn listening(mut self) -> Self {
        until("the daemon listens", || {
            if let Some(status) = self.child.try_wait().unwrap() {
                panic!("the daemon ended with {status}:\n{}", self.log());
            }
            self.try_client().ok()
        });
        self
    }

    /// Waits until it answers and is open.
    #[must_use]
    pub fn open(self) -> Self {
        let daemon = self.listening();
        let client = daemon.client();
        until("the vault is open", || {
            let sealed = client.status().unwrap_or_else(|error| panic!("{error}:\n{}", daemon.log())).sealed;
            (!sealed).then_some(())
        });
        daemon
    }

    /// Its process id.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Where it listens.
    #[must_use]
    pub fn socket(&self) -> &Path {
        &self.socket
    }

    /// What it has said so far.
    #[must_use]
    pub fn log(&self) -> String {
        let bytes = fs::read(&self.log).unwrap_or_else(|error| format!("no log: {error}").into_bytes());
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// A client with a memory of its own.
    #[must_use]
    pub fn client(&self) -> Client {
        self.try_client().unwrap()
    }

    /// The same, when it answers.
    pub fn try_client(&self) -> Result<Client, ClientError> {
        Client::connect(options(&self.socket))
    }

    /// The same in another codec.
    #[must_use]
    pub fn client_in(&self, codec: Codec) -> Client {
        Client::connect(options(&self.socket).codec(codec)).unwrap()
    }

    /// Sends a signal.
    pub fn signal(&self, signal: Signal) {
        let pid = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw).unwrap();
        kill_process(pid, signal).unwrap();
    }

    /// Waits for its end.
    pub fn ends(&mut self) -> ExitStatus {
        until("the daemon ends", || self.child.try_wait().unwrap())
    }

    /// TERM, and its exit code.
    pub fn terminate(mut self) -> i32 {
        self.signal(Signal::TERM);
        code(self.ends())
    }

    /// KILL: what it had not made durable is lost.
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        if std::thread::panicking() {
            let log = self.log();
            let tail: Vec<_> = log.lines().rev().take(40).collect();
            eprintln!("the daemon's last words:");
            tail.iter().rev().for_each(|line| eprintln!("  {line}"));
        }
    }
}

/// For a client of one test: what another saw at the same path is none of its business.
pub fn options(socket: &Path) -> Options {
    Options::new().socket(socket).memory(StampMemory::isolated())
}

/// The exit code, or 128 and the signal.
#[must_use]
pub fn code(status: ExitStatus) -> i32 {
    status.code().or_else(|| status.signal().map(|signal| 128 + signal)).unwrap()
}
