//! What the sessions of one thread share between their steps: the write of
//! their audit lines.
//!
//! A session that has a short answer lets those have their turn that are ready
//! too, and sends it when it comes round again. The first of them then writes
//! the lines of all, and the others find nothing left to write. If that write
//! fails it is nobody's alone: whoever waited for it sends nothing.

use std::cell::Cell;

use zeroize::Zeroizing;

/// Answers that leave when this session comes round again.
pub(super) struct Held {
    pub(super) answers: Zeroizing<Vec<u8>>,
    failures: u64,
}

impl Held {
    /// Keeps what was answered in this step, if that pays: a long batch carries
    /// its own write, and a session alone on its thread shares it with nobody.
    pub(super) fn of(answers: &[u8]) -> Option<Self> {
        let pays = answers.len() <= HELD_MAX && SESSIONS.get() > 1;
        pays.then(|| Self { answers: Zeroizing::new(answers.to_vec()), failures: FAILURES.get() })
    }

    /// Was everything written that was recorded up to the last flush?
    pub(super) fn is_recorded(&self) -> bool {
        FAILURES.get() == self.failures
    }
}

/// A flush on this thread failed.
pub(super) fn flush_failed() {
    FAILURES.set(FAILURES.get() + 1);
}

/// One session of this thread, for as long as this exists.
pub(super) struct Seat(());

impl Seat {
    pub(super) fn take() -> Self {
        SESSIONS.set(SESSIONS.get() + 1);
        Self(())
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        // A runtime that is shut down may drop its sessions on another thread.
        SESSIONS.set(SESSIONS.get().saturating_sub(1));
    }
}

thread_local! {
    static SESSIONS: Cell<usize> = const { Cell::new(0) };
    static FAILURES: Cell<u64> = const { Cell::new(0) };
}

/// Longest answers that wait: few enough bytes to be worth copying and erasing
/// for a share in a write.
const HELD_MAX: usize = 512;
