//! A command line that is not one.
//!
//! The parser's own words repeat what was typed. Where somebody may have typed
//! a secret in the wrong place that would print it, so for those commands the
//! argument is left out and the right way is said instead.

use std::ffi::OsString;

use clap::CommandFactory as _;
use clap::error::ErrorKind;

use crate::args::Cli;
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
    let grammar = Cli::command();
    let command =
        ours().find_map(|argument| grammar.get_subcommands().map(|c| c.get_name()).find(|name| argument == name));
    let json = ours().any(|argument| argument == "--json");
    // What `run` returns is the child's, unless it is one of these.
    let status = if command == Some("run") { 125 } else { 2 };
    let repeats = matches!(
        error.kind(),
        ErrorKind::UnknownArgument
            | ErrorKind::TooManyValues
            | ErrorKind::InvalidValue
            | ErrorKind::ValueValidation
            | ErrorKind::WrongNumberOfValues
            | ErrorKind::InvalidSubcommand
    );
    if let Some(command) = command.filter(|command| repeats && DELICATE.contains(command)) {
        let message = format!("`vaultctl {command}` cannot use one of its arguments");
        let hint = format!(
            "a secret is never an argument: it would stay in the shell's history and show in the process list. \
             Type it at the prompt or pipe it in; `vaultctl {command} --help` shows the flags"
        );
        say(&message, &hint, json);
    } else if error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand {
        let _ = error.print();
    } else {
        let (message, hint) = words(&error.to_string());
        say(&message, &hint, json);
    }
    status
}

/// The parser's text as one line and a next step: its first paragraph, and its
/// tip or how the command is used.
fn words(text: &str) -> (String, String) {
    let mut paragraphs = text.split("\n\n").map(|paragraph| {
        paragraph.lines().map(str::trim).filter(|line| !line.is_empty()).collect::<Vec<_>>().join(" ")
    });
    let message = paragraphs.next().unwrap_or_default();
    let message = message.strip_prefix("error: ").unwrap_or(&message).to_owned();
    let mut hint = "`vaultctl --help` shows what can be typed".to_owned();
    for paragraph in paragraphs {
        if let Some(tip) = paragraph.strip_prefix("tip: ") {
            return (message, tip.to_owned());
        }
        if let Some(usage) = paragraph.strip_prefix("Usage: ") {
            hint = format!("`{usage}`; --help says more");
        }
    }
    (message, hint)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parsers_text_becomes_two_lines() {
        let missing = "error: the following required arguments were not provided:\n  <CMD>...\n\nUsage: vaultctl run -- <CMD>...\n\nFor more information, try '--help'.\n";
        let (message, hint) = words(missing);
        assert_eq!(message, "the following required arguments were not provided: <CMD>...");
        assert_eq!(hint, "`vaultctl run -- <CMD>...`; --help says more");
        let (_, hint) =
            words("error: unrecognized subcommand 'gte'\n\n  tip: a similar subcommand exists: 'get'\n\nUsage: x");
        assert_eq!(hint, "a similar subcommand exists: 'get'");
    }
}
