//! `vaultctl get NAME`: the exact bytes to a pipe or a file; to a terminal only
//! text that does nothing but show.

use clap::Args;
use vault_client::operation;

use crate::context::Context;
use crate::failure::Failure;
use crate::names::SecretArgs;
use crate::output;
use crate::terminal::showable;

/// Write a secret's exact bytes to standard output
#[derive(Debug, Args)]
pub(crate) struct Get {
    #[command(flatten)]
    secret: SecretArgs,
    /// An older version that is still kept
    #[arg(long, value_name = "N")]
    version: Option<u64>,
    /// Write the bytes as they are even to a terminal
    #[arg(long)]
    raw: bool,
}

impl Get {
    pub(crate) fn run(&self, context: &Context) -> Result<(), Failure> {
        let target = self.secret.target()?;
        let read = context.for_app(self.secret.named_app()).run(operation::get(target, self.version));
        let secret = read.map_err(|error| Failure::of_secret(error, self.secret.said()))?;
        let value = secret.expose();
        if self.raw || !output::stdout_is_terminal() {
            output::bytes(value)?;
            return Ok(());
        }
        let text = showable(value).map_err(|error| Failure::from(error).about(self.secret.said()))?;
        output::bytes(text.as_bytes())?;
        if !text.ends_with('\n') {
            output::bytes(b"\n")?;
        }
        Ok(())
    }
}
