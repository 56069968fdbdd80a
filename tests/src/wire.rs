//! The socket by hand: for what no honest client sends.

use std::io::{ErrorKind, Read, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Duration;

use vault_client::{Call, Codec, Reply, WireError};
use vault_proto::frame::HEADER;
use vault_proto::hello::{self, ClientHello, HelloError, ServerHello};
use vault_proto::latest::{self, Request, Response};
use vault_proto::{Dialect, Version};

/// A connection that sends whatever it is told to.
#[derive(Debug)]
pub struct Wire {
    stream: UnixStream,
    dialect: Dialect,
    last_id: u64,
}

/// A response to a call of the vault's own.
#[derive(Debug, PartialEq, Eq)]
pub struct Answer {
    /// The request's id.
    pub id: u64,
    /// Where the vault's history stands.
    pub stamp: Option<latest::Stamp>,
    /// What was answered.
    pub result: Result<Reply, WireError>,
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
        Self { stream, dialect: Dialect { version: Version::V1, codec: Codec::Json }, last_id: 0 }
    }

    /// Connects and agrees on version 1, in which most that can be sent by hand
    /// is written here, and on a codec.
    #[must_use]
    pub fn connect(socket: &Path, codec: Codec) -> Self {
        Self::speaking(socket, Dialect { version: Version::V1, codec })
    }

    /// Connects and agrees on a version and a codec.
    #[must_use]
    pub fn speaking(socket: &Path, dialect: Dialect) -> Self {
        let Dialect { version, codec } = dialect;
        let mut wire = Self { dialect, ..Self::silent(socket) };
        let answer = wire.hello(&ClientHello::between(version, version, codec).encode());
        assert_eq!(answer, Hello::Answer(Ok(ServerHello::Agreed { version: version.wire(), codec })));
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
        self.encode_any(None, call.into())
    }

    fn encode_any(&mut self, acting: Option<latest::Acting>, call: latest::Call) -> Vec<u8> {
        self.last_id += 1;
        let mut bytes = Vec::new();
        self.dialect.encode_request_frame(&Request { id: self.last_id, acting, call }, &mut bytes).unwrap();
        bytes
    }

    /// The same connection once more, for a second thread.
    #[must_use]
    pub fn share(&self) -> Self {
        Self { stream: self.stream.try_clone().unwrap(), dialect: self.dialect, last_id: self.last_id }
    }

    /// The next response to a call of the vault's own; none when the server has
    /// closed.
    pub fn response(&mut self) -> Option<Answer> {
        let Response { id, stamp, result } = self.any_response()?;
        let result = result.map(|reply| match reply {
            latest::Reply::Vault(reply) => reply,
            other => panic!("an answer to something else: {other:?}"),
        });
        Some(Answer { id, stamp, result })
    }

    fn any_response(&mut self) -> Option<Response> {
        let mut header = [0; HEADER];
        self.fill(&mut header).then_some(())?;
        let mut payload = vec![0; u32::from_le_bytes(header) as usize];
        self.fill(&mut payload).then_some(())?;
        Some(self.dialect.decode_response(&payload).unwrap())
    }

    /// A call and its answer.
    pub fn ask(&mut self, call: Call) -> Result<Reply, WireError> {
        let bytes = self.encode(call);
        self.send(&bytes);
        let answer = self.response().unwrap();
        assert_eq!(answer.id, self.last_id);
        answer.result
    }

    /// The same for a call of version 2, or one made acting as an app.
    pub fn ask_any(&mut self, acting: Option<latest::Acting>, call: latest::Call) -> Result<latest::Reply, WireError> {
        let bytes = self.encode_any(acting, call);
        self.send(&bytes);
        let response = self.any_response().unwrap();
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
