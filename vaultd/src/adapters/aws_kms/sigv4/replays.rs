//! Requests that were seen: whoever overhears one cannot send it again later.
//!
//! Two requests of one client within a second may be the same bytes and thus
//! have the same signature, and a client that lost an answer sends the same
//! request once more. So a signature may come again for a moment after it was
//! first seen, and not after that. As many are remembered as there is room for;
//! what is forgotten earlier is bounded by the 15 minutes of its date.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, PoisonError};

/// Signatures seen in the last minutes.
#[derive(Default)]
pub struct Replays {
    seen: Mutex<Seen>,
}

#[derive(Default)]
struct Seen {
    first: HashMap<[u8; 16], i64>,
    order: VecDeque<([u8; 16], i64)>,
}

impl Replays {
    /// Takes a signature that was found right, at this second since 1970. False: it is a replay.
    pub fn admit(&self, signature: &[u8; 32], now: i64) -> bool {
        let mut name = [0; 16];
        name.copy_from_slice(&signature[..16]);
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let Seen { first, order } = &mut *seen;
        while order.front().is_some_and(|(_, at)| *at < now - REMEMBERED || order.len() >= KEPT_MAX) {
            if let Some((old, _)) = order.pop_front() {
                first.remove(&old);
            }
        }
        if let Some(at) = first.get(&name) {
            return now - at <= AGAIN;
        }
        first.insert(name, now);
        order.push_back((name, now));
        true
    }
}

/// How long the same request may come again, in seconds: what a client's own
/// repetitions take.
const AGAIN: i64 = 10;
/// A signature is good for 15 minutes either way of its date.
const REMEMBERED: i64 = 2 * 15 * 60;
/// About 4 MiB.
const KEPT_MAX: usize = 65_536;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn again_at_once_and_never_later() {
        let (replays, signature) = (Replays::default(), [7; 32]);
        assert!(replays.admit(&signature, 1_000));
        assert!(replays.admit(&signature, 1_010));
        assert!(!replays.admit(&signature, 1_011));
        // That it was refused does not make it new.
        assert!(!replays.admit(&signature, 1_000 + REMEMBERED));
        assert!(replays.admit(&[8; 32], 1_011));
        // Forgotten once its date would be refused anyway.
        assert!(replays.admit(&signature, 1_001 + REMEMBERED));
    }

    #[test]
    fn memory_has_an_end() {
        let replays = Replays::default();
        for n in 0..2 * KEPT_MAX as u64 {
            let mut signature = [0; 32];
            signature[..8].copy_from_slice(&n.to_be_bytes());
            assert!(replays.admit(&signature, 5));
        }
        let seen = replays.seen.lock().unwrap();
        assert!(seen.first.len() <= KEPT_MAX && seen.order.len() <= KEPT_MAX);
    }
}
