//! `vaultctl key ls`.

use std::collections::BTreeMap;

use clap::Args;
use vault_client::{ErrorKind, KeyInfo};

use super::Desk;
use super::show::info_json;
use super::words::Word as _;
use crate::failure::Failure;
use crate::output;
use crate::table::Table;
use crate::time::short;

/// List your keys
#[derive(Debug, Args)]
pub(super) struct Ls {}

impl Ls {
    pub(super) fn run(&self, desk: &Desk<'_>) -> Result<(), Failure> {
        let mut names: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for alias in desk.keys.all_aliases(None)? {
            names.entry(alias.key).or_default().push(alias.alias);
        }
        let mut keys: Vec<(Vec<String>, KeyInfo)> = Vec::new();
        for id in desk.keys.list_all()? {
            match desk.keys.describe(&id) {
                Ok(info) => {
                    let mut aliases = names.remove(&id).unwrap_or_default();
                    aliases.sort();
                    keys.push((aliases, info));
                }
                // Deleted meanwhile.
                Err(error) if error.kind() == ErrorKind::NotSet => {}
                Err(error) => return Err(Failure::from(error).about(id)),
            }
        }
        // Those with a name first, by it; the others by age.
        keys.sort_by(|(a, x), (b, y)| (a.is_empty(), a, x.made_at).cmp(&(b.is_empty(), b, y.made_at)));
        if desk.json() {
            let rows = keys.iter().map(|(aliases, info)| info_json(info, aliases));
            output::json(&rows.collect::<Vec<_>>())?;
            return Ok(());
        }
        if keys.is_empty() {
            output::note("No keys. `vaultctl key create --alias NAME` makes one.");
            return Ok(());
        }
        let mut table = Table::new(["ALIAS", "ID", "SPEC", "USAGE", "STATE", "VERSION", "MADE"]);
        for (aliases, info) in &keys {
            let names: Vec<_> = aliases.iter().map(|alias| alias.trim_start_matches("alias/")).collect();
            table.row([
                if names.is_empty() { "-".into() } else { names.join(", ") },
                info.id.clone(),
                info.spec.word().into(),
                info.usage.word().into(),
                state(info),
                info.current.map_or_else(|| "-".into(), |current| current.version.to_string()),
                short(info.made_at),
            ]);
        }
        output::text(&table.render())?;
        Ok(())
    }
}

fn state(info: &KeyInfo) -> String {
    match info.deletion_at {
        Some(at) => format!("deleted at {}", short(at)),
        None => info.state.word().into(),
    }
}
