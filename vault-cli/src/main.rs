//! `vaultctl`: the command a person types, and what scripts build on.
//!
//! One command a file under `commands/`. What leaves by standard output is the
//! answer and nothing else; what is said to a person goes to standard error.
//! Values come from a hidden prompt or a pipe and never from an argument, and
//! nothing here prints one except `get`. Exit codes and JSON shapes are a
//! contract: `docs/CLI.md`.

mod args;
mod commands;
mod context;
mod failure;
mod import;
mod input;
mod key_file;
mod mask;
mod names;
mod output;
mod partial;
mod progress;
mod prompt;
mod signals;
mod spans;
mod table;
mod terminal;
mod time;
mod token_file;
mod unlock;
mod usage;
mod users;
mod variables;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::Parser as _;

fn main() -> ExitCode {
    // No core dump and no debugger of the same user: a value passes through
    // here. A kernel that refuses this is no reason not to work.
    let _ = rustix::process::set_dumpable_behavior(rustix::process::DumpableBehavior::NotDumpable);
    let arguments: Vec<OsString> = std::env::args_os().collect();
    let status = match args::Cli::try_parse_from(&arguments) {
        Ok(cli) => commands::run(cli),
        Err(error) => usage::explain(&error, &arguments),
    };
    ExitCode::from(status)
}
