//! The deliveries of the last minutes, so that a copy of one is noticed.
//!
//! Whoever reads a delivery on its way (a proxy's log, a debugging service) can
//! send it again while its timestamp is fresh, and every signature fits. So each
//! delivery taken is remembered for as long as a copy of it would be taken.
//!
//! *Full means no.* What cannot be remembered is refused, not waved through: to
//! forget the oldest instead would let somebody who can make a provider send much
//! (open issues, edit a document) push a delivery out of the memory and replay it.
//! The price is that a flood is refused from its ceiling on, until the first of
//! it are too old to be replayed; most senders try again later, GitHub does not.
//! A scope has a quarter of the memory at most, so that one user's flood is not
//! everybody's. Only genuine deliveries get here, and copies take no place.
//!
//! In memory alone: after a restart, or sealing and unsealing, copies younger than
//! the tolerance are taken once more. An application that must not act twice keeps
//! the ids of what it has done, which it has to for a sender's second try anyway.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Mutex;

use sha2::{Digest, Sha256};

use crate::limits::{REPLAYS_MAX, REPLAYS_SCOPE_MAX};

/// Remembers deliveries. Belongs to an open vault and goes with it.
#[derive(Default)]
pub struct Replays {
    seen: Mutex<Seen>,
}

#[derive(Default)]
struct Seen {
    /// SHA-256(scope ‖ id) of each.
    known: HashSet<[u8; 32]>,
    /// The same after the last second in which it is known: the order in which they end.
    ends: BTreeMap<(u64, [u8; 32]), [u8; 16]>,
    /// How many of them each scope has.
    of_scope: HashMap<[u8; 16], usize>,
}

impl Replays {
    /// An empty memory.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Whether this is the first time, at `now_s`; then it is remembered for
    /// `window_s`, this second included. False: it was there within its window,
    /// or it may have been, because there is no place to remember it.
    ///
    /// `id` is [`super::Verified::fingerprint`], or whatever else names what was
    /// signed. `now_s` is the vault's effective time, which does not run backwards.
    pub fn first_seen(&self, scope: [u8; 16], id: &[u8], now_s: u64, window_s: u64) -> bool {
        // The scope has one length, so the two cannot be cut elsewhere.
        let key = Sha256::new().chain_update(scope).chain_update(id).finalize().into();
        // A panic in between may have left it incomplete, and then nothing is known for sure.
        let Ok(mut seen) = self.seen.lock() else { return false };
        seen.forget(now_s);
        if seen.known.contains(&key) || !seen.has_place(&scope) {
            return false;
        }
        seen.remember(scope, key, now_s.saturating_add(window_s.saturating_sub(1)));
        true
    }
}

impl Seen {
    fn forget(&mut self, now_s: u64) {
        while let Some(first) = self.ends.first_entry()
            && first.key().0 < now_s
        {
            let ((_, key), scope) = first.remove_entry();
            self.known.remove(&key);
            let left = self.of_scope.get(&scope).map_or(0, |held| held.saturating_sub(1));
            if left == 0 {
                self.of_scope.remove(&scope);
            } else {
                self.of_scope.insert(scope, left);
            }
        }
    }

    fn has_place(&self, scope: &[u8; 16]) -> bool {
        self.known.len() < REPLAYS_MAX && self.of_scope.get(scope).copied().unwrap_or(0) < REPLAYS_SCOPE_MAX
    }

    fn remember(&mut self, scope: [u8; 16], key: [u8; 32], last_s: u64) {
        self.known.insert(key);
        self.ends.insert((last_s, key), scope);
        *self.of_scope.entry(scope).or_default() += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn held(replays: &Replays) -> [usize; 3] {
        let seen = replays.seen.lock().unwrap();
        [seen.known.len(), seen.ends.len(), seen.of_scope.values().sum()]
    }

    #[test]
    fn a_copy_is_noticed_until_the_second_in_which_it_is_too_old() {
        let replays = Replays::new();
        assert!(replays.first_seen(A, b"id", 1_000, 301));
        for now in 1_000..1_301 {
            assert!(!replays.first_seen(A, b"id", now, 301), "{now}");
        }
        assert!(replays.first_seen(A, b"id", 1_301, 301));
        assert_eq!(held(&replays), [1; 3]);
    }

    /// A copy would otherwise keep itself in memory, or be let through after the first window.
    #[test]
    fn a_copy_neither_extends_nor_takes_a_place() {
        let replays = Replays::new();
        assert!(replays.first_seen(A, b"id", 0, 10));
        assert!(!replays.first_seen(A, b"id", 9, 1_000));
        assert!(replays.first_seen(A, b"id", 10, 10));
        assert_eq!(held(&replays), [1; 3]);
    }

    #[test]
    fn scopes_and_ids_do_not_run_into_each_other() {
        let replays = Replays::new();
        assert!(replays.first_seen(A, b"id", 0, 10));
        assert!(replays.first_seen(B, b"id", 0, 10));
        assert!(replays.first_seen(A, b"", 0, 10));
        assert!(replays.first_seen(A, b"idd", 0, 10));
        assert!(!replays.first_seen(B, b"id", 0, 10));
    }

    /// Nothing that is still in its window can be pushed out, and the rest have their places.
    #[test]
    fn a_flood_of_one_scope_is_its_own() {
        let replays = Replays::new();
        for n in 0..REPLAYS_SCOPE_MAX {
            assert!(replays.first_seen(A, &n.to_be_bytes(), 0, 100 + (n as u64 % 2)));
        }
        assert!(!replays.first_seen(A, b"one more", 0, 100));
        assert!(!replays.first_seen(A, &0_usize.to_be_bytes(), 99, 100), "the first is still known");
        assert!(replays.first_seen(B, b"another's", 0, 1_000));
        // Half of them end at 100.
        assert!(replays.first_seen(A, b"one more", 100, 100));
        assert_eq!(held(&replays), [REPLAYS_SCOPE_MAX / 2 + 2; 3]);
    }

    #[test]
    fn full_means_no_and_the_memory_stays_within_its_ceiling() {
        let replays = Replays::new();
        let scopes = REPLAYS_MAX / REPLAYS_SCOPE_MAX;
        for n in 0..REPLAYS_MAX {
            assert!(replays.first_seen([(n % scopes) as u8; 16], &n.to_be_bytes(), 0, 100));
        }
        assert!(!replays.first_seen([0xff; 16], b"one more", 99, 100));
        assert_eq!(held(&replays), [REPLAYS_MAX; 3]);
        assert!(replays.first_seen([0xff; 16], b"one more", 100, 100));
        assert_eq!(held(&replays), [1; 3]);
        assert_eq!(replays.seen.lock().unwrap().of_scope.len(), 1);
    }

    #[test]
    fn the_end_of_time_does_not_overflow() {
        let replays = Replays::new();
        for now in [u64::MAX - 1, u64::MAX] {
            assert!(replays.first_seen(A, &now.to_be_bytes(), now, u64::MAX));
            assert!(!replays.first_seen(A, &now.to_be_bytes(), now, u64::MAX));
        }
    }

    /// A window of nothing would remember nothing.
    #[test]
    fn this_second_is_always_part_of_the_window() {
        let replays = Replays::new();
        assert!(replays.first_seen(A, b"id", 5, 0));
        assert!(!replays.first_seen(A, b"id", 5, 0));
        assert!(replays.first_seen(A, b"id", 6, 0));
    }

    /// Many threads, one delivery: one of them is the first.
    #[test]
    fn a_copy_that_arrives_at_the_same_moment_is_a_copy() {
        let replays = Replays::new();
        for id in 0..200_u32 {
            let first = std::thread::scope(|scope| {
                let all: Vec<_> =
                    (0..4).map(|_| scope.spawn(|| replays.first_seen(A, &id.to_be_bytes(), 0, 10))).collect();
                all.into_iter().map(|thread| usize::from(thread.join().unwrap())).sum::<usize>()
            });
            assert_eq!(first, 1);
        }
    }

    #[test]
    fn a_memory_that_may_be_incomplete_takes_nothing() {
        let replays = Replays::new();
        std::thread::scope(|scope| {
            let broken = scope.spawn(|| {
                let _held = replays.seen.lock().unwrap();
                panic!("as if in the middle of remembering");
            });
            assert!(broken.join().is_err());
        });
        assert!(!replays.first_seen(A, b"id", 0, 10));
    }

    const A: [u8; 16] = [0xa; 16];
    const B: [u8; 16] = [0xb; 16];
}
