//! `vaultd check`.

use std::io::Write;
use std::path::PathBuf;

use super::unlock::UnlockArgs;
use super::{absolute, line};
use crate::exit::{Exit, Failure};
use crate::hardening::{self, Children};
use crate::service::{CheckPlan, Engine};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The vault; its daemon must be stopped
    #[arg(long, value_name = "FILE")]
    vault: PathBuf,
    /// The audit log [default: beside the vault]
    #[arg(long, value_name = "FILE")]
    audit: Option<PathBuf>,
    #[command(flatten)]
    unlock: UnlockArgs,
    /// Give up what cannot be proven genuine, and go on with the rest
    #[arg(long)]
    accept_damage: bool,
    /// Print one JSON object
    #[arg(long)]
    pub(super) json: bool,
}

pub(super) fn run(args: Args, engine: &impl Engine, out: &mut impl Write) -> Result<(), Failure> {
    hardening::apply(Children::None);
    let vault = absolute(&args.vault)?;
    let audit_path = match &args.audit {
        Some(path) => absolute(path)?,
        None => vault.with_extension("audit"),
    };
    let unlock = args.unlock.read()?;
    let plan = CheckPlan { vault: vault.clone(), audit_path, unlock, accept_damage: args.accept_damage };
    let found = engine.check(plan)?;
    if args.json {
        let object = serde_json::json!({
            "records": found.records,
            "problems": found.problems,
            "given_up": found.given_up,
        });
        line(out, format_args!("{object}"))?;
    } else {
        line(out, format_args!("{} records", found.records))?;
        for problem in &found.problems {
            line(out, format_args!("problem: {problem}"))?;
        }
        if args.accept_damage {
            line(out, format_args!("{} records given up; the epoch was raised", found.given_up))?;
        }
    }
    if found.problems.is_empty() || args.accept_damage {
        return Ok(());
    }
    Err(Failure::new(Exit::Corrupt, format_args!("{}: {} problems", vault.display(), found.problems.len()))
        .hint("restore a backup, or go on without what is lost: vaultd check --accept-damage"))
}
