//! `vaultctl app check APP`: the gate. What is required and missing, and what to
//! do about it.

use clap::Args;
use serde_json::json;

use crate::context::Context;
use crate::failure::Failure;
use crate::output;
use crate::users::user;

/// Is everything there that the app requires? Ends with 13 when something is missing
#[derive(Debug, Args)]
pub(crate) struct Check {
    /// The app
    app: String,
    /// Another user's, such as ext:alice; for an operator [default: you, or whom you act for]
    #[arg(long, value_name = "USER")]
    user: Option<String>,
}

impl Check {
    pub(super) fn run(&self, context: &Context) -> Result<u8, Failure> {
        let app = &self.app;
        let of = self.user.as_deref().map(user).transpose()?;
        let gate = context.for_app(Some(app)).require(app, of.as_deref());
        let gate = gate.map_err(|error| Failure::from(error).about(app))?;
        if context.json {
            let missing = gate.unmet.iter().map(|unmet| {
                json!({
                    "name": unmet.name,
                    "description": unmet.description,
                    "expired": unmet.expired,
                    "set_with": unmet.set_with,
                })
            });
            output::json(&json!({ "app": app, "ready": gate.ready, "missing": missing.collect::<Vec<_>>() }))?;
        } else if gate.ready {
            output::note(&format!("{app} has what it requires."));
        } else {
            for unmet in &gate.unmet {
                let state = if unmet.expired { "expired" } else { "missing" };
                output::text(&format!("{} is {state}: {}\n  {}\n", unmet.name, unmet.description, unmet.set_with))?;
            }
        }
        Ok(if gate.ready { 0 } else { NOT_READY })
    }
}

/// Something required is missing.
const NOT_READY: u8 = 13;
