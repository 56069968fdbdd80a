//! Secrets that open a key slot, from wherever the flags say.

use std::path::PathBuf;

use clap::Args;
use vault_client::{SecretBytes, UnlockSecret};

use crate::failure::{Failure, Problem};
use crate::{input, key_file, prompt};

/// Exactly one existing slot's secret. Nothing said means: ask for a passphrase.
#[derive(Debug, Args)]
#[group(multiple = false)]
pub(crate) struct With {
    /// Ask for the passphrase of an existing slot (the default)
    #[arg(long, help_heading = "Authorised by")]
    with_passphrase_prompt: bool,
    /// Read the passphrase of an existing slot from standard input
    #[arg(long, help_heading = "Authorised by")]
    with_passphrase_stdin: bool,
    /// Use an existing slot's key file or credential
    #[arg(long, value_name = "PATH", help_heading = "Authorised by")]
    with_key_file: Option<PathBuf>,
    /// Read the recovery key from standard input
    #[arg(long, help_heading = "Authorised by")]
    with_recovery_key_stdin: bool,
}

/// Secrets of all the slots to keep.
#[derive(Debug, Args)]
pub(crate) struct WithEach {
    /// Ask for the passphrase of a slot to keep; may be repeated
    #[arg(long, action = clap::ArgAction::Count, help_heading = "Slots to keep")]
    with_passphrase_prompt: u8,
    /// Read the passphrase of a slot to keep from standard input
    #[arg(long, help_heading = "Slots to keep")]
    with_passphrase_stdin: bool,
    /// The key file or credential of a slot to keep; may be repeated
    #[arg(long, value_name = "PATH", help_heading = "Slots to keep")]
    with_key_file: Vec<PathBuf>,
    /// Read the recovery key from standard input
    #[arg(long, conflicts_with = "with_passphrase_stdin", help_heading = "Slots to keep")]
    with_recovery_key_stdin: bool,
}

/// The flags cannot be followed.
#[derive(Debug, Clone, Copy, thiserror::Error)]
pub(crate) enum UnlockError {
    #[error("no slot's secret was given")]
    Nothing,
    #[error("more than {max} slots' secrets were given")]
    TooMany { max: usize },
}

impl Problem for UnlockError {
    fn code(&self) -> &'static str {
        "usage"
    }

    fn exit(&self) -> u8 {
        2
    }

    fn hint(&self) -> String {
        "name every slot to keep: --with-passphrase-prompt, --with-key-file PATH, --with-recovery-key-stdin; \
         `vaultctl slot ls` shows the slots"
            .into()
    }
}

impl With {
    pub(crate) fn secret(&self) -> Result<UnlockSecret, Failure> {
        if let Some(path) = &self.with_key_file {
            return Ok(UnlockSecret::KeyFile(key_file::read(path)?));
        }
        if self.with_recovery_key_stdin {
            return recovery_key();
        }
        existing_passphrase(self.with_passphrase_stdin)
    }

    /// Is standard input spoken for?
    pub(crate) fn takes_stdin(&self) -> bool {
        self.with_passphrase_stdin || self.with_recovery_key_stdin
    }
}

impl WithEach {
    pub(crate) fn secrets(&self) -> Result<Vec<UnlockSecret>, Failure> {
        let stdin = usize::from(self.with_passphrase_stdin) + usize::from(self.with_recovery_key_stdin);
        match usize::from(self.with_passphrase_prompt) + self.with_key_file.len() + stdin {
            0 => return Err(UnlockError::Nothing.into()),
            1..=SLOTS_MAX => {}
            _ => return Err(UnlockError::TooMany { max: SLOTS_MAX }.into()),
        }
        let mut secrets = Vec::new();
        for path in &self.with_key_file {
            secrets.push(UnlockSecret::KeyFile(key_file::read(path).map_err(Failure::from)?));
        }
        if self.with_recovery_key_stdin {
            secrets.push(recovery_key()?);
        }
        if self.with_passphrase_stdin {
            secrets.push(existing_passphrase(true)?);
        }
        for _ in 0..self.with_passphrase_prompt {
            secrets.push(existing_passphrase(false)?);
        }
        Ok(secrets)
    }
}

/// A passphrase that opens a slot already.
pub(crate) fn existing_passphrase(stdin: bool) -> Result<UnlockSecret, Failure> {
    let secret = if stdin && input::is_piped() {
        input::stdin("the passphrase", PASSPHRASE_MAX, false)?
    } else {
        prompt::hidden("Passphrase")?
    };
    Ok(UnlockSecret::Passphrase(secret))
}

/// The recovery key; its form is the daemon's to judge.
pub(crate) fn recovery_key() -> Result<UnlockSecret, Failure> {
    let secret = if input::is_piped() {
        input::stdin("the recovery key", RECOVERY_MAX, false)?
    } else {
        prompt::hidden("Recovery key")?
    };
    Ok(UnlockSecret::RecoveryKey(secret))
}

/// A passphrase for a new slot: typed twice, or piped when standard input is free.
pub(crate) fn new_passphrase(stdin_is_free: bool) -> Result<SecretBytes, Failure> {
    if stdin_is_free && input::is_piped() {
        return Ok(input::stdin("the new passphrase", PASSPHRASE_MAX, false)?);
    }
    Ok(prompt::hidden_twice("New passphrase")?)
}

const PASSPHRASE_MAX: usize = 4_096;
const RECOVERY_MAX: usize = 256;
const SLOTS_MAX: usize = vault_proto::limits::SLOTS_MAX;
