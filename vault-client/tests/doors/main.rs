//! Both clients against a server that behaves, misbehaves, or says nothing.
#![expect(clippy::unwrap_used, clippy::panic, reason = "helpers of tests, outside a test function")]

mod apps;
mod behaves;
mod breaks;
mod concurrent;
mod door;
mod keys;
mod lies;
mod python;
mod server;
mod stamps;
mod store;
