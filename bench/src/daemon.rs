//! The release daemon on a vault that its key file opens, configured as it is
//! delivered but for how many connections the one user of a bench may have.

use std::net::SocketAddr;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use vault_proto::latest::{Acting, Call as AnyCall, Request, SecretBytes, VaultCall as Call};
use vault_proto::{Codec, Dialect, hello, hello::ClientHello};

use crate::process::{self, Process};
use crate::wire::{Place, Target, Wire};

/// Where a vault lives; removed when dropped.
pub(crate) struct Site {
    directory: PathBuf,
}

/// From start until it answered.
pub(crate) struct Started {
    /// The socket accepted; it may have been sealed.
    pub(crate) socket: Duration,
    /// A value was read.
    pub(crate) read: Duration,
}

impl Site {
    /// A directory alone.
    pub(crate) fn empty(name: &str) -> Self {
        let directory = std::env::temp_dir().join(format!("vault-bench-{}-{name}", std::process::id()));
        std::fs::DirBuilder::new().mode(0o700).create(&directory).unwrap();
        Self { directory }
    }

    /// With a vault in it.
    pub(crate) fn new(name: &str) -> Self {
        Self::with(name, |_| String::new())
    }

    /// The same with more tables in its configuration, which may name what lies in its directory.
    pub(crate) fn with(name: &str, tables: impl FnOnce(&Path) -> String) -> Self {
        let site = Self::empty(name);
        let tables = tables(site.directory());
        let mut init = Command::new(vaultd());
        init.arg("init").arg("--vault").arg(site.vault()).arg("--key-file").arg(site.key()).arg("--no-recovery");
        assert!(init.stdout(Stdio::null()).stderr(Stdio::null()).status().unwrap().success(), "init");
        let (vault, key, socket) = (site.vault(), site.key(), site.socket());
        let config = format!(
            "vault = {vault:?}\nkey_file = {key:?}\nsocket = {socket:?}\n[limits]\nmax_connections_per_uid = 256\n{tables}\n"
        );
        std::fs::write(site.directory.join("vaultd.toml"), config).unwrap();
        site
    }

    pub(crate) fn directory(&self) -> &Path {
        &self.directory
    }

    pub(crate) fn vault(&self) -> PathBuf {
        self.directory.join("vault.db")
    }

    pub(crate) fn key(&self) -> PathBuf {
        self.directory.join("vault.key")
    }

    pub(crate) fn log(&self) -> PathBuf {
        self.directory.join("vaultd.log")
    }

    pub(crate) fn socket(&self) -> PathBuf {
        self.directory.join("vaultd.sock")
    }

    /// `vaultd serve`.
    pub(crate) fn serve(&self) -> Process {
        let daemon = self.spawn(&[]);
        process::until("the daemon is open", || {
            let mut connection = self.target(Codec::Postcard).try_connect()?;
            let answer = connection.try_ask(&list(Codec::Postcard)).ok()?;
            Wire::Vault(Codec::Postcard).is_good(&answer).then_some(())
        });
        daemon
    }

    /// The same, with the times until it accepts and until `bench_0` can be read.
    pub(crate) fn serve_timed(&self) -> (Process, Started) {
        self.serve_timed_until(&get(Codec::Postcard, &name(0)))
    }

    /// The same until another request is done.
    pub(crate) fn serve_timed_until(&self, request: &[u8]) -> (Process, Started) {
        let begun = Instant::now();
        let daemon = self.spawn(&[]);
        process::accepts(&self.socket());
        let socket = begun.elapsed();
        process::until("a first answer", || {
            let mut connection = self.target(Codec::Postcard).try_connect()?;
            let answer = connection.try_ask(request).ok()?;
            Wire::Vault(Codec::Postcard).is_good(&answer).then_some(())
        });
        (daemon, Started { socket, read: begun.elapsed() })
    }

    /// The address that the daemon's log tells after these words.
    pub(crate) fn listening(&self, words: &str) -> SocketAddr {
        process::until(words, || {
            let log = std::fs::read_to_string(self.log()).ok()?;
            let (_, rest) = log.rsplit_once(words)?;
            rest.lines().next()?.trim().parse().ok()
        })
    }

    /// `vaultd serve` as an argument of another program.
    pub(crate) fn spawn(&self, under: &[&str]) -> Process {
        let mut command = match under {
            [] => Command::new(vaultd()),
            [program, arguments @ ..] => {
                let mut command = Command::new(program);
                command.args(arguments).arg(vaultd());
                command
            }
        };
        command.arg("serve").arg("--config").arg(self.directory.join("vaultd.toml"));
        Process::spawn(command, &self.log())
    }

    pub(crate) fn target(&self, codec: Codec) -> Target {
        Target {
            place: Place::Unix(self.socket()),
            hello: ClientHello::new(codec).encode().to_vec(),
            welcome: hello::LEN,
            opening: Vec::new(),
            wire: Wire::Vault(codec),
        }
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        let _left_behind = std::fs::remove_dir_all(&self.directory).is_err();
    }
}

/// The binary beside this one.
pub(crate) fn vaultd() -> PathBuf {
    let binary = std::env::current_exe().unwrap().with_file_name("vaultd");
    assert!(binary.exists(), "build it first: cargo build --release -p vaultd");
    binary
}

/// The secret with this number.
pub(crate) fn name(number: usize) -> String {
    format!("bench_{number}")
}

pub(crate) fn get(codec: Codec, name: &str) -> Vec<u8> {
    frame(codec, Call::Get { app: None, name: name.to_owned(), version: None })
}

pub(crate) fn set(codec: Codec, name: &str) -> Vec<u8> {
    let value = SecretBytes::new(vec![b'x'; VALUE]);
    frame(codec, Call::Set { app: None, name: name.to_owned(), value, if_version: None })
}

fn list(codec: Codec) -> Vec<u8> {
    frame(codec, Call::List { app: None, user: None, after: None, limit: 1, deleted: false })
}

pub(crate) fn frame(codec: Codec, call: impl Into<AnyCall>) -> Vec<u8> {
    encode(codec, None, call.into())
}

/// As an app, for a user.
pub(crate) fn frame_as(codec: Codec, app: &str, user: &str, call: impl Into<AnyCall>) -> Vec<u8> {
    encode(codec, Some(Acting { app: app.to_owned(), user: Some(user.to_owned()) }), call.into())
}

fn encode(codec: Codec, acting: Option<Acting>, call: AnyCall) -> Vec<u8> {
    let mut request = Vec::new();
    Dialect::newest(codec).encode_request_frame(&Request { id: 1, acting, call }, &mut request).unwrap();
    request
}

/// Bytes of every value here and at the peers.
pub(crate) const VALUE: usize = 32;
