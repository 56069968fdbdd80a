//! `encrypt --message` and `decrypt --message`: what the key itself encrypts, and
//! the AWS endpoint's clients exchange.

use vault_client::{Decrypt, EncryptionAlgorithm, SecretBytes};
use vault_proto::limits::KEY_PLAINTEXT_MAX;

use super::Desk;
use super::files::{FileError, Source};
use super::secret::{self, Member};
use super::typed::KeyName;
use crate::failure::Failure;
use crate::input::{InputError, bounded};
use crate::output;
use crate::terminal::showable;

pub(super) fn encrypt(
    desk: &Desk<'_>,
    key: &KeyName,
    source: Source,
    context: &[(&str, &str)],
    algorithm: EncryptionAlgorithm,
    raw: bool,
) -> Result<(), Failure> {
    let plaintext = read(source, KEY_PLAINTEXT_MAX)?;
    let made = match algorithm {
        EncryptionAlgorithm::SymmetricDefault => desk.act.encrypt(key.as_str(), plaintext.expose(), context),
        // Whose ciphertexts authenticate no context.
        other => desk.act.encrypt_with(key.as_str(), plaintext.expose(), other),
    };
    let made = made.map_err(key.failed())?;
    if desk.json() {
        return secret::write_json(&[
            ("key", Member::Plain(made.key.into())),
            ("version", Member::Plain(made.version.into())),
            ("ciphertext", Member::Bytes(&made.ciphertext)),
        ]);
    }
    secret::write(&made.ciphertext, raw)
}

pub(super) fn decrypt(
    desk: &Desk<'_>,
    key: Option<&str>,
    source: Source,
    context: &[(&str, &str)],
    algorithm: EncryptionAlgorithm,
    raw: bool,
) -> Result<(), Failure> {
    let given = read(source, MESSAGE_MAX)?;
    let ciphertext = if raw { given } else { secret::from_base64("the message", given.expose())? };
    let what = Decrypt { key, ciphertext: ciphertext.expose(), context, algorithm };
    let opened = desk.act.decrypt_with(&what)?;
    let plaintext = opened.plaintext.expose();
    if desk.json() {
        return secret::write_json(&[
            ("key", Member::Plain(opened.key.into())),
            ("version", Member::Plain(opened.version.into())),
            ("plaintext", Member::Bytes(plaintext)),
        ]);
    }
    if output::stdout_is_terminal() {
        let text = showable(plaintext).map_err(|_| FileError::Terminal)?;
        output::bytes(text.as_bytes())?;
        output::bytes(if text.ends_with('\n') { b"" } else { b"\n" })?;
    } else {
        output::bytes(plaintext)?;
    }
    Ok(())
}

/// All of it, when it is not too long.
pub(super) fn read(source: Source, max: usize) -> Result<SecretBytes, Failure> {
    let io = |source| InputError::Io { what: WHAT, source };
    let mut bytes = bounded(source.file, max + 1).map_err(io)?;
    if bytes.len() > max {
        return Err(InputError::TooLarge { what: WHAT, max }.into());
    }
    Ok(SecretBytes::new(std::mem::take(&mut *bytes)))
}

const WHAT: &str = "the message";
/// A message of 1 MiB, encrypted, in base64 with line feeds.
const MESSAGE_MAX: usize = 2 * KEY_PLAINTEXT_MAX;
