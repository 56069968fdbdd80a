//! `vaultctl key policy`: who may do what, beside grants.

use clap::Args;
use serde_json::json;

use super::Desk;
use super::typed::KeyName;
use crate::failure::Failure;
use crate::output;

/// A key's policy: every key has the same, that its owner may do everything
#[derive(Debug, Args)]
pub(super) struct Policy {
    /// The key
    key: KeyName,
}

impl Policy {
    pub(super) fn run(&self, desk: &Desk<'_>) -> Result<(), Failure> {
        let statements = desk.keys.policy(self.key.as_str()).map_err(self.key.failed())?;
        if desk.json() {
            let rows = statements.iter().map(|statement| {
                json!({
                    "allows": statement.allows,
                    "owner": statement.owner,
                    "every_operation": statement.every_operation,
                    "conditional": statement.conditional,
                })
            });
            output::json(&rows.collect::<Vec<_>>())?;
            return Ok(());
        }
        for statement in &statements {
            let effect = if statement.allows { "allows" } else { "denies" };
            let who = if statement.owner { "the owner" } else { "others" };
            let what = if statement.every_operation { "everything" } else { "some operations" };
            let when = if statement.conditional { ", under conditions" } else { "" };
            output::text(&format!("{effect} {who} {what}{when}\n"))?;
        }
        output::note("Others are let in by grants: `vaultctl key grant ls`.");
        Ok(())
    }
}
