//! `vaultctl set NAME`: stores a value that was typed or piped, never one from
//! an argument.

use clap::Args;
use serde::Serialize;
use vault_client::operation;
use vault_proto::limits::VALUE_MAX;

use crate::context::Context;
use crate::failure::Failure;
use crate::input::InputError;
use crate::names::SecretArgs;
use crate::{input, output, prompt};

/// Store a secret, typed at a hidden prompt or piped in
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  vaultctl set api_token\n  vaultctl set tls_key --raw < key.pem\n\n\
                        A value is never an argument: it would stay in the shell's history and show in the process \
                        list.")]
pub(crate) struct Set {
    #[command(flatten)]
    secret: SecretArgs,
    /// Store only when this version is current (0: only when there is none)
    #[arg(long, value_name = "N")]
    if_version: Option<u64>,
    /// Keep a line feed at the end of what is piped in
    #[arg(long)]
    raw: bool,
}

#[derive(Serialize)]
struct Stored<'a> {
    name: &'a str,
    app: &'a str,
    version: u64,
}

impl Set {
    pub(crate) fn run(&self, context: &Context) -> Result<(), Failure> {
        let target = self.secret.target()?;
        let value = if input::is_piped() {
            input::stdin("the value", VALUE_MAX, self.raw)?
        } else {
            prompt::hidden(&format!("Value of {}, hidden", self.secret.said()))?
        };
        if value.expose().len() > VALUE_MAX {
            return Err(InputError::TooLarge { what: "the value", max: VALUE_MAX }.into());
        }
        let client = context.for_app(self.secret.named_app());
        let stored = client.run(operation::set(target.clone(), value, self.if_version));
        let version = stored.map_err(|error| Failure::of_secret(error, self.secret.app(), self.secret.name()))?;
        if context.json {
            output::json(&Stored { name: self.secret.name(), app: self.secret.app(), version })?;
        } else if output::stderr_is_terminal() {
            output::note(&format!("{} version {version} stored", self.secret.said()));
            // What is the app's to read is not shown again. Stored it is, whatever this says.
            if self.secret.named_app().is_some() && client.describe(target).is_ok_and(|status| !status.reveal) {
                output::note(NOT_SHOWN_AGAIN);
            }
        }
        Ok(())
    }
}

/// For whoever has just pasted a value that they may not find again.
const NOT_SHOWN_AGAIN: &str =
    "You can replace or revoke it, not view it: keep your own copy if the provider shows it once.";
