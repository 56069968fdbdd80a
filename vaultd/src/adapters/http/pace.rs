//! A connection that cannot be held for ever. hyper has one deadline for a
//! request's head, which runs between two requests as well; here waiting for a
//! request and receiving one are told apart, and reading an answer has its own.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep, sleep};
use zeroize::Zeroizing;

use super::limits::{DISCARD_MAX, Pace};

/// Where a connection stands. Shared by its two ends: the one that moves bytes,
/// and the one that handles requests.
#[derive(Debug, Clone, Default)]
pub(super) struct Phase(Arc<AtomicU8>);

impl Phase {
    /// A request's head is complete.
    pub(super) fn serving(&self) {
        self.set(SERVING);
    }

    /// Its answer is ready to be sent.
    pub(super) fn answered(&self) {
        self.set(ANSWERED);
    }

    fn get(&self) -> u8 {
        self.0.load(Ordering::Relaxed)
    }

    fn set(&self, phase: u8) {
        self.0.store(phase, Ordering::Relaxed);
    }
}

/// A stream with deadlines that ends without a reset.
pub(super) struct Paced<IO> {
    io: IO,
    phase: Phase,
    pace: Pace,
    deadline: Pin<Box<Sleep>>,
    /// The phase the deadline is for.
    armed: Option<u8>,
    ended: bool,
    discarded: usize,
}

impl<IO: AsyncRead + AsyncWrite + Unpin> Paced<IO> {
    pub(super) fn new(io: IO, phase: Phase, pace: Pace) -> Self {
        Self { io, phase, pace, deadline: Box::pin(sleep(pace.idle)), armed: None, ended: false, discarded: 0 }
    }

    /// Has this phase taken too long?
    fn is_late(&mut self, cx: &mut Context<'_>, phase: u8) -> bool {
        let limit = match phase {
            WAITING => self.pace.idle,
            BEGUN => self.pace.head,
            ANSWERED => self.pace.write,
            ENDED => self.pace.linger,
            // The body's time is its reader's, everything else's the vault's.
            _ => return false,
        };
        if self.armed != Some(phase) {
            self.deadline.as_mut().reset(Instant::now() + limit);
            self.armed = Some(phase);
        }
        self.deadline.as_mut().poll(cx).is_ready()
    }

    fn moves_to(&mut self, phase: u8) {
        self.phase.set(phase);
        self.armed = None;
    }

    /// Gives up on a client that does not read its answer.
    fn unless_late<T>(&mut self, cx: &mut Context<'_>, written: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        if written.is_pending() && self.phase.get() == ANSWERED && self.is_late(cx, ANSWERED) {
            return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
        }
        written
    }
}

impl<IO: AsyncRead + AsyncWrite + Unpin> AsyncRead for Paced<IO> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        let read = Pin::new(&mut self.io).poll_read(cx, buf);
        let phase = self.phase.get();
        match read {
            Poll::Ready(Ok(())) if buf.filled().len() > before && phase == WAITING => {
                self.moves_to(BEGUN);
                Poll::Ready(Ok(()))
            }
            // As if the client had hung up: that ends it in order.
            Poll::Pending if phase == WAITING && self.is_late(cx, WAITING) => Poll::Ready(Ok(())),
            Poll::Pending if phase == BEGUN && self.is_late(cx, BEGUN) => {
                Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
            }
            read => read,
        }
    }
}

impl<IO: AsyncRead + AsyncWrite + Unpin> AsyncWrite for Paced<IO> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.io).poll_write(cx, buf);
        self.unless_late(cx, written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.io).poll_write_vectored(cx, bufs);
        self.unless_late(cx, written)
    }

    /// True, so that hyper sends a body from where it lies and makes no copy.
    fn is_write_vectored(&self) -> bool {
        self.io.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let flushed = Pin::new(&mut self.io).poll_flush(cx);
        if flushed.is_ready() && self.phase.get() == ANSWERED {
            self.moves_to(WAITING);
        }
        flushed
    }

    /// Ends this side, then waits a little for the other to end: a socket that
    /// is closed with bytes unread resets the connection, and the client loses
    /// what it has not read yet.
    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if !self.ended {
            ready!(Pin::new(&mut self.io).poll_shutdown(cx))?;
            self.ended = true;
        }
        let mut scratch = Zeroizing::new([0; 1 << 10]);
        loop {
            let mut unread = ReadBuf::new(&mut *scratch);
            match Pin::new(&mut self.io).poll_read(cx, &mut unread) {
                Poll::Ready(Ok(())) if !unread.filled().is_empty() && self.discarded < DISCARD_MAX => {
                    self.discarded += unread.filled().len();
                }
                Poll::Ready(_) => return Poll::Ready(Ok(())),
                Poll::Pending if self.is_late(cx, ENDED) => return Poll::Ready(Ok(())),
                Poll::Pending => return Poll::Pending,
            }
        }
    }
}

/// Between two requests. What a new connection begins with.
const WAITING: u8 = 0;
/// Some of a head has arrived.
const BEGUN: u8 = 1;
/// The request is being handled.
const SERVING: u8 = 2;
/// Its answer is being sent.
const ANSWERED: u8 = 3;
/// This side has ended.
const ENDED: u8 = 4;
