//! `vaultd check-config`.

use std::io::Write;
use std::path::PathBuf;

use super::line;
use super::serve::Flags;
use crate::accounts::SystemAccounts;
use crate::config::Settings;
use crate::exit::Failure;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The configuration
    file: PathBuf,
    #[command(flatten)]
    flags: Flags,
}

pub(super) fn run(args: Args, out: &mut impl Write) -> Result<(), Failure> {
    let own_uid = rustix::process::geteuid().as_raw();
    let settings = Settings::load(Some(&args.file), args.flags.overrides()?, own_uid, &SystemAccounts)?;
    crate::logging::check(&settings.log)?;
    line(out, format_args!("{}", settings.to_string().trim_end()))
}
