//! What can be typed.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand};
use vault_client::Incarnation;

use crate::commands;

/// Keeps secrets in the vault of this machine and gives them back to you alone.
#[derive(Debug, Parser)]
#[command(name = "vaultctl", version, arg_required_else_help = true)]
#[command(after_help = "`vaultctl set NAME` stores a secret, `vaultctl get NAME` gives it back, `vaultctl ls` \
                        shows what is there. `vaultctl COMMAND --help` says more.")]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// Flags every command takes.
#[derive(Debug, Clone, Args)]
pub(crate) struct Global {
    /// The daemon's socket [default: $VAULTD_SOCKET, then the system's, then your own]
    #[arg(long, global = true, value_name = "PATH", help_heading = "Connection")]
    pub(crate) socket: Option<PathBuf>,
    /// The uid the daemon must run as [default: root, you, or the owner of the socket's directory]
    #[arg(long, global = true, value_name = "UID", help_heading = "Connection")]
    pub(crate) server_uid: Option<u32>,
    /// Seconds to wait for an answer [default: 10, and 120 for long work]
    #[arg(long, global = true, value_name = "SECONDS", value_parser = seconds, help_heading = "Connection")]
    pub(crate) timeout: Option<Duration>,
    /// After a restore: accept the vault's new incarnation, this one or whichever it is now
    #[arg(long, global = true, value_name = "HEX", num_args = 0..=1, default_missing_value = "any")]
    #[arg(value_parser = accept, help_heading = "Connection")]
    pub(crate) accept_incarnation: Option<Accept>,
    /// Act as the app of `--app`, for this user (uid:N or ext:ID): needs a token or a bound account
    #[arg(long, global = true, value_name = "USER", help_heading = "Acting as an app")]
    pub(crate) acting_for: Option<String>,
    /// Act as the app of `--app` with the token in this file [default: $VAULTD_TOKEN_FILE]
    #[arg(long, global = true, value_name = "PATH", help_heading = "Acting as an app")]
    pub(crate) token_file: Option<PathBuf>,
    /// For programs: JSON on standard output, errors as JSON on standard error
    #[arg(long, global = true, help_heading = "Output")]
    pub(crate) json: bool,
}

/// Which incarnation is right.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Accept {
    /// This one.
    Only(Incarnation),
    /// Whichever answers.
    Any,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Set(commands::set::Set),
    Get(commands::get::Get),
    Ls(commands::ls::Ls),
    Rm(commands::rm::Rm),
    Undelete(commands::undelete::Undelete),
    History(commands::history::History),
    Run(commands::run::Run),
    Import(commands::import::Import),
    App(commands::app::App),
    Token(commands::token::Token),
    Key(commands::key::Key),
    AwsKey(commands::aws_key::AwsKey),
    Whoami(commands::whoami::Whoami),
    Status(commands::status::Status),
    Wait(commands::wait::Wait),
    Unseal(commands::unseal::Unseal),
    Seal(commands::seal::Seal),
    User(commands::user::User),
    Slot(commands::slot::Slot),
    Rekey(commands::rekey::Rekey),
    Audit(commands::audit::Audit),
    Backup(commands::backup::Backup),
    Check(commands::check::Check),
    Completions(commands::completions::Completions),
}

fn seconds(text: &str) -> Result<Duration, &'static str> {
    let expected = "expected seconds, more than 0 and at most a year, such as 5 or 0.5";
    let number: f64 = text.parse().map_err(|_| expected)?;
    if number > 0.0 && number <= YEAR_S { Ok(Duration::from_secs_f64(number)) } else { Err(expected) }
}

fn accept(text: &str) -> Result<Accept, &'static str> {
    if text == "any" {
        return Ok(Accept::Any);
    }
    let expected = "an incarnation has 32 hex digits; to accept whichever it is, put the flag at the end of the line";
    text.parse().map(Accept::Only).map_err(|_| expected)
}

const YEAR_S: f64 = 365.0 * 24.0 * 3_600.0;

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory as _;

    #[test]
    fn the_grammar_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn seconds_are_bounded() {
        assert_eq!(seconds("0.5"), Ok(Duration::from_millis(500)));
        for bad in ["0", "-1", "NaN", "inf", "1e99", "5s", ""] {
            assert!(seconds(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn an_incarnation_may_be_named_or_not() {
        let parse = |line: &str| Cli::try_parse_from(line.split(' ')).map(|cli| cli.global.accept_incarnation);
        let hex = "0123456789abcdef0123456789abcdef";
        assert!(matches!(parse(&format!("vaultctl --accept-incarnation {hex} ls")), Ok(Some(Accept::Only(_)))));
        assert!(matches!(parse("vaultctl ls --accept-incarnation"), Ok(Some(Accept::Any))));
        assert!(matches!(parse("vaultctl ls"), Ok(None)));
        assert!(parse("vaultctl --accept-incarnation ls").is_err());
    }
}
