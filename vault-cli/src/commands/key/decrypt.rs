//! `vaultctl key decrypt`: back, and whole or not at all.

use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::json;
use vault_client::EncryptionAlgorithm;
use vault_stream::Header;

use super::Desk;
use super::files::{FileError, SUFFIX, Sink, Source, open_data_key, said};
use super::message;
use super::typed::{ContextArgs, KeyName};
use super::words::one_of;
use crate::failure::Failure;
use crate::output::counted;
use crate::progress;

/// Decrypt a file, or what is piped in
#[derive(Debug, Args)]
#[command(
    after_help = "FILE.vlt is decrypted to FILE, which is there when every byte has been proven; standard input \
                        to standard output, each part when it has been proven. Only status 0 says that it is whole."
)]
pub(super) struct Decrypt {
    /// What to decrypt [default: standard input]
    file: Option<PathBuf>,
    /// Where it goes; - for standard output
    #[arg(short, long, value_name = "OUT", conflicts_with = "message")]
    output: Option<PathBuf>,
    /// Replace what is there
    #[arg(long, conflicts_with = "message")]
    force: bool,
    /// Only if it is under this key
    #[arg(long)]
    key: Option<KeyName>,
    #[command(flatten)]
    context: ContextArgs,
    /// What `encrypt --message` or the AWS endpoint's Encrypt made, in base64
    #[arg(long)]
    message: bool,
    /// With --message: it is the bytes and not base64
    #[arg(long, requires = "message")]
    raw: bool,
    /// With --message: how it was encrypted
    #[arg(long, requires = "message", value_parser = one_of::<EncryptionAlgorithm>(), default_value = "symmetric")]
    algorithm: EncryptionAlgorithm,
}

impl Decrypt {
    pub(super) fn run(&self, desk: &Desk<'_>) -> Result<(), Failure> {
        let context = self.context.pairs();
        let key = self.key.as_ref().map(KeyName::as_str);
        let mut source = Source::open(self.file.as_deref())?;
        if self.message {
            return message::decrypt(desk, key, source, &context, self.algorithm, self.raw);
        }
        let name = source.said();
        let about = |error: FileError| Failure::from(error).about(&name);
        let default = match (&self.output, &source.path) {
            (None, Some(path)) => Some(plain_name(path).ok_or_else(|| about(FileError::Name))?),
            _ => None,
        };
        let header = Header::read(&mut source).map_err(|error| about(error.into()))?;
        let mut sink = Sink::open(self.output.as_deref().or(default.as_deref()), self.force)?;
        let (data_key, opened) = open_data_key(desk, &header, key, &context).map_err(|failure| failure.about(&name))?;
        // Of what follows the header, what is not plaintext does not show.
        let bar = progress::bytes(source.len.map(|len| len.saturating_sub(header.size())));
        let bytes = vault_stream::decrypt(&header, &data_key, &mut source, &mut sink, |done| bar.set_position(done))
            .map_err(|error| about(error.into()))?;
        bar.finish_and_clear();
        let Some(path) = sink.finish()? else { return Ok(()) };
        let json = json!({
            "file": path.display().to_string(),
            "key": opened.key,
            "version": opened.version,
            "bytes": bytes,
        });
        desk.told(&json, || format!("{}: {}", said(&path), counted(bytes, "byte")))
    }
}

fn plain_name(path: &Path) -> Option<PathBuf> {
    (path.extension()? == SUFFIX).then(|| path.with_extension(""))
}
