//! Asking a person at the terminal.

use std::fs::{File, OpenOptions};
use std::io::{self, BufRead as _, IsTerminal as _};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::termios::{LocalModes, OptionalActions, QueueSelector, Termios, tcflush, tcgetattr, tcsetattr};
use vault_client::SecretBytes;

use crate::failure::Problem;
use crate::output;
use crate::terminal::printable;

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PromptError {
    #[error("there is no terminal to ask at")]
    NoTerminal,
    #[error("nothing was typed")]
    Empty,
    #[error("more than one line was pasted")]
    Pasted,
    #[error("not done: that was not confirmed")]
    NotConfirmed,
    #[error("this needs a confirmation, and there is no terminal to ask at")]
    NeedsYes,
    #[error("the two are not the same")]
    Differ,
    #[error("interrupted")]
    Interrupted,
    #[error("cannot ask at the terminal: {0}")]
    Io(#[source] io::Error),
}

impl Problem for PromptError {
    fn code(&self) -> &'static str {
        match self {
            Self::NoTerminal => "no_terminal",
            Self::Empty => "empty",
            Self::Pasted => "pasted",
            Self::NotConfirmed | Self::NeedsYes => "not_confirmed",
            Self::Differ => "differ",
            Self::Interrupted => "interrupted",
            Self::Io(_) => "terminal",
        }
    }

    fn exit(&self) -> u8 {
        match self {
            Self::NoTerminal | Self::Empty | Self::NeedsYes => 2,
            Self::Interrupted => 130,
            _ => 1,
        }
    }

    fn hint(&self) -> String {
        match self {
            Self::NoTerminal => "pipe the secret in; `--help` shows how this command takes it",
            Self::Empty => "nothing was changed; type it again, or pipe it in",
            Self::Pasted => "nothing was sent; pipe several lines in, as in `vaultctl set NAME < FILE`",
            Self::NotConfirmed => "nothing was changed",
            Self::NeedsYes => "say --yes when it is meant",
            Self::Differ => "nothing was changed; try again",
            Self::Interrupted | Self::Io(_) => "",
        }
        .into()
    }
}

/// One hidden line from the terminal, wherever standard input comes from.
pub(crate) fn hidden(question: &str) -> Result<SecretBytes, PromptError> {
    let unechoed = Unechoed::now();
    let typed = rpassword::prompt_password(format!("{}: ", printable(question)));
    // The rest of a paste would go to the shell and be run and remembered there.
    let pasted = unechoed.as_ref().is_some_and(Unechoed::discard_rest);
    drop(unechoed);
    let typed = SecretBytes::new(typed.map_err(classify)?.into_bytes());
    if pasted {
        return Err(PromptError::Pasted);
    }
    if typed.expose().is_empty() {
        return Err(PromptError::Empty);
    }
    Ok(typed)
}

/// The same twice: what is not seen is not to be mistyped for ever.
pub(crate) fn hidden_twice(question: &str) -> Result<SecretBytes, PromptError> {
    let first = hidden(question)?;
    let second = hidden("Again")?;
    if first == second { Ok(first) } else { Err(PromptError::Differ) }
}

/// Has what cannot be undone confirmed by typing its name.
pub(crate) fn confirm(what: &str, answer: &str, yes: bool) -> Result<(), PromptError> {
    if yes {
        return Ok(());
    }
    if !io::stdin().is_terminal() || !output::stderr_is_terminal() {
        return Err(PromptError::NeedsYes);
    }
    output::note(&format!("{what}\nType {answer} to go on:"));
    let mut line = String::new();
    io::stdin().lock().read_line(&mut line).map_err(PromptError::Io)?;
    if line.trim_end_matches(['\n', '\r']) == answer { Ok(()) } else { Err(PromptError::NotConfirmed) }
}

/// A terminal that shows nothing that is typed, until this is dropped: the rest of
/// a paste may come when the answer is there already and its reader has gone.
struct Unechoed {
    tty: File,
    before: Termios,
}

impl Unechoed {
    /// None where there is no terminal.
    fn now() -> Option<Self> {
        let tty = OpenOptions::new().read(true).write(true).open("/dev/tty").ok()?;
        let before = tcgetattr(&tty).ok()?;
        let mut quiet = before.clone();
        quiet.local_modes.remove(LocalModes::ECHO | LocalModes::ECHONL);
        // One that will not be told has what is typed ahead dropped all the same.
        let _ = tcsetattr(&tty, OptionalActions::Now, &quiet);
        Some(Self { tty, before })
    }

    /// Drops what else was typed ahead; true when there was something. The first line
    /// of a paste can be read before the kernel has the next, so that is waited for.
    fn discard_rest(&self) -> bool {
        // Whether it comes or the time ends is asked below.
        let _ = poll(&mut [PollFd::new(&self.tty, PollFlags::IN)], Some(&PASTE));
        let waiting = rustix::io::ioctl_fionread(&self.tty).is_ok_and(|bytes| bytes > 0);
        // A terminal that cannot be flushed is no worse than before.
        let _ = tcflush(&self.tty, QueueSelector::IFlush);
        waiting
    }
}

impl Drop for Unechoed {
    fn drop(&mut self) {
        // A terminal that has gone needs nothing.
        let _ = tcsetattr(&self.tty, OptionalActions::Now, &self.before);
    }
}

fn classify(error: io::Error) -> PromptError {
    match error.kind() {
        io::ErrorKind::Interrupted => PromptError::Interrupted,
        io::ErrorKind::UnexpectedEof => PromptError::Empty,
        _ if matches!(error.raw_os_error(), Some(NXIO | NOENT | ACCES)) => PromptError::NoTerminal,
        _ => PromptError::Io(error),
    }
}

const NXIO: i32 = rustix::io::Errno::NXIO.raw_os_error();
const NOENT: i32 = rustix::io::Errno::NOENT.raw_os_error();
const ACCES: i32 = rustix::io::Errno::ACCESS.raw_os_error();
/// For the lines of a paste to follow the first; nobody types that fast.
const PASTE: Timespec = Timespec { tv_sec: 0, tv_nsec: 100_000_000 };
