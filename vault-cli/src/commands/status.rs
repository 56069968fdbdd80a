//! `vaultctl status`: how the vault is; answered while sealed.

use std::fmt::Write as _;

use clap::Args;
use serde::Serialize;
use vault_client::StatusInfo;

use crate::context::Context;
use crate::failure::Failure;
use crate::output;
use crate::time::{rfc3339, short, span};

/// Show the state of the vault and the daemon
#[derive(Debug, Args)]
pub(crate) struct Status {}

#[derive(Serialize)]
struct Json<'a> {
    sealed: bool,
    degraded: &'a [String],
    read_only: bool,
    development: bool,
    epoch: Option<u64>,
    sequence: Option<u64>,
    slots: u32,
    last_backup_at: Option<String>,
    last_backup_verified: Option<bool>,
    version: &'a str,
    uptime_s: u64,
    vault_id: Option<&'a str>,
    hardening: &'a [String],
}

impl Status {
    pub(crate) fn run(&self, context: &Context) -> Result<(), Failure> {
        let status = context.client.status()?;
        if context.json {
            output::json(&json(&status))?;
        } else {
            output::text(&words(&status))?;
        }
        Ok(())
    }
}

fn json(status: &StatusInfo) -> Json<'_> {
    Json {
        sealed: status.sealed,
        degraded: &status.degraded,
        read_only: status.read_only,
        development: status.development,
        epoch: status.epoch,
        sequence: status.sequence,
        slots: status.slots,
        last_backup_at: status.last_backup_at.and_then(rfc3339),
        last_backup_verified: status.last_backup_verified,
        version: &status.version,
        uptime_s: status.uptime_s,
        vault_id: status.vault_id.as_deref(),
        hardening: &status.hardening,
    }
}

fn words(status: &StatusInfo) -> String {
    let mut text = String::new();
    let mut line = |name: &str, value: &str| {
        let _ = writeln!(text, "{name:<12} {value}");
    };
    line("vault", if status.sealed { "sealed: `vaultctl unseal` opens it" } else { "open" });
    if status.development {
        line("", "for development: its key lies beside it");
    }
    if status.read_only {
        line("writes", "refused; reads go on");
    }
    for reason in &status.degraded {
        line("attention", reason);
    }
    line("key slots", &status.slots.to_string());
    let backup = match (status.last_backup_at, status.last_backup_verified) {
        (None, _) if status.sealed => "not known while sealed".to_owned(),
        (None, _) => "never: `vaultctl backup FILE` makes one".to_owned(),
        (Some(at), Some(true)) => format!("{}, verified", short(at)),
        (Some(at), _) => format!("{}, not verified", short(at)),
    };
    line("last backup", &backup);
    if let (Some(epoch), Some(sequence)) = (status.epoch, status.sequence) {
        line("history", &format!("epoch {epoch}, commit {sequence}"));
    }
    if let Some(id) = &status.vault_id {
        line("vault id", id);
    }
    line("daemon", &format!("version {}, up {}", status.version, span(status.uptime_s)));
    if !status.hardening.is_empty() {
        line("hardening", &status.hardening.join(", "));
    }
    text
}
