//! `vaultctl key rotate` and `key rotation`: new material for a symmetric key.

use clap::{Args, Subcommand};
use serde_json::json;

use super::Desk;
use super::show::{rotation_json, version_json};
use super::typed::{KeyName, days};
use super::words::Word as _;
use crate::failure::Failure;
use crate::output;
use crate::table::Table;
use crate::time::short;

/// Give a key new material now; what it has encrypted still opens
#[derive(Debug, Args)]
pub(super) struct Rotate {
    /// The key
    key: KeyName,
}

/// New material every so many days
#[derive(Debug, Args)]
pub(super) struct Rotation {
    #[command(subcommand)]
    command: RotationCommand,
}

#[derive(Debug, Subcommand)]
enum RotationCommand {
    /// Rotate a key every so many days from now on
    On {
        /// The key
        key: KeyName,
        /// 90d to 2560d
        #[arg(long, value_name = "DAYS", value_parser = days, default_value = "365d")]
        every: u32,
    },
    /// No automatic rotation any more
    Off {
        /// The key
        key: KeyName,
    },
    /// How a key is rotated, and its versions
    Status {
        /// The key
        key: KeyName,
    },
}

impl Rotate {
    pub(super) fn run(&self, desk: &Desk<'_>) -> Result<(), Failure> {
        let version = desk.act.rotate(self.key.as_str()).map_err(self.key.failed())?;
        desk.told(&json!({ "key": self.key.as_str(), "version": version }), || {
            format!("{} encrypts with version {version} from now on", self.key)
        })
    }
}

impl Rotation {
    pub(super) fn run(&self, desk: &Desk<'_>) -> Result<(), Failure> {
        match &self.command {
            RotationCommand::On { key, every } => {
                desk.act.enable_rotation(key.as_str(), *every).map_err(key.failed())?;
                let json = json!({ "key": key.as_str(), "every_days": every });
                desk.told(&json, || format!("{key} is rotated every {every} days"))
            }
            RotationCommand::Off { key } => {
                desk.act.disable_rotation(key.as_str()).map_err(key.failed())?;
                let json = json!({ "key": key.as_str(), "every_days": null });
                desk.told(&json, || format!("{key} is rotated no more"))
            }
            RotationCommand::Status { key } => status(desk, key),
        }
    }
}

fn status(desk: &Desk<'_>, key: &KeyName) -> Result<(), Failure> {
    let status = desk.keys.rotation_status(key.as_str()).map_err(key.failed())?;
    let mut versions = Vec::new();
    loop {
        let after = versions.last().map(|last: &vault_client::KeyMaterialInfo| last.version);
        let page = desk.keys.rotations(key.as_str(), after, PAGE).map_err(key.failed())?;
        let more = page.more && !page.items.is_empty();
        versions.extend(page.items);
        if !more {
            break;
        }
    }
    if desk.json() {
        let mut shown = rotation_json(&status);
        shown["versions"] = versions.iter().map(version_json).collect::<Vec<_>>().into();
        output::json(&shown)?;
        return Ok(());
    }
    let mut table = Table::new(["VERSION", "SINCE", "BY"]);
    for version in &versions {
        table.row([version.version.to_string(), short(version.made_at), version.source.word().into()]);
    }
    output::text(&table.render())?;
    output::note(&match (status.period_days, status.next_at) {
        (Some(days), Some(at)) => format!("rotated every {days} days, next {}", short(at)),
        (Some(days), None) => format!("rotated every {days} days while it is enabled"),
        (None, _) => "not rotated automatically".into(),
    });
    Ok(())
}

const PAGE: u32 = 1_000;
