//! `vaultctl key rewrap`: a file's data key under the key's current version, or
//! under another key. What is encrypted with it stays as it is, so this takes as
//! long for a large file as for a small one.

use std::fs::File;
use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::json;
use vault_client::{Decrypt, ReEncrypt, ReEncrypted};
use vault_stream::{Header, reseal};

use super::Desk;
use super::files::{FileError, said};
use super::typed::{ContextArgs, KeyName, borrowed, pair};
use crate::failure::Failure;
use crate::output::hex;

/// Bring encrypted files to a key's current version, or to another key
#[derive(Debug, Args)]
#[command(
    after_help = "Files are changed in place, one after the other; one that is interrupted still opens. Stops at \
                        the first that fails. With --json, a line for each as it is done."
)]
pub(super) struct Rewrap {
    /// The files
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// The key they are under from now on [default: the one they are under]
    #[arg(long)]
    key: Option<KeyName>,
    #[command(flatten)]
    context: ContextArgs,
    /// The context from now on [default: the same]; repeatable
    #[arg(long = "new-context", value_name = "NAME=VALUE", value_parser = pair)]
    new_context: Vec<(String, String)>,
}

impl Rewrap {
    pub(super) fn run(&self, desk: &Desk<'_>) -> Result<(), Failure> {
        for path in &self.files {
            let moved = self.one(desk, path).map_err(|failure| failure.about(said(path)))?;
            let json = json!({
                "file": path.display().to_string(),
                "key": moved.sealed.key,
                "version": moved.sealed.version,
                "source_key": moved.source_key,
                "source_version": moved.source_version,
            });
            desk.told(&json, || {
                let (from, to) = (moved.source_version, moved.sealed.version);
                match moved.source_key == moved.sealed.key {
                    true => format!("{}: version {to}, was {from}", path.display()),
                    false => format!("{}: under {}, version {to}", path.display(), moved.sealed.key),
                }
            })?;
        }
        Ok(())
    }

    fn one(&self, desk: &Desk<'_>, path: &Path) -> Result<ReEncrypted, Failure> {
        let mut file = File::options().read(true).write(true).open(path).map_err(FileError::Open)?;
        file.try_lock().map_err(|error| match error {
            std::fs::TryLockError::WouldBlock => FileError::Busy,
            std::fs::TryLockError::Error(error) => FileError::Open(error),
        })?;
        let header = Header::read(&mut file).map_err(FileError::from)?;
        let context = self.context.pairs();
        let new_context = if self.new_context.is_empty() { context.clone() } else { borrowed(&self.new_context) };
        let key = match &self.key {
            Some(key) => key.to_string(),
            None => named_in(header.sealed()).ok_or(FileError::Foreign)?,
        };
        let source = Decrypt::new(header.sealed(), &context);
        let moved = desk.act.re_encrypt(&ReEncrypt { context: &new_context, ..ReEncrypt::new(source, &key) })?;
        reseal(&header, &moved.sealed.ciphertext, &mut file, |file| file.sync_all()).map_err(FileError::from)?;
        Ok(moved)
    }
}

/// The key that an envelope of kind 3 names (docs/FORMAT.md, section 1).
fn named_in(sealed: &[u8]) -> Option<String> {
    let is_message = sealed.get(..4)? == b"VLT1" && *sealed.get(6)? == 3;
    let id = hex(sealed.get(12..28)?);
    let parts = [id.get(..8)?, id.get(8..12)?, id.get(12..16)?, id.get(16..20)?, id.get(20..)?];
    is_message.then(|| parts.join("-"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_envelope_names_its_key() {
        let mut sealed = b"VLT1\x01\x01\x03\0\0\0\0\x01".to_vec();
        assert_eq!(named_in(&sealed), None);
        sealed.extend(0x40..0x50);
        assert_eq!(named_in(&sealed).as_deref(), Some("40414243-4445-4647-4849-4a4b4c4d4e4f"));
        sealed[6] = 2;
        assert_eq!(named_in(&sealed), None);
    }
}
