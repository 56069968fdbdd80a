//! What has arrived and was not handled yet.
//!
//! Between steps a connection keeps only what it must: the beginning of a frame
//! or requests left over from a batch. The room for a frame grows with the
//! bytes that arrive, never by the length a peer announces.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, ReadBuf};
use tokio::net::UnixStream;
use vault_proto::frame::{self, FrameError, Split};
use zeroize::{Zeroize, Zeroizing};

use super::scratch::ReadBuffer;

/// What a connection keeps between steps.
#[derive(Default)]
pub(super) struct Input(Kept);

#[derive(Default)]
enum Kept {
    #[default]
    Nothing,
    /// Requests left over, or less than a frame's length.
    Bytes(Zeroizing<Vec<u8>>),
    /// A frame whose length is known, on its way.
    Frame { bytes: Vec<u8>, filled: usize, total: usize },
}

/// The front of what has arrived.
pub(super) enum Next<'a> {
    /// No complete request.
    Nothing,
    /// A request's payload.
    Request(&'a [u8]),
    /// A frame that cannot be.
    Impossible(FrameError),
}

impl Drop for Kept {
    fn drop(&mut self) {
        if let Self::Frame { bytes, .. } = self {
            bytes.zeroize();
        }
    }
}

impl Input {
    /// Has a frame begun that is not whole?
    pub(super) fn has_begun(&self) -> bool {
        match &self.0 {
            Kept::Nothing => false,
            Kept::Bytes(bytes) => !matches!(frame::split(bytes), Ok(Split::Frame(_))),
            Kept::Frame { filled, total, .. } => filled < total,
        }
    }

    /// Brings in what is needed for the next request: what was kept if that is
    /// enough, else what the socket has. Ready with 0 when the peer is done.
    pub(super) fn poll_fill(
        &mut self,
        cx: &mut Context<'_>,
        stream: &mut UnixStream,
        buffer: &mut ReadBuffer,
    ) -> Poll<io::Result<usize>> {
        match &mut self.0 {
            Kept::Frame { bytes, filled, total } => {
                while *filled < *total {
                    if *filled == bytes.len() {
                        grow(bytes, *total);
                    }
                    let room = bytes.get_mut(*filled..).unwrap_or_default();
                    match ready!(poll_read(cx, stream, room))? {
                        0 => return Poll::Ready(Ok(0)),
                        read => *filled += read,
                    }
                }
                Poll::Ready(Ok(*total))
            }
            Kept::Bytes(bytes) if !matches!(frame::split(bytes), Ok(Split::Need(_))) => {
                buffer.put(bytes);
                let restored = bytes.len();
                self.0 = Kept::Nothing;
                Poll::Ready(Ok(restored))
            }
            Kept::Bytes(_) | Kept::Nothing => {
                if let Kept::Bytes(bytes) = &self.0 {
                    buffer.put(bytes);
                }
                match poll_read(cx, stream, buffer.free()) {
                    Poll::Ready(Ok(read)) if read > 0 => {
                        buffer.filled += read;
                        self.0 = Kept::Nothing;
                        Poll::Ready(Ok(read))
                    }
                    // Nothing came: what was kept stays kept.
                    other => {
                        buffer.erase();
                        other
                    }
                }
            }
        }
    }

    /// The requests that have arrived.
    pub(super) fn requests<'a>(&'a mut self, buffer: &'a mut ReadBuffer) -> Requests<'a> {
        Requests { input: self, buffer, at: 0, end: 0 }
    }
}

/// Goes through what has arrived, request by request.
pub(super) struct Requests<'a> {
    input: &'a mut Input,
    buffer: &'a mut ReadBuffer,
    /// Where the next frame begins.
    at: usize,
    /// Where the request handed out last ends.
    end: usize,
}

impl Requests<'_> {
    /// The request at the front. The same again until [`Requests::done`].
    pub(super) fn next(&mut self) -> Next<'_> {
        if let Kept::Frame { bytes, filled, total } = &self.input.0 {
            return match bytes.get(frame::HEADER..*total) {
                Some(request) if filled == total => Next::Request(request),
                _ => Next::Nothing,
            };
        }
        let rest = self.buffer.filled().get(self.at..).unwrap_or_default();
        match frame::split(rest) {
            Ok(Split::Frame(payload)) => {
                self.end = self.at + payload.end;
                Next::Request(rest.get(payload).unwrap_or_default())
            }
            Ok(Split::Need(_)) => Next::Nothing,
            Err(error) => Next::Impossible(error),
        }
    }

    /// The request at the front was handled.
    pub(super) fn done(&mut self) {
        if matches!(self.input.0, Kept::Frame { .. }) {
            self.input.0 = Kept::Nothing;
        } else {
            self.at = self.end;
        }
    }

    /// Keeps what was not handled, and empties the thread's buffer.
    pub(super) fn keep_rest(self) {
        let rest = self.buffer.filled().get(self.at..).unwrap_or_default();
        if !rest.is_empty() {
            self.input.0 = match frame::split(rest) {
                Ok(Split::Need(more)) if rest.len() >= frame::HEADER => {
                    Kept::Frame { bytes: rest.to_vec(), filled: rest.len(), total: rest.len() + more }
                }
                _ => Kept::Bytes(Zeroizing::new(rest.to_vec())),
            };
        }
        self.buffer.erase();
    }
}

/// Doubles the room, up to what the frame needs; the old place is erased.
fn grow(bytes: &mut Vec<u8>, total: usize) {
    let wanted = bytes.len().saturating_mul(2).max(GROW_MIN).min(total);
    vault_proto::reserve(bytes, wanted.saturating_sub(bytes.len()));
    bytes.resize(wanted, 0);
}

fn poll_read(cx: &mut Context<'_>, stream: &mut UnixStream, room: &mut [u8]) -> Poll<io::Result<usize>> {
    let mut room = ReadBuf::new(room);
    ready!(Pin::new(stream).poll_read(cx, &mut room))?;
    Poll::Ready(Ok(room.filled().len()))
}

/// First room for a frame that did not come whole.
const GROW_MIN: usize = 4 << 10;
