//! The commands, one a file. Each is its flags and a `run`.

pub(crate) mod app;
pub(crate) mod audit;
pub(crate) mod aws_key;
pub(crate) mod backup;
pub(crate) mod check;
pub(crate) mod completions;
pub(crate) mod get;
pub(crate) mod history;
pub(crate) mod import;
pub(crate) mod key;
pub(crate) mod ls;
pub(crate) mod rekey;
pub(crate) mod rm;
pub(crate) mod run;
pub(crate) mod seal;
pub(crate) mod set;
pub(crate) mod slot;
pub(crate) mod status;
pub(crate) mod token;
pub(crate) mod undelete;
pub(crate) mod unseal;
pub(crate) mod user;
pub(crate) mod wait;
pub(crate) mod whoami;

use crate::args::{Cli, Command};
use crate::context::Context;
use crate::failure::Failure;

/// Runs what was typed; answers the exit status.
pub(crate) fn run(cli: Cli) -> u8 {
    // Needs no daemon, and must not touch anything.
    if let Command::Completions(command) = cli.command {
        return end(command.run().map(|()| 0), cli.global.json);
    }
    let context = match Context::new(&cli.global) {
        Ok(context) => context,
        Err(error) => return end(Err(error.into()), cli.global.json),
    };
    let result = dispatch(cli.command, &context);
    context.finish();
    end(result, cli.global.json)
}

fn dispatch(command: Command, context: &Context) -> Result<u8, Failure> {
    match command {
        Command::Run(command) => return command.run(context),
        Command::App(command) => return command.run(context),
        Command::Token(command) => command.run(context),
        Command::Key(command) => command.run(context),
        Command::AwsKey(command) => command.run(context),
        Command::Set(command) => command.run(context),
        Command::Get(command) => command.run(context),
        Command::Ls(command) => command.run(context),
        Command::Rm(command) => command.run(context),
        Command::Undelete(command) => command.run(context),
        Command::History(command) => command.run(context),
        Command::Import(command) => command.run(context),
        Command::Whoami(command) => command.run(context),
        Command::Status(command) => command.run(context),
        Command::Wait(command) => command.run(context),
        Command::Unseal(command) => command.run(context),
        Command::Seal(command) => command.run(context),
        Command::User(command) => command.run(context),
        Command::Slot(command) => command.run(context),
        Command::Rekey(command) => command.run(context),
        Command::Audit(command) => command.run(context),
        Command::Backup(command) => command.run(context),
        Command::Check(command) => command.run(context),
        Command::Completions(command) => command.run(),
    }?;
    Ok(0)
}

fn end(result: Result<u8, Failure>, json: bool) -> u8 {
    result.unwrap_or_else(|failure| {
        failure.report(json);
        failure.exit()
    })
}
