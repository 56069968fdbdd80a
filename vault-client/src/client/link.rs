//! One connection shared by many tasks. Callers append frames to a queue; one
//! driver task writes what has gathered and hands responses back. A caller that
//! gives up can therefore never leave half a frame on the wire.

use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex};

use rustix::net::{RecvFlags, recv};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, Interest};
use tokio::net::UnixStream;
use tokio::sync::{Notify, Semaphore, oneshot};
use tokio::task::JoinHandle;
use vault_proto::hello::{ClientHello, ServerHello};
use vault_proto::latest::{Acting, Call, Response, SecretBytes, Stamp};
use vault_proto::{Codec, Dialect, erase};
use zeroize::Zeroizing;

use crate::client::queue::{Broken, Closing, Queue, State, closed};
use crate::dial::{BACKLOG_PAUSE, dial};
use crate::error::{ClientError, ProtocolError};
use crate::inbox::Inbox;
use crate::operation;
use crate::options::Options;
use crate::plan;
use crate::stamps::ServerStamps;

pub(super) struct Link {
    queue: Arc<Queue>,
    driver: JoinHandle<()>,
}

/// A call on its way.
pub(super) struct Ticket {
    pub(super) answer: oneshot::Receiver<Result<Response, Broken>>,
    /// What was remembered when it was sent.
    pub(super) floor: Option<Stamp>,
}

impl Link {
    /// Connects, agrees on the protocol and presents the token, if there is one.
    pub(super) async fn open(path: &Path, options: &Options, token: Option<&SecretBytes>) -> Result<Self, ClientError> {
        let stream = loop {
            if let Some(stream) = dial(path, options)? {
                break stream;
            }
            tokio::time::sleep(BACKLOG_PAUSE).await;
        };
        let mut stream = UnixStream::from_std(stream).map_err(ClientError::unavailable)?;
        let mut inbox = Inbox::default();
        let dialect = agree(&mut stream, &mut inbox, options.codec).await?;
        let mut state = State::default();
        if let Some(token) = token {
            present(&mut stream, &mut inbox, dialect, token, state.next_id()).await?;
        }
        let queue = Arc::new(Queue {
            state: Mutex::new(state),
            wake: Notify::new(),
            permits: Arc::new(Semaphore::new(options.in_flight)),
            dialect,
        });
        let driver = tokio::spawn(drive(stream, inbox, Arc::clone(&queue)));
        Ok(Self { queue, driver })
    }

    pub(super) fn is_open(&self) -> bool {
        self.queue.lock().closed.is_none()
    }

    /// Puts a call on its way, once there is room for it.
    pub(super) async fn send(
        &self,
        call: &Call,
        acting: Option<&Acting>,
        stamps: &ServerStamps,
    ) -> Result<Ticket, ClientError> {
        let permit = Arc::clone(&self.queue.permits).acquire_owned().await;
        let permit = permit.map_err(|_| ClientError::unavailable(closed()))?;
        let floor = stamps.floor();
        let (sender, answer) = oneshot::channel();
        self.queue.append(call, acting, sender, permit)?;
        self.queue.wake.notify_one();
        Ok(Ticket { answer, floor })
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        self.driver.abort();
    }
}

/// Hello and its answer.
async fn agree(stream: &mut UnixStream, inbox: &mut Inbox, codec: Codec) -> Result<Dialect, ClientError> {
    let hello = ClientHello::new(codec);
    stream.write_all(&hello.encode()).await.map_err(ClientError::unavailable)?;
    loop {
        match inbox.take_hello()? {
            Some(ServerHello::Agreed { version, codec }) => {
                return Ok(hello.accept(version, codec).ok_or(ProtocolError::NotOffered)?);
            }
            Some(ServerHello::Refused(refusal)) => return Err(ClientError::Refused(refusal)),
            None => read_more(stream, inbox).await?,
        }
    }
}

/// A token counts for one connection, so each begins with it.
async fn present(
    stream: &mut UnixStream,
    inbox: &mut Inbox,
    dialect: Dialect,
    token: &SecretBytes,
    id: u64,
) -> Result<(), ClientError> {
    let mut frame = Zeroizing::new(Vec::new());
    dialect.encode_call_frame(id, None, &operation::present(token).call, &mut frame)?;
    stream.write_all(&frame).await.map_err(ClientError::unavailable)?;
    loop {
        match inbox.take_response(dialect)? {
            Some(response) => return plan::presented(response, id),
            None => read_more(stream, inbox).await?,
        }
    }
}

async fn read_more(stream: &mut UnixStream, inbox: &mut Inbox) -> Result<(), ClientError> {
    match stream.read(inbox.space()).await.map_err(ClientError::unavailable)? {
        0 => return Err(ClientError::unavailable(ended())),
        bytes => inbox.filled(bytes),
    }
    Ok(())
}

async fn drive(stream: UnixStream, mut inbox: Inbox, queue: Arc<Queue>) {
    // Closed even when the task is aborted or its runtime goes: nobody may wait
    // for a driver that is no more.
    let closing = Closing(&queue);
    let mut sending = Sending::default();
    let error = loop {
        if let Err(error) = turn(&stream, &mut inbox, &mut sending, &queue).await {
            break error;
        }
    };
    queue.close(&error);
    drop(closing);
}

/// Writes what there is, waits, reads what there is.
async fn turn(stream: &UnixStream, inbox: &mut Inbox, sending: &mut Sending, queue: &Queue) -> Result<(), ClientError> {
    let wrote = sending.write_to(stream, inbox, queue);
    if wrote.is_ok() {
        let pending = sending.pending();
        let interest = if pending { Interest::READABLE | Interest::WRITABLE } else { Interest::READABLE };
        tokio::select! {
            ready = stream.ready(interest) => { ready.map_err(ClientError::unavailable)?; }
            () = queue.wake.notified(), if !pending => return Ok(()),
        }
    }
    // A server that refuses may have said why before it closed: read, whatever
    // writing came to.
    let read = match stream.try_read(inbox.space()) {
        Ok(0) => Err(ClientError::unavailable(ended())),
        Ok(bytes) => {
            inbox.filled(bytes);
            Ok(())
        }
        Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(()),
        Err(error) => Err(ClientError::unavailable(error)),
    };
    while let Some(response) = inbox.take_response(queue.dialect)? {
        queue.answer(response)?;
    }
    read.and(wrote)
}

/// Frames being written. Erased as soon as they are, and on drop.
#[derive(Default)]
struct Sending {
    bytes: Vec<u8>,
    start: usize,
}

impl Sending {
    fn pending(&self) -> bool {
        self.start < self.bytes.len()
    }

    /// Writes until nothing is left or the socket takes no more.
    fn write_to(&mut self, stream: &UnixStream, inbox: &Inbox, queue: &Queue) -> Result<(), ClientError> {
        loop {
            if !self.pending() {
                erase(&mut self.bytes, 0);
                self.start = 0;
                if self.bytes.capacity() > KEPT {
                    self.bytes = Vec::new();
                }
                let idle = {
                    let mut state = queue.lock();
                    // Two buffers take turns, so none is made anew for every call.
                    std::mem::swap(&mut self.bytes, &mut state.out);
                    let written = state.written;
                    state.waiting.front().is_none_or(|oldest| oldest.end > written)
                };
                if !self.pending() {
                    return Ok(());
                }
                if idle && !(inbox.is_empty() && is_quiet(stream)) {
                    // Closed before anything is read: what came early must not
                    // answer what was never sent.
                    let error = ClientError::unavailable(closed());
                    queue.close(&error);
                    return Err(error);
                }
            }
            match stream.try_write(self.bytes.get(self.start..).unwrap_or_default()) {
                Ok(bytes) => {
                    self.start += bytes;
                    queue.lock().written += bytes as u64;
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(()),
                Err(error) => return Err(ClientError::unavailable(error)),
            }
        }
    }
}

impl Drop for Sending {
    fn drop(&mut self) {
        erase(&mut self.bytes, 0);
    }
}

/// Nothing has arrived that nobody asked for, not even an end. A server that
/// closed an idle connection is noticed here, before a write is at stake. Asks
/// the kernel itself: the runtime may not have heard yet.
fn is_quiet(stream: &UnixStream) -> bool {
    let mut byte = [0];
    let flags = RecvFlags::PEEK | RecvFlags::DONTWAIT;
    matches!(recv(stream, &mut byte, flags), Err(rustix::io::Errno::AGAIN))
}

fn ended() -> io::Error {
    io::ErrorKind::UnexpectedEof.into()
}

/// A larger buffer is given back when it is empty.
const KEPT: usize = 256 << 10;
