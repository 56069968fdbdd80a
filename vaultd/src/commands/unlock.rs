//! How `restore`, `verify` and `check` are given a slot's secret.

use std::path::PathBuf;

use super::prompt;
use crate::exit::Failure;
use crate::keyfile;
use crate::service::Unlock;

/// One way to open an existing slot; a passphrase is asked for when none is given.
#[derive(Debug, Default, clap::Args)]
#[group(multiple = false)]
pub(super) struct UnlockArgs {
    /// Open with this key file
    #[arg(long, value_name = "FILE")]
    key_file: Option<PathBuf>,
    /// Open with this systemd credential
    #[arg(long, value_name = "NAME")]
    credential: Option<String>,
    /// Read the passphrase from standard input
    #[arg(long)]
    passphrase_stdin: bool,
    /// Read the recovery key from standard input
    #[arg(long)]
    recovery_key_stdin: bool,
    /// Ask for the recovery key
    #[arg(long)]
    recovery_key_prompt: bool,
}

impl UnlockArgs {
    pub(super) fn read(self) -> Result<Unlock, Failure> {
        if let Some(path) = self.key_file {
            return Ok(Unlock::Key(keyfile::read(&path)?));
        }
        if let Some(name) = self.credential {
            return Ok(Unlock::Key(keyfile::credential(&name)?));
        }
        if self.passphrase_stdin {
            return Ok(Unlock::Passphrase(prompt::stdin()?));
        }
        if self.recovery_key_stdin {
            return Ok(Unlock::Recovery(prompt::stdin()?));
        }
        if self.recovery_key_prompt {
            return Ok(Unlock::Recovery(prompt::hidden("Recovery key: ")?));
        }
        Ok(Unlock::Passphrase(prompt::hidden("Passphrase: ")?))
    }
}
