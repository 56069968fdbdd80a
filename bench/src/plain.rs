//! The floor of HTTP: a process of its own that answers every request with one
//! body and does nothing else. The library is the one the daemon's gateway is
//! built on, set up as it is there; one single-threaded runtime.

use std::convert::Infallible;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::Command;

use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, UnixListener};

use crate::process::{self, Process};
use crate::wire::{Place, Target, Wire};

pub(crate) struct Plain {
    pub(crate) process: Process,
    pub(crate) target: Target,
}

impl Plain {
    /// On loopback.
    pub(crate) fn tcp(directory: &Path, body: &str) -> Self {
        let (process, log) = spawn(directory, TCP, body);
        let address: SocketAddr = process::until("the floor listens", || {
            let said = std::fs::read_to_string(&log).ok()?;
            said.lines().next().filter(|_| said.ends_with('\n'))?.parse().ok()
        });
        Self { process, target: Target::plain(Place::Tcp(address), Wire::Http) }
    }

    /// On a Unix socket.
    pub(crate) fn unix(directory: &Path, body: &str) -> Self {
        let socket = directory.join("plain.sock");
        let (process, _) = spawn(directory, &socket.to_string_lossy(), body);
        process::accepts(&socket);
        Self { process, target: Target::plain(Place::Unix(socket), Wire::Http) }
    }
}

fn spawn(directory: &Path, place: &str, body: &str) -> (Process, PathBuf) {
    let log = directory.join("plain.log");
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.arg(SERVE).arg(place).arg(body);
    (Process::spawn(command, &log), log)
}

/// What the process started above does; until TERM.
pub(crate) fn serve(place: &str, body: &str) {
    let body = Bytes::from(body.to_owned());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        if place == TCP {
            let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
            println!("{}", listener.local_addr().unwrap());
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                stream.set_nodelay(true).unwrap();
                tokio::spawn(answer(stream, body.clone()));
            }
        }
        let listener = UnixListener::bind(place).unwrap();
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            tokio::spawn(answer(stream, body.clone()));
        }
    });
}

async fn answer(stream: impl AsyncRead + AsyncWrite + Unpin, body: Bytes) {
    let handle = |_: Request<Incoming>| {
        let mut response = Response::new(Full::new(body.clone()));
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        async { Ok::<_, Infallible>(response) }
    };
    let connection = http1::Builder::new()
        .header_read_timeout(None)
        .max_buf_size(HEAD_MAX)
        .serve_connection(TokioIo::new(stream), service_fn(handle));
    let _hung_up = connection.await.is_err();
}

/// The argument that makes this program serve.
pub(crate) const SERVE: &str = "serve-plain";
const TCP: &str = "tcp";
/// As at the daemon's doors.
const HEAD_MAX: usize = 16 << 10;
