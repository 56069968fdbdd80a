//! `vaultctl backup FILE|-`: a verified copy, whole or not there at all.
//!
//! It grows as `FILE.partial` and gets its name when every byte is on the disk
//! and their hash is the daemon's. An interrupted one leaves nothing. Only then
//! is the daemon told that the copy is kept, so `status` never counts a backup
//! that nobody has.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::json;
use sha2::{Digest as _, Sha256};
use vault_client::{BackupInfo, ClientError, WireError};

use crate::context::Context;
use crate::failure::{Failure, Problem};
use crate::output::{self, OutputError, hex};
use crate::partial::{Existing, Partial};
use crate::progress;

/// Write a verified copy of the vault, still encrypted
#[derive(Debug, Args)]
pub(crate) struct Backup {
    /// The file, replaced when it is there; - for standard output
    file: PathBuf,
    /// Skip checking the copy under the vault's keys
    #[arg(long)]
    no_verify: bool,
}

/// Why there is no copy.
#[derive(Debug, thiserror::Error)]
enum BackupError {
    #[error("a backup is not shown on a terminal")]
    Terminal,
    #[error("{}: {source}", path.display())]
    Io { path: PathBuf, source: io::Error },
    #[error("the copy arrived incomplete: {got} of {expected} bytes")]
    Length { got: u64, expected: u64 },
    #[error("the copy was changed on its way: its SHA-256 is not the daemon's")]
    Hash,
    #[error("the daemon did not verify the copy")]
    NotVerified,
    #[error("the connection broke, and the copy is gone with it")]
    Lost,
}

impl Problem for BackupError {
    fn code(&self) -> &'static str {
        match self {
            Self::Terminal => "usage",
            Self::Io { .. } => "io",
            Self::Length { .. } | Self::Hash => "corrupt",
            Self::NotVerified => "not_verified",
            Self::Lost => "unavailable",
        }
    }

    fn exit(&self) -> u8 {
        match self {
            Self::Terminal => 2,
            Self::Length { .. } | Self::Hash | Self::NotVerified => 8,
            Self::Lost => 7,
            Self::Io { source, .. } if source.kind() == io::ErrorKind::StorageFull => 11,
            Self::Io { .. } => 1,
        }
    }

    fn retryable(&self) -> bool {
        matches!(self, Self::Length { .. } | Self::Hash | Self::Lost)
    }

    fn hint(&self) -> String {
        match self {
            Self::Terminal => "name a file, or pipe it on".into(),
            Self::Io { source, .. } if source.kind() == io::ErrorKind::StorageFull => {
                "nothing was left behind; make room, or write to another disk".into()
            }
            Self::Io { .. } => "nothing was left behind; check the path and its directory".into(),
            Self::Length { .. } | Self::Hash | Self::Lost => "nothing was kept; try again".into(),
            Self::NotVerified => "nothing was kept; use a daemon that verifies, or say --no-verify".into(),
        }
    }
}

impl Backup {
    pub(crate) fn run(&self, context: &Context) -> Result<(), Failure> {
        let to_stdout = self.file == Path::new("-");
        if to_stdout && output::stdout_is_terminal() {
            return Err(BackupError::Terminal.into());
        }
        // Before the daemon begins its work: a path that cannot be written says so at once.
        let partial = if to_stdout { None } else { Some(Partial::create(&self.file, Existing::Replace)?) };
        let info = context.client.backup_begin(!self.no_verify)?;
        let kept = self.receive(context, &info, partial);
        // The copy is either ours by now or given up; if this does not arrive,
        // the daemon drops it with the connection.
        let ended = context.client.backup_end(info.id, kept.is_ok());
        kept?;
        ended.map_err(|error| Failure::from(error).about("the copy is kept, but the daemon does not know"))?;
        self.told(context, &info)
    }

    fn receive(&self, context: &Context, info: &BackupInfo, partial: Option<Partial>) -> Result<(), Failure> {
        if !info.verified && !self.no_verify {
            return Err(BackupError::NotVerified.into());
        }
        match partial {
            Some(mut partial) => {
                stream(context, info, partial.file(), |source| {
                    BackupError::Io { path: self.file.clone(), source }.into()
                })?;
                Ok(partial.keep()?)
            }
            None => {
                let mut stdout = output::stdout()?;
                stream(context, info, &mut stdout, |source| OutputError::from(source).into())?;
                // A file behind `>` is made durable; a pipe has no such thing.
                let _ = stdout.sync_all();
                Ok(())
            }
        }
    }

    fn told(&self, context: &Context, info: &BackupInfo) -> Result<(), Failure> {
        let verified = if info.verified { "verified" } else { "not verified" };
        if self.file == Path::new("-") {
            return Ok(());
        }
        if context.json {
            output::json(&json!({
                "file": self.file.display().to_string(),
                "bytes": info.bytes,
                "sha256": hex(&info.sha256),
                "verified": info.verified,
                "sequence": info.sequence,
            }))?;
        } else {
            output::note(&format!(
                "{}: {} bytes, {verified}, at commit {}",
                self.file.display(),
                info.bytes,
                info.sequence
            ));
        }
        Ok(())
    }
}

/// Reads the copy to its end, checking length and hash on the way.
fn stream(
    context: &Context,
    info: &BackupInfo,
    mut to: impl Write,
    failed: impl Fn(io::Error) -> Failure,
) -> Result<(), Failure> {
    let bar = progress::bytes(Some(info.bytes));
    let (mut hash, mut offset) = (Sha256::new(), 0);
    while offset < info.bytes {
        let chunk = context.client.backup_read(info.id, offset).map_err(|error| match error {
            // A copy belongs to its connection, and this is another one.
            ClientError::Server(WireError::Missing { .. }) => BackupError::Lost.into(),
            other => Failure::from(other),
        })?;
        let len = chunk.len() as u64;
        if len == 0 || len > info.bytes - offset {
            return Err(BackupError::Length { got: offset + len, expected: info.bytes }.into());
        }
        hash.update(&chunk);
        to.write_all(&chunk).map_err(&failed)?;
        offset += len;
        bar.set_position(offset);
    }
    to.flush().map_err(&failed)?;
    bar.finish_and_clear();
    if hash.finalize()[..] == info.sha256 { Ok(()) } else { Err(BackupError::Hash.into()) }
}
