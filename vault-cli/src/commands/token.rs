//! `vaultctl token`: what lets a program act as an app.

use clap::{Args, Subcommand, ValueEnum};
use serde_json::json;
use vault_client::{NewToken, Role, TokenInfo};

use crate::context::Context;
use crate::failure::{Failure, Problem};
use crate::output;
use crate::spans;
use crate::table::Table;
use crate::time::{now_ms, rfc3339, short};
use crate::users::{acts_for, said};

/// Tokens that let a program act as an app
#[derive(Debug, Args)]
pub(crate) struct Token {
    #[command(subcommand)]
    command: TokenCommand,
}

#[derive(Debug, Subcommand)]
enum TokenCommand {
    Create(Create),
    /// List tokens; never the token itself
    Ls {
        /// Of this app only
        app: Option<String>,
    },
    /// Make a token worth nothing, at its next call
    Revoke {
        /// As `token ls` shows it
        id: String,
    },
}

/// Make a token; it is shown this once, on standard output
#[derive(Debug, Args)]
struct Create {
    /// The app
    app: String,
    /// The app's own code, or a user interface that never reads a value
    #[arg(long, value_enum, default_value = "extension")]
    role: RoleName,
    /// For whom it acts: self, any (every ext: user), uid:N or ext:ID
    #[arg(long = "for", value_name = "WHOM", default_value = "self")]
    acts_for: String,
    /// After so long it is worth nothing: 90d, 12h, 30m, or never
    #[arg(long, value_name = "TIME", default_value = "90d", value_parser = spans::seconds)]
    expires: u64,
    /// What to call it in the list
    #[arg(long, value_name = "TEXT", default_value = "")]
    label: String,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum RoleName {
    Extension,
    Panel,
}

/// No token of that id.
#[derive(Debug, thiserror::Error)]
#[error("no such token, or it is revoked already")]
struct NoToken;

impl Problem for NoToken {
    fn code(&self) -> &'static str {
        "missing"
    }

    fn exit(&self) -> u8 {
        3
    }

    fn hint(&self) -> String {
        "`vaultctl token ls` shows the ids".into()
    }
}

impl Token {
    pub(crate) fn run(&self, context: &Context) -> Result<(), Failure> {
        match &self.command {
            TokenCommand::Create(command) => command.run(context),
            TokenCommand::Ls { app } => list(context, app.as_deref()),
            TokenCommand::Revoke { id } => {
                context.client.token_revoke(id).map_err(|error| match error.code() {
                    "missing" => Failure::from(NoToken),
                    _ => error.into(),
                })?;
                if context.json {
                    output::json(&json!({ "id": id, "revoked": true }))?;
                } else {
                    output::note("revoked: it fails from the next call on");
                }
                Ok(())
            }
        }
    }
}

impl Create {
    fn run(&self, context: &Context) -> Result<(), Failure> {
        let role = match self.role {
            RoleName::Extension => Role::Extension,
            RoleName::Panel => Role::Panel,
        };
        let (app, label) = (self.app.clone(), self.label.clone());
        let expires_after_s = Some(self.expires);
        let new = NewToken { app, role, acts_for: acts_for(&self.acts_for)?, expires_after_s, label };
        let made = context.client.token_create(new).map_err(|error| Failure::from(error).about(&self.app))?;
        // Straight from the answer to the output, through no text of ours that would stay in memory.
        if context.json {
            let expires = made.expires_at.and_then(rfc3339).map_or("null".to_owned(), |time| format!("\"{time}\""));
            output::bytes(b"{\"token\":\"")?;
            output::bytes(made.token.expose())?;
            output::bytes(format!("\",\"id\":\"{}\",\"expires_at\":{expires}}}\n", made.id).as_bytes())?;
            return Ok(());
        }
        output::bytes(made.token.expose())?;
        output::bytes(b"\n")?;
        let until =
            made.expires_at.map_or_else(|| "until it is revoked".into(), |time| format!("until {}", short(time)));
        output::note(&format!(
            "Shown once; good {until}. Keep it in a file of mode 0600 and name that in $VAULTD_TOKEN_FILE. Id: {}",
            made.id
        ));
        Ok(())
    }
}

fn list(context: &Context, app: Option<&str>) -> Result<(), Failure> {
    let tokens = context.client.tokens(app)?;
    let now = now_ms();
    if context.json {
        let rows = tokens.iter().map(|token| {
            json!({
                "id": token.id,
                "app": token.app,
                "role": token.role,
                "acts_for": said(&token.acts_for),
                "label": token.label,
                "made_at": rfc3339(token.made_at),
                "expires_at": token.expires_at.and_then(rfc3339),
                "days_left": token.expires_at.map(|at| days_left(at, now)),
                "last_used_at": token.last_used_at.and_then(rfc3339),
                "revoked": token.revoked,
            })
        });
        output::json(&rows.collect::<Vec<_>>())?;
        return Ok(());
    }
    if tokens.is_empty() {
        output::note("No tokens. `vaultctl token create APP` makes one.");
        return Ok(());
    }
    let mut table = Table::new(["ID", "APP", "ROLE", "FOR", "LABEL", "DAYS LEFT", "LAST USED"]);
    for token in &tokens {
        table.row([
            token.id.clone(),
            token.app.clone(),
            match token.role {
                Role::Extension => "extension",
                Role::Panel => "panel",
            }
            .into(),
            said(&token.acts_for).to_owned(),
            token.label.clone(),
            left(token, now),
            token.last_used_at.map_or_else(|| "-".into(), short),
        ]);
    }
    output::text(&table.render())?;
    Ok(())
}

fn left(token: &TokenInfo, now: u64) -> String {
    match token.expires_at {
        _ if token.revoked => "revoked".into(),
        None => "never ends".into(),
        Some(at) if at <= now => "expired".into(),
        Some(at) => days_left(at, now).to_string(),
    }
}

fn days_left(at: u64, now: u64) -> u64 {
    at.saturating_sub(now) / DAY_MS
}

const DAY_MS: u64 = 86_400_000;
