//! `vaultd verify`.

use std::io::Write;
use std::path::PathBuf;

use super::unlock::UnlockArgs;
use super::{absolute, line};
use crate::exit::{Exit, Failure};
use crate::hardening::{self, Children};
use crate::service::{Engine, VerifyPlan};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The backup
    backup: PathBuf,
    #[command(flatten)]
    unlock: UnlockArgs,
    /// Print one JSON object
    #[arg(long)]
    pub(super) json: bool,
}

pub(super) fn run(args: Args, engine: &impl Engine, out: &mut impl Write) -> Result<(), Failure> {
    hardening::apply(Children::None);
    let backup = absolute(&args.backup)?;
    let found = engine.verify(VerifyPlan { backup: backup.clone(), unlock: args.unlock.read()? })?;
    if args.json {
        let object = serde_json::json!({
            "verified": found.problems.is_empty(),
            "vault_id": found.vault_id,
            "sequence": found.sequence,
            "records": found.records,
            "problems": found.problems,
        });
        line(out, format_args!("{object}"))?;
    } else {
        line(out, format_args!("vault {}, {} records, at sequence {}", found.vault_id, found.records, found.sequence))?;
        for problem in &found.problems {
            line(out, format_args!("problem: {problem}"))?;
        }
    }
    if found.problems.is_empty() {
        return Ok(());
    }
    Err(Failure::new(Exit::Corrupt, format_args!("{}: {} problems", backup.display(), found.problems.len()))
        .hint("keep it, and verify an older backup"))
}
