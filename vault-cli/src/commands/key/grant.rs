//! `vaultctl key grant`: who else may do what with a key.

use clap::{Args, Subcommand};
use serde_json::{Value, json};
use vault_client::{ContextPair, GrantConstraint, GrantInfo, GrantOperation, NewGrant};

use super::Desk;
use super::typed::{KeyName, hex32, pair};
use super::words::{Word as _, one_of};
use crate::failure::Failure;
use crate::output::{self, hex};
use crate::table::Table;
use crate::time::{rfc3339, short};
use crate::users::user;

/// Who else may do what with a key
#[derive(Debug, Args)]
pub(super) struct Grant {
    #[command(subcommand)]
    command: GrantCommand,
}

#[derive(Debug, Subcommand)]
enum GrantCommand {
    Add(Add),
    /// List the grants on a key, or without one those that you may retire
    Ls {
        /// The key
        key: Option<KeyName>,
    },
    /// Take a grant on one of your keys back; it stops with the next call
    Rm {
        /// The key
        key: KeyName,
        /// As `grant ls` shows it
        #[arg(value_parser = hex32)]
        grant: [u8; 32],
    },
    /// Give up a grant that names you to retire it
    Retire {
        /// The key's id
        key: KeyName,
        /// As `grant ls` shows it
        #[arg(value_parser = hex32)]
        grant: [u8; 32],
    },
}

/// Let somebody do something with a key; the grant's id on standard output
#[derive(Debug, Args)]
struct Add {
    /// The key
    key: KeyName,
    /// Who: uid:N, ext:ID or a login name
    #[arg(long = "to", value_name = "USER")]
    grantee: String,
    /// What, with commas between
    #[arg(long = "allow", value_name = "WHAT", required = true, value_delimiter = ',')]
    #[arg(value_parser = one_of::<GrantOperation>())]
    operations: Vec<GrantOperation>,
    /// Only under a context that has this; repeatable
    #[arg(long, value_name = "NAME=VALUE", value_parser = pair, conflicts_with = "exactly")]
    with: Vec<(String, String)>,
    /// Only under the context that is exactly this; repeatable
    #[arg(long, value_name = "NAME=VALUE", value_parser = pair)]
    exactly: Vec<(String, String)>,
    /// Who may end it, beside you
    #[arg(long, value_name = "USER")]
    retiring: Option<String>,
    /// The same grant under the same name is made once
    #[arg(long)]
    name: Option<String>,
}

impl Grant {
    pub(super) fn run(&self, desk: &Desk<'_>) -> Result<(), Failure> {
        match &self.command {
            GrantCommand::Add(command) => command.run(desk),
            GrantCommand::Ls { key } => list(desk, key.as_ref()),
            GrantCommand::Rm { key, grant } => {
                desk.act.revoke_grant(key.as_str(), grant).map_err(key.failed())?;
                let json = json!({ "key": key.as_str(), "grant": hex(grant), "revoked": true });
                desk.told(&json, || "taken back: it allows nothing from the next call on".into())
            }
            GrantCommand::Retire { key, grant } => {
                let id = key.id(&desk.keys)?;
                desk.act.retire_grant(&id, grant).map_err(key.failed())?;
                let json = json!({ "key": id, "grant": hex(grant), "retired": true });
                desk.told(&json, || "given up: it allows nothing from the next call on".into())
            }
        }
    }
}

impl Add {
    fn run(&self, desk: &Desk<'_>) -> Result<(), Failure> {
        let constraint = match (&self.with[..], &self.exactly[..]) {
            ([], []) => None,
            ([], exactly) => Some(GrantConstraint::Equals(pairs(exactly))),
            (with, _) => Some(GrantConstraint::Subset(pairs(with))),
        };
        let new = NewGrant {
            key: self.key.to_string(),
            grantee: user(&self.grantee)?,
            retiring: self.retiring.as_deref().map(user).transpose()?,
            operations: self.operations.clone(),
            constraint,
            name: self.name.clone(),
        };
        let grantee = new.grantee.clone();
        let grant = hex(&desk.act.create_grant(new).map_err(self.key.failed())?);
        if desk.json() {
            output::json(&json!({ "key": self.key.as_str(), "grant": grant, "grantee": grantee }))?;
        } else {
            output::text(&format!("{grant}\n"))?;
        }
        Ok(())
    }
}

fn list(desk: &Desk<'_>, key: Option<&KeyName>) -> Result<(), Failure> {
    let grants = match key {
        Some(key) => desk.keys.all_grants(key.as_str()).map_err(key.failed())?,
        None => retirable(desk)?,
    };
    if desk.json() {
        output::json(&grants.iter().map(grant_json).collect::<Vec<_>>())?;
        return Ok(());
    }
    if grants.is_empty() {
        output::note("No grants.");
        return Ok(());
    }
    let mut table = Table::new(["GRANT", "KEY", "TO", "MAY", "UNDER", "NAME", "SINCE"]);
    for grant in &grants {
        let may: Vec<_> = grant.operations.iter().map(|operation| operation.word()).collect();
        table.row([
            hex(&grant.id),
            grant.key.clone(),
            grant.grantee.user.clone(),
            may.join(","),
            grant.constraint.as_ref().map_or_else(|| "-".into(), under),
            grant.name.clone().unwrap_or_else(|| "-".into()),
            short(grant.made_at),
        ]);
    }
    output::text(&table.render())?;
    Ok(())
}

fn retirable(desk: &Desk<'_>) -> Result<Vec<GrantInfo>, Failure> {
    let mut all: Vec<GrantInfo> = Vec::new();
    loop {
        let page = desk.keys.retirable_grants(all.last(), PAGE)?;
        let more = page.more && !page.items.is_empty();
        all.extend(page.items);
        if !more {
            return Ok(all);
        }
    }
}

fn grant_json(grant: &GrantInfo) -> Value {
    let object = |pairs: &[ContextPair]| -> Value {
        pairs.iter().map(|pair| (pair.key.clone(), Value::from(pair.value.clone()))).collect()
    };
    json!({
        "grant": hex(&grant.id),
        "key": grant.key,
        "number": grant.number,
        "grantee": grant.grantee.user,
        "login": grant.grantee.login,
        "retiring": grant.retiring.as_ref().map(|retiring| &retiring.user),
        "operations": grant.operations.iter().map(|operation| operation.word()).collect::<Vec<_>>(),
        "exactly": match &grant.constraint {
            Some(GrantConstraint::Equals(pairs)) => object(pairs),
            _ => Value::Null,
        },
        "with": match &grant.constraint {
            Some(GrantConstraint::Subset(pairs)) => object(pairs),
            _ => Value::Null,
        },
        "name": grant.name,
        "made_at": rfc3339(grant.made_at),
        "made_by": grant.made_by,
    })
}

fn under(constraint: &GrantConstraint) -> String {
    let (pairs, more) = match constraint {
        GrantConstraint::Equals(pairs) => (pairs, ""),
        GrantConstraint::Subset(pairs) => (pairs, ",…"),
    };
    let pairs: Vec<_> = pairs.iter().map(|pair| format!("{}={}", pair.key, pair.value)).collect();
    format!("{}{more}", pairs.join(","))
}

fn pairs(typed: &[(String, String)]) -> Vec<ContextPair> {
    typed.iter().map(|(key, value)| ContextPair { key: key.clone(), value: value.clone() }).collect()
}

const PAGE: u32 = 1_000;
