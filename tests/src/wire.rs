//! The socket by hand: for what no honest client sends.

use std::io::{ErrorKind, Read, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Duration;

use vault_client::{Call, Codec, Reply, WireError};
use vault_proto::frame::HEADER;
use vault_proto::hello::{self, ClientHello, HelloError, ServerHello};
use vault_proto::latest::{Request, Response};

/// A connection that sends whatever it is told to.
#[derive(Debug)]
pub struct Wire {
    stream: UnixStream,
    codec: Codec,
    last_id: u64,
}

/// What a server says to eight bytes.
#[derive(Debug, PartialEq, Eq)]
pub enum Hello {
    /// A hello.
    Answer(Result<ServerHello, HelloError>),
    /// Nothing; the connection is closed.
    Closed,
}

impl Wire {
    /// Connects and says nothing.
    #[must_use]
    pub fn silent(socket: &Path) -> Self {
        let stream = UnixStream::connect(socket).unwrap();
        // Longer than any answer takes; a daemon that hangs fails the test.
        stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
        stream.set_write_timeout(Some(Duration::from_secs(30))).unwrap();
        Self { stream, codec: Codec::Json, last_id: 0 }
    }

    /// Connects and agrees on a codec.
    #[must_use]
    pub fn connect(socket: &Path, codec: Codec) -> Self {
        let mut wire = Self { codec, ..Self::silent(socket) };
        let answer = wire.hello(&ClientHello::new(codec).encode());
        assert_eq!(answer, Hello::Answer(Ok(ServerHello::Agreed { version: 1, codec })));
        wire
    }

    /// Sends bytes as a hello.
    pub fn hello(&mut self, bytes: &[u8]) -> Hello {
        self.send(bytes);
        let mut answer = [0; hello::LEN];
        if self.fill(&mut answer) { Hello::Answer(ServerHello::parse(&answer)) } else { Hello::Closed }
    }

    /// Sends bytes, frame or not. A server that hung up has said so already.
    pub fn send(&mut self, bytes: &[u8]) {
        let _ = self.stream.write_all(bytes);
    }

    /// Sends a payload in a frame.
    pub fn frame(&mut self, payload: &[u8]) {
        let mut bytes = u32::try_from(payload.len()).unwrap().to_le_bytes().to_vec();
        bytes.extend_from_slice(payload);
        self.send(&bytes);
    }

    /// A call as this connection would send it, in its frame.
    pub fn encode(&mut self, call: Call) -> Vec<u8> {
        self.last_id += 1;
        let mut bytes = Vec::new();
        self.codec.encode_frame(&Request { id: self.last_id, call }, &mut bytes).unwrap();
        bytes
    }

    /// The same connection once more, for a second thread.
    #[must_use]
    pub fn share(&self) -> Self {
        Self { stream: self.stream.try_clone().unwrap(), codec: self.codec, last_id: self.last_id }
    }

    /// The next response; none when the server has closed.
    pub fn response(&mut self) -> Option<Response> {
        let mut header = [0; HEADER];
        self.fill(&mut header).then_some(())?;
        let mut payload = vec![0; u32::from_le_bytes(header) as usize];
        self.fill(&mut payload).then_some(())?;
        Some(self.codec.decode(&payload).unwrap())
    }

    /// A call and its answer.
    pub fn ask(&mut self, call: Call) -> Result<Reply, WireError> {
        let bytes = self.encode(call);
        self.send(&bytes);
        let response = self.response().unwrap();
        assert_eq!(response.id, self.last_id);
        response.result
    }

    /// Has the server closed? Waits for it.
    pub fn is_closed(&mut self) -> bool {
        !self.fill(&mut [0])
    }

    /// False when the server closed first. Silence is a failure of its own.
    fn fill(&mut self, bytes: &mut [u8]) -> bool {
        match self.stream.read_exact(bytes) {
            Ok(()) => true,
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
                panic!("the server neither answers nor closes")
            }
            Err(_) => false,
        }
    }
}
