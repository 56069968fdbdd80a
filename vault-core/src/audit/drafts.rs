//! Lines on their way into the log: written out, but for their place in the chain.

use super::event::Event;
use super::line;

/// What one thread has done and not yet recorded. Made without a lock, given to
/// [`AuditLog::append`](super::AuditLog::append) at once.
#[derive(Default)]
pub struct Drafts {
    bytes: Vec<u8>,
    /// Where each draft ends.
    ends: Vec<usize>,
}

impl Drafts {
    /// Is there anything to record?
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    pub(super) fn add(&mut self, now_ms: u64, event: &Event<'_>) {
        line::draft(&mut self.bytes, now_ms, event);
        self.ends.push(self.bytes.len());
    }

    /// Oldest first.
    pub(super) fn iter(&self) -> impl Iterator<Item = &[u8]> {
        let begins = std::iter::once(0).chain(self.ends.iter().copied());
        begins.zip(&self.ends).map(|(begin, end)| &self.bytes[begin..*end])
    }

    pub(super) fn clear(&mut self) {
        self.bytes.clear();
        self.ends.clear();
        // One huge batch must not hold its memory for ever.
        self.bytes.shrink_to(KEPT);
    }
}

/// Bytes of memory kept for the next batch.
const KEPT: usize = 64 * 1024;
