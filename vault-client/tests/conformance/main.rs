//! The stores of this crate do what every store has to do, and stores that do
//! not are found out.

#![expect(clippy::unwrap_used, clippy::panic, reason = "harnesses of tests, outside a test function")]

mod env;
mod liars;
mod mock;
