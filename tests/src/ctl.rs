//! `vaultctl` for one daemon.

use std::path::PathBuf;
use std::process::{Command, Output};

use serde_json::Value;

use crate::programs::{self, vaultctl};
use crate::{Daemon, Dir};

/// `vaultctl` for one socket, with a home of its own.
#[derive(Debug)]
pub struct Ctl {
    socket: PathBuf,
    home: Dir,
}

impl Ctl {
    /// For this daemon.
    #[must_use]
    pub fn new(daemon: &Daemon) -> Self {
        Self { socket: daemon.socket().to_owned(), home: Dir::private() }
    }

    /// Not started.
    #[must_use]
    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = programs::command(vaultctl());
        command.args(args).env("VAULTD_SOCKET", &self.socket).env("HOME", self.home.path());
        command
    }

    /// Runs it to the end.
    pub fn run(&self, args: &[&str], input: &[u8]) -> Output {
        programs::run(self.command(args), input)
    }

    /// Runs what must succeed; its standard output.
    pub fn ok(&self, args: &[&str], input: &[u8]) -> Vec<u8> {
        let output = self.run(args, input);
        assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
        output.stdout
    }

    /// The same with `--json`.
    pub fn json(&self, args: &[&str]) -> Value {
        serde_json::from_slice(&self.ok(&[args, &["--json"]].concat(), b"")).unwrap()
    }

    /// Runs what must fail; its exit code and error as a program sees it.
    pub fn fails(&self, args: &[&str], input: &[u8]) -> (i32, Value) {
        let output = self.run(&[&["--json"], args].concat(), input);
        assert!(output.stdout.is_empty(), "{args:?}: nothing but results on standard output");
        let error: Value = serde_json::from_slice(&output.stderr)
            .unwrap_or_else(|_| panic!("{args:?}: {}", String::from_utf8_lossy(&output.stderr)));
        for field in ["error", "code", "hint"] {
            assert!(error[field].is_string(), "{args:?}: {error}");
        }
        assert!(error["retryable"].is_boolean());
        (output.status.code().unwrap(), error)
    }

    /// Its exit code alone.
    pub fn exit(&self, args: &[&str], input: &[u8]) -> i32 {
        self.fails(args, input).0
    }
}
