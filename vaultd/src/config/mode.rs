//! The socket's permission bits.

use std::fmt;
use std::str::FromStr;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer};

/// Permission bits of the socket, written in octal as a string: a TOML integer
/// `666` would mean something else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SocketMode(u32);

impl SocketMode {
    /// Any local user may connect; policy and quotas decide what each may do.
    pub const ANYONE: Self = Self(0o666);
    /// The daemon's own user only.
    pub const OWNER: Self = Self(0o600);

    /// The bits.
    #[must_use]
    pub fn bits(self) -> u32 {
        self.0
    }
}

/// Not three or four octal digits of at most 0777.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a socket mode is three or four octal digits up to 0777, for example 0666")]
pub struct BadMode;

impl FromStr for SocketMode {
    type Err = BadMode;

    fn from_str(text: &str) -> Result<Self, BadMode> {
        let octal = text.bytes().all(|b| (b'0'..=b'7').contains(&b));
        if !octal || !(3..=4).contains(&text.len()) {
            return Err(BadMode);
        }
        match u32::from_str_radix(text, 8) {
            Ok(bits) if bits <= 0o777 => Ok(Self(bits)),
            _ => Err(BadMode),
        }
    }
}

impl fmt::Display for SocketMode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04o}", self.0)
    }
}

impl<'de> Deserialize<'de> for SocketMode {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}
