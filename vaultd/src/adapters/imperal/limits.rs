//! What one client of the gateway, or all of them together, may take. Limits per
//! uid do not apply: nobody here has one.

use std::time::Duration;

/// Connections at one time, all serving threads together.
pub const CONNECTIONS_MAX: usize = 256;
/// Calls that wait for a disk at one time.
pub const IN_FLIGHT_MAX: u64 = 64;
/// Longest request line and headers together, in bytes.
pub const HEAD_MAX: usize = 16 << 10;
/// Longest body: 64 KiB, each byte written as `\u00XX`, and what is around it.
pub const BODY_MAX: usize = 400 << 10;
/// Most bytes of a body that is too long that are read on, so that the client
/// gets to read why.
pub const DISCARD_MAX: usize = 4 << 20;

/// How long a client may take.
#[derive(Debug, Clone, Copy)]
pub struct Pace {
    /// For request line and headers, once begun.
    pub head: Duration,
    /// For the body.
    pub body: Duration,
    /// Between two requests. Clients keep idle connections for 30 seconds; one
    /// that is closed here earlier would fail their next request.
    pub idle: Duration,
    /// To read an answer.
    pub write: Duration,
    /// For a place among the calls that wait for a disk.
    pub room: Duration,
    /// To end its side, once this side has ended.
    pub linger: Duration,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            head: Duration::from_secs(10),
            body: Duration::from_secs(10),
            idle: Duration::from_secs(60),
            write: Duration::from_secs(10),
            room: Duration::from_secs(2),
            linger: Duration::from_millis(500),
        }
    }
}
