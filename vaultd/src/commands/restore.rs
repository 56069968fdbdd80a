//! `vaultd restore`.

use std::io::Write;
use std::path::PathBuf;

use super::unlock::UnlockArgs;
use super::{absolute, line, must_be_new, owner};
use crate::accounts::SystemAccounts;
use crate::exit::Failure;
use crate::hardening::{self, Children};
use crate::service::{Engine, RestorePlan};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The backup
    backup: PathBuf,
    /// The vault to make
    #[arg(long, value_name = "FILE")]
    vault: PathBuf,
    /// The user that shall own the files, when made by root
    #[arg(long, value_name = "USER")]
    owner: Option<String>,
    #[command(flatten)]
    unlock: UnlockArgs,
}

pub(super) fn run(args: Args, engine: &impl Engine, out: &mut impl Write) -> Result<(), Failure> {
    hardening::apply(Children::None);
    let vault = absolute(&args.vault)?;
    let owner = owner(args.owner.as_deref(), &SystemAccounts)?;
    must_be_new(&vault)?;
    let backup = absolute(&args.backup)?;
    let restored = engine.restore(RestorePlan { backup, vault: vault.clone(), unlock: args.unlock.read()?, owner })?;
    line(out, format_args!("vault {} in {}", restored.vault_id, vault.display()))?;
    line(out, format_args!("{} records, at sequence {}", restored.records, restored.sequence))?;
    line(
        out,
        format_args!(
            "new incarnation {}: clients that knew the old one ask for --accept-incarnation once",
            restored.incarnation
        ),
    )
}
