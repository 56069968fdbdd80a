//! What one client of an HTTP door, or all of them together, may take. Limits
//! per uid do not apply where nobody has one.

use std::time::Duration;

/// Connections of one door at one time, all serving threads together.
pub const CONNECTIONS_MAX: usize = 256;
/// One door's connections take no more than this part of the descriptors.
const DESCRIPTORS_SHARE: u64 = 8;
/// Longest request line and headers together, in bytes.
pub const HEAD_MAX: usize = 16 << 10;
/// Most bytes of a body that is too long that are read on, so that the client
/// gets to read why.
pub const DISCARD_MAX: usize = 4 << 20;

/// Connections of one door of a process that may have so many descriptors open.
#[must_use]
pub fn seats(descriptors: u64) -> usize {
    usize::try_from(descriptors / DESCRIPTORS_SHARE).map_or(CONNECTIONS_MAX, |share| share.clamp(1, CONNECTIONS_MAX))
}

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
