//! Running the command with nothing of the test's own environment.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::server::Server;

pub(crate) struct Ended {
    pub(crate) status: i32,
    pub(crate) stdout: Vec<u8>,
    pub(crate) stderr: String,
}

impl Ended {
    pub(crate) fn out(&self) -> &str {
        std::str::from_utf8(&self.stdout).unwrap()
    }

    pub(crate) fn json(&self) -> serde_json::Value {
        assert_eq!(self.status, 0, "{}", self.stderr);
        serde_json::from_slice(&self.stdout).unwrap()
    }

    pub(crate) fn error_json(&self) -> serde_json::Value {
        assert!(self.stdout.is_empty());
        serde_json::from_str(&self.stderr).unwrap_or_else(|_| panic!("{}", self.stderr))
    }

    /// Ended well, having said this and nothing else on standard output.
    pub(crate) fn gave(&self, stdout: &str) {
        assert_eq!((self.status, self.out()), (0, stdout), "{}", self.stderr);
    }

    /// Ended with this status and one line that contains this, and a hint.
    pub(crate) fn failed(&self, status: i32, message: &str) {
        assert_eq!(self.status, status, "{}", self.stderr);
        let lines: Vec<_> = self.stderr.lines().collect();
        assert!(lines[0].starts_with("vaultctl: ") && lines[0].contains(message), "{}", self.stderr);
        assert!(lines.len() < 2 || lines[1].starts_with("hint: "), "{}", self.stderr);
        assert!(lines.len() <= 2, "{}", self.stderr);
    }
}

/// The command, talking to the server, with a home of its own in its directory.
pub(crate) fn command(server: &Server, arguments: &[&str]) -> Command {
    let mut command = bare(arguments);
    command.env("VAULTD_SOCKET", &server.path).env("HOME", server.directory.path());
    command
}

pub(crate) fn bare(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_vaultctl"));
    command.env_clear().env("PATH", std::env::var_os("PATH").unwrap()).args(arguments);
    command
}

/// With nothing on standard input.
pub(crate) fn vaultctl(server: &Server, arguments: &[&str]) -> Ended {
    piped(server, arguments, b"")
}

pub(crate) fn piped(server: &Server, arguments: &[&str], stdin: &[u8]) -> Ended {
    end(command(server, arguments), stdin)
}

pub(crate) fn end(mut command: Command, stdin: &[u8]) -> Ended {
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    // It may end without reading.
    let _ = child.stdin.take().unwrap().write_all(stdin);
    let output = child.wait_with_output().unwrap();
    Ended {
        status: output.status.code().unwrap_or(-1),
        stdout: output.stdout,
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

pub(crate) fn files(directory: &Path) -> Vec<String> {
    let names = std::fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().file_name());
    let mut names: Vec<_> = names.map(|name| name.into_string().unwrap()).collect();
    names.retain(|name| name != "vaultd.sock" && name != ".local");
    names.sort();
    names
}
