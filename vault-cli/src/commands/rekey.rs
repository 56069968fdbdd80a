//! `vaultctl rekey`: new keys for the vault, without touching what it is opened by.

use clap::{Args, Subcommand};
use serde_json::json;
use vault_client::{ClientError, RekeyReport, WireError};

use crate::commands::slot;
use crate::context::Context;
use crate::failure::{Failure, Problem};
use crate::output::{self, counted};
use crate::unlock::WithEach;

/// Replace keys, for operators
#[derive(Debug, Args)]
pub(crate) struct Rekey {
    #[command(subcommand)]
    command: RekeyCommand,
}

#[derive(Debug, Subcommand)]
enum RekeyCommand {
    /// Replace the root key; only slots whose secret is given now survive
    Root {
        #[command(flatten)]
        keep: WithEach,
        /// Agree to losing the slots whose secret is not given
        #[arg(long)]
        drop_slots: bool,
    },
    /// Replace the key that wraps every user's keys, or one user's keys
    Scope {
        /// Such as uid:1001
        #[arg(long, value_name = "USER")]
        user: Option<String>,
    },
}

/// The daemon stopped before slots were lost.
#[derive(Debug, thiserror::Error)]
#[error("{reason}")]
struct Stopped {
    /// The daemon's words for what would be lost.
    reason: String,
}

impl Problem for Stopped {
    fn code(&self) -> &'static str {
        "invalid"
    }

    fn exit(&self) -> u8 {
        2
    }

    fn hint(&self) -> String {
        "nothing was changed: give the secrets of all slots to keep, or agree to losing the others with --drop-slots; \
         `vaultctl slot ls` shows the slots"
            .into()
    }
}

impl Rekey {
    pub(crate) fn run(&self, context: &Context) -> Result<(), Failure> {
        match &self.command {
            RekeyCommand::Root { keep, drop_slots } => {
                let rekeyed = context.client.rekey_root(keep.secrets()?, *drop_slots);
                let report = rekeyed.map_err(|error| match error {
                    ClientError::Server(WireError::Invalid { field, expected }) if field == "slots" => {
                        Stopped { reason: expected }.into()
                    }
                    other => Failure::from(other),
                })?;
                told(context, &report, &format!("the root key is replaced, version {}", report.version))?;
                if !context.json {
                    output::note("make a new backup: older ones open only with the old root key's slots");
                }
                Ok(())
            }
            RekeyCommand::Scope { user } => {
                let report = context.client.rekey_scope(user.as_deref()).map_err(|error| match user {
                    Some(user) => Failure::of_user(error, user),
                    None => error.into(),
                })?;
                let what = match user {
                    Some(user) => format!("{user} has new keys, {} sealed again", counted(report.rewritten, "record")),
                    None => {
                        format!("the wrapping key is replaced, {} wrapped again", counted(report.rewritten, "scope"))
                    }
                };
                told(context, &report, &what)
            }
        }
    }
}

fn told(context: &Context, report: &RekeyReport, what: &str) -> Result<(), Failure> {
    if context.json {
        let dropped: Vec<_> = report.dropped_slots.iter().map(slot::row).collect();
        output::json(&json!({
            "version": report.version, "rewritten": report.rewritten, "dropped_slots": dropped,
        }))?;
        return Ok(());
    }
    output::note(what);
    for slot in &report.dropped_slots {
        output::note(&format!("dropped: {} {} {}", slot.id, slot.kind, slot.label));
    }
    Ok(())
}
