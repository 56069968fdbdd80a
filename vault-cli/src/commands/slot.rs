//! `vaultctl slot`: the ways to open the vault. Adding one needs the secret of
//! an existing one, so that being an operator for a moment is not enough.

use std::fs;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use serde::Serialize;
use vault_client::{ClientError, NewSlot, SecretBytes, SlotAddition, SlotInfo, UnlockSecret, WireError};
use zeroize::Zeroizing;

use crate::context::Context;
use crate::failure::{Failure, Problem};
use crate::table::Table;
use crate::unlock::{With, new_passphrase};
use crate::{key_file, output, time};

/// Key slots, for operators
#[derive(Debug, Args)]
pub(crate) struct Slot {
    #[command(subcommand)]
    command: SlotCommand,
}

#[derive(Debug, Subcommand)]
enum SlotCommand {
    /// List the key slots
    Ls,
    /// Add a way to open the vault; needs an existing one
    Add(Add),
    /// Remove a way to open the vault; the last one stays
    Rm {
        /// The slot's id, as `vaultctl slot ls` shows it
        id: String,
    },
}

#[derive(Debug, Args)]
struct Add {
    #[command(flatten)]
    kind: Kind,
    /// A label for people, at most 64 printable characters
    #[arg(long, value_name = "TEXT")]
    label: Option<String>,
    #[command(flatten)]
    with: With,
}

#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
struct Kind {
    /// A passphrase, typed twice or piped in
    #[arg(long)]
    passphrase: bool,
    /// A new key file, made here with mode 0600
    #[arg(long, value_name = "PATH")]
    key_file: Option<PathBuf>,
    /// A recovery key, shown once on standard output
    #[arg(long)]
    recovery_key: bool,
    /// A systemd credential: 32 bytes for `systemd-creds encrypt`, to a new file or - for standard output
    #[arg(long, value_name = "PATH")]
    credential_out: Option<PathBuf>,
}

/// What only this command can meet.
#[derive(Debug, thiserror::Error)]
enum SlotError {
    #[error("a credential is 32 raw bytes and is not shown on a terminal")]
    Terminal,
    #[error("the slot was added, but its secret could not be handed out and the slot not be removed: {0}")]
    Orphan(#[source] ClientError),
    #[error("the answer is missing the recovery key")]
    NoRecoveryKey,
}

impl Problem for SlotError {
    fn code(&self) -> &'static str {
        match self {
            Self::Terminal => "usage",
            Self::Orphan(_) => "orphan",
            Self::NoRecoveryKey => "protocol",
        }
    }

    fn exit(&self) -> u8 {
        match self {
            Self::Terminal => 2,
            Self::Orphan(_) => 1,
            Self::NoRecoveryKey => 8,
        }
    }

    fn hint(&self) -> String {
        match self {
            Self::Terminal => "pipe it on: `vaultctl slot add --credential-out - | systemd-creds encrypt - FILE`",
            Self::Orphan(_) | Self::NoRecoveryKey => {
                "remove it with `vaultctl slot rm ID`; `vaultctl slot ls` shows it"
            }
        }
        .into()
    }
}

#[derive(Serialize)]
pub(crate) struct Row<'a> {
    id: &'a str,
    kind: &'a str,
    label: &'a str,
}

#[derive(Serialize)]
struct Added<'a> {
    slot: Row<'a>,
    recovery_key: Option<&'a str>,
}

impl Slot {
    pub(crate) fn run(&self, context: &Context) -> Result<(), Failure> {
        match &self.command {
            SlotCommand::Ls => list(context),
            SlotCommand::Add(add) => add.run(context),
            SlotCommand::Rm { id } => {
                context.client.slot_remove(id).map_err(|error| Failure::of_slot(error, id))?;
                if context.json {
                    output::json(&serde_json::json!({ "id": id }))?;
                } else {
                    output::note(&format!("slot {id} is removed; backups made before still open with it"));
                }
                Ok(())
            }
        }
    }
}

impl Add {
    fn run(&self, context: &Context) -> Result<(), Failure> {
        let to_stdout = self.kind.credential_out.as_deref() == Some(Path::new("-"));
        if to_stdout && output::stdout_is_terminal() {
            return Err(SlotError::Terminal.into());
        }
        let existing = self.with.secret()?;
        if let Some(path) = &self.kind.key_file {
            return self.add_file(context, path, existing, NewSlot::KeyFile);
        }
        if to_stdout {
            return self.add_piped(context, existing);
        }
        if let Some(path) = &self.kind.credential_out {
            return self.add_file(context, path, existing, NewSlot::Credential);
        }
        if self.kind.recovery_key {
            let added = context.client.slot_add(existing, NewSlot::RecoveryKey {}, &self.label("recovery key"))?;
            return show_recovery_key(context, &added);
        }
        let passphrase = new_passphrase(!self.with.takes_stdin())?;
        let added = context.client.slot_add(existing, NewSlot::Passphrase(passphrase), &self.label("passphrase"))?;
        told(context, &added.slot, "the vault opens with this passphrase, too")
    }

    /// The file is on the disk before the slot exists. It goes again only when
    /// the slot certainly does not.
    fn add_file(
        &self,
        context: &Context,
        path: &Path,
        existing: UnlockSecret,
        slot: fn(SecretBytes) -> NewSlot,
    ) -> Result<(), Failure> {
        let key = key_file::make()?;
        key_file::create(path, &key)?;
        let kind = if self.kind.key_file.is_some() { "key file" } else { "credential" };
        match context.client.slot_add(existing, slot(SecretBytes::new(key.to_vec())), &self.label(kind)) {
            Ok(added) => told(context, &added.slot, &format!("{} opens the vault", path.display())),
            Err(error) if certainly_not_done(&error) => {
                let _ = fs::remove_file(path);
                Err(error.into())
            }
            Err(error) => {
                output::note(&format!("{} is kept: the slot may have been added", path.display()));
                Err(error.into())
            }
        }
    }

    /// Through a pipe: the bytes go out when the slot is there; when they cannot,
    /// the slot goes again.
    fn add_piped(&self, context: &Context, existing: UnlockSecret) -> Result<(), Failure> {
        let key: Zeroizing<_> = key_file::make()?;
        let new = NewSlot::Credential(SecretBytes::new(key.to_vec()));
        let added = context.client.slot_add(existing, new, &self.label("credential"))?;
        if let Err(error) = output::bytes(&key[..]) {
            context.client.slot_remove(&added.slot.id).map_err(SlotError::Orphan)?;
            return Err(error.into());
        }
        output::note(&format!("slot {} is added; what came out opens the vault", added.slot.id));
        Ok(())
    }

    fn label(&self, kind: &str) -> String {
        self.label.clone().unwrap_or_else(|| format!("{kind}, {}", time::today()))
    }
}

fn show_recovery_key(context: &Context, added: &SlotAddition) -> Result<(), Failure> {
    let key = added.recovery_key.as_ref().map(SecretBytes::expose).and_then(|key| std::str::from_utf8(key).ok());
    let key = key.ok_or(SlotError::NoRecoveryKey)?;
    if context.json {
        output::json(&Added { slot: row(&added.slot), recovery_key: Some(key) })?;
        return Ok(());
    }
    output::note("This recovery key opens the vault. It is not shown again: write it down and keep it apart.");
    output::bytes(key.as_bytes())?;
    output::bytes(b"\n")?;
    output::note(&format!("slot {}", added.slot.id));
    Ok(())
}

fn told(context: &Context, slot: &SlotInfo, what: &str) -> Result<(), Failure> {
    if context.json {
        output::json(&Added { slot: row(slot), recovery_key: None })?;
    } else {
        output::note(&format!("{what}; slot {}", slot.id));
    }
    Ok(())
}

fn list(context: &Context) -> Result<(), Failure> {
    let slots = context.client.slots()?;
    if context.json {
        output::json(&slots.iter().map(row).collect::<Vec<_>>())?;
        return Ok(());
    }
    let mut table = Table::new(["ID", "KIND", "LABEL"]);
    for slot in slots {
        table.row([slot.id, slot.kind, slot.label]);
    }
    output::text(&table.render())?;
    Ok(())
}

pub(crate) fn row(slot: &SlotInfo) -> Row<'_> {
    Row { id: &slot.id, kind: &slot.kind, label: &slot.label }
}

/// Only these say that nothing was changed; after the others a slot may exist,
/// and its key must not be thrown away.
fn certainly_not_done(error: &ClientError) -> bool {
    match error {
        ClientError::Server(error) => !matches!(error, WireError::Indeterminate {}),
        ClientError::Timeout { may_have_happened, .. } => !may_have_happened,
        ClientError::Refused(_)
        | ClientError::NotRunning { .. }
        | ClientError::Unavailable(_)
        | ClientError::ServerUid { .. }
        | ClientError::Unsendable(_) => true,
        _ => false,
    }
}
