//! What is spoken with a server: how a connection begins, and where an answer ends.

use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;

use rustix::event::{PollFd, PollFlags, poll};
use vault_proto::latest::Reply;
use vault_proto::{Codec, Dialect};

use crate::http;

/// A server and what to say first.
#[derive(Clone)]
pub(crate) struct Target {
    pub(crate) place: Place,
    pub(crate) hello: Vec<u8>,
    /// Bytes that answer the hello.
    pub(crate) welcome: usize,
    /// A request that is asked before all others; may be empty.
    pub(crate) opening: Vec<u8>,
    pub(crate) wire: Wire,
}

/// Where a server listens.
#[derive(Clone)]
pub(crate) enum Place {
    Unix(PathBuf),
    Tcp(SocketAddr),
}

/// How answers are told apart.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wire {
    /// The vault's frames.
    Vault(Codec),
    /// Answers of one length.
    Fixed(usize),
    /// Redis.
    Resp,
    /// HTTP/1.1, kept alive.
    Http,
    /// HTTP/1.1 with a connection for each request.
    HttpOnce,
}

trait Stream: Read + Write + AsFd {}
impl<T: Read + Write + AsFd> Stream for T {}

pub(crate) struct Connection {
    stream: Box<dyn Stream>,
    target: Target,
    /// Was something asked since it was opened?
    used: bool,
    buffer: Vec<u8>,
    /// Received and not yet taken lies here.
    from: usize,
    to: usize,
}

impl Target {
    /// A server to which nothing is said first.
    pub(crate) fn plain(place: Place, wire: Wire) -> Self {
        Self { place, hello: Vec::new(), welcome: 0, opening: Vec::new(), wire }
    }

    /// A connection that has said hello. A server may still be counting one
    /// that was closed a moment ago: it is asked again.
    pub(crate) fn connect(&self) -> Connection {
        crate::process::until("a connection is taken", || self.try_connect())
    }

    pub(crate) fn try_connect(&self) -> Option<Connection> {
        let mut stream = self.place.open()?;
        stream.write_all(&self.hello).ok()?;
        let mut welcome = vec![0; self.welcome];
        stream.read_exact(&mut welcome).ok()?;
        // The vault's status byte; nobody else sends a welcome.
        if welcome.get(6).is_some_and(|status| *status != 0) {
            return None;
        }
        let buffer = vec![0; 64 * 1024];
        let mut connection = Connection { stream, target: self.clone(), used: false, buffer, from: 0, to: 0 };
        if !self.opening.is_empty() {
            connection.ask(&self.opening);
        }
        Some(connection)
    }
}

impl Place {
    fn open(&self) -> Option<Box<dyn Stream>> {
        Some(match self {
            Self::Unix(path) => Box::new(UnixStream::connect(path).ok()?),
            Self::Tcp(address) => {
                let stream = TcpStream::connect(address).ok()?;
                stream.set_nodelay(true).ok()?;
                Box::new(stream)
            }
        })
    }
}

impl AsFd for Connection {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.stream.as_fd()
    }
}

impl Connection {
    /// One request and its answer, which must be a good one.
    pub(crate) fn ask(&mut self, request: &[u8]) -> Vec<u8> {
        let answer = self.try_ask(request).unwrap();
        assert!(self.target.wire.is_good(&answer), "refused: {}", String::from_utf8_lossy(&answer));
        answer
    }

    /// The same of the vault, understood.
    pub(crate) fn reply(&mut self, request: &[u8]) -> Reply {
        let answer = self.ask(request);
        let Wire::Vault(codec) = self.target.wire else { panic!("no vault") };
        Dialect::newest(codec).decode_response(&answer[4..]).unwrap().result.unwrap()
    }

    pub(crate) fn try_ask(&mut self, request: &[u8]) -> std::io::Result<Vec<u8>> {
        self.send(request)?;
        loop {
            if let Some(len) = self.target.wire.end(&self.buffer[self.from..self.to]) {
                let answer = self.buffer[self.from..self.from + len].to_vec();
                self.from += len;
                return Ok(answer);
            }
            readable(&*self.stream)?;
            self.fill()?;
        }
    }

    /// Sends a burst and waits for so many answers.
    pub(crate) fn exchange(&mut self, burst: &[u8], mut answers: usize) {
        self.send(burst).unwrap();
        while answers > 0 {
            readable(&*self.stream).unwrap();
            self.fill().unwrap();
            answers -= self.take();
        }
    }

    /// Lets go of the whole answers that were received; how many they were.
    pub(crate) fn take(&mut self) -> usize {
        let mut taken = 0;
        while let Some(len) = self.target.wire.end(&self.buffer[self.from..self.to]) {
            self.from += len;
            taken += 1;
        }
        taken
    }

    pub(crate) fn send(&mut self, request: &[u8]) -> std::io::Result<()> {
        if self.target.wire == Wire::HttpOnce && std::mem::replace(&mut self.used, true) {
            self.stream = self.target.place.open().ok_or(ErrorKind::ConnectionRefused)?;
        }
        self.stream.write_all(request)
    }

    /// Receives what has arrived.
    pub(crate) fn fill(&mut self) -> std::io::Result<()> {
        self.buffer.copy_within(self.from..self.to, 0);
        (self.from, self.to) = (0, self.to - self.from);
        if self.to == self.buffer.len() {
            self.buffer.resize(2 * self.to, 0);
        }
        match self.stream.read(&mut self.buffer[self.to..])? {
            0 => Err(ErrorKind::UnexpectedEof.into()),
            read => {
                self.to += read;
                Ok(())
            }
        }
    }
}

/// Waits for something to read by `poll`, as the vault's own client does: one that
/// sleeps in `read` is also woken when the server takes the request (the socket can
/// be written again), for nothing, and each peer pays for that.
fn readable(stream: &dyn Stream) -> std::io::Result<()> {
    let mut wanted = [PollFd::new(&stream, PollFlags::IN)];
    while poll(&mut wanted, None)? == 0 {}
    Ok(())
}

impl Wire {
    /// The length of the answer at the front, when it is whole.
    fn end(self, received: &[u8]) -> Option<usize> {
        let len = match self {
            Self::Vault(_) => 4 + u32::from_le_bytes(*received.first_chunk()?) as usize,
            Self::Fixed(len) => len,
            Self::Resp => {
                let line = find(received, b"\r\n")? + 2;
                match received[0] {
                    b'$' => line + number(&received[1..line - 2]) + 2,
                    _ => line,
                }
            }
            Self::Http | Self::HttpOnce => http::end(received)?,
        };
        (received.len() >= len).then_some(len)
    }

    /// Does it say that what was asked was done?
    pub(crate) fn is_good(self, answer: &[u8]) -> bool {
        match self {
            Self::Vault(codec) => Dialect::newest(codec).decode_response(&answer[4..]).unwrap().result.is_ok(),
            Self::Fixed(_) => true,
            Self::Resp => !answer.starts_with(b"-") && !answer.starts_with(b"$-"),
            Self::Http | Self::HttpOnce => answer.starts_with(b"HTTP/1.1 2"),
        }
    }
}

pub(crate) fn find(within: &[u8], what: &[u8]) -> Option<usize> {
    within.windows(what.len()).position(|window| window == what)
}

pub(crate) fn number(digits: &[u8]) -> usize {
    std::str::from_utf8(digits).unwrap().trim().parse().unwrap()
}
