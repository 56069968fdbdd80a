//! A closed loop of clients: each keeps `depth` requests in flight.

use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::sync::Barrier;
use std::time::{Duration, Instant};

use vault_proto::latest::{Request, SecretBytes, VaultCall as Call};
use vault_proto::{Codec, Dialect, hello::ClientHello};

/// A request, ready to be sent any number of times.
#[derive(Clone)]
pub(crate) struct Bytes {
    request: Vec<u8>,
    /// Does the server expect a hello first?
    hello: bool,
}

impl Bytes {
    pub(crate) fn get() -> Self {
        Self::of(Call::Get { app: None, name: "bench".into(), version: None })
    }

    pub(crate) fn set() -> Self {
        let value = SecretBytes::new(vec![b'x'; 32]);
        Self::of(Call::Set { app: None, name: "bench".into(), value, if_version: None })
    }

    /// The same bytes for a server that sends them back.
    pub(crate) fn as_echo(&self) -> Self {
        Self { request: self.request.clone(), hello: false }
    }

    fn of(call: Call) -> Self {
        let mut request = Vec::new();
        let asked = Request { id: 1, acting: None, call: call.into() };
        Dialect::newest(Codec::Postcard).encode_request_frame(&asked, &mut request).unwrap();
        Self { request, hello: true }
    }

    /// One request, one answer; the answer's length.
    pub(crate) fn exchange(&self, connection: &mut UnixStream) -> usize {
        connection.write_all(&self.request).unwrap();
        let mut length = [0; 4];
        connection.read_exact(&mut length).unwrap();
        let mut answer = vec![0; u32::from_le_bytes(length) as usize];
        connection.read_exact(&mut answer).unwrap();
        4 + answer.len()
    }
}

/// A connection that has said hello.
pub(crate) fn connect(socket: &Path) -> UnixStream {
    let mut connection = UnixStream::connect(socket).unwrap();
    connection.write_all(&ClientHello::new(Codec::Postcard).encode()).unwrap();
    connection.read_exact(&mut [0; 8]).unwrap();
    connection
}

/// Answers per second.
pub(crate) fn run(socket: &Path, bytes: &Bytes, connections: usize, depth: usize, time: Duration) -> f64 {
    let gate = Barrier::new(connections);
    let total: u64 = std::thread::scope(|scope| {
        let client = || {
            let mut connection = if bytes.hello { connect(socket) } else { UnixStream::connect(socket).unwrap() };
            let answer = bytes.exchange(&mut connection);
            let burst = bytes.request.repeat(depth);
            let mut answers = vec![0; answer * depth];
            gate.wait();
            let until = Instant::now() + time;
            let mut done = 0;
            while Instant::now() < until {
                connection.write_all(&burst).unwrap();
                connection.read_exact(&mut answers).unwrap();
                done += depth as u64;
            }
            done
        };
        let clients: Vec<_> = (0..connections).map(|_| scope.spawn(client)).collect();
        clients.into_iter().map(|client| client.join().unwrap()).sum()
    });
    total as f64 / time.as_secs_f64()
}

pub(crate) fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
