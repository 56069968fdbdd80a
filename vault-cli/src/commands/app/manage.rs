//! Removing, suspending, giving away and binding an app.

use clap::Args;
use serde_json::json;

use crate::context::Context;
use crate::failure::{Failure, Problem};
use crate::output;
use crate::output::counted;
use crate::prompt;
use crate::users::{acts_for, said, user};

/// Remove an app
#[derive(Debug, Args)]
pub(crate) struct Rm {
    /// The app
    app: String,
    /// With everything its users stored for it, for ever
    #[arg(long)]
    shred: bool,
    /// Do not ask
    #[arg(long)]
    yes: bool,
}

/// Let a local account act as an app, without a token
#[derive(Debug, Args)]
pub(crate) struct Bind {
    /// The app
    app: String,
    /// A login name or uid
    #[arg(long, value_name = "USER")]
    uid: String,
    /// For whom: self, any (every ext: user), fixed (with --user), or one user
    #[arg(long, value_name = "WHOM", default_value = "self")]
    acts_for: String,
    /// The user of `--acts-for fixed`
    #[arg(long, value_name = "USER", required_if_eq("acts_for", "fixed"))]
    user: Option<String>,
}

/// Take a binding back
#[derive(Debug, Args)]
pub(crate) struct Unbind {
    /// The app
    app: String,
    /// A login name or uid
    #[arg(long, value_name = "USER")]
    uid: String,
}

/// Users have stored something for it.
#[derive(Debug, thiserror::Error)]
#[error("values are stored for it")]
struct StillStored;

impl Problem for StillStored {
    fn code(&self) -> &'static str {
        "orphans"
    }

    fn exit(&self) -> u8 {
        6
    }

    fn hint(&self) -> String {
        "`--shred` erases them for ever; `vaultctl app suspend` stops the app and keeps them".into()
    }
}

impl Rm {
    pub(super) fn run(&self, context: &Context) -> Result<(), Failure> {
        let app = &self.app;
        if self.shred {
            let what = format!("Everything stored for {app} will be erased, and nothing brings it back.");
            prompt::confirm(&what, app, self.yes)?;
        }
        let removed = context.client.app_remove(app, self.shred).map_err(|error| match error.code() {
            "orphans" => Failure::from(StillStored).about(app),
            _ => Failure::from(error).about(app),
        })?;
        told(context, &json!({ "app": app, "removed": true, "scopes": removed.orphaned }), || match removed.orphaned {
            0 => format!("{app} is removed"),
            holders => format!("{app} is removed, with what {} had stored", counted(holders, "holder")),
        })
    }
}

impl Bind {
    pub(super) fn run(&self, context: &Context) -> Result<(), Failure> {
        let app = &self.app;
        let uid = user(&self.uid)?;
        let whom = match (self.acts_for.as_str(), &self.user) {
            ("fixed", Some(one)) => one,
            (whom, _) => whom,
        };
        let whom = acts_for(whom)?;
        let told_as = said(&whom).to_owned();
        context.client.app_bind(app, &uid, whom).map_err(|error| Failure::from(error).about(app))?;
        told(context, &json!({ "app": app, "user": uid, "acts_for": told_as }), || {
            format!("{uid} acts as {app}, for {told_as}")
        })
    }
}

impl Unbind {
    pub(super) fn run(&self, context: &Context) -> Result<(), Failure> {
        let (app, uid) = (&self.app, user(&self.uid)?);
        context.client.app_unbind(app, &uid).map_err(|error| Failure::from(error).about(app))?;
        told(context, &json!({ "app": app, "user": uid, "acts_for": null }), || {
            format!("{uid} no longer acts as {app}")
        })
    }
}

pub(super) fn suspend(context: &Context, app: &str, suspended: bool) -> Result<(), Failure> {
    context.client.app_suspend(app, suspended).map_err(|error| Failure::from(error).about(app))?;
    told(context, &json!({ "app": app, "suspended": suspended }), || match suspended {
        true => format!("{app} is suspended: nobody acts as it until `vaultctl app resume {app}`"),
        false => format!("{app} is served again"),
    })
}

pub(super) fn owner(context: &Context, app: &str, to: &str) -> Result<(), Failure> {
    let to = user(to)?;
    context.client.app_owner(app, &to).map_err(|error| Failure::from(error).about(app))?;
    told(context, &json!({ "app": app, "owner": to }), || {
        format!("{app} is {to}'s; its tokens and bindings have ended")
    })
}

fn told(context: &Context, json: &serde_json::Value, words: impl FnOnce() -> String) -> Result<(), Failure> {
    if context.json {
        output::json(json)?;
    } else {
        output::note(&words());
    }
    Ok(())
}
