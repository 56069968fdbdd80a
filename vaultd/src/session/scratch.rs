//! The buffers of one runtime thread.
//!
//! They have their full size from the start, because a buffer that grows leaves
//! a copy of everybody's secrets in free memory, and they are erased after
//! every step, because the next step is somebody else's.

use std::cell::RefCell;

use vault_proto::frame::HEADER;
use vault_proto::limits::FRAME_MAX;
use zeroize::Zeroize;

use super::BATCH_BYTES;

/// What one step works in.
pub(super) struct Scratch {
    /// What was read.
    pub(super) input: ReadBuffer,
    /// What will be written.
    pub(super) out: Vec<u8>,
}

/// A fixed buffer and how much of it is filled.
pub(super) struct ReadBuffer {
    bytes: Box<[u8]>,
    pub(super) filled: usize,
}

impl ReadBuffer {
    pub(super) fn filled(&self) -> &[u8] {
        self.bytes.get(..self.filled).unwrap_or_default()
    }

    pub(super) fn free(&mut self) -> &mut [u8] {
        self.bytes.get_mut(self.filled..).unwrap_or_default()
    }

    /// Puts back what was kept from an earlier step; it came from here, so it fits.
    pub(super) fn put(&mut self, kept: &[u8]) {
        if let Some(place) = self.free().get_mut(..kept.len()) {
            place.copy_from_slice(kept);
            self.filled += kept.len();
        }
    }

    pub(super) fn erase(&mut self) {
        if let Some(used) = self.bytes.get_mut(..self.filled) {
            used.zeroize();
        }
        self.filled = 0;
    }
}

/// Runs one step. Erased before as well: a step that panicked left its bytes.
pub(super) fn with<T>(step: impl FnOnce(&mut Scratch) -> T) -> T {
    SCRATCH.with_borrow_mut(|scratch| {
        scratch.erase();
        let result = step(scratch);
        scratch.erase();
        result
    })
}

impl Scratch {
    fn new() -> Self {
        Self {
            input: ReadBuffer { bytes: vec![0; READ].into_boxed_slice(), filled: 0 },
            out: Vec::with_capacity(BATCH_BYTES + 2 * (HEADER + FRAME_MAX)),
        }
    }

    fn erase(&mut self) {
        self.input.erase();
        // `Vec::zeroize` would erase the whole capacity each time.
        self.out.as_mut_slice().zeroize();
        self.out.clear();
    }
}

thread_local! {
    static SCRATCH: RefCell<Scratch> = RefCell::new(Scratch::new());
}

/// Most bytes read at a time.
const READ: usize = 64 << 10;
