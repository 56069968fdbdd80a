//! A value is nowhere but where it was asked for; a name is in no file.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "helpers of tests, outside a test function"
)]

mod client;
mod files;
mod kernel;
mod memory;
mod operations;

/// A value as most are.
const SMALL: usize = 64;
/// One that takes other ways: it does not come in one read, nor go in one write.
const LARGE: usize = 60_000;
