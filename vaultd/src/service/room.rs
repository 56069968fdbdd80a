//! How much queued work one uid may have at a time.
//!
//! A permit belongs to the work, not to the connection: whoever hangs up and
//! connects again finds its own unfinished work still counted.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::sync::Notify;

/// The queued work of one uid, all its connections together.
#[derive(Debug)]
pub struct InFlight {
    held: AtomicU64,
    limit: AtomicU64,
    freed: Notify,
}

/// One piece of queued work. Counts until dropped.
#[derive(Debug)]
pub struct Permit(Arc<InFlight>);

/// What a request in hand may take; lives as long as one connection.
#[derive(Debug)]
pub struct Room {
    of: Arc<InFlight>,
    kept: Option<Permit>,
}

impl InFlight {
    /// With room for `limit`.
    #[must_use]
    pub fn new(limit: u64) -> Arc<Self> {
        Arc::new(Self { held: AtomicU64::new(0), limit: AtomicU64::new(limit), freed: Notify::new() })
    }

    /// Changes the limit. What is held above a lower one runs out by itself.
    pub fn set_limit(&self, limit: u64) {
        self.limit.store(limit, Ordering::Relaxed);
        self.freed.notify_waiters();
    }

    /// How many permits are out.
    #[must_use]
    pub fn held(&self) -> u64 {
        self.held.load(Ordering::Relaxed)
    }

    fn take(self: &Arc<Self>) -> Option<Permit> {
        let limit = self.limit.load(Ordering::Relaxed);
        let more = |held| (held < limit).then_some(held + 1);
        self.held.fetch_update(Ordering::AcqRel, Ordering::Relaxed, more).ok().map(|_| Permit(Arc::clone(self)))
    }

    /// Waits for a permit.
    pub(crate) async fn wait(self: Arc<Self>) -> Permit {
        loop {
            // Registered before the look, so that a permit freed in between wakes us.
            let freed = self.freed.notified();
            if let Some(permit) = self.take() {
                return permit;
            }
            freed.await;
        }
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        self.0.held.fetch_sub(1, Ordering::AcqRel);
        self.0.freed.notify_one();
    }
}

impl Room {
    /// For one connection of the uid.
    #[must_use]
    pub fn new(of: Arc<InFlight>) -> Self {
        Self { of, kept: None }
    }

    /// A permit for one piece of work, if there is one.
    pub fn take(&mut self) -> Option<Permit> {
        self.kept.take().or_else(|| self.of.take())
    }

    /// Keeps a permit that was waited for, for the next request.
    pub(crate) fn keep(&mut self, permit: Permit) {
        self.kept = Some(permit);
    }

    /// Gives a kept permit back when the request did not need it.
    pub(crate) fn release(&mut self) {
        self.kept = None;
    }

    pub(crate) fn in_flight(&self) -> Arc<InFlight> {
        Arc::clone(&self.of)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn permits_are_counted_across_connections_and_come_back() {
        let uid = InFlight::new(2);
        let (mut first, mut second) = (Room::new(Arc::clone(&uid)), Room::new(Arc::clone(&uid)));
        let (a, b) = (first.take().unwrap(), second.take().unwrap());
        assert!(first.take().is_none());
        drop(first);
        assert!(second.take().is_none(), "a closed connection's work still counts");
        drop(a);
        let c = second.take().unwrap();
        assert_eq!(uid.held(), 2);
        drop((b, c));
        assert_eq!(uid.held(), 0);
    }

    #[tokio::test(flavor = "current_thread")]
    async fn waiting_ends_when_one_is_freed_or_the_limit_rises() {
        let uid = InFlight::new(1);
        let held = Room::new(Arc::clone(&uid)).take().unwrap();
        let waiting = tokio::spawn(Arc::clone(&uid).wait());
        tokio::task::yield_now().await;
        assert!(!waiting.is_finished());
        drop(held);
        let permit = waiting.await.unwrap();
        let waiting = tokio::spawn(Arc::clone(&uid).wait());
        tokio::task::yield_now().await;
        uid.set_limit(2);
        let second = waiting.await.unwrap();
        drop((permit, second));
    }
}
