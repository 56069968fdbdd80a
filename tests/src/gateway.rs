//! A daemon with its HTTP gateway, an app and its tokens, and requests by hand.

use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Duration;

use serde_json::Value;
use vault_client::{ActsFor, NewApp, NewToken, Role, SecretScope, SecretSpec, WriteMode};

use crate::site::Config;
use crate::{Daemon, Site, until};

/// A daemon whose gateway listens, with the app `spotify`.
#[derive(Debug)]
pub struct Gateway {
    /// Where it lives.
    pub site: Site,
    /// The daemon.
    pub daemon: Daemon,
    /// The gateway.
    pub address: SocketAddr,
}

/// An answer, as it came.
#[derive(Debug)]
pub struct Answer {
    /// Its status.
    pub status: u16,
    /// Its headers, in lower case, one a line.
    pub head: String,
    /// Its body.
    pub body: Vec<u8>,
}

/// A connection that sends whatever it is told to.
#[derive(Debug)]
pub struct Http {
    stream: Stream,
    received: Vec<u8>,
}

#[derive(Debug)]
enum Stream {
    Tcp(TcpStream),
    Unix(UnixStream),
}

/// A configuration with the gateway on a port of the system's choice.
#[must_use]
pub fn config() -> Config {
    Config { tables: "[adapters.imperal]\nlisten = \"127.0.0.1:0\"".to_owned(), ..Config::default() }
}

/// A declaration with the defaults of Imperal's manifest.
#[must_use]
pub fn spec(name: &str, write_mode: WriteMode) -> SecretSpec {
    SecretSpec {
        name: name.to_owned(),
        description: format!("What {name} is for"),
        required: false,
        write_mode,
        scope: SecretScope::User,
        max_bytes: 4_096,
        rotation_hint_days: None,
        env_fallback: None,
        reveal: false,
        keep_versions: 2,
        instances: false,
        expires_after_days: None,
    }
}

/// What `spotify` declares: a secret of every kind there is.
#[must_use]
pub fn specs() -> Vec<SecretSpec> {
    vec![
        SecretSpec { required: true, ..spec("api_key", WriteMode::User) },
        spec("refresh_token", WriteMode::Extension),
        spec("cookie", WriteMode::Both),
        SecretSpec { max_bytes: 65_536, ..spec("blob", WriteMode::Both) },
        SecretSpec { scope: SecretScope::App, ..spec("client_id", WriteMode::User) },
        SecretSpec { instances: true, ..spec("account", WriteMode::Both) },
        spec("meta", WriteMode::Both),
    ]
}

impl Gateway {
    /// Starts one, open, with `spotify` added.
    #[must_use]
    pub fn start() -> Self {
        let site = Site::new();
        let daemon = site.serve_with(&config());
        let address = address(&daemon);
        daemon.client().app_add(NewApp::new("spotify", specs())).unwrap();
        Self { site, daemon, address }
    }

    /// A token of an app.
    #[must_use]
    pub fn token(&self, app: &str, role: Role, acts_for: ActsFor) -> String {
        let new = NewToken { app: app.to_owned(), role, acts_for, expires_after_s: None, label: "test".to_owned() };
        let made = self.daemon.client().token_create(new).unwrap();
        String::from_utf8(made.token.expose().to_vec()).unwrap()
    }

    /// A connection.
    #[must_use]
    pub fn connect(&self) -> Http {
        Http::connect(self.address)
    }

    /// One request on a connection of its own, of `spotify` for alice.
    #[must_use]
    pub fn ask(&self, token: &str, method: &str, path: &str, body: &str) -> Answer {
        self.connect().ask(&request(method, path, &of(token, "alice"), body.as_bytes()))
    }
}

/// The address in the daemon's log.
#[must_use]
pub fn address(daemon: &Daemon) -> SocketAddr {
    until("the gateway listens", || {
        let log = daemon.log();
        let (_, rest) = log.rsplit_once("imperal gateway listening on http://")?;
        rest.lines().next()?.trim().parse().ok()
    })
}

/// The three headers of the SDK.
#[must_use]
pub fn of(token: &str, user: &str) -> String {
    format!("Authorization: Bearer {token}\r\nX-Acting-User: {user}\r\nX-Ext-Id: spotify\r\n")
}

/// A request as text.
#[must_use]
pub fn request(method: &str, path: &str, headers: &str, body: &[u8]) -> Vec<u8> {
    let head = format!("{method} {path} HTTP/1.1\r\nHost: x\r\n{headers}Content-Length: {}\r\n\r\n", body.len());
    [head.as_bytes(), body].concat()
}

impl Http {
    /// Connects.
    #[must_use]
    pub fn connect(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
        Self { stream: Stream::Tcp(stream), received: Vec::new() }
    }

    /// Connects to a Unix socket.
    #[must_use]
    pub fn connect_unix(path: &Path) -> Self {
        let stream = UnixStream::connect(path).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
        Self { stream: Stream::Unix(stream), received: Vec::new() }
    }

    /// Sends bytes; whether the other end takes them is seen when reading.
    pub fn send(&mut self, bytes: &[u8]) {
        let _ = match &mut self.stream {
            Stream::Tcp(stream) => stream.write_all(bytes),
            Stream::Unix(stream) => stream.write_all(bytes),
        };
    }

    /// Ends the sending side.
    pub fn finish(&mut self) {
        match &self.stream {
            Stream::Tcp(stream) => stream.shutdown(Shutdown::Write),
            Stream::Unix(stream) => stream.shutdown(Shutdown::Write),
        }
        .unwrap();
    }

    /// Sends a request and reads its answer.
    pub fn ask(&mut self, request: &[u8]) -> Answer {
        self.send(request);
        self.answer().unwrap_or_else(|| panic!("no answer"))
    }

    /// Reads one answer; none when the connection ends first. A reset panics.
    pub fn answer(&mut self) -> Option<Answer> {
        let end = loop {
            if let Some(at) = self.received.windows(4).position(|bytes| bytes == b"\r\n\r\n") {
                break at + 4;
            }
            if !self.fill() {
                assert!(self.received.is_empty(), "half an answer");
                return None;
            }
        };
        let head = String::from_utf8(self.received[..end].to_vec()).unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        let head = head.to_ascii_lowercase();
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap_or("0");
        let length: usize = length.parse().unwrap();
        while self.received.len() < end + length {
            assert!(self.fill(), "half an answer");
        }
        let rest = self.received.split_off(end + length);
        let body = std::mem::replace(&mut self.received, rest).split_off(end);
        Some(Answer { status, head, body })
    }

    fn fill(&mut self) -> bool {
        let mut buffer = vec![0; 1 << 16];
        let read = match &mut self.stream {
            Stream::Tcp(stream) => stream.read(&mut buffer),
            Stream::Unix(stream) => stream.read(&mut buffer),
        };
        match read {
            Ok(read) => {
                self.received.extend_from_slice(&buffer[..read]);
                read > 0
            }
            Err(error) if error.kind() == ErrorKind::Interrupted => self.fill(),
            Err(error) => panic!("reading an answer: {error}"),
        }
    }
}

impl Answer {
    /// The body as JSON.
    #[must_use]
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&self.body)))
    }

    /// The status and the error's code; empty when it is no error.
    #[must_use]
    pub fn code(&self) -> (u16, String) {
        let code = self.json()["detail"]["error_code"].as_str().unwrap_or_default().to_owned();
        (self.status, code)
    }
}
