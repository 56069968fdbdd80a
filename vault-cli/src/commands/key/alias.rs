//! `vaultctl key alias`: names for keys.

use clap::{Args, Subcommand};
use serde_json::json;

use super::Desk;
use super::typed::{AliasName, KeyName};
use crate::failure::Failure;
use crate::output;
use crate::table::Table;
use crate::time::{rfc3339, short};

/// Names of keys
#[derive(Debug, Args)]
pub(super) struct Alias {
    #[command(subcommand)]
    command: AliasCommand,
}

#[derive(Debug, Subcommand)]
enum AliasCommand {
    /// Name a key
    Add {
        /// The name
        name: AliasName,
        /// The key
        key: KeyName,
    },
    /// Point a name to another key of the same kind
    Mv {
        /// The name
        name: AliasName,
        /// The key it names from now on
        key: KeyName,
    },
    /// Take a name away; the key stays
    Rm {
        /// The name
        name: AliasName,
    },
    /// List names
    Ls {
        /// Of this key only
        key: Option<KeyName>,
    },
}

impl Alias {
    pub(super) fn run(&self, desk: &Desk<'_>) -> Result<(), Failure> {
        let about = |name: &AliasName| {
            let name = name.to_string();
            move |error| Failure::from(error).about(name)
        };
        match &self.command {
            AliasCommand::Add { name, key } => {
                let id = key.id(&desk.keys)?;
                desk.act.create_alias(name.as_str(), &id).map_err(about(name))?;
                desk.told(&json!({ "alias": name.as_str(), "key": id }), || format!("{name} is {id}"))
            }
            AliasCommand::Mv { name, key } => {
                let id = key.id(&desk.keys)?;
                desk.act.update_alias(name.as_str(), &id).map_err(about(name))?;
                desk.told(&json!({ "alias": name.as_str(), "key": id }), || format!("{name} is {id} from now on"))
            }
            AliasCommand::Rm { name } => {
                desk.act.delete_alias(name.as_str()).map_err(about(name))?;
                let json = json!({ "alias": name.as_str(), "key": null });
                desk.told(&json, || format!("{name} names nothing any more"))
            }
            AliasCommand::Ls { key } => list(desk, key.as_ref()),
        }
    }
}

fn list(desk: &Desk<'_>, key: Option<&KeyName>) -> Result<(), Failure> {
    let id = key.map(|key| key.id(&desk.keys)).transpose()?;
    let mut aliases = desk.keys.all_aliases(id.as_deref())?;
    aliases.sort_by(|a, b| a.alias.cmp(&b.alias));
    if desk.json() {
        let rows = aliases.iter().map(|alias| {
            json!({
                "alias": alias.alias,
                "key": alias.key,
                "made_at": rfc3339(alias.made_at),
                "updated_at": rfc3339(alias.updated_at),
            })
        });
        output::json(&rows.collect::<Vec<_>>())?;
        return Ok(());
    }
    let mut table = Table::new(["ALIAS", "KEY", "SINCE"]);
    for alias in aliases {
        table.row([alias.alias, alias.key, short(alias.updated_at)]);
    }
    output::text(&table.render())?;
    Ok(())
}
