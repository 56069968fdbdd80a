//! Room for connections.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Instant;

use super::limits::Pace;

/// The places of one door, all serving threads together.
pub(crate) struct Hall {
    pub(crate) pace: Pace,
    seats: usize,
    taken: Arc<AtomicUsize>,
    started: Instant,
    last_warning: AtomicU64,
}

/// One connection's place. Given back when dropped.
pub(super) struct Seat(Arc<AtomicUsize>);

impl Hall {
    pub(crate) fn new(pace: Pace, seats: usize) -> Self {
        Self { pace, seats, taken: Arc::default(), started: Instant::now(), last_warning: AtomicU64::new(0) }
    }

    pub(super) fn seat(&self) -> Option<Seat> {
        let more = |taken| (taken < self.seats).then_some(taken + 1);
        self.taken.fetch_update(Ordering::AcqRel, Ordering::Relaxed, more).ok().map(|_| Seat(Arc::clone(&self.taken)))
    }

    /// One warning a second: whoever is turned away can come again at once.
    pub(super) fn may_warn(&self) -> bool {
        let now = self.started.elapsed().as_secs() + 1;
        self.last_warning.swap(now, Ordering::Relaxed) != now
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}
