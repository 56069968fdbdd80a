//! `vaultctl key tag`, `untag` and `set-description`.

use clap::Args;
use serde_json::json;

use super::Desk;
use super::typed::{KeyName, borrowed, pair};
use crate::failure::Failure;

/// Add tags to a key, replacing those of the same name
#[derive(Debug, Args)]
pub(super) struct Tag {
    /// The key
    key: KeyName,
    /// The tags
    #[arg(required = true, value_name = "NAME=VALUE", value_parser = pair)]
    tags: Vec<(String, String)>,
}

/// Remove tags from a key
#[derive(Debug, Args)]
pub(super) struct Untag {
    /// The key
    key: KeyName,
    /// Their names
    #[arg(required = true, value_name = "NAME")]
    names: Vec<String>,
}

/// Replace what is said about a key
#[derive(Debug, Args)]
pub(super) struct SetDescription {
    /// The key
    key: KeyName,
    /// For people
    text: String,
}

impl Tag {
    pub(super) fn run(&self, desk: &Desk<'_>) -> Result<(), Failure> {
        desk.act.tag(self.key.as_str(), &borrowed(&self.tags)).map_err(self.key.failed())?;
        let names: Vec<_> = self.tags.iter().map(|(name, _)| name).collect();
        desk.told(&json!({ "key": self.key.as_str(), "tagged": names }), || "tagged".into())
    }
}

impl Untag {
    pub(super) fn run(&self, desk: &Desk<'_>) -> Result<(), Failure> {
        let names: Vec<_> = self.names.iter().map(String::as_str).collect();
        desk.act.untag(self.key.as_str(), &names).map_err(self.key.failed())?;
        desk.told(&json!({ "key": self.key.as_str(), "untagged": names }), || "untagged".into())
    }
}

impl SetDescription {
    pub(super) fn run(&self, desk: &Desk<'_>) -> Result<(), Failure> {
        desk.act.update_description(self.key.as_str(), &self.text).map_err(self.key.failed())?;
        desk.told(&json!({ "key": self.key.as_str(), "description": self.text }), || "changed".into())
    }
}
