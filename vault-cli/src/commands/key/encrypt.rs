//! `vaultctl key encrypt`: a file of any size under a data key of its own, which
//! the key seals into the file's header.

use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::json;
use vault_client::EncryptionAlgorithm;

use super::Desk;
use super::files::{FileError, SUFFIX, Sink, Source, data_key};
use super::message;
use super::typed::{ContextArgs, KeyName};
use super::words::one_of;
use crate::failure::Failure;
use crate::output::counted;
use crate::progress;

/// Encrypt a file, or what is piped in, of any size
#[derive(Debug, Args)]
#[command(after_help = "FILE is encrypted to FILE.vlt, which is there when it is whole; standard input to standard \
                        output.\n\n\
                        Examples:\n  vaultctl key encrypt --key backups dump.sql\n  \
                        tar c etc | vaultctl key encrypt --key backups > etc.tar.vlt")]
pub(super) struct Encrypt {
    /// The key
    #[arg(long)]
    key: KeyName,
    /// What to encrypt [default: standard input]
    file: Option<PathBuf>,
    /// Where it goes; - for standard output
    #[arg(short, long, value_name = "OUT", conflicts_with = "message")]
    output: Option<PathBuf>,
    /// Replace what is there
    #[arg(long, conflicts_with = "message")]
    force: bool,
    #[command(flatten)]
    context: ContextArgs,
    /// By the key itself, at most 1 MiB: what the AWS endpoint's Encrypt makes, in base64
    #[arg(long)]
    message: bool,
    /// With --message: the bytes and not base64
    #[arg(long, requires = "message")]
    raw: bool,
    /// With --message: how; an RSA key needs one of the others
    #[arg(long, requires = "message", value_parser = one_of::<EncryptionAlgorithm>(), default_value = "symmetric")]
    algorithm: EncryptionAlgorithm,
}

impl Encrypt {
    pub(super) fn run(&self, desk: &Desk<'_>) -> Result<(), Failure> {
        let context = self.context.pairs();
        let mut source = Source::open(self.file.as_deref())?;
        if self.message {
            return message::encrypt(desk, &self.key, source, &context, self.algorithm, self.raw);
        }
        let default = source.path.as_deref().map(encrypted_name);
        let mut sink = Sink::open(self.output.as_deref().or(default.as_deref()), self.force)?;
        let made = desk.act.generate_data_key(self.key.as_str(), &context, 32).map_err(self.key.failed())?;
        let key = data_key(&made.plaintext)?;
        drop(made.plaintext);
        let bar = progress::bytes(source.len);
        let told = |done| bar.set_position(done);
        let about = source.said();
        let bytes = vault_stream::encrypt(&key, &made.sealed.ciphertext, &mut source, &mut sink, told)
            .map_err(|error| Failure::from(FileError::from(error)).about(about))?;
        bar.finish_and_clear();
        let Some(path) = sink.finish()? else { return Ok(()) };
        let json = json!({
            "file": path.display().to_string(),
            "key": made.sealed.key,
            "version": made.sealed.version,
            "bytes": bytes,
        });
        desk.told(&json, || format!("{}: {}, under {}", path.display(), counted(bytes, "byte"), self.key))
    }
}

fn encrypted_name(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".");
    name.push(SUFFIX);
    name.into()
}
