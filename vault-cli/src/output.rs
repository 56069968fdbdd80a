//! The two ways out: the answer on standard output, words on standard error.
//!
//! Both are written without a buffer in between: the standard library's would
//! keep what passed through it, and a value passes through here.

use std::fs::File;
use std::io::{self, IsTerminal as _, Write};
use std::os::fd::AsFd as _;

use serde::Serialize;
use zeroize::Zeroizing;

use crate::failure::Problem;
use crate::terminal::printable;

/// The answer did not get out.
#[derive(Debug, thiserror::Error)]
pub(crate) enum OutputError {
    /// The reader is gone, as with `| head`. That is no news to anybody.
    #[error("nobody reads the output")]
    Closed,
    /// The output cannot be written.
    #[error("cannot write the output: {0}")]
    Io(#[source] io::Error),
    /// Cannot be, with the types used here.
    #[error("the output cannot be encoded")]
    Encode,
}

impl Problem for OutputError {
    fn code(&self) -> &'static str {
        "output"
    }

    fn hint(&self) -> String {
        match self {
            Self::Io(error) if error.kind() == io::ErrorKind::StorageFull => "make room on the disk".into(),
            _ => String::new(),
        }
    }

    fn silent(&self) -> bool {
        matches!(self, Self::Closed)
    }
}

impl From<io::Error> for OutputError {
    fn from(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::BrokenPipe { Self::Closed } else { Self::Io(error) }
    }
}

/// Standard output without a buffer.
pub(crate) fn stdout() -> Result<File, OutputError> {
    Ok(File::from(io::stdout().as_fd().try_clone_to_owned()?))
}

/// Standard error without a buffer.
pub(crate) fn stderr() -> Result<File, OutputError> {
    Ok(File::from(io::stderr().as_fd().try_clone_to_owned()?))
}

pub(crate) fn stdout_is_terminal() -> bool {
    io::stdout().is_terminal()
}

pub(crate) fn stderr_is_terminal() -> bool {
    io::stderr().is_terminal()
}

/// Writes bytes as they are.
pub(crate) fn bytes(bytes: &[u8]) -> Result<(), OutputError> {
    Ok(stdout()?.write_all(bytes)?)
}

/// Writes text for people: lines, nothing that drives a terminal.
pub(crate) fn text(text: &str) -> Result<(), OutputError> {
    bytes(printable(text).as_bytes())
}

/// Writes one line of JSON.
pub(crate) fn json(value: &impl Serialize) -> Result<(), OutputError> {
    // A recovery key may be in it: room enough not to move, and erased.
    let mut line = Zeroizing::new(Vec::with_capacity(LINE));
    serde_json::to_writer(&mut *line, value).map_err(|_| OutputError::Encode)?;
    line.push(b'\n');
    bytes(&line)
}

/// Says something to a person. When that cannot be written there is nobody to tell.
pub(crate) fn note(line: &str) {
    if let Ok(mut stderr) = stderr() {
        let _ = stderr.write_all(format!("{}\n", printable(line)).as_bytes());
    }
}

/// `1 secret`, `2 secrets`.
pub(crate) fn counted(count: u64, what: &str) -> String {
    if count == 1 { format!("1 {what}") } else { format!("{count} {what}s") }
}

/// Two digits a byte.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A line of JSON on standard error.
pub(crate) fn error_json(value: &impl Serialize) {
    if let (Ok(mut line), Ok(mut stderr)) = (serde_json::to_vec(value), stderr()) {
        line.push(b'\n');
        let _ = stderr.write_all(&line);
    }
}

const LINE: usize = 4_096;
