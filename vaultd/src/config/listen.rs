//! Where an adapter listens: loopback TCP, or a Unix socket.

use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::str::FromStr;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer};

/// An address that only this machine reaches. Values go over it in clear, and a
/// token is all that is asked for, so no other can be configured.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Listen {
    /// Loopback; port 0 lets the system choose one.
    Tcp(SocketAddr),
    /// A socket in a directory that only the daemon's user can write.
    Unix(PathBuf),
}

/// Not an address an adapter may listen on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BadListen {
    /// Neither form.
    #[error("expected a loopback address and a port, such as 127.0.0.1:7341, or unix:/PATH")]
    Form,
    /// An address other machines reach.
    #[error("not a loopback address: values would leave this machine in clear; use 127.0.0.1, [::1] or unix:/PATH")]
    NotLoopback,
    /// Its meaning would change with the directory the daemon starts in.
    #[error("the path after unix: must begin with /")]
    Relative,
}

impl FromStr for Listen {
    type Err = BadListen;

    fn from_str(text: &str) -> Result<Self, BadListen> {
        if let Some(path) = text.strip_prefix("unix:") {
            let path = PathBuf::from(path);
            return if path.is_absolute() { Ok(Self::Unix(path)) } else { Err(BadListen::Relative) };
        }
        // A name is not taken: what it means is decided elsewhere, and later.
        let address: SocketAddr = text.parse().map_err(|_| BadListen::Form)?;
        if address.ip().is_loopback() { Ok(Self::Tcp(address)) } else { Err(BadListen::NotLoopback) }
    }
}

impl fmt::Display for Listen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp(address) => address.fmt(f),
            Self::Unix(path) => write!(f, "unix:{}", path.display()),
        }
    }
}

impl<'de> Deserialize<'de> for Listen {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_this_machine_can_be_listened_to() {
        for (text, error) in [
            ("0.0.0.0:7341", BadListen::NotLoopback),
            ("[::]:7341", BadListen::NotLoopback),
            ("192.168.0.1:7341", BadListen::NotLoopback),
            ("[::ffff:127.0.0.1]:7341", BadListen::NotLoopback),
            ("localhost:7341", BadListen::Form),
            ("127.0.0.1", BadListen::Form),
            (":7341", BadListen::Form),
            ("", BadListen::Form),
            ("unix:gateway.sock", BadListen::Relative),
            ("unix:", BadListen::Relative),
        ] {
            assert_eq!(text.parse::<Listen>(), Err(error), "{text:?}");
        }
        for text in ["127.0.0.1:7341", "127.9.9.9:0", "[::1]:7341", "unix:/run/vaultd/imperal.sock"] {
            assert_eq!(text.parse::<Listen>().unwrap().to_string(), text);
        }
    }
}
