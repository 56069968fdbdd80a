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
        let secret = read.map_err(|error| {
            let kept_from_its_user = error.code() == "forbidden" && !context.acts();
            let failure = Failure::of_secret(error, self.secret.app(), self.secret.name());
            if kept_from_its_user { failure.hinting(self.what_its_user_can_do()) } else { failure }
        })?;
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

    fn what_its_user_can_do(&self) -> String {
        let (typed, app) = (self.secret.typed(), self.secret.app());
        format!(
            "`vaultctl set {typed}` replaces it, `vaultctl rm {typed}` revokes it; `vaultctl app show {app}` says when it \
             was set"
        )
    }
}
