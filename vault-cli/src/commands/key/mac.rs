//! `vaultctl key mac`.

use std::path::PathBuf;

use clap::Args;
use serde_json::Value;
use vault_client::{KeySpec, MacAlgorithm, SecretBytes};
use vault_proto::limits::KEY_PLAINTEXT_MAX;

use super::Desk;
use super::files::Source;
use super::message::read;
use super::secret::{self, Member};
use super::typed::KeyName;
use super::words::Word as _;
use crate::failure::Failure;

/// Make the MAC of a file, or of what is piped in, at most 1 MiB
#[derive(Debug, Args)]
pub(super) struct Mac {
    /// The key
    key: KeyName,
    /// What to authenticate [default: standard input]
    file: Option<PathBuf>,
    /// The bytes of the MAC and not base64
    #[arg(long)]
    raw: bool,
}

impl Mac {
    pub(super) fn run(&self, desk: &Desk<'_>) -> Result<(), Failure> {
        let (algorithm, message) = authenticated(desk, &self.key, self.file.as_deref())?;
        let made = desk.act.generate_mac(self.key.as_str(), message.expose(), algorithm).map_err(self.key.failed())?;
        if desk.json() {
            return secret::write_json(&[
                ("key", Member::Plain(made.key.into())),
                ("algorithm", Member::Plain(Value::from(algorithm.word()))),
                ("mac", Member::Bytes(made.mac.expose())),
            ]);
        }
        secret::write(made.mac.expose(), self.raw)
    }
}

/// What is authenticated, and how: an HMAC key's spec says it.
pub(super) fn authenticated(
    desk: &Desk<'_>,
    key: &KeyName,
    file: Option<&std::path::Path>,
) -> Result<(MacAlgorithm, SecretBytes), Failure> {
    let algorithm = match desk.keys.describe(key.as_str()).map_err(key.failed())?.spec {
        KeySpec::Hmac224 => MacAlgorithm::HmacSha224,
        KeySpec::Hmac384 => MacAlgorithm::HmacSha384,
        KeySpec::Hmac512 => MacAlgorithm::HmacSha512,
        // Of the others the daemon says what they are for.
        _ => MacAlgorithm::HmacSha256,
    };
    Ok((algorithm, read(Source::open(file)?, KEY_PLAINTEXT_MAX)?))
}
