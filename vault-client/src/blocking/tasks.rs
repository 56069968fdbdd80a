//! Calls on their way to results, over as many connections as it takes.

use std::collections::VecDeque;
use std::io;

use vault_proto::latest::{Acting, Call, Reply, Stamp};

use crate::blocking::Deadline;
use crate::error::ClientError;
use crate::options::Options;
use crate::plan;

/// Calls with their results so far.
pub(super) struct Tasks<'a> {
    pub(super) calls: &'a [Call],
    /// As whom all of them are made.
    pub(super) acting: Option<&'a Acting>,
    pub(super) options: &'a Options,
    pub(super) results: Vec<Option<Result<Reply, ClientError>>>,
    /// Not sent yet, in order.
    pub(super) waiting: VecDeque<usize>,
    /// Sent, at least in part, in order.
    pub(super) sent: VecDeque<Sent>,
    pub(super) deadline: Deadline,
    /// One reply has come, so the next call's time begins anew.
    pub(super) answered: bool,
}

pub(super) struct Sent {
    pub(super) index: usize,
    pub(super) id: u64,
    pub(super) floor: Option<Stamp>,
    /// What the link's count of written bytes is when the frame is out in full.
    pub(super) end: u64,
}

/// Why a link is done with, and how much it had written.
pub(super) struct Broken {
    pub(super) error: ClientError,
    pub(super) written: u64,
}

impl<'a> Tasks<'a> {
    pub(super) fn new(calls: &'a [Call], acting: Option<&'a Acting>, options: &'a Options) -> Self {
        let budget = calls.first().map_or(options.deadline, |call| plan::budget(call, options));
        Self {
            calls,
            acting,
            options,
            results: calls.iter().map(|_| None).collect(),
            waiting: (0..calls.len()).collect(),
            sent: VecDeque::new(),
            deadline: Deadline::after(budget),
            answered: false,
        }
    }

    pub(super) fn is_done(&self) -> bool {
        self.waiting.is_empty() && self.sent.is_empty()
    }

    pub(super) fn deadline(&self) -> Deadline {
        self.deadline
    }

    /// The link broke: what was sent and may have been executed gets its error,
    /// the rest waits for another link, unless the time is up or the server said
    /// something that another link will not change.
    pub(super) fn interrupted(&mut self, broken: &Broken) {
        let mut back = VecDeque::new();
        for Sent { index, end, .. } in std::mem::take(&mut self.sent) {
            let Some(call) = self.calls.get(index) else { continue };
            match plan::after_break(&broken.error, end <= broken.written, call) {
                Some(error) => self.settle(index, Err(error)),
                None => back.push_back(index),
            }
        }
        back.append(&mut self.waiting);
        self.waiting = back;
        if matches!(broken.error, ClientError::Unavailable(_)) {
            // Should a second link break too, this is what they end with.
            for index in self.waiting.clone() {
                self.settle(index, Err(broken.error.clone()));
            }
        } else {
            self.fail(&broken.error);
        }
    }

    /// Everything that has no result gets this one.
    pub(super) fn fail(&mut self, error: &ClientError) {
        for index in std::mem::take(&mut self.waiting) {
            self.settle(index, Err(error.clone()));
        }
    }

    pub(super) fn into_results(self) -> Vec<Result<Reply, ClientError>> {
        let unreached = || Err(ClientError::unavailable(io::Error::from(io::ErrorKind::ConnectionAborted)));
        self.results.into_iter().map(|result| result.unwrap_or_else(unreached)).collect()
    }

    pub(super) fn settle(&mut self, index: usize, result: Result<Reply, ClientError>) {
        if let Some(slot) = self.results.get_mut(index) {
            *slot = Some(result);
        }
    }

    pub(super) fn renew_deadline(&mut self, index: usize) {
        // The first call's time began before connecting.
        if self.answered
            && let Some(call) = self.calls.get(index)
        {
            self.deadline = Deadline::after(plan::budget(call, self.options));
        }
    }
}
