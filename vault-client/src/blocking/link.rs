//! One connection: bytes out and in under a deadline, and the calls that are on
//! their way. It reads while it writes, so a long pipeline cannot leave both
//! ends waiting for the other to read.

use std::io::{self, Read as _, Write as _};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::thread;
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use vault_proto::hello::{ClientHello, ServerHello};
use vault_proto::latest::SecretBytes;
use vault_proto::{Dialect, erase};

use crate::blocking::Deadline;
use crate::blocking::tasks::{Broken, Sent, Tasks};
use crate::dial::{BACKLOG_PAUSE, dial};
use crate::error::{ClientError, ProtocolError};
use crate::inbox::Inbox;
use crate::operation;
use crate::options::Options;
use crate::plan;
use crate::stamps::ServerStamps;

pub(super) struct Link {
    stream: UnixStream,
    dialect: Dialect,
    inbox: Inbox,
    out: Outbox,
    next_id: u64,
}

/// Encoded and not yet written. Erased once it is, and on drop.
#[derive(Default)]
struct Outbox {
    bytes: Vec<u8>,
    start: usize,
    /// Bytes ever written, to know which frames are out in full.
    written: u64,
}

impl Link {
    /// Connects, agrees on the protocol and presents the token, if there is one.
    pub(super) fn open(
        path: &Path,
        options: &Options,
        token: Option<&SecretBytes>,
        deadline: Deadline,
    ) -> Result<Self, ClientError> {
        let stream = loop {
            if let Some(stream) = dial(path, options)? {
                break stream;
            }
            thread::sleep(deadline.left()?.min(BACKLOG_PAUSE));
        };
        let hello = ClientHello::new(options.codec);
        let mut link = Self {
            stream,
            dialect: Dialect::newest(options.codec),
            inbox: Inbox::default(),
            out: Outbox { bytes: hello.encode().to_vec(), ..Outbox::default() },
            next_id: 1,
        };
        link.dialect = loop {
            match link.inbox.take_hello()? {
                Some(ServerHello::Agreed { version, codec }) => {
                    break hello.accept(version, codec).ok_or(ProtocolError::NotOffered)?;
                }
                Some(ServerHello::Refused(refusal)) => return Err(ClientError::Refused(refusal)),
                None => link.turn(deadline)?,
            }
        };
        if let Some(token) = token {
            link.present(token, deadline)?;
        }
        Ok(link)
    }

    /// A token counts for one connection, so each begins with it.
    fn present(&mut self, token: &SecretBytes, deadline: Deadline) -> Result<(), ClientError> {
        let id = self.next_id;
        let call = operation::present(token).call;
        self.dialect.encode_call_frame(id, None, &call, &mut self.out.bytes)?;
        self.next_id += 1;
        loop {
            match self.inbox.take_response(self.dialect)? {
                Some(response) => return plan::presented(response, id),
                None => self.turn(deadline)?,
            }
        }
    }

    /// Nothing has arrived since the last call, not even an end. A server that
    /// closed an idle connection is noticed here, before a write is at stake.
    pub(super) fn is_quiet(&self) -> bool {
        let mut byte = [0];
        self.inbox.is_empty()
            && matches!((&self.stream).read(&mut byte), Err(error) if error.kind() == io::ErrorKind::WouldBlock)
    }

    /// Brings every waiting task to its result. After an error the link is done
    /// with, and `tasks` knows what was sent.
    pub(super) fn exchange(&mut self, tasks: &mut Tasks<'_>, stamps: &ServerStamps) -> Result<(), Broken> {
        loop {
            self.fill(tasks, stamps);
            if tasks.sent.is_empty() {
                return Ok(());
            }
            let turned = self.turn(tasks.deadline);
            // A server may answer and close; what it answered counts.
            let received = self.receive(tasks, stamps);
            if let Err(error) = received.and(turned) {
                return Err(Broken { error, written: self.out.written });
            }
        }
    }

    /// Encodes as many tasks as may be on their way.
    fn fill(&mut self, tasks: &mut Tasks<'_>, stamps: &ServerStamps) {
        while self.out.pending() < OUT_WINDOW && tasks.sent.len() < tasks.options.in_flight {
            let Some(index) = tasks.waiting.pop_front() else { return };
            let Some(call) = tasks.calls.get(index) else { continue };
            let id = self.next_id;
            match self.dialect.encode_call_frame(id, tasks.acting, call, &mut self.out.bytes) {
                Ok(()) => {
                    self.next_id = id.wrapping_add(1).max(1);
                    let end = self.out.written + self.out.pending() as u64;
                    if tasks.sent.is_empty() {
                        tasks.renew_deadline(index);
                    }
                    tasks.sent.push_back(Sent { index, id, floor: stamps.floor(), end });
                }
                Err(error) => tasks.settle(index, Err(error.into())),
            }
        }
    }

    /// Takes every response that is all there.
    fn receive(&mut self, tasks: &mut Tasks<'_>, stamps: &ServerStamps) -> Result<(), ClientError> {
        while let Some(response) = self.inbox.take_response(self.dialect)? {
            // In request order, so it answers the oldest or it answers nothing.
            match tasks.sent.front() {
                Some(oldest) if oldest.id == response.id => {}
                _ => return Err(plan::unasked(response)),
            }
            tasks.answered = true;
            if let Some(Sent { index, floor, .. }) = tasks.sent.pop_front() {
                tasks.settle(index, plan::settle(response, stamps, floor, tasks.options));
                if let Some(next) = tasks.sent.front() {
                    tasks.renew_deadline(next.index);
                }
            }
        }
        Ok(())
    }

    /// Waits until the socket is ready, then writes and reads what it takes.
    fn turn(&mut self, deadline: Deadline) -> Result<(), ClientError> {
        self.wait(deadline)?;
        // A server that refuses may have said why before it closed: read, whatever
        // writing came to.
        let wrote = self.out.write_to(&self.stream).map_err(ClientError::unavailable);
        match (&self.stream).read(self.inbox.space()) {
            Ok(0) => Err(ClientError::unavailable(io::Error::from(io::ErrorKind::UnexpectedEof))),
            Ok(bytes) => {
                self.inbox.filled(bytes);
                wrote
            }
            Err(error) if is_passing(&error) => wrote,
            Err(error) => Err(ClientError::unavailable(error)),
        }
    }

    fn wait(&self, deadline: Deadline) -> Result<(), ClientError> {
        let interest = if self.out.pending() > 0 { PollFlags::IN | PollFlags::OUT } else { PollFlags::IN };
        loop {
            let left = timespec(deadline.left()?);
            match poll(&mut [PollFd::new(&self.stream, interest)], Some(&left)) {
                Ok(0) | Err(rustix::io::Errno::INTR) => {}
                Ok(_) => return Ok(()),
                Err(errno) => return Err(ClientError::unavailable(errno)),
            }
        }
    }
}

impl Outbox {
    fn pending(&self) -> usize {
        self.bytes.len() - self.start
    }

    fn write_to(&mut self, mut stream: &UnixStream) -> io::Result<()> {
        while self.pending() > 0 {
            match stream.write(self.bytes.get(self.start..).unwrap_or_default()) {
                Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                Ok(bytes) => {
                    self.start += bytes;
                    self.written += bytes as u64;
                }
                Err(error) if is_passing(&error) => {
                    self.compact();
                    return Ok(());
                }
                Err(error) => return Err(error),
            }
        }
        erase(&mut self.bytes, 0);
        self.start = 0;
        if self.bytes.capacity() > KEPT {
            self.bytes = Vec::new();
        }
        Ok(())
    }

    /// A pipeline that is never written out in full must not grow for ever.
    fn compact(&mut self) {
        if self.start >= OUT_WINDOW {
            self.bytes.copy_within(self.start.., 0);
            let left = self.pending();
            erase(&mut self.bytes, left);
            self.start = 0;
        }
    }
}

impl Drop for Outbox {
    fn drop(&mut self) {
        erase(&mut self.bytes, 0);
    }
}

/// Try again when poll says so.
fn is_passing(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted)
}

fn timespec(duration: Duration) -> Timespec {
    Timespec { tv_sec: i64::try_from(duration.as_secs()).unwrap_or(i64::MAX), tv_nsec: duration.subsec_nanos().into() }
}

/// Encoded ahead of what the socket has taken.
const OUT_WINDOW: usize = 256 << 10;
/// A larger buffer is given back when it is empty.
const KEPT: usize = 512 << 10;
