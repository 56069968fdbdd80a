//! `vaultctl key verify`: is a signature or a MAC the key's, over this file?

use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::json;
use vault_client::SecretBytes;

use super::Desk;
use super::files::Source;
use super::mac::authenticated;
use super::message::read;
use super::secret;
use super::sign::SignedArgs;
use super::typed::KeyName;
use crate::failure::Failure;

/// Verify a signature or a MAC; ends with 4 when it is not the key's
#[derive(Debug, Args)]
#[command(group(clap::ArgGroup::new("proof").required(true).args(["signature", "mac"])))]
pub(super) struct Verify {
    /// The key
    key: KeyName,
    #[command(flatten)]
    what: SignedArgs,
    /// The file with the signature, as `sign` writes it
    #[arg(long, value_name = "FILE")]
    signature: Option<PathBuf>,
    /// The file with the MAC, as `mac` writes it
    #[arg(long, value_name = "FILE", conflicts_with_all = ["algorithm", "digest"])]
    mac: Option<PathBuf>,
    /// The signature or MAC is the bytes and not base64
    #[arg(long)]
    raw: bool,
}

impl Verify {
    pub(super) fn run(&self, desk: &Desk<'_>) -> Result<(), Failure> {
        let key = self.key.as_str();
        let id = if let Some(path) = &self.mac {
            let mac = self.proof(path)?;
            let (algorithm, message) = authenticated(desk, &self.key, self.what.file())?;
            desk.act.verify_mac(key, message.expose(), algorithm, mac.expose())
        } else {
            let path = self.signature.as_deref().unwrap_or(Path::new("-"));
            let signature = self.proof(path)?;
            let signed = self.what.read(desk, &self.key)?;
            desk.act.verify(key, signed.message(), signed.algorithm, signature.expose())
        }
        .map_err(self.key.failed())?;
        desk.told(&json!({ "key": id, "valid": true }), || format!("valid: by {id}"))
    }

    fn proof(&self, path: &Path) -> Result<SecretBytes, Failure> {
        let bytes = read(Source::open(Some(path))?, PROOF_MAX)?;
        if self.raw { Ok(bytes) } else { Ok(secret::from_base64("the signature or MAC", bytes.expose())?) }
    }
}

/// More than any signature has in base64.
const PROOF_MAX: usize = 4_096;
