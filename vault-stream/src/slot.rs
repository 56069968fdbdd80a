//! Where the sealed data key is kept: twice, so that replacing it in place can be
//! interrupted.
//!
//! ```text
//! slot = LP(sealed data key) | zeros | SHA-256(fixed part ‖ everything before) 32
//! ```
//!
//! The sum finds a write that was torn. It proves nothing: that is what the
//! commitment is for.

use sha2::{Digest as _, Sha256};

use crate::limits::{SEALED_MAX, SECTOR};

/// The smallest slot for a sealed data key: whole sectors.
pub(crate) fn room_for(sealed: usize) -> usize {
    (sealed + OVERHEAD).next_multiple_of(SECTOR)
}

/// The longest sealed data key a slot has room for.
pub(crate) fn capacity(room: usize) -> usize {
    room.saturating_sub(OVERHEAD).min(SEALED_MAX)
}

/// `sealed` is at most [`capacity`] long.
pub(crate) fn encode(fixed: &[u8], room: usize, sealed: &[u8]) -> Vec<u8> {
    let mut slot = Vec::with_capacity(room);
    slot.extend_from_slice(&u32::try_from(sealed.len()).unwrap_or(u32::MAX).to_be_bytes());
    slot.extend_from_slice(sealed);
    slot.resize(room - SUM, 0);
    let sum = sum(fixed, &slot);
    slot.extend_from_slice(&sum);
    slot
}

/// The sealed data key, if the slot is whole.
pub(crate) fn parse<'s>(fixed: &[u8], slot: &'s [u8]) -> Option<&'s [u8]> {
    let (contents, given) = slot.split_last_chunk::<SUM>()?;
    if sum(fixed, contents) != *given {
        return None;
    }
    let (len, rest) = contents.split_first_chunk::<4>()?;
    let len = usize::try_from(u32::from_be_bytes(*len)).ok()?;
    let (sealed, zeros) = rest.split_at_checked(len)?;
    let is_one = (1..=SEALED_MAX).contains(&len) && zeros.iter().all(|byte| *byte == 0);
    is_one.then_some(sealed)
}

fn sum(fixed: &[u8], contents: &[u8]) -> [u8; SUM] {
    Sha256::new().chain_update(fixed).chain_update(contents).finalize().into()
}

const SUM: usize = 32;
const OVERHEAD: usize = 4 + SUM;
