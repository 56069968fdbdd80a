//! `vaultctl key enable`, `disable`, `delete` and `undelete`.

use clap::Args;
use serde_json::json;

use super::Desk;
use super::typed::{KeyName, days};
use crate::failure::Failure;
use crate::prompt;
use crate::time::{rfc3339, short};

/// Let a disabled key be used again
#[derive(Debug, Args)]
pub(super) struct Enable {
    /// The key
    key: KeyName,
}

/// Let nobody use a key until it is enabled
#[derive(Debug, Args)]
pub(super) struct Disable {
    /// The key
    key: KeyName,
}

/// Announce a key's deletion; what it has encrypted can never be read again after it
#[derive(Debug, Args)]
pub(super) struct Delete {
    /// The key
    key: KeyName,
    /// When: 7d to 30d ahead
    #[arg(long = "in", value_name = "DAYS", value_parser = days, default_value = "30d")]
    days: u32,
    /// Do not ask
    #[arg(long)]
    yes: bool,
}

/// Keep a key from its deletion; it comes back disabled
#[derive(Debug, Args)]
#[command(alias = "cancel-deletion")]
pub(super) struct Undelete {
    /// The key
    key: KeyName,
}

impl Enable {
    pub(super) fn run(&self, desk: &Desk<'_>) -> Result<(), Failure> {
        desk.act.enable(self.key.as_str()).map_err(self.key.failed())?;
        desk.told(&json!({ "key": self.key.as_str(), "state": "enabled" }), || format!("{} is enabled", self.key))
    }
}

impl Disable {
    pub(super) fn run(&self, desk: &Desk<'_>) -> Result<(), Failure> {
        desk.act.disable(self.key.as_str()).map_err(self.key.failed())?;
        let json = json!({ "key": self.key.as_str(), "state": "disabled" });
        desk.told(&json, || format!("{} is disabled: nothing it has encrypted opens until it is enabled", self.key))
    }
}

impl Delete {
    pub(super) fn run(&self, desk: &Desk<'_>) -> Result<(), Failure> {
        let (key, days) = (&self.key, self.days);
        let typed = key.as_str().trim_start_matches("alias/");
        let what = format!("In {days} days {key} goes, and what it has encrypted can never be read again.");
        prompt::confirm(&what, typed, self.yes)?;
        let at = desk.act.schedule_deletion(key.as_str(), days).map_err(key.failed())?;
        desk.told(&json!({ "key": key.as_str(), "deletion_at": rfc3339(at) }), || {
            format!("{key} does nothing any more and goes at {}; until then `vaultctl key undelete {typed}`", short(at))
        })
    }
}

impl Undelete {
    pub(super) fn run(&self, desk: &Desk<'_>) -> Result<(), Failure> {
        desk.act.cancel_deletion(self.key.as_str()).map_err(self.key.failed())?;
        desk.told(&json!({ "key": self.key.as_str(), "deletion_at": null }), || {
            format!("{} stays; `vaultctl key enable` lets it be used again", self.key)
        })
    }
}
