//! The release daemon, served for the length of a run.

use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::load::{Bytes, connect};

pub(crate) struct Daemon {
    child: Child,
    directory: PathBuf,
    pub(crate) started: Duration,
}

impl Daemon {
    /// Starts `target/release/vaultd dev` on a directory of its own.
    pub(crate) fn start() -> Self {
        let directory = PathBuf::from(format!("/tmp/vault-bench-{}", std::process::id()));
        std::fs::create_dir(&directory).unwrap();
        let binary = std::env::current_exe().unwrap().with_file_name("vaultd");
        assert!(binary.exists(), "build it first: cargo build --release");
        let serve = || {
            let mut command = Command::new(&binary);
            command.args(["dev", "--dir"]).arg(directory.join("d")).stdout(Stdio::null());
            command.spawn().unwrap()
        };
        // The first start makes the vault; the second is the one measured.
        let mut first = serve();
        await_socket(&directory.join("d/vaultd.sock"));
        stop(&mut first);
        let begun = Instant::now();
        let child = serve();
        await_socket(&directory.join("d/vaultd.sock"));
        Self { child, started: begun.elapsed(), directory }
    }

    pub(crate) fn directory(&self) -> &Path {
        &self.directory
    }

    pub(crate) fn socket(&self) -> PathBuf {
        self.directory.join("d/vaultd.sock")
    }

    /// Stores the value that every get reads.
    pub(crate) fn set_once(&self) {
        let mut connection = connect(&self.socket());
        Bytes::set().exchange(&mut connection);
    }

    pub(crate) fn resident_mib(&self) -> f64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
        let kib: f64 = line.split_whitespace().nth(1).unwrap().parse().unwrap();
        kib / 1024.0
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        stop(&mut self.child);
        let _left_behind = std::fs::remove_dir_all(&self.directory).is_err();
    }
}

fn await_socket(socket: &Path) {
    let until = Instant::now() + Duration::from_secs(20);
    while UnixStream::connect(socket).is_err() {
        assert!(Instant::now() < until, "the daemon does not answer");
        std::thread::sleep(Duration::from_micros(200));
    }
}

/// TERM, as a service manager would.
fn stop(child: &mut Child) {
    let _gone = Command::new("kill").arg(child.id().to_string()).status().is_err();
    let _reaped = child.wait().is_err();
}
