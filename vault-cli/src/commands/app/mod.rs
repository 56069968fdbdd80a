//! `vaultctl app`: what declares secrets, and who may act as it.

mod add;
mod check;
mod manage;
mod show;

use clap::{Args, Subcommand};

use crate::context::Context;
use crate::failure::Failure;

/// Apps: what they declare, who acts as them, what is missing
#[derive(Debug, Args)]
pub(crate) struct App {
    #[command(subcommand)]
    command: AppCommand,
}

#[derive(Debug, Subcommand)]
enum AppCommand {
    Add(add::Add),
    /// List the apps
    Ls,
    Show(show::Show),
    Check(check::Check),
    Rm(manage::Rm),
    /// Let nobody act as an app, until `resume`
    Suspend {
        /// The app
        app: String,
    },
    /// Let an app be acted as again
    Resume {
        /// The app
        app: String,
    },
    /// Give an app to another owner; every token and binding ends
    Owner {
        /// The app
        app: String,
        /// A login name or uid:N
        user: String,
    },
    Bind(manage::Bind),
    Unbind(manage::Unbind),
}

impl App {
    pub(crate) fn run(&self, context: &Context) -> Result<u8, Failure> {
        match &self.command {
            AppCommand::Add(command) => command.run(context),
            AppCommand::Ls => show::list(context),
            AppCommand::Show(command) => command.run(context),
            // Ends with a status of its own.
            AppCommand::Check(command) => return command.run(context),
            AppCommand::Rm(command) => command.run(context),
            AppCommand::Suspend { app } => manage::suspend(context, app, true),
            AppCommand::Resume { app } => manage::suspend(context, app, false),
            AppCommand::Owner { app, user } => manage::owner(context, app, user),
            AppCommand::Bind(command) => command.run(context),
            AppCommand::Unbind(command) => command.run(context),
        }?;
        Ok(0)
    }
}
