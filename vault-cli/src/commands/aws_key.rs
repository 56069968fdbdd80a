//! `vaultctl aws-key`: what clients of AWS sign with.

use clap::{Args, Subcommand};
use serde_json::json;
use vault_client::NewAccessKey;

use crate::context::Context;
use crate::failure::Failure;
use crate::output;
use crate::spans;
use crate::table::Table;
use crate::time::{now_ms, rfc3339, short};

/// Access keys, by which clients of AWS KMS sign as a user
#[derive(Debug, Args)]
pub(crate) struct AwsKey {
    #[command(subcommand)]
    command: AwsKeyCommand,
}

#[derive(Debug, Subcommand)]
enum AwsKeyCommand {
    Create(Create),
    /// List access keys; never their secrets
    Ls {
        /// Of this user, for an operator
        #[arg(long = "for", value_name = "USER")]
        user: Option<String>,
    },
    /// Make an access key worth nothing, at its next request
    Revoke {
        /// As `aws-key ls` shows it
        id: String,
    },
}

/// Make an access key; its secret is shown this once, on standard output
#[derive(Debug, Args)]
struct Create {
    /// For this user ext:ID, by an operator [default: yourself]
    #[arg(long = "for", value_name = "USER")]
    user: Option<String>,
    /// After so long it is worth nothing: 90d, 12h, 30m, or never
    #[arg(long, value_name = "TIME", default_value = "never", value_parser = spans::seconds)]
    expires: u64,
    /// What to call it in the list
    #[arg(long, value_name = "TEXT", default_value = "")]
    description: String,
    /// Write lines for a shell: `eval "$(vaultctl aws-key create --env)"`
    #[arg(long)]
    env: bool,
}

impl AwsKey {
    pub(crate) fn run(&self, context: &Context) -> Result<(), Failure> {
        match &self.command {
            AwsKeyCommand::Create(command) => command.run(context),
            AwsKeyCommand::Ls { user } => list(context, user.as_deref()),
            AwsKeyCommand::Revoke { id } => {
                context.client.access_key_revoke(id)?;
                if context.json {
                    output::json(&json!({ "id": id, "revoked": true }))?;
                } else {
                    output::note("revoked: it fails from the next request on");
                }
                Ok(())
            }
        }
    }
}

impl Create {
    fn run(&self, context: &Context) -> Result<(), Failure> {
        let expires_at = (self.expires > 0).then(|| now_ms().saturating_add(self.expires.saturating_mul(1_000)));
        let (user, description) = (self.user.clone(), self.description.clone());
        let made = context.client.access_key_create(NewAccessKey { user, description, expires_at })?;
        let (id, secret) = (made.access_key_id.as_bytes(), made.secret_access_key.expose());
        // Straight from the answer to the output, through no text of ours that would stay in memory.
        let parts: [&[u8]; 5] = if context.json {
            [b"{\"access_key_id\":\"", id, b"\",\"secret_access_key\":\"", secret, b"\""]
        } else if self.env {
            [b"export AWS_ACCESS_KEY_ID=", id, b"\nexport AWS_SECRET_ACCESS_KEY=", secret, b"\n"]
        } else {
            [b"AWS_ACCESS_KEY_ID=", id, b"\nAWS_SECRET_ACCESS_KEY=", secret, b"\n"]
        };
        for part in parts {
            output::bytes(part)?;
        }
        if context.json {
            let expires = made.expires_at.and_then(rfc3339).map_or("null".to_owned(), |time| format!("\"{time}\""));
            return Ok(output::bytes(format!(",\"expires_at\":{expires}}}\n").as_bytes())?);
        }
        let until =
            made.expires_at.map_or_else(|| "until it is revoked".into(), |time| format!("until {}", short(time)));
        output::note(&format!(
            "Shown once; good {until}. Clients also need AWS_ENDPOINT_URL_KMS, the address of the door, and AWS_REGION."
        ));
        Ok(())
    }
}

fn list(context: &Context, user: Option<&str>) -> Result<(), Failure> {
    let keys = context.client.access_keys(user)?;
    if context.json {
        let rows = keys.iter().map(|key| {
            json!({
                "id": key.id,
                "user": key.user,
                "description": key.description,
                "made_at": rfc3339(key.made_at),
                "expires_at": key.expires_at.and_then(rfc3339),
                "last_used_at": key.last_used_at.and_then(rfc3339),
            })
        });
        output::json(&rows.collect::<Vec<_>>())?;
        return Ok(());
    }
    if keys.is_empty() {
        output::note("No access keys. `vaultctl aws-key create` makes one.");
        return Ok(());
    }
    let mut table = Table::new(["ID", "USER", "DESCRIPTION", "MADE", "EXPIRES", "LAST USED"]);
    let now = now_ms();
    for key in &keys {
        table.row([
            key.id.clone(),
            key.user.clone(),
            key.description.clone(),
            short(key.made_at),
            match key.expires_at {
                None => "never".into(),
                Some(at) if at <= now => "expired".into(),
                Some(at) => short(at),
            },
            key.last_used_at.map_or_else(|| "-".into(), short),
        ]);
    }
    output::text(&table.render())?;
    Ok(())
}
