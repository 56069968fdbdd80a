//! A command line that is not one.
//!
//! The parser's own words repeat what was typed. Where somebody may have typed
//! a secret in the wrong place that would print it, so for those commands the
//! argument is left out and the right way is said instead.

use std::ffi::OsString;

use clap::error::ErrorKind;

use crate::failure::Report;
use crate::output;

/// Says what is wrong, or shows the help that was asked for; the exit status.
pub(crate) fn explain(error: &clap::Error, arguments: &[OsString]) -> u8 {
    if !error.use_stderr() {
        // Help and version. A reader that went away is no error.
        let _ = error.print();
        return 0;
    }
    let ours = || arguments.iter().skip(1).take_while(|argument| *argument != "--");
    let command = ours().find(|argument| COMMANDS_WITH_STATUS.iter().chain(&DELICATE).any(|name| *argument == name));
    let json = ours().any(|argument| argument == "--json");
    // What `run` returns is the child's, unless it is one of these.
    let status = if command.is_some_and(|command| command == "run") { 125 } else { 2 };
    let repeats = matches!(
        error.kind(),
        ErrorKind::UnknownArgument
            | ErrorKind::TooManyValues
            | ErrorKind::InvalidValue
            | ErrorKind::ValueValidation
            | ErrorKind::WrongNumberOfValues
            | ErrorKind::InvalidSubcommand
    );
    if let Some(command) = command.filter(|command| repeats && DELICATE.iter().any(|name| *command == name)) {
        let command = command.to_string_lossy();
        let message = format!("`vaultctl {command}` cannot use one of its arguments");
        let hint = format!(
            "a secret is never an argument: it would stay in the shell's history and show in the process list. \
             Type it at the prompt or pipe it in; `vaultctl {command} --help` shows the flags"
        );
        say(&message, &hint, json);
    } else if json {
        let text = error.to_string();
        let message = text.lines().next().unwrap_or_default().trim_start_matches("error: ");
        say(message, "`vaultctl --help` shows what can be typed", json);
    } else {
        let _ = error.print();
    }
    status
}

fn say(message: &str, hint: &str, json: bool) {
    if json {
        output::error_json(&Report { error: message, code: "usage", retryable: false, hint });
    } else {
        output::note(&format!("vaultctl: {message}\nhint: {hint}"));
    }
}

/// Commands that are handed a secret by prompt or pipe.
const DELICATE: [&str; 4] = ["set", "unseal", "slot", "rekey"];
const COMMANDS_WITH_STATUS: [&str; 1] = ["run"];
