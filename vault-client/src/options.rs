//! How to reach the daemon and how patient to be.

use std::path::{Path, PathBuf};
use std::time::Duration;

use vault_proto::Codec;

use crate::stamps::StampMemory;

/// What both clients are made from.
#[derive(Debug, Clone)]
#[must_use]
pub struct Options {
    pub(crate) socket: Option<PathBuf>,
    pub(crate) server_uid: Option<u32>,
    pub(crate) codec: Codec,
    pub(crate) deadline: Duration,
    pub(crate) long_deadline: Duration,
    pub(crate) in_flight: usize,
    pub(crate) memory: StampMemory,
    pub(crate) accept_incarnation: bool,
}

impl Options {
    /// The usual ones: the default socket, postcard, 10 seconds a call, 120 for
    /// those that take long, stamps remembered within the process.
    pub fn new() -> Self {
        Self {
            socket: None,
            server_uid: None,
            codec: Codec::Postcard,
            deadline: DEADLINE,
            long_deadline: LONG_DEADLINE,
            in_flight: IN_FLIGHT,
            memory: StampMemory::process(),
            accept_incarnation: false,
        }
    }

    /// This socket, whatever the environment says.
    pub fn socket(self, path: impl AsRef<Path>) -> Self {
        Self { socket: Some(path.as_ref().to_owned()), ..self }
    }

    /// The server must have this uid; root and the directory's owner no longer do.
    pub fn server_uid(self, uid: u32) -> Self {
        Self { server_uid: Some(uid), ..self }
    }

    /// How messages are written.
    pub fn codec(self, codec: Codec) -> Self {
        Self { codec, ..self }
    }

    /// For a call, connecting included.
    pub fn deadline(self, deadline: Duration) -> Self {
        Self { deadline, ..self }
    }

    /// For a call that takes long: unseal, slot add, rekey, backup, check,
    /// audit verify, moving and removing users.
    pub fn long_deadline(self, deadline: Duration) -> Self {
        Self { long_deadline: deadline, ..self }
    }

    /// Most calls sent and not yet answered on one connection, at least 1.
    pub fn in_flight(self, calls: usize) -> Self {
        Self { in_flight: calls.clamp(1, IN_FLIGHT_MAX), ..self }
    }

    /// Where stamps are remembered.
    pub fn memory(self, memory: StampMemory) -> Self {
        Self { memory, ..self }
    }

    /// Take whichever incarnation the vault has and remember it from now on:
    /// right once, after a restore.
    pub fn accept_incarnation(self, accept: bool) -> Self {
        Self { accept_incarnation: accept, ..self }
    }
}

impl Default for Options {
    fn default() -> Self {
        Self::new()
    }
}

const DEADLINE: Duration = Duration::from_secs(10);
const LONG_DEADLINE: Duration = Duration::from_secs(120);
const IN_FLIGHT: usize = 16;
const IN_FLIGHT_MAX: usize = 1_024;
