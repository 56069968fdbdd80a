//! Secrets on their way in and out as text: encoded without looking anything up
//! by them, in memory that is erased.

use base64ct::{Base64, Encoding as _};
use serde_json::Value;
use vault_client::SecretBytes;
use zeroize::Zeroizing;

use crate::failure::{Failure, Problem};
use crate::output::{self, OutputError};

/// Why it is not written, or not understood.
#[derive(Debug, thiserror::Error)]
pub(super) enum TextError {
    #[error("bytes are not shown on a terminal")]
    Terminal,
    #[error("{what} is not base64")]
    NotBase64 { what: &'static str },
}

impl Problem for TextError {
    fn code(&self) -> &'static str {
        match self {
            Self::Terminal => "usage",
            Self::NotBase64 { .. } => "invalid",
        }
    }

    fn exit(&self) -> u8 {
        2
    }

    fn hint(&self) -> String {
        match self {
            Self::Terminal => "leave --raw out for base64, or pipe it on",
            Self::NotBase64 { .. } => "say --raw when it is the bytes themselves",
        }
        .into()
    }
}

/// A member of a line of JSON.
pub(super) enum Member<'a> {
    /// In base64.
    Bytes(&'a [u8]),
    /// As it is.
    Plain(Value),
}

/// One line of base64, or with `raw` the bytes themselves, to no terminal.
pub(super) fn write(bytes: &[u8], raw: bool) -> Result<(), Failure> {
    if raw {
        if output::stdout_is_terminal() {
            return Err(TextError::Terminal.into());
        }
        output::bytes(bytes)?;
        return Ok(());
    }
    let mut line = base64(bytes);
    line.push(b'\n');
    output::bytes(&line)?;
    Ok(())
}

/// One object on one line.
pub(super) fn write_json(members: &[(&str, Member<'_>)]) -> Result<(), Failure> {
    // Room for all of it, so that it does not move.
    let room = members.iter().map(|(name, member)| {
        name.len()
            + 8
            + match member {
                Member::Bytes(bytes) => Base64::encoded_len(bytes),
                Member::Plain(value) => value.to_string().len(),
            }
    });
    let mut line = Zeroizing::new(Vec::with_capacity(room.sum::<usize>() + 4));
    for (name, member) in members {
        let opening = if line.is_empty() { b'{' } else { b',' };
        line.push(opening);
        line.extend_from_slice(format!("\"{name}\":").as_bytes());
        match member {
            Member::Bytes(bytes) => {
                line.push(b'"');
                line.extend_from_slice(&base64(bytes));
                line.push(b'"');
            }
            Member::Plain(value) => {
                serde_json::to_writer(&mut *line, value).map_err(|_| OutputError::Encode)?;
            }
        }
    }
    line.extend_from_slice(b"}\n");
    output::bytes(&line)?;
    Ok(())
}

/// In base64, with room for a line feed.
pub(super) fn base64(bytes: &[u8]) -> Zeroizing<Vec<u8>> {
    let len = Base64::encoded_len(bytes);
    let mut text = Zeroizing::new(Vec::with_capacity(len + 1));
    text.resize(len, 0);
    if Base64::encode(bytes, &mut text).is_err() {
        unreachable!("there is room for it");
    }
    text
}

/// Back from one line or several.
pub(super) fn from_base64(what: &'static str, text: &[u8]) -> Result<SecretBytes, TextError> {
    let mut packed = Zeroizing::new(Vec::with_capacity(text.len()));
    packed.extend(text.iter().filter(|byte| !byte.is_ascii_whitespace()));
    let mut bytes = Zeroizing::new(vec![0; packed.len()]);
    let len = Base64::decode(&*packed, &mut bytes).map_err(|_| TextError::NotBase64 { what })?.len();
    bytes.truncate(len);
    Ok(SecretBytes::new(std::mem::take(&mut *bytes)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_and_back() {
        for len in 0..70 {
            let bytes: Vec<u8> = (0..len).map(|i: u8| i.wrapping_mul(37)).collect();
            let text = base64(&bytes);
            assert_eq!(from_base64("it", &text).unwrap().expose(), bytes);
        }
        assert_eq!(from_base64("it", b"aGVs\nbG8=\n").unwrap().expose(), b"hello");
        for bad in [&b"a"[..], b"aGVsbG8", b"aGVsbG8=!", b"\xff\xfe\xfd\xfc"] {
            assert!(matches!(from_base64("it", bad), Err(TextError::NotBase64 { .. })), "{bad:?}");
        }
    }
}
