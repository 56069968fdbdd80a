//! The command line: one command a file.

mod check;
mod check_config;
mod dev;
mod init;
mod prompt;
mod restore;
pub mod seed;
mod serve;
mod unlock;
mod verify;

use std::ffi::OsString;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::accounts::Accounts;
use crate::exit::{Exit, Failure};
use crate::keyfile::Owner;
use crate::service::Engine;

/// The vault daemon: one encrypted file, served on one Unix socket.
#[derive(Debug, Parser)]
#[command(name = "vaultd", version, about, max_term_width = 100)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Make and serve a development vault in one step
    Dev(dev::Args),
    /// Make a vault
    Init(init::Args),
    /// Serve a vault
    Serve(serve::Args),
    /// Make a vault of a backup
    Restore(restore::Args),
    /// Prove that a backup is whole and opens
    Verify(verify::Args),
    /// Check a vault that no daemon serves
    Check(check::Args),
    /// Print the configuration as it would hold, or what is wrong with it
    CheckConfig(check_config::Args),
}

/// Runs the command line this process was given.
pub fn main(engine: &impl Engine) -> ExitCode {
    run(std::env::args_os(), engine, &mut std::io::stdout())
}

/// Runs a command line. Wrong usage is told by the parser, with exit code 2.
pub fn run(args: impl IntoIterator<Item = OsString>, engine: &impl Engine, out: &mut impl Write) -> ExitCode {
    let command = match Cli::try_parse_from(args) {
        Ok(cli) => cli.command,
        Err(error) => {
            let _ = error.print();
            return ExitCode::from(if error.use_stderr() { Exit::Usage } else { Exit::Ok });
        }
    };
    let json = command.json();
    let done = match command {
        Command::Dev(args) => dev::run(args, engine, out),
        Command::Init(args) => init::run(args, engine, out).map(ok),
        Command::Serve(args) => serve::run(args, engine).map(ok),
        Command::Restore(args) => restore::run(args, engine, out).map(ok),
        Command::Verify(args) => verify::run(args, engine, out).map(ok),
        Command::Check(args) => check::run(args, engine, out).map(ok),
        Command::CheckConfig(args) => check_config::run(args, out).map(ok),
    };
    done.unwrap_or_else(|failure| {
        failure.report(json);
        failure.exit().into()
    })
}

impl Command {
    fn json(&self) -> bool {
        match self {
            Self::Verify(args) => args.json,
            Self::Check(args) => args.json,
            _ => false,
        }
    }
}

fn ok((): ()) -> ExitCode {
    ExitCode::SUCCESS
}

/// Writes a line of output; a closed pipe is a failure, or a recovery key that
/// nobody saw would look delivered.
fn line(out: &mut impl Write, text: std::fmt::Arguments<'_>) -> Result<(), Failure> {
    writeln!(out, "{text}")
        .and_then(|()| out.flush())
        .map_err(|error| Failure::new(Exit::Failure, format_args!("cannot write the output: {error}")))
}

/// A path as given becomes independent of where the command was started.
fn absolute(path: &Path) -> Result<PathBuf, Failure> {
    std::path::absolute(path).map_err(|error| Failure::io(path, &error))
}

/// The account that shall own the files.
fn owner(login: Option<&str>, accounts: &dyn Accounts) -> Result<Option<Owner>, Failure> {
    let Some(login) = login else { return Ok(None) };
    match (accounts.uid_of(login), accounts.primary_gid_of(login)) {
        (Some(uid), Some(gid)) => Ok(Some(Owner { uid, gid })),
        _ => Err(Failure::new(Exit::NotFound, format_args!("no user {login:?} on this system"))
            .hint("create it first: systemd-sysusers, or useradd --system")),
    }
}

/// A file that must not be there yet.
fn must_be_new(path: &Path) -> Result<(), Failure> {
    match std::fs::symlink_metadata(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(Failure::io(path, &error)),
        Ok(_) => Err(Failure::new(Exit::Conflict, format_args!("{}: exists and is never overwritten", path.display()))
            .hint("name another file, or move that one away")),
    }
}
