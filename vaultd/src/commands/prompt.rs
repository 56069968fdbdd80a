//! Secrets from a person or a pipe. Never from an argument, which every user
//! of the machine can read in the process list.

use std::io::{IsTerminal, Read};

use vault_core::limits::{PASSPHRASE_MAX, PASSPHRASE_MIN};
use zeroize::Zeroizing;

use crate::exit::{Exit, Failure};

/// One secret from standard input, without its final newline.
pub(super) fn stdin() -> Result<Zeroizing<Vec<u8>>, Failure> {
    from(std::io::stdin().lock())
}

/// A new passphrase, typed twice without echo.
pub(super) fn new_passphrase() -> Result<Zeroizing<Vec<u8>>, Failure> {
    let first = hidden("New passphrase: ")?;
    let second = hidden("Again: ")?;
    if first != second {
        return Err(Failure::new(Exit::Usage, "the two passphrases differ").hint("start again"));
    }
    long_enough(first)
}

/// A secret typed without echo; refused when nobody is there to type.
pub(super) fn hidden(prompt: &str) -> Result<Zeroizing<Vec<u8>>, Failure> {
    if !std::io::stdin().is_terminal() {
        return Err(Failure::new(Exit::Usage, "no terminal to ask for a secret on")
            .hint("use --key-file FILE, --passphrase-stdin or --recovery-key-stdin"));
    }
    let typed = rpassword::prompt_password(prompt)
        .map_err(|error| Failure::new(Exit::Failure, format_args!("cannot read the terminal: {error}")))?;
    Ok(Zeroizing::new(typed.into_bytes()))
}

/// A new passphrase must be one that an attacker with the file has to work for.
pub(super) fn long_enough(passphrase: Zeroizing<Vec<u8>>) -> Result<Zeroizing<Vec<u8>>, Failure> {
    if passphrase.len() < PASSPHRASE_MIN {
        return Err(Failure::new(Exit::Usage, format_args!("a passphrase has at least {PASSPHRASE_MIN} bytes"))
            .hint("use several words"));
    }
    Ok(passphrase)
}

fn from(mut input: impl Read) -> Result<Zeroizing<Vec<u8>>, Failure> {
    // Room for all that is accepted, so that nothing is copied while it grows.
    let mut bytes = Zeroizing::new(vec![0; PASSPHRASE_MAX + 2]);
    let mut filled = 0;
    while let Some(rest) = bytes.get_mut(filled..).filter(|rest| !rest.is_empty()) {
        match input.read(rest) {
            Ok(0) => break,
            Ok(read) => filled += read,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error) => {
                return Err(Failure::new(Exit::Failure, format_args!("cannot read standard input: {error}")));
            }
        }
    }
    bytes.truncate(filled);
    if bytes.last() == Some(&b'\n') {
        bytes.pop();
    }
    if bytes.len() > PASSPHRASE_MAX {
        return Err(Failure::new(Exit::TooLarge, format_args!("a secret has at most {PASSPHRASE_MAX} bytes")));
    }
    if bytes.is_empty() {
        return Err(Failure::new(Exit::Usage, "nothing on standard input").hint("pipe the secret in"));
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exactly_one_newline_goes() {
        assert_eq!(from(&b"secret\n"[..]).unwrap().as_slice(), b"secret");
        assert_eq!(from(&b"secret"[..]).unwrap().as_slice(), b"secret");
        assert_eq!(from(&b"secret\n\n"[..]).unwrap().as_slice(), b"secret\n");
    }

    #[test]
    fn nothing_and_too_much_are_refused() {
        assert_eq!(from(&b""[..]).unwrap_err().exit(), Exit::Usage);
        assert_eq!(from(&b"\n"[..]).unwrap_err().exit(), Exit::Usage);
        assert_eq!(from(vec![b'x'; PASSPHRASE_MAX].as_slice()).unwrap().len(), PASSPHRASE_MAX);
        let full = [vec![b'x'; PASSPHRASE_MAX], vec![b'\n']].concat();
        assert_eq!(from(full.as_slice()).unwrap().len(), PASSPHRASE_MAX);
        assert_eq!(from(vec![b'x'; PASSPHRASE_MAX + 1].as_slice()).unwrap_err().exit(), Exit::TooLarge);
        assert_eq!(from(std::io::repeat(b'x')).unwrap_err().exit(), Exit::TooLarge);
    }

    #[test]
    fn short_passphrases_are_refused() {
        assert!(long_enough(Zeroizing::new(vec![b'x'; PASSPHRASE_MIN - 1])).is_err());
        assert!(long_enough(Zeroizing::new(vec![b'x'; PASSPHRASE_MIN])).is_ok());
    }
}
