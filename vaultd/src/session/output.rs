//! Answers on their way out, in request order.

use std::collections::VecDeque;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use zeroize::{Zeroize, Zeroizing};

use super::{BATCH_BYTES, Ended};
use crate::service::Ticket;

/// The queue behind the first answer that is not there yet. Empty for a
/// connection that only reads: its answers go straight out.
#[derive(Default)]
pub(super) struct Output {
    queue: VecDeque<Place>,
    ready_bytes: usize,
}

enum Place {
    Ready(Zeroizing<Vec<u8>>),
    Waiting(Ticket),
}

impl Output {
    pub(super) fn is_empty(&self) -> bool {
        self.queue.is_empty()
    }

    /// Room for one more answer? Else no more requests are read: a client that
    /// sends much and reads nothing holds its own memory, not ours.
    pub(super) fn has_room(&self) -> bool {
        self.queue.len() < PLACES && self.ready_bytes < READY_BYTES
    }

    /// Lets an answer be written where it belongs: to `out`, or behind those
    /// that are waited for.
    pub(super) fn answer<T>(&mut self, out: &mut Vec<u8>, write: impl FnOnce(&mut Vec<u8>) -> T) -> T {
        if self.queue.is_empty() {
            return write(out);
        }
        let mut frame = Zeroizing::new(Vec::new());
        let result = write(&mut frame);
        if !frame.is_empty() {
            self.ready_bytes += frame.len();
            self.queue.push_back(Place::Ready(frame));
        }
        result
    }

    /// Keeps a place for an answer that comes later.
    pub(super) fn wait_for(&mut self, ticket: Ticket) {
        self.queue.push_back(Place::Waiting(ticket));
    }

    /// Moves what has become ready to `out`, up to one batch.
    pub(super) fn collect(&mut self, cx: &mut Context<'_>, out: &mut Vec<u8>) -> Result<(), Ended> {
        while out.len() < BATCH_BYTES {
            let Some(place) = self.queue.front_mut() else { break };
            match place {
                Place::Ready(frame) => {
                    self.ready_bytes = self.ready_bytes.saturating_sub(frame.len());
                    append(out, frame);
                }
                Place::Waiting(ticket) => match Pin::new(&mut ticket.0).poll(cx) {
                    Poll::Pending => break,
                    Poll::Ready(Ok(mut frame)) => {
                        append(out, &frame);
                        frame.zeroize();
                    }
                    Poll::Ready(Err(_)) => return Err(Ended::Unanswered),
                },
            }
            self.queue.pop_front();
        }
        Ok(())
    }
}

fn append(out: &mut Vec<u8>, frame: &[u8]) {
    vault_proto::reserve(out, frame.len());
    out.extend_from_slice(frame);
}

/// Most answers that wait for one before them.
const PLACES: usize = 1_024;
/// Bytes of such answers at which no more requests are read.
const READY_BYTES: usize = 1 << 20;
