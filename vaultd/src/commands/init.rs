//! `vaultd init`.

use std::io::{IsTerminal, Write};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use vault_core::host::Host;

use super::{absolute, line, must_be_new, owner, prompt};
use crate::accounts::SystemAccounts;
use crate::exit::{Exit, Failure};
use crate::hardening::{self, Children};
use crate::keyfile::{self, Key};
use crate::service::{Engine, InitPlan, NewSlotPlan};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The vault to make
    #[arg(long, value_name = "FILE")]
    vault: PathBuf,
    #[command(flatten)]
    slot: SlotArgs,
    /// Make no recovery key: who loses the only slot's secret loses the vault
    #[arg(long)]
    no_recovery: bool,
    /// The user that shall own the files, when made by root
    #[arg(long, value_name = "USER")]
    owner: Option<String>,
}

/// The first key slot.
#[derive(Debug, clap::Args)]
#[group(required = true, multiple = false)]
struct SlotArgs {
    /// Make this key file, 0600; never overwrites one
    #[arg(long, value_name = "FILE")]
    key_file: Option<PathBuf>,
    /// Use this key file, which exists
    #[arg(long, value_name = "FILE")]
    existing_key_file: Option<PathBuf>,
    /// Read the passphrase from standard input
    #[arg(long)]
    passphrase_stdin: bool,
    /// Ask for a passphrase
    #[arg(long)]
    passphrase_prompt: bool,
    /// Write a new 32-byte key to standard output, for systemd-creds encrypt
    #[arg(long, value_name = "-", value_parser = ["-"])]
    credential_out: Option<String>,
}

pub(super) fn run(args: Args, engine: &impl Engine, out: &mut impl Write) -> Result<(), Failure> {
    if args.slot.credential_out.is_some() && std::io::stdout().is_terminal() {
        return Err(Failure::new(Exit::Usage, "a terminal is no place for a key")
            .hint("pipe it: … | systemd-creds encrypt --name=NAME - FILE"));
    }
    hardening::apply(Children::None);
    let vault = absolute(&args.vault)?;
    let owner = owner(args.owner.as_deref(), &SystemAccounts)?;
    must_be_new(&vault)?;
    let host = Host::system();

    let mut made = None;
    let mut credential = None;
    let slot = if let Some(path) = args.slot.key_file {
        let path = absolute(&path)?;
        let key = Key::make(&host)?;
        keyfile::create(&path, &key, owner)?;
        made = Some(MadeKeyFile::new(path));
        NewSlotPlan::KeyFile(key)
    } else if let Some(path) = args.slot.existing_key_file {
        NewSlotPlan::KeyFile(keyfile::read(&path)?)
    } else if args.slot.passphrase_stdin {
        NewSlotPlan::Passphrase(prompt::long_enough(prompt::stdin()?)?)
    } else if args.slot.passphrase_prompt {
        NewSlotPlan::Passphrase(prompt::new_passphrase()?)
    } else {
        let key = Key::make(&host)?;
        credential = Some(key.duplicate());
        NewSlotPlan::Credential(key)
    };

    let plan = InitPlan { vault: vault.clone(), slot, recovery: !args.no_recovery, owner, development: false };
    let initialised = engine.init(plan)?;

    // The vault exists from here on: its key must not be taken away again.
    let key_file = made.map(MadeKeyFile::keep);
    let mut stderr = std::io::stderr();
    if let Some(key) = credential {
        out.write_all(key.expose()).and_then(|()| out.flush()).map_err(|error| lost_credential(&vault, &error))?;
        // Standard output is the key and nothing else.
        tell(&mut stderr, &initialised, &vault, key_file.as_deref())
    } else {
        tell(out, &initialised, &vault, key_file.as_deref())
    }?;
    if key_file.as_deref().is_some_and(|path| same_filesystem(path, &vault)) {
        line(
            &mut stderr,
            format_args!(
                "vaultd: warning: the key file lies on the vault's own filesystem: who copies the disk has both"
            ),
        )?;
    }
    Ok(())
}

fn tell(
    out: &mut impl Write,
    initialised: &crate::service::Initialised,
    vault: &Path,
    key_file: Option<&Path>,
) -> Result<(), Failure> {
    line(out, format_args!("vault {} in {}", initialised.vault_id, vault.display()))?;
    if let Some(path) = key_file {
        line(out, format_args!("key file {}: keep a copy elsewhere", path.display()))?;
    }
    if let Some(recovery) = &initialised.recovery_key {
        line(out, format_args!("recovery key, shown this once; write it down:"))?;
        line(out, format_args!("  {}", recovery.as_str()))?;
    }
    Ok(())
}

fn lost_credential(vault: &Path, error: &std::io::Error) -> Failure {
    Failure::new(Exit::Failure, format_args!("the credential could not be written: {error}"))
        .hint(format_args!("remove {} and start again", vault.display()))
}

fn same_filesystem(one: &Path, other: &Path) -> bool {
    let device = |path: &Path| std::fs::symlink_metadata(path).map(|found| found.dev()).ok();
    device(one).is_some_and(|one| device(other) == Some(one))
}

/// A key file made for a vault that does not exist yet. Removed when the vault
/// could not be made: it opens nothing, and the next try wants its name.
struct MadeKeyFile(Option<PathBuf>);

impl MadeKeyFile {
    fn new(path: PathBuf) -> Self {
        Self(Some(path))
    }

    fn keep(mut self) -> PathBuf {
        self.0.take().unwrap_or_default()
    }
}

impl Drop for MadeKeyFile {
    fn drop(&mut self) {
        if let Some(path) = &self.0 {
            let _ = std::fs::remove_file(path);
        }
    }
}
