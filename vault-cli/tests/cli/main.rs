//! The real `vaultctl` against a server that does what a test tells it to:
//! what it prints, what it asks for, and how it ends.
#![expect(clippy::unwrap_used, clippy::panic, reason = "helpers of tests, outside a test function")]

mod backup;
mod errors;
mod harness;
mod import;
mod operators;
mod pty;
mod run;
mod secrets;
mod server;
mod terminal;
