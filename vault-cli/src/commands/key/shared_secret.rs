//! `vaultctl key shared-secret`: what a key and somebody's public key agree on.

use std::path::PathBuf;

use clap::Args;

use super::Desk;
use super::files::Source;
use super::message::read;
use super::pem;
use super::secret::{Member, write, write_json};
use super::typed::KeyName;
use crate::failure::Failure;

/// Derive the secret shared with the holder of a public key; it is raw, put it through a KDF
#[derive(Debug, Args)]
pub(super) struct SharedSecret {
    /// The key
    key: KeyName,
    /// The other's public key, PEM or DER [default: standard input]
    peer: Option<PathBuf>,
    /// The bytes and not base64
    #[arg(long)]
    raw: bool,
}

impl SharedSecret {
    pub(super) fn run(&self, desk: &Desk<'_>) -> Result<(), Failure> {
        let given = read(Source::open(self.peer.as_deref())?, PEER_MAX)?;
        let peer = pem::decode(pem::PUBLIC, given.expose()).transpose()?.unwrap_or(given);
        let secret = desk.act.derive_shared_secret(self.key.as_str(), peer.expose()).map_err(self.key.failed())?;
        if desk.json() {
            return write_json(&[("secret", Member::Bytes(secret.expose()))]);
        }
        write(secret.expose(), self.raw)
    }
}

/// More than a public key of any curve takes as PEM.
const PEER_MAX: usize = 4_096;
