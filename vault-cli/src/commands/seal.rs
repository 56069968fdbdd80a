//! `vaultctl seal`: drains writes and drops every key.

use clap::Args;
use serde_json::json;

use crate::context::Context;
use crate::failure::Failure;
use crate::output;

/// Seal the vault: nothing can be read until it is unsealed
#[derive(Debug, Args)]
pub(crate) struct Seal {}

impl Seal {
    pub(crate) fn run(&self, context: &Context) -> Result<(), Failure> {
        context.client.seal()?;
        if context.json {
            output::json(&json!({ "sealed": true }))?;
        } else {
            output::note("the vault is sealed; `vaultctl unseal` opens it");
        }
        Ok(())
    }
}
