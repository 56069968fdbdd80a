//! `vaultctl undelete NAME`: a deleted secret comes back.

use clap::Args;
use serde_json::json;

use crate::context::Context;
use crate::failure::Failure;
use crate::names::SecretArgs;
use crate::output;

/// Bring back a secret deleted within the last 7 days
#[derive(Debug, Args)]
pub(crate) struct Undelete {
    #[command(flatten)]
    secret: SecretArgs,
}

impl Undelete {
    pub(crate) fn run(&self, context: &Context) -> Result<(), Failure> {
        let undeleted = context.for_app(self.secret.named_app()).undelete(self.secret.target()?);
        let version = undeleted.map_err(|error| Failure::of_secret(error, self.secret.app(), self.secret.name()))?;
        if context.json {
            output::json(&json!({ "name": self.secret.name(), "app": self.secret.app(), "version": version }))?;
        } else {
            output::note(&format!("{} is back at version {version}", self.secret.said()));
        }
        Ok(())
    }
}
