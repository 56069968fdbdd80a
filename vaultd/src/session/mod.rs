//! One connection, from hello to hangup.
//!
//! The shape that makes it fast also bounds it: whatever has arrived is read in
//! one call, every complete request in it is handled in place, and all answers
//! leave in one write. Nothing awaits between reading and handling, so the buffers
//! belong to the thread and not to the connection: ten thousand idle connections
//! hold none. Before its answers leave, a connection lets the others of its thread
//! that are ready do as much: one write of the audit log serves them all.
//!
//! Answers leave in request order. A write that waits for the disk is a place
//! kept in the queue; reads behind it are answered into the queue.

mod hello;
mod input;
mod output;
mod scratch;

use std::future::{Future, poll_fn};
use std::panic::AssertUnwindSafe;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncWrite, AsyncWriteExt};
use tokio::net::UnixStream;
use tokio::sync::watch;
use tokio::time::{Sleep, sleep, timeout};
use vault_proto::Dialect;
use vault_proto::latest::{Response, WireError};
use zeroize::Zeroizing;

use crate::config::Limits;
use crate::listener::Peer;
use crate::service::{Batch, Handled, InFlight, Permit, Room, Service};

use input::{Input, Next};
use output::Output;
use scratch::Scratch;

/// Why a connection ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Ended {
    /// The client hung up.
    #[error("the client hung up")]
    HungUp,
    /// The daemon is going down and everything was answered.
    #[error("the daemon is going down")]
    Stopped,
    /// Something other than the protocol arrived.
    #[error("not the vault protocol")]
    NotOurProtocol,
    /// The hello was answered with a refusal.
    #[error("no version or codec in common")]
    NothingInCommon,
    /// A hello or frame was begun and not finished in time.
    #[error("a frame was begun and not finished in time")]
    SlowSender,
    /// The answers were not read in time.
    #[error("the answers were not read in time")]
    SlowReader,
    /// A frame that is empty or too long.
    #[error("a frame of an impossible length")]
    BadFrame,
    /// The service ended the connection.
    #[error("a message that makes no sense")]
    Refused,
    /// Queued work was dropped unanswered.
    #[error("the writer gave no answer")]
    Unanswered,
    /// The answers could not be recorded.
    #[error("the audit log cannot be written")]
    Withheld,
    /// The socket failed.
    #[error("the socket failed")]
    Socket,
}

/// The deadlines of one connection, fixed when it was accepted.
#[derive(Debug, Clone, Copy)]
pub struct Pace {
    /// For the hello, and for a frame once begun.
    pub frame: Duration,
    /// For the client to read one batch of answers.
    pub write: Duration,
    /// For a place among the uid's queued work.
    pub room: Duration,
}

impl From<&Limits> for Pace {
    fn from(limits: &Limits) -> Self {
        Self { frame: limits.first_frame(), write: limits.write_deadline(), room: ROOM_WAIT }
    }
}

/// Serves one connection until it ends.
pub async fn serve<S: Service>(
    mut stream: UnixStream,
    peer: Peer,
    in_flight: Arc<InFlight>,
    service: Arc<S>,
    pace: Pace,
    mut stop: watch::Receiver<bool>,
) -> Ended {
    let dialect = match hello::exchange(&mut stream, pace, &mut stop).await {
        Ok(dialect) => dialect,
        Err(ended) => return ended,
    };
    let mut session = Session {
        stream,
        peer,
        dialect,
        service,
        pace,
        room: Room::new(in_flight),
        input: Input::default(),
        output: Output::default(),
        staged: None,
        waiting: None,
        deadline: None,
        busy: false,
        ending: None,
        handled: 0,
    };
    session.run(&mut stop).await
}

struct Session<S: Service> {
    stream: UnixStream,
    peer: Peer,
    dialect: Dialect,
    service: Arc<S>,
    pace: Pace,
    room: Room,
    input: Input,
    output: Output,
    /// Answers that leave as soon as they are recorded.
    staged: Option<Staged>,
    /// The next request needs a place among the uid's queued work.
    waiting: Option<Waiting>,
    /// A frame has begun; by then it must be whole.
    deadline: Option<Pin<Box<Sleep>>>,
    /// The wait for a place was in vain: refuse the next request.
    busy: bool,
    /// No more requests are taken; ends when the answers are out.
    ending: Option<Ended>,
    /// Requests handled since other connections had their turn.
    handled: usize,
}

struct Staged {
    answers: Unsent,
    batch: Batch,
}

struct Waiting {
    permit: Pin<Box<dyn Future<Output = Permit> + Send>>,
    until: Pin<Box<Sleep>>,
}

impl<S: Service> Session<S> {
    async fn run(&mut self, stop: &mut watch::Receiver<bool>) -> Ended {
        let mut stopped = pin!(stop.wait_for(|stop| *stop));
        loop {
            let step = poll_fn(|cx| {
                if self.ending.is_none() && stopped.as_mut().poll(cx).is_ready() {
                    self.ending = Some(Ended::Stopped);
                }
                scratch::with(|scratch| self.poll_step(cx, scratch))
            });
            let unsent = match step.await {
                Ok(unsent) => unsent,
                Err(ended) => return ended,
            };
            if let Some(unsent) = unsent {
                match timeout(self.pace.write, self.stream.write_all(&unsent)).await {
                    Ok(Ok(())) => {}
                    Ok(Err(_)) => return Ended::HungUp,
                    Err(_) => return Ended::SlowReader,
                }
            }
            // One client that never pauses must not starve the others of this thread.
            if self.handled >= TURN {
                self.handled = 0;
                tokio::task::yield_now().await;
            }
        }
    }

    /// Takes what can be taken and sends what can be sent. Ready with what the
    /// socket did not take, if anything.
    fn poll_step(&mut self, cx: &mut Context<'_>, scratch: &mut Scratch) -> Poll<Result<Option<Unsent>, Ended>> {
        if let Some(staged) = self.staged.take() {
            return Poll::Ready(self.send(cx, staged));
        }
        // Before, to make room; after, because nobody has asked the new ones to wake us.
        let before = self.handled;
        let taken = self
            .output
            .collect(cx, &mut scratch.out)
            .and_then(|()| self.take(cx, scratch))
            .and_then(|()| self.output.collect(cx, &mut scratch.out));
        if let Err(ended) = taken {
            return Poll::Ready(Err(ended));
        }
        if !scratch.out.is_empty() {
            let answers = Zeroizing::new(scratch.out.clone());
            self.staged = Some(Staged { answers, batch: self.service.batch() });
            // Behind the connections of this thread that are ready already.
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        // Answers wait in the queue behind a write. What they say is recorded now,
        // not by whichever connection of this thread sends next: if that one
        // failed, nobody would know that these lines went with it.
        if self.handled != before && self.service.flush_now().is_err() {
            return Poll::Ready(Err(Ended::Withheld));
        }
        if let Some(ended) = self.ending.filter(|_| self.output.is_empty()) {
            return Poll::Ready(Err(ended));
        }
        if self.deadline.as_mut().is_some_and(|deadline| deadline.as_mut().poll(cx).is_ready()) {
            return Poll::Ready(Err(Ended::SlowSender));
        }
        Poll::Pending
    }

    /// Reads and handles requests until there is something to send, nothing
    /// more to read, or no place to put an answer.
    fn take(&mut self, cx: &mut Context<'_>, scratch: &mut Scratch) -> Result<(), Ended> {
        loop {
            if self.ending.is_some() || self.is_waiting(cx) || !self.output.has_room() {
                // Whoever is not read from cannot be late.
                self.deadline = None;
                return Ok(());
            }
            match self.input.poll_fill(cx, &mut self.stream, &mut scratch.input) {
                Poll::Pending => {
                    if !self.input.has_begun() {
                        self.deadline = None;
                    } else if self.deadline.is_none() {
                        self.deadline = Some(Box::pin(sleep(self.pace.frame)));
                    }
                    return Ok(());
                }
                Poll::Ready(Err(_)) => return Err(Ended::Socket),
                Poll::Ready(Ok(0)) => {
                    self.ending = Some(Ended::HungUp);
                    continue;
                }
                Poll::Ready(Ok(_)) => {}
            }
            self.handle_batch(scratch);
            if !scratch.out.is_empty() {
                return Ok(());
            }
        }
    }

    /// Handles the complete requests at hand, up to one batch.
    fn handle_batch(&mut self, scratch: &mut Scratch) {
        let mut input = std::mem::take(&mut self.input);
        let mut requests = input.requests(&mut scratch.input);
        for _ in 0..BATCH {
            if scratch.out.len() >= BATCH_BYTES || !self.output.has_room() {
                break;
            }
            match requests.next() {
                Next::Nothing => break,
                Next::Request(request) => {
                    if !self.handle(request, &mut scratch.out) {
                        break;
                    }
                    requests.done();
                    // The next frame's time starts with the next frame.
                    self.deadline = None;
                }
                Next::Impossible(error) => {
                    self.refuse_frame(error, &mut scratch.out);
                    break;
                }
            }
            if self.ending.is_some() {
                break;
            }
        }
        requests.keep_rest();
        self.input = input;
    }

    /// Handles one request. False when it must come again.
    fn handle(&mut self, request: &[u8], out: &mut Vec<u8>) -> bool {
        self.handled += 1;
        let Self { service, peer, dialect, room, busy, .. } = self;
        let handled = self.output.answer(out, |out| {
            if std::mem::take(busy) {
                service.refuse_busy(peer, *dialect, request, out);
                return Handled::Replied;
            }
            service.handle(peer, *dialect, request, room, out)
        });
        self.room.release();
        match handled {
            Handled::Replied => {}
            Handled::Queued(ticket) => self.output.wait_for(ticket),
            Handled::NoRoom => {
                self.waiting = Some(Waiting {
                    permit: Box::pin(self.room.in_flight().wait()),
                    until: Box::pin(sleep(self.pace.room)),
                });
                return false;
            }
            Handled::Close => self.ending = Some(Ended::Refused),
        }
        true
    }

    fn is_waiting(&mut self, cx: &mut Context<'_>) -> bool {
        let Some(waiting) = &mut self.waiting else { return false };
        match waiting.permit.as_mut().poll(cx) {
            Poll::Ready(permit) => self.room.keep(permit),
            Poll::Pending if waiting.until.as_mut().poll(cx).is_ready() => self.busy = true,
            Poll::Pending => return true,
        }
        self.waiting = None;
        false
    }

    /// Says what was wrong with a frame that has no id, and ends: where the
    /// next one would begin is not known.
    fn refuse_frame(&mut self, error: vault_proto::frame::FrameError, out: &mut Vec<u8>) {
        let result = Err(match error {
            vault_proto::frame::FrameError::TooLarge { len, max } => WireError::TooLarge { len, max },
            _ => WireError::Invalid { field: "frame".to_owned(), expected: "a message".to_owned() },
        });
        let response = Response { id: 0, stamp: None, result };
        let dialect = self.dialect;
        self.output.answer(out, |out| {
            // A message of a few bytes always fits; if not, the connection ends without it.
            let _ = dialect.encode_response_frame(&response, out);
        });
        self.ending = Some(Ended::BadFrame);
    }

    fn send(&mut self, cx: &mut Context<'_>, Staged { answers, batch }: Staged) -> Result<Option<Unsent>, Ended> {
        if self.service.flush(batch).is_err() {
            return Err(Ended::Withheld);
        }
        match Pin::new(&mut self.stream).poll_write(cx, &answers) {
            Poll::Ready(Ok(sent)) if sent == answers.len() => Ok(None),
            Poll::Ready(Ok(sent)) => Ok(Some(Zeroizing::new(answers.get(sent..).unwrap_or_default().to_vec()))),
            Poll::Pending => Ok(Some(answers)),
            Poll::Ready(Err(_)) => Err(Ended::HungUp),
        }
    }
}

/// Also when a panic ends the connection, so that nothing is kept for it.
impl<S: Service> Drop for Session<S> {
    fn drop(&mut self) {
        // Before the service forgets the connection: work still queued for it
        // must find that nobody waits.
        self.output = Output::default();
        // A second panic while unwinding would abort the whole daemon.
        let closed = AssertUnwindSafe(|| {
            // What was done for it and never answered is recorded all the same;
            // that it could not be is in the log's state.
            let _in_audit_state = self.service.flush_now().is_ok();
            self.service.closed(&self.peer);
        });
        let _ = std::panic::catch_unwind(closed);
    }
}

/// Answers on their way out, or what the socket did not take of them at once;
/// erased when they are out.
type Unsent = Zeroizing<Vec<u8>>;

/// Most requests handled before their answers are sent.
const BATCH: usize = 256;
/// Bytes of answers that end a batch. The thread's buffer has room for one
/// longest frame beyond it, so that it never moves.
const BATCH_BYTES: usize = 256 << 10;
/// Requests of one connection after which the others of its thread get a turn.
const TURN: usize = 256;
/// How long a request waits for a place among its uid's queued work before it
/// is refused as busy. Queued work takes milliseconds; this long means that the
/// disk hangs or somebody else of the same uid floods.
const ROOM_WAIT: Duration = Duration::from_secs(2);

#[cfg(test)]
mod tests;
