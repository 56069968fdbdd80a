//! What the end-to-end tests share: real binaries, real daemons on temporary
//! directories, real identities.
//!
//! Everything here fails a test by panicking. A [`Daemon`] ends only the process
//! it started, by its id; nothing here looks for processes by name.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "a test harness: a failed expectation is a panic, a skipped test says so"
)]

use std::io::Write as _;

pub mod aws;
pub mod canary;
pub mod ctl;
pub mod daemon;
pub mod dir;
pub mod gateway;
pub mod latency;
pub mod privileges;
pub mod process;
pub mod programs;
pub mod residue;
pub mod scale;
pub mod site;
pub mod until;
pub mod wire;

pub use ctl::Ctl;
pub use daemon::Daemon;
pub use dir::Dir;
pub use latency::Latency;
pub use process::Process;
pub use scale::{scale, strict};
pub use site::Site;
pub use until::until;

/// Ends a test that this machine cannot run, saying why, unless the condition holds.
#[macro_export]
macro_rules! needs {
    ($condition:expr, $why:expr) => {
        if !$condition {
            $crate::skipped($why);
            return;
        }
    };
}

/// Says that a test did not run. Past the test runner, which keeps to itself
/// what is printed by a test that succeeds.
pub fn skipped(why: &str) {
    let test = std::thread::current().name().unwrap_or("a test").to_owned();
    let _ = writeln!(std::io::stderr(), "skipped {test}: {why}");
}
