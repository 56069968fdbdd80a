//! Too much of everything at once: connections, slow ones, tiny frames, openers,
//! vaults; and too little: descriptors.
//!
//! What is required is asserted when `PROVE_STRICT` is set, on a machine that
//! does nothing else. Everybody else's run prints the same figures and asserts
//! what must hold on a busy machine, too.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "helpers of tests, outside a test function"
)]

mod descriptors;
mod ephemeral;
mod frames;
mod idle;
mod races;

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread::sleep;
use std::time::{Duration, Instant};

use vault_client::blocking::Client;
use vault_tests::{Daemon, Latency, Process, until};

/// One crowd at a time: each would spoil another's figures.
fn alone() -> MutexGuard<'static, ()> {
    static ALONE: Mutex<()> = Mutex::new(());
    ALONE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A client that reads one value now and again, for as long as asked, and is
/// always given it.
fn honest(daemon: &Daemon, mut goes_on: impl FnMut(Instant) -> bool) -> Latency {
    let vault: Client = daemon.client();
    vault.set("honest", b"here").unwrap();
    let (mut latency, began) = (Latency::default(), Instant::now());
    while goes_on(began) || latency.calls() < LEAST {
        latency.of(|| assert_eq!(vault.get("honest").unwrap().expose(), b"here"));
        sleep(PACE);
    }
    latency
}

/// Descriptors it has when those who have just left are gone.
fn at_rest(process: Process) -> usize {
    until("nobody comes or goes", || {
        let now = process.descriptors();
        sleep(Duration::from_millis(200));
        (process.descriptors() == now).then_some(now)
    })
}

/// Fewer calls say nothing about one in a hundred.
const LEAST: usize = 300;
const PACE: Duration = Duration::from_millis(2);
