//! Secrets from standard input and from files: a bounded read into memory that
//! is erased. Standard input is read without the standard library's buffer,
//! which would keep a copy.

use std::fs::File;
use std::io::{self, IsTerminal as _, Read};
use std::os::fd::AsFd as _;

use vault_client::SecretBytes;
use zeroize::Zeroizing;

use crate::failure::Problem;

/// Why nothing could be taken from the input.
#[derive(Debug, thiserror::Error)]
pub(crate) enum InputError {
    #[error("{what} is empty")]
    Empty { what: &'static str },
    #[error("{what} is over {max} bytes")]
    TooLarge { what: &'static str, max: usize },
    #[error("cannot read {what}: {source}")]
    Io { what: &'static str, source: io::Error },
}

impl Problem for InputError {
    fn code(&self) -> &'static str {
        match self {
            Self::Empty { .. } => "empty",
            Self::TooLarge { .. } => "too_large",
            Self::Io { .. } => "input",
        }
    }

    fn exit(&self) -> u8 {
        match self {
            Self::Empty { .. } => 2,
            Self::TooLarge { .. } => 10,
            Self::Io { .. } => 1,
        }
    }

    fn hint(&self) -> String {
        match self {
            Self::Empty { .. } => "type it at the prompt or pipe it in; to remove a secret there is `vaultctl rm NAME`",
            Self::TooLarge { .. } => "nothing was sent; store something shorter, such as the key to a larger file",
            Self::Io { .. } => "",
        }
        .into()
    }
}

/// Is a program or a file at the other end?
pub(crate) fn is_piped() -> bool {
    !io::stdin().is_terminal()
}

/// All of standard input. Exactly one line feed at its end belongs to the shell
/// and is dropped, unless `raw`.
pub(crate) fn stdin(what: &'static str, max: usize, raw: bool) -> Result<SecretBytes, InputError> {
    let io = |source| InputError::Io { what, source };
    let file = io::stdin().as_fd().try_clone_to_owned().map(File::from).map_err(io)?;
    let mut bytes = bounded(file, max + 2).map_err(io)?;
    if !raw && bytes.last() == Some(&b'\n') {
        bytes.pop();
    }
    if bytes.is_empty() {
        return Err(InputError::Empty { what });
    }
    if bytes.len() > max {
        return Err(InputError::TooLarge { what, max });
    }
    Ok(SecretBytes::new(std::mem::take(&mut *bytes)))
}

/// Reads to the end or to `most` bytes, never growing the buffer: growing would
/// leave what was read so far behind in free memory.
pub(crate) fn bounded(mut from: impl Read, most: usize) -> io::Result<Zeroizing<Vec<u8>>> {
    let mut bytes = Zeroizing::new(vec![0; most]);
    let mut len = 0;
    while let Some(room) = bytes.get_mut(len..).filter(|room| !room.is_empty()) {
        match from.read(room) {
            Ok(0) => break,
            Ok(read) => len += read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    bytes.truncate(len);
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reading_stops_at_the_bound() {
        assert_eq!(bounded(&b"abcdef"[..], 4).unwrap().as_slice(), b"abcd");
        assert_eq!(bounded(&b"abc"[..], 4).unwrap().as_slice(), b"abc");
        assert_eq!(bounded(io::repeat(1), 70_000).unwrap().len(), 70_000);
    }
}
