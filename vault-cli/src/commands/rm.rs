//! `vaultctl rm NAME`: delete for seven days, or destroy for ever.

use clap::Args;
use serde::Serialize;
use vault_client::{ClientError, WireError, operation};

use crate::context::Context;
use crate::failure::Failure;
use crate::names::SecretArgs;
use crate::{output, prompt};

/// Delete a secret; `undelete` brings it back within 7 days
#[derive(Debug, Args)]
pub(crate) struct Rm {
    #[command(flatten)]
    secret: SecretArgs,
    /// Erase every version at once and for ever
    #[arg(long)]
    destroy: bool,
    /// Only when this version is current
    #[arg(long, value_name = "N")]
    if_version: Option<u64>,
    /// Do not ask before destroying
    #[arg(long)]
    yes: bool,
}

#[derive(Serialize)]
struct Removed<'a> {
    name: &'a str,
    app: &'a str,
    destroyed: bool,
    erasure_pending: bool,
}

impl Rm {
    pub(crate) fn run(&self, context: &Context) -> Result<(), Failure> {
        let target = self.secret.target()?;
        let said = self.secret.said();
        if self.destroy {
            let what = format!("Every version of {said} will be erased, and nothing brings it back.");
            prompt::confirm(&what, self.secret.name(), self.yes)?;
        }
        let deleted =
            context.for_app(self.secret.named_app()).run(operation::delete(target, self.destroy, self.if_version));
        let deletion = deleted.map_err(|error| Failure::of_secret(error, self.secret.app(), self.secret.name()))?;
        if !deletion.was_set {
            // Nothing was there: a mistyped name should not look like success.
            let missing = ClientError::Server(WireError::Missing { expired: false });
            return Err(Failure::of_secret(missing, self.secret.app(), self.secret.name()));
        }
        if context.json {
            output::json(&Removed {
                name: self.secret.name(),
                app: self.secret.app(),
                destroyed: self.destroy,
                erasure_pending: deletion.erasure_pending,
            })?;
            return Ok(());
        }
        if self.destroy {
            output::note(&format!("{said} destroyed"));
        } else {
            output::note(&format!(
                "{said} deleted; within 7 days `vaultctl undelete {}` brings it back",
                self.secret.typed()
            ));
        }
        if deletion.erasure_pending {
            output::note(ERASURE_PENDING);
        }
        Ok(())
    }
}

/// For a person, when old bytes are still in a file.
pub(crate) const ERASURE_PENDING: &str = "its bytes leave the files as soon as running readers let go of them";
