//! `vaultctl ls`: names and states, never a value.

use clap::Args;
use serde::Serialize;
use vault_client::{ListQuery, SecretInfo, VersionState};

use crate::context::Context;
use crate::failure::Failure;
use crate::names::{PERSONAL, check_app, named};
use crate::output;
use crate::table::Table;
use crate::time::{rfc3339, short};

/// List secrets: names, versions and times, never a value
#[derive(Debug, Args)]
pub(crate) struct Ls {
    /// Of this app only
    #[arg(long, value_name = "APP")]
    app: Option<String>,
    /// With deleted secrets that can still be brought back
    #[arg(long)]
    deleted: bool,
    /// Another user's, such as uid:1001; for an operator
    #[arg(long, value_name = "USER")]
    user: Option<String>,
}

#[derive(Serialize)]
struct Row<'a> {
    name: &'a str,
    app: &'a str,
    version: u64,
    set_at: Option<String>,
    set_by: &'a str,
    state: VersionState,
    size_class: u64,
    last_read_at: Option<String>,
    expires_at: Option<String>,
}

impl Ls {
    pub(crate) fn run(&self, context: &Context) -> Result<(), Failure> {
        let mut query = ListQuery::new().deleted(self.deleted);
        if let Some(app) = &self.app {
            check_app(app)?;
            query = query.app(app);
        }
        if let Some(user) = &self.user {
            query = query.user(user);
        }
        let secrets = context.for_app(self.app.as_deref()).list_all(&query)?;
        if context.json {
            output::json(&secrets.iter().map(row).collect::<Vec<_>>())?;
        } else if secrets.is_empty() {
            let flag = named(self.app.as_deref().unwrap_or(PERSONAL));
            output::note(&format!("No secrets here. Store one with `vaultctl set{flag} NAME`."));
        } else {
            output::text(&render(&secrets))?;
        }
        Ok(())
    }
}

fn row(secret: &SecretInfo) -> Row<'_> {
    Row {
        name: &secret.name,
        app: &secret.app,
        version: secret.version,
        set_at: rfc3339(secret.set_at),
        set_by: &secret.set_by,
        state: secret.state,
        size_class: secret.size_class,
        last_read_at: secret.last_read_at.and_then(rfc3339),
        expires_at: secret.expires_at.and_then(rfc3339),
    }
}

fn render(secrets: &[SecretInfo]) -> String {
    let mut table = Table::new(["NAME", "APP", "VERSION", "STATE", "SET", "LAST READ", "EXPIRES"]);
    for secret in secrets {
        table.row([
            secret.name.clone(),
            secret.app.clone(),
            secret.version.to_string(),
            state(secret.state).into(),
            short(secret.set_at),
            secret.last_read_at.map_or_else(|| "-".into(), short),
            secret.expires_at.map_or_else(|| "-".into(), short),
        ]);
    }
    table.render()
}

/// One word for a person.
pub(crate) fn state(state: VersionState) -> &'static str {
    match state {
        VersionState::Live => "live",
        VersionState::Deleted => "deleted",
        VersionState::Destroyed => "destroyed",
        VersionState::Expired => "expired",
    }
}
