//! `vaultctl key show` and `key census`: what is known about a key, and which of
//! its versions something still needs.

use clap::Args;
use serde_json::{Value, json};
use vault_client::{ErrorKind, KeyInfo, KeyMaterialInfo, RotationStatus};

use super::Desk;
use super::typed::KeyName;
use super::words::Word as _;
use crate::failure::Failure;
use crate::output::{self, hex};
use crate::table::Table;
use crate::time::{rfc3339, short};

/// Everything that is known about a key; never its material
#[derive(Debug, Args)]
pub(super) struct Show {
    /// The key
    key: KeyName,
}

/// What is there of each version of a key, and what used it since the vault was opened
#[derive(Debug, Args)]
pub(super) struct Census {
    /// The key
    key: KeyName,
}

impl Show {
    pub(super) fn run(&self, desk: &Desk<'_>) -> Result<(), Failure> {
        let info = desk.keys.describe(self.key.as_str()).map_err(self.key.failed())?;
        // The rest is for its owner; a grant shows the key alone.
        let (mut aliases, mut tags, mut rotation) = (Vec::new(), Vec::new(), None);
        if info.own {
            let found = desk.keys.all_aliases(Some(&info.id))?;
            aliases = found.into_iter().map(|alias| alias.alias).collect();
            aliases.sort();
            tags = desk.keys.tags(&info.id)?;
            rotation = match desk.keys.rotation_status(&info.id) {
                Ok(status) => Some(status),
                // Of a kind that is never rotated.
                Err(error) if error.kind() == ErrorKind::Invalid => None,
                Err(error) => return Err(error.into()),
            };
        }
        if desk.json() {
            let mut shown = info_json(&info, &aliases);
            let tags = tags.iter().map(|tag| (tag.name.clone(), tag.value.clone().into()));
            shown["tags"] = Value::Object(tags.collect());
            shown["rotation"] = rotation.as_ref().map_or(Value::Null, rotation_json);
            output::json(&shown)?;
            return Ok(());
        }
        let mut facts = vec![("id", info.id.clone())];
        facts.extend(aliases.into_iter().map(|alias| ("alias", alias)));
        let exportable = if info.exportable { ", exportable" } else { "" };
        facts
            .push(("is", format!("{} to {}, from {}{exportable}", info.spec.word(), info.usage.word(), origin(&info))));
        facts.push(("state", info.state.word().into()));
        facts.extend(info.deletion_at.map(|at| ("deleted at", short(at))));
        facts.extend(info.current.map(|current| ("version", current.version.to_string())));
        facts.extend(info.expires_at.map(|at| ("expires", short(at))));
        facts.extend(rotation.as_ref().and_then(said).map(|said| ("rotates", said)));
        facts.push(("made", format!("{} by {}", short(info.made_at), info.made_by)));
        if !info.description.is_empty() {
            facts.push(("about", info.description.clone()));
        }
        facts.extend(tags.into_iter().map(|tag| ("tag", format!("{}={}", tag.name, tag.value))));
        let lines = facts.iter().map(|(name, fact)| format!("{name:<10}  {}\n", fact.replace('\n', "\\n")));
        output::text(&lines.collect::<String>())?;
        Ok(())
    }
}

impl Census {
    pub(super) fn run(&self, desk: &Desk<'_>) -> Result<(), Failure> {
        let census = desk.keys.census(self.key.as_str()).map_err(self.key.failed())?;
        if desk.json() {
            let versions = census.versions.iter().map(|version| {
                let mut row = version_json(&version.info);
                row["stored"] = version.stored.into();
                row["current"] = version.current.into();
                row["made_with"] = version.made.into();
                row["opened_with"] = version.opened.into();
                row["last_used_at"] = version.last_used_at.and_then(rfc3339).into();
                row
            });
            output::json(&json!({
                "versions": versions.collect::<Vec<_>>(),
                "aliases": census.aliases,
                "grants": census.grants,
                "import_pending": census.import_pending,
            }))?;
            return Ok(());
        }
        let mut table = Table::new(["VERSION", "SINCE", "BY", "MATERIAL", "MADE", "OPENED", "LAST USED"]);
        for version in &census.versions {
            let material = match (version.info.gone, version.stored, version.current) {
                (true, ..) => "gone",
                (false, false, _) => "lost",
                (false, true, true) => "current",
                (false, true, false) => "kept",
            };
            table.row([
                version.info.version.to_string(),
                short(version.info.made_at),
                version.info.source.word().into(),
                material.into(),
                version.made.to_string(),
                version.opened.to_string(),
                version.last_used_at.map_or_else(|| "-".into(), short),
            ]);
        }
        output::text(&table.render())?;
        output::note("MADE and OPENED count since the vault was opened; what lies in files cannot be counted.");
        Ok(())
    }
}

/// A key as programs read it.
pub(super) fn info_json(info: &KeyInfo, aliases: &[impl AsRef<str>]) -> Value {
    json!({
        "id": info.id,
        "aliases": aliases.iter().map(AsRef::as_ref).collect::<Vec<_>>(),
        "spec": info.spec.word(),
        "usage": info.usage.word(),
        "origin": origin(info),
        "state": info.state.word(),
        "exportable": info.exportable,
        "own": info.own,
        "description": info.description,
        "version": info.current.map(|current| current.version),
        "material": info.current.map(|current| hex(&current.material)),
        "made_at": rfc3339(info.made_at),
        "made_by": info.made_by,
        "deletion_at": info.deletion_at.and_then(rfc3339),
        "expires_at": info.expires_at.and_then(rfc3339),
    })
}

/// A version as programs read it.
pub(super) fn version_json(info: &KeyMaterialInfo) -> Value {
    json!({
        "version": info.version,
        "material": hex(&info.material),
        "source": info.source.word(),
        "gone": info.gone,
        "made_at": rfc3339(info.made_at),
        "gone_at": info.gone_at.and_then(rfc3339),
        "expires_at": info.expires_at.and_then(rfc3339),
    })
}

/// How a key is rotated, as programs read it.
pub(super) fn rotation_json(status: &RotationStatus) -> Value {
    json!({
        "every_days": status.period_days,
        "next_at": status.next_at.and_then(rfc3339),
        "on_demand": status.on_demand,
    })
}

fn said(status: &RotationStatus) -> Option<String> {
    let days = status.period_days?;
    let next = status.next_at.map(|at| format!(", next {}", short(at)));
    Some(format!("every {days} days{}", next.unwrap_or_default()))
}

fn origin(info: &KeyInfo) -> &'static str {
    info.origin.word()
}
