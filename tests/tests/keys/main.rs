//! Keys, through the daemon's socket.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "helpers of tests, outside a test function"
)]

mod each;
mod lasting;
mod people;
mod refusals;
mod silent;

use vault_client::{ClientError, WireError};

/// What the daemon refused with.
fn refused<T>(result: Result<T, ClientError>) -> WireError {
    match result {
        Err(ClientError::Server(error)) => error,
        Err(other) => panic!("{other}"),
        Ok(_) => panic!("not refused"),
    }
}
