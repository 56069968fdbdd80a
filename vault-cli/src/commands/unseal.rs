//! `vaultctl unseal`: opens a sealed vault with one slot's secret.

use std::path::PathBuf;

use clap::Args;
use serde_json::json;
use vault_client::UnlockSecret;

use crate::context::Context;
use crate::failure::Failure;
use crate::unlock::{existing_passphrase, recovery_key};
use crate::{key_file, output};

/// Open a sealed vault; asks for the passphrase unless told otherwise
#[derive(Debug, Args)]
#[group(multiple = false)]
pub(crate) struct Unseal {
    /// Read the passphrase from standard input
    #[arg(long)]
    passphrase_stdin: bool,
    /// Use a key file or a credential
    #[arg(long, value_name = "PATH")]
    key_file: Option<PathBuf>,
    /// Read the recovery key from standard input
    #[arg(long)]
    recovery_key_stdin: bool,
}

impl Unseal {
    pub(crate) fn run(&self, context: &Context) -> Result<(), Failure> {
        let secret = if let Some(path) = &self.key_file {
            UnlockSecret::KeyFile(key_file::read(path)?)
        } else if self.recovery_key_stdin {
            recovery_key()?
        } else {
            existing_passphrase(self.passphrase_stdin)?
        };
        context.client.unseal(secret)?;
        if context.json {
            output::json(&json!({ "sealed": false }))?;
        } else {
            output::note("the vault is open");
        }
        Ok(())
    }
}
