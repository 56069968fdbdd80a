//! What the gateway's clients may take, beside what holds for every HTTP door.

/// Calls that wait for a disk at one time.
pub const IN_FLIGHT_MAX: u64 = 64;
/// Longest body: 64 KiB, each byte written as `\u00XX`, and what is around it.
pub const BODY_MAX: usize = 400 << 10;
