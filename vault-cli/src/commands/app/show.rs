//! `vaultctl app ls` and `app show APP`: what apps there are, what one declares,
//! what of it you have set.

use clap::Args;
use serde_json::json;
use vault_client::{SecretScope, SecretSpec, SecretStatus, WriteMode};

use crate::context::Context;
use crate::failure::Failure;
use crate::output;
use crate::table::Table;
use crate::time::{rfc3339, short};
use crate::users::said;

/// What an app declares, and what of it is set
#[derive(Debug, Args)]
pub(crate) struct Show {
    /// The app
    app: String,
}

pub(super) fn list(context: &Context) -> Result<(), Failure> {
    let apps = context.client.apps()?;
    if context.json {
        let rows = apps.iter().map(|app| {
            json!({
                "app": app.app,
                "description": app.description,
                "owner": app.owner,
                "suspended": app.suspended,
                "secrets": app.secrets,
                "made_at": rfc3339(app.made_at),
            })
        });
        output::json(&rows.collect::<Vec<_>>())?;
        return Ok(());
    }
    if apps.is_empty() {
        output::note("No apps here. `vaultctl app add manifest.toml` adds one.");
        return Ok(());
    }
    let mut table = Table::new(["APP", "OWNER", "SECRETS", "STATE", "DESCRIPTION"]);
    for app in &apps {
        let state = if app.suspended { "suspended" } else { "active" };
        let secrets = app.secrets.to_string();
        table.row([app.app.clone(), app.owner.clone(), secrets, state.into(), first_line(&app.description)]);
    }
    output::text(&table.render())?;
    Ok(())
}

impl Show {
    pub(super) fn run(&self, context: &Context) -> Result<(), Failure> {
        let app = &self.app;
        let client = context.for_app(Some(app));
        let detail = client.app(app).map_err(|error| Failure::from(error).about(app))?;
        // Somebody who is held can see what is declared all the same.
        let status = client.declared(app, None).unwrap_or_default();
        if context.json {
            let secrets: Vec<_> = detail.secrets.iter().map(|spec| spec_json(spec, &status)).collect();
            let bindings = detail.bindings.iter();
            let bindings = bindings.map(|bound| json!({ "user": bound.user, "acts_for": said(&bound.acts_for) }));
            output::json(&json!({
                "app": detail.info.app,
                "description": detail.info.description,
                "owner": detail.info.owner,
                "suspended": detail.info.suspended,
                "made_at": rfc3339(detail.info.made_at),
                "secrets": secrets,
                "bindings": bindings.collect::<Vec<_>>(),
            }))?;
            return Ok(());
        }
        let suspended = if detail.info.suspended { ", suspended" } else { "" };
        output::text(&format!("{}, owned by {}{suspended}\n", detail.info.app, detail.info.owner))?;
        if !detail.info.description.is_empty() {
            output::text(&format!("{}\n", detail.info.description))?;
        }
        let mut table = Table::new(["NAME", "NEEDED", "SET BY", "STATE", "DESCRIPTION"]);
        for spec in &detail.secrets {
            let needed = if spec.required { "required" } else { "optional" };
            let told: Vec<_> = of(spec, &status).map(state).collect();
            let state = if told.is_empty() { "-".to_owned() } else { told.join("; ") };
            table.row([spec.name.clone(), needed.into(), writer(spec).into(), state, first_line(&spec.description)]);
        }
        output::text(&table.render())?;
        for bound in &detail.bindings {
            output::text(&format!("{} acts as it, for {}\n", bound.user, said(&bound.acts_for)))?;
        }
        Ok(())
    }
}

fn of<'s>(spec: &'s SecretSpec, all: &'s [SecretStatus]) -> impl Iterator<Item = &'s SecretStatus> {
    all.iter().filter(|status| status.name.split('/').next() == Some(&spec.name))
}

fn state(status: &SecretStatus) -> String {
    let instance = status.name.split_once('/').map(|(_, instance)| format!("{instance}: ")).unwrap_or_default();
    // What has expired is not set: a read would not find it.
    let told = match (status.expired, status.is_set, status.rotation_due) {
        (true, ..) => "expired".to_owned(),
        (false, false, _) => "not set".to_owned(),
        (false, true, true) => "set, a new one is due".to_owned(),
        (false, true, false) => format!("set {}", status.set_at.map(short).unwrap_or_default()),
    };
    let pending = if status.pending.is_some() { ", one is being tried" } else { "" };
    format!("{instance}{told}{pending}")
}

fn writer(spec: &SecretSpec) -> &'static str {
    match (spec.scope, spec.write_mode) {
        (SecretScope::App, _) => "owner",
        (SecretScope::User, WriteMode::User) => "user",
        (SecretScope::User, WriteMode::Extension) => "app",
        (SecretScope::User, WriteMode::Both) => "user or app",
    }
}

fn spec_json(spec: &SecretSpec, status: &[SecretStatus]) -> serde_json::Value {
    let state = of(spec, status).map(|status| {
        json!({
            "name": status.name,
            "is_set": status.is_set,
            "version": status.version,
            "pending": status.pending,
            "set_at": status.set_at.and_then(rfc3339),
            "last_read_at": status.last_read_at.and_then(rfc3339),
            "expires_at": status.expires_at.and_then(rfc3339),
            "expired": status.expired,
            "rotation_due": status.rotation_due,
        })
    });
    json!({
        "name": spec.name,
        "description": spec.description,
        "required": spec.required,
        "write_mode": spec.write_mode,
        "scope": spec.scope,
        "max_bytes": spec.max_bytes,
        "rotation_hint_days": spec.rotation_hint_days,
        "env_fallback": spec.env_fallback,
        "reveal": spec.reveal,
        "keep_versions": spec.keep_versions,
        "instances": spec.instances,
        "expires_after_days": spec.expires_after_days,
        "status": state.collect::<Vec<_>>(),
    })
}

fn first_line(text: &str) -> String {
    text.lines().next().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_expired_is_said_to_have_expired() {
        let told = |is_set, expired, rotation_due, pending| {
            let status = SecretStatus {
                app: "box".into(),
                name: "key/work".into(),
                description: None,
                scope: SecretScope::User,
                write_mode: WriteMode::User,
                required: true,
                reveal: false,
                max_bytes: 1,
                is_set,
                version: Some(1),
                pending,
                set_at: Some(0),
                set_by: None,
                last_read_at: None,
                expires_at: None,
                expired,
                rotation_due,
            };
            state(&status)
        };
        assert_eq!(told(false, false, false, None), "work: not set");
        assert_eq!(told(true, false, false, None), "work: set 1970-01-01 00:00 UTC");
        assert_eq!(told(true, false, true, Some(2)), "work: set, a new one is due, one is being tried");
        // As the daemon says it: nothing is there that a read would find.
        assert_eq!(told(false, true, true, None), "work: expired");
    }
}
