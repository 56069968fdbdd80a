//! `vaultctl key`: keys that are used and not seen (docs/KMS.md).

mod alias;
mod create;
mod data_key;
mod decrypt;
mod encrypt;
mod export;
mod files;
mod grant;
mod import;
mod life;
mod list;
mod mac;
mod message;
mod pem;
mod policy;
mod public_key;
mod random;
mod rewrap;
mod rotation;
mod secret;
mod shared_secret;
mod show;
mod sign;
mod tags;
mod typed;
mod verify;
mod words;
mod wrap;

use clap::{Args, Subcommand};
use vault_client::blocking::Keys;

use crate::context::Context;
use crate::failure::Failure;
use crate::output;

/// Keys that are used and not seen: encrypt files, sign, authenticate
#[derive(Debug, Args)]
#[command(after_help = "A KEY is an id or an alias, with `alias/` in front or without.\n\n\
                        Examples:\n  vaultctl key create --alias backups\n  \
                        vaultctl key encrypt --key backups dump.sql\n  vaultctl key decrypt dump.sql.vlt\n  \
                        tar c etc | vaultctl key encrypt --key backups > etc.tar.vlt")]
pub(crate) struct Key {
    /// Decide and try everything, and do nothing
    #[arg(long, global = true)]
    dry_run: bool,
    #[command(subcommand)]
    command: KeyCommand,
}

#[derive(Debug, Subcommand)]
enum KeyCommand {
    Create(create::Create),
    Ls(list::Ls),
    Show(show::Show),
    Census(show::Census),
    SetDescription(tags::SetDescription),
    Tag(tags::Tag),
    Untag(tags::Untag),
    Alias(alias::Alias),
    Grant(grant::Grant),
    Policy(policy::Policy),
    Enable(life::Enable),
    Disable(life::Disable),
    Delete(life::Delete),
    Undelete(life::Undelete),
    Rotate(rotation::Rotate),
    Rotation(rotation::Rotation),
    Encrypt(encrypt::Encrypt),
    Decrypt(decrypt::Decrypt),
    Rewrap(rewrap::Rewrap),
    DataKey(data_key::DataKey),
    Sign(sign::Sign),
    Mac(mac::Mac),
    Verify(verify::Verify),
    SharedSecret(shared_secret::SharedSecret),
    PublicKey(public_key::PublicKey),
    Random(random::Random),
    Import(import::Import),
    ImportParameters(import::Parameters),
    DeleteMaterial(import::DeleteMaterial),
    Export(export::Export),
}

/// What every one of them works at.
struct Desk<'c> {
    context: &'c Context,
    /// To look things up with.
    keys: Keys,
    /// To do what was asked; only tried in a dry run.
    act: Keys,
}

impl Key {
    pub(crate) fn run(&self, context: &Context) -> Result<(), Failure> {
        let keys = context.client.keys();
        let desk = &Desk { context, act: keys.clone().dry_run(self.dry_run), keys };
        match &self.command {
            KeyCommand::Create(command) => command.run(desk),
            KeyCommand::Ls(command) => command.run(desk),
            KeyCommand::Show(command) => command.run(desk),
            KeyCommand::Census(command) => command.run(desk),
            KeyCommand::SetDescription(command) => command.run(desk),
            KeyCommand::Tag(command) => command.run(desk),
            KeyCommand::Untag(command) => command.run(desk),
            KeyCommand::Alias(command) => command.run(desk),
            KeyCommand::Grant(command) => command.run(desk),
            KeyCommand::Policy(command) => command.run(desk),
            KeyCommand::Enable(command) => command.run(desk),
            KeyCommand::Disable(command) => command.run(desk),
            KeyCommand::Delete(command) => command.run(desk),
            KeyCommand::Undelete(command) => command.run(desk),
            KeyCommand::Rotate(command) => command.run(desk),
            KeyCommand::Rotation(command) => command.run(desk),
            KeyCommand::Encrypt(command) => command.run(desk),
            KeyCommand::Decrypt(command) => command.run(desk),
            KeyCommand::Rewrap(command) => command.run(desk),
            KeyCommand::DataKey(command) => command.run(desk),
            KeyCommand::Sign(command) => command.run(desk),
            KeyCommand::Mac(command) => command.run(desk),
            KeyCommand::Verify(command) => command.run(desk),
            KeyCommand::SharedSecret(command) => command.run(desk),
            KeyCommand::PublicKey(command) => command.run(desk),
            KeyCommand::Random(command) => command.run(desk),
            KeyCommand::Import(command) => command.run(desk),
            KeyCommand::ImportParameters(command) => command.run(desk),
            KeyCommand::DeleteMaterial(command) => command.run(desk),
            KeyCommand::Export(command) => command.run(desk),
        }
    }
}

impl Desk<'_> {
    fn json(&self) -> bool {
        self.context.json
    }

    /// Says what was done, to a program or to a person.
    fn told(&self, json: &serde_json::Value, words: impl FnOnce() -> String) -> Result<(), Failure> {
        if self.json() {
            output::json(json)?;
        } else {
            output::note(&words());
        }
        Ok(())
    }
}
