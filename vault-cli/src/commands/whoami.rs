//! `vaultctl whoami`: who the kernel says you are, and what that allows.

use std::fmt::Write as _;

use clap::Args;
use serde_json::json;

use crate::context::Context;
use crate::failure::Failure;
use crate::output;

/// Show who you are to the vault and what you may do
#[derive(Debug, Args)]
pub(crate) struct Whoami {}

impl Whoami {
    pub(crate) fn run(&self, context: &Context) -> Result<(), Failure> {
        let who = context.client.whoami()?;
        if context.json {
            output::json(&json!({
                "user": who.user, "login": who.login, "operator": who.operator, "held": who.held,
            }))?;
            return Ok(());
        }
        let mut text = who.user.clone();
        if let Some(login) = &who.login {
            let _ = write!(text, " ({login})");
        }
        text.push('\n');
        if !who.operator.is_empty() {
            let _ = writeln!(text, "operator: {}", who.operator.join(", "));
        }
        if who.held {
            let _ = writeln!(
                text,
                "held: these secrets were stored under another login name; an operator decides with \
                 `vaultctl user confirm {}`, `user move` or `user rm`",
                who.user
            );
        }
        output::text(&text)?;
        Ok(())
    }
}
