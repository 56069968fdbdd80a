//! `vaultctl user`: whose secrets are here, and what happens when a uid changes
//! hands.

use clap::{Args, Subcommand};
use serde::Serialize;
use serde_json::json;
use vault_client::{UserChange, UserInfo};

use crate::commands::rm::ERASURE_PENDING;
use crate::context::Context;
use crate::failure::Failure;
use crate::output::{self, counted};
use crate::prompt;
use crate::table::Table;

/// Users of the vault, for operators
#[derive(Debug, Args)]
pub(crate) struct User {
    #[command(subcommand)]
    command: UserCommand,
}

#[derive(Debug, Subcommand)]
enum UserCommand {
    /// List users with counts and sizes
    Ls,
    /// Release a held user: the account is the same person under a new login name
    Confirm {
        /// Such as uid:1001
        user: String,
    },
    /// Give a user's secrets to another user
    Move {
        /// Such as uid:1001
        from: String,
        /// Who gets them
        to: String,
    },
    /// Erase everything a user has, for ever
    Rm {
        /// Such as uid:1001
        user: String,
        /// Do not ask
        #[arg(long)]
        yes: bool,
    },
}

#[derive(Serialize)]
struct Row<'a> {
    user: &'a str,
    login: Option<&'a str>,
    held: bool,
    apps: u64,
    secrets: u64,
    bytes: u64,
}

impl User {
    pub(crate) fn run(&self, context: &Context) -> Result<(), Failure> {
        match &self.command {
            UserCommand::Ls => list(context),
            UserCommand::Confirm { user } => {
                context.client.user_confirm(user).map_err(|error| Failure::of_user(error, user))?;
                if context.json {
                    output::json(&json!({ "user": user, "held": false }))?;
                } else {
                    output::note(&format!("{user} is released"));
                }
                Ok(())
            }
            UserCommand::Move { from, to } => {
                let moved = context.client.user_move(from, to);
                let change = moved.map_err(|error| Failure::of_user(error, from))?;
                told(context, &change, &format!("moved from {from} to {to}"))
            }
            UserCommand::Rm { user, yes } => {
                let what = format!("Everything {user} has stored will be erased, and nothing brings it back.");
                prompt::confirm(&what, user, *yes)?;
                let removed = context.client.user_remove(user);
                let change = removed.map_err(|error| Failure::of_user(error, user))?;
                told(context, &change, &format!("of {user} erased"))
            }
        }
    }
}

fn told(context: &Context, change: &UserChange, what: &str) -> Result<(), Failure> {
    if context.json {
        output::json(&json!({ "scopes": change.scopes, "erasure_pending": change.erasure_pending }))?;
        return Ok(());
    }
    output::note(&format!("the secrets in {} {what}", counted(change.scopes, "app")));
    if change.erasure_pending {
        output::note(ERASURE_PENDING);
    }
    Ok(())
}

fn list(context: &Context) -> Result<(), Failure> {
    let users = context.client.users()?;
    if context.json {
        output::json(&users.iter().map(row).collect::<Vec<_>>())?;
        return Ok(());
    }
    if users.is_empty() {
        output::note("Nobody has stored anything yet.");
        return Ok(());
    }
    let mut table = Table::new(["USER", "LOGIN", "STATE", "APPS", "SECRETS", "BYTES"]);
    for user in &users {
        table.row([
            user.user.clone(),
            user.login.clone().unwrap_or_else(|| "-".into()),
            if user.held { "held" } else { "active" }.into(),
            user.apps.to_string(),
            user.secrets.to_string(),
            user.bytes.to_string(),
        ]);
    }
    output::text(&table.render())?;
    for user in users.iter().filter(|user| user.held) {
        let user = &user.user;
        output::note(&format!(
            "{user} is held, its login name changed: `vaultctl user confirm {user}` if it is the same person, \
             else `vaultctl user move {user} NEW` or `vaultctl user rm {user}`"
        ));
    }
    Ok(())
}

fn row(user: &UserInfo) -> Row<'_> {
    Row {
        user: &user.user,
        login: user.login.as_deref(),
        held: user.held,
        apps: user.apps,
        secrets: user.secrets,
        bytes: user.bytes,
    }
}
