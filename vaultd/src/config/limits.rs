//! The limits an operator may tune, each by its name in `[limits]`. What is
//! fixed by the formats is in `vault_core::limits` and cannot be raised here.

use std::time::Duration;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer};

/// `[limits]`: what one user, or all of them together, may take.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Limits {
    /// Connections at one time, all users together. The daemon also keeps
    /// below what `fd_reserve` leaves of its descriptors.
    #[serde(deserialize_with = "in_range::<1, 1_000_000, _>")]
    pub max_connections: u64,
    /// Connections of one uid at one time.
    #[serde(deserialize_with = "in_range::<1, 1_000_000, _>")]
    pub max_connections_per_uid: u64,
    /// Calls of one uid that wait for the disk at one time. Reads are answered
    /// at once and do not count.
    #[serde(deserialize_with = "in_range::<1, 65_536, _>")]
    pub max_in_flight_per_uid: u64,
    /// Secrets one user may keep, all apps together.
    #[serde(deserialize_with = "in_range::<1, 10_000_000, _>")]
    pub max_secrets_per_user: u64,
    /// Bytes of ciphertext one user may keep.
    #[serde(deserialize_with = "in_range::<1_024, 1_099_511_627_776, _>")]
    pub max_bytes_per_user: u64,
    /// Free space on the vault's filesystem below which sets are refused.
    /// Nothing is ever deleted to make room.
    #[serde(deserialize_with = "in_range::<0, 1_099_511_627_776, _>")]
    pub min_free_disk_bytes: u64,
    /// How long a hello, or a frame once begun, may take to arrive. A
    /// connection that is idle between frames is left alone.
    #[serde(deserialize_with = "in_range::<10, 600_000, _>")]
    pub first_frame_ms: u64,
    /// How long a client may take to read one batch of answers.
    #[serde(deserialize_with = "in_range::<10, 600_000, _>")]
    pub write_deadline_ms: u64,
    /// Descriptors kept back from connections for the vault's own files.
    #[serde(deserialize_with = "in_range::<8, 65_536, _>")]
    pub fd_reserve: u64,
}

impl Limits {
    /// Time for a hello, or for a frame once begun.
    #[must_use]
    pub fn first_frame(&self) -> Duration {
        Duration::from_millis(self.first_frame_ms)
    }

    /// Time for a client to read one batch of answers.
    #[must_use]
    pub fn write_deadline(&self) -> Duration {
        Duration::from_millis(self.write_deadline_ms)
    }

    /// Name and value of each, in the order of the documentation.
    #[must_use]
    pub fn named(&self) -> [(&'static str, u64); 9] {
        [
            ("max_connections", self.max_connections),
            ("max_connections_per_uid", self.max_connections_per_uid),
            ("max_in_flight_per_uid", self.max_in_flight_per_uid),
            ("max_secrets_per_user", self.max_secrets_per_user),
            ("max_bytes_per_user", self.max_bytes_per_user),
            ("min_free_disk_bytes", self.min_free_disk_bytes),
            ("first_frame_ms", self.first_frame_ms),
            ("write_deadline_ms", self.write_deadline_ms),
            ("fd_reserve", self.fd_reserve),
        ]
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_connections: 4_096,
            max_connections_per_uid: 64,
            max_in_flight_per_uid: 16,
            max_secrets_per_user: 10_000,
            max_bytes_per_user: 64 << 20,
            min_free_disk_bytes: 64 << 20,
            first_frame_ms: 2_000,
            write_deadline_ms: 10_000,
            fd_reserve: 64,
        }
    }
}

fn in_range<'de, const MIN: u64, const MAX: u64, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
    let value = u64::deserialize(deserializer)?;
    if (MIN..=MAX).contains(&value) {
        return Ok(value);
    }
    Err(D::Error::custom(format_args!("{value} is not between {MIN} and {MAX}")))
}
