//! The gateway that the unmodified client of Imperal's SDK calls: HTTP/1.1 on
//! loopback or a Unix socket, off until it is configured. docs/GATEWAY.md.
//!
//! The kernel says nothing about who is on the other side of a TCP connection,
//! so everybody here is nobody, whatever uid they have, until they show a token.
//! The token decides the app; what path and headers say can only disagree.

mod accept;
pub mod auth;
mod handle;
mod leftovers;
pub mod limits;
mod listen;
mod map;
mod pace;
pub mod route;
pub mod value;
mod wire;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Instant;

use crate::service::{InFlight, Service};
use limits::{CONNECTIONS_MAX, IN_FLIGHT_MAX, Pace};

pub(crate) use accept::accept;
pub use listen::Listening;

/// What every serving thread shares.
pub(crate) struct Gateway<S> {
    service: Arc<S>,
    pace: Pace,
    in_flight: Arc<InFlight>,
    seats: Arc<AtomicUsize>,
    started: Instant,
    last_warning: AtomicU64,
}

/// One connection's place. Given back when dropped.
struct Seat(Arc<AtomicUsize>);

impl<S: Service> Gateway<S> {
    /// A gateway to this service.
    pub(crate) fn new(service: Arc<S>) -> Arc<Self> {
        Self::paced(service, Pace::default())
    }

    fn paced(service: Arc<S>, pace: Pace) -> Arc<Self> {
        Arc::new(Self {
            service,
            pace,
            in_flight: InFlight::new(IN_FLIGHT_MAX),
            seats: Arc::default(),
            started: Instant::now(),
            last_warning: AtomicU64::new(0),
        })
    }

    fn seat(&self) -> Option<Seat> {
        let more = |taken| (taken < CONNECTIONS_MAX).then_some(taken + 1);
        self.seats.fetch_update(Ordering::AcqRel, Ordering::Relaxed, more).ok().map(|_| Seat(Arc::clone(&self.seats)))
    }

    /// One warning a second: whoever is turned away can come again at once.
    fn may_warn(&self) -> bool {
        let now = self.started.elapsed().as_secs() + 1;
        self.last_warning.swap(now, Ordering::Relaxed) != now
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}

#[cfg(test)]
mod tests;
