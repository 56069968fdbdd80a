//! Declared secrets through the doors users use: `vaultctl` and the socket,
//! against a real daemon.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "helpers of tests, outside a test function"
)]

mod declaring;
mod flows;
mod lasting;
mod managing;
mod rig;
mod sessions;
mod using;
