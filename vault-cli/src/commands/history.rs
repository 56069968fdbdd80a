//! `vaultctl history NAME`: every version and what became of it.

use clap::Args;
use serde::Serialize;
use vault_client::VersionState;

use crate::commands::ls::state;
use crate::context::Context;
use crate::failure::Failure;
use crate::names::SecretArgs;
use crate::output;
use crate::table::Table;
use crate::time::{rfc3339, short};

/// Show every version of a secret with its state and times
#[derive(Debug, Args)]
pub(crate) struct History {
    #[command(flatten)]
    secret: SecretArgs,
}

#[derive(Serialize)]
struct Row<'a> {
    version: u64,
    state: VersionState,
    set_at: Option<String>,
    set_by: &'a str,
    deleted_at: Option<String>,
}

impl History {
    pub(crate) fn run(&self, context: &Context) -> Result<(), Failure> {
        let history = context.for_app(self.secret.named_app()).history(self.secret.target()?);
        let versions = history.map_err(|error| Failure::of_secret(error, self.secret.app(), self.secret.name()))?;
        if context.json {
            let rows = versions.iter().map(|version| Row {
                version: version.version,
                state: version.state,
                set_at: rfc3339(version.set_at),
                set_by: &version.set_by,
                deleted_at: version.deleted_at.and_then(rfc3339),
            });
            output::json(&rows.collect::<Vec<_>>())?;
            return Ok(());
        }
        let mut table = Table::new(["VERSION", "STATE", "SET", "BY", "DELETED"]);
        for version in versions {
            table.row([
                version.version.to_string(),
                state(version.state).into(),
                short(version.set_at),
                version.set_by,
                version.deleted_at.map_or_else(|| "-".into(), short),
            ]);
        }
        output::text(&table.render())?;
        Ok(())
    }
}
