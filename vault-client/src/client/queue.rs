//! What callers and the driver of a connection share: frames to be written and
//! callers that wait, in the same order.

use std::collections::VecDeque;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore, oneshot};
use vault_proto::latest::{Acting, Call, Response};
use vault_proto::{Dialect, erase};

use crate::error::ClientError;
use crate::plan;

/// The connection is done with.
pub(super) struct Broken {
    pub(super) error: ClientError,
    /// The call had been written in full.
    pub(super) sent: bool,
}

pub(super) struct Queue {
    pub(super) state: Mutex<State>,
    /// There is something to write.
    pub(super) wake: Notify,
    /// Bounds what is on the way, and so the memory a silent server can cost.
    pub(super) permits: Arc<Semaphore>,
    pub(super) dialect: Dialect,
}

#[derive(Default)]
pub(super) struct State {
    /// Frames not yet taken by the driver.
    pub(super) out: Vec<u8>,
    /// Bytes ever appended and ever written.
    appended: u64,
    pub(super) written: u64,
    last_id: u64,
    pub(super) waiting: VecDeque<Waiter>,
    pub(super) closed: Option<ClientError>,
}

pub(super) struct Waiter {
    id: u64,
    /// What [`State::written`] is when the frame is out in full.
    pub(super) end: u64,
    answer: oneshot::Sender<Result<Response, Broken>>,
    _permit: OwnedSemaphorePermit,
}

impl Queue {
    pub(super) fn append(
        &self,
        call: &Call,
        acting: Option<&Acting>,
        answer: oneshot::Sender<Result<Response, Broken>>,
        permit: OwnedSemaphorePermit,
    ) -> Result<(), ClientError> {
        let mut state = self.lock();
        if let Some(error) = &state.closed {
            return Err(error.clone());
        }
        let before = state.out.len();
        let id = state.next_id();
        self.dialect.encode_call_frame(id, acting, call, &mut state.out)?;
        state.appended += (state.out.len() - before) as u64;
        let end = state.appended;
        state.waiting.push_back(Waiter { id, end, answer, _permit: permit });
        Ok(())
    }

    /// Hands a response to the oldest waiter, who is the only one it can be for.
    pub(super) fn answer(&self, response: Response) -> Result<(), ClientError> {
        let mut state = self.lock();
        match state.waiting.pop_front() {
            Some(oldest) if oldest.id == response.id => {
                drop(state);
                // Nobody waits any more when this fails; the response is erased.
                let _ = oldest.answer.send(Ok(response));
                Ok(())
            }
            other => {
                if let Some(oldest) = other {
                    state.waiting.push_front(oldest);
                }
                Err(plan::unasked(response))
            }
        }
    }

    pub(super) fn close(&self, error: &ClientError) {
        let mut state = self.lock();
        if state.closed.is_none() {
            state.closed = Some(error.clone());
        }
        let written = state.written;
        for Waiter { end, answer, .. } in std::mem::take(&mut state.waiting) {
            let _ = answer.send(Err(Broken { error: error.clone(), sent: end <= written }));
        }
        erase(&mut state.out, 0);
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// 0 is the server's word about the connection, so no call has it.
    pub(super) fn next_id(&mut self) -> u64 {
        self.last_id = self.last_id.wrapping_add(1).max(1);
        self.last_id
    }
}

impl Drop for State {
    fn drop(&mut self) {
        erase(&mut self.out, 0);
    }
}

/// Closes the queue when it goes.
pub(super) struct Closing<'a>(pub(super) &'a Queue);

impl Drop for Closing<'_> {
    fn drop(&mut self) {
        self.0.close(&ClientError::unavailable(closed()));
    }
}

pub(super) fn closed() -> io::Error {
    io::ErrorKind::ConnectionAborted.into()
}
