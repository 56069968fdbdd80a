//! What is encrypted and decrypted, where it goes, and why it did not get there.

use std::fs::File;
use std::io::{self, IsTerminal as _, Read, Write};
use std::os::fd::AsFd as _;
use std::path::{Path, PathBuf};

use vault_client::{Decrypt, SecretBytes};
use vault_stream::{DataKey, DecryptError, EncryptError, Header, HeaderError, ResealError};

use super::Desk;
use crate::failure::{Failure, Problem};
use crate::output;
use crate::partial::{Existing, Partial};

/// Why a file was not encrypted, decrypted or rewrapped.
#[derive(Debug, thiserror::Error)]
pub(super) enum FileError {
    #[error("bytes are not shown on a terminal")]
    Terminal,
    #[error("there is nothing to read: no file is named and nothing is piped in")]
    NoInput,
    #[error("its name does not end in .{SUFFIX}")]
    Name,
    #[error("it cannot be opened: {0}")]
    Open(#[source] io::Error),
    #[error("somebody else is rewriting its header")]
    Busy,
    #[error("what its header holds is no data key")]
    NoDataKey,
    #[error("its data key is sealed by another system, and names no key")]
    Foreign,
    #[error(transparent)]
    Header(#[from] HeaderError),
    #[error(transparent)]
    Encrypt(#[from] EncryptError),
    #[error(transparent)]
    Decrypt(#[from] DecryptError),
    #[error(transparent)]
    Reseal(#[from] ResealError),
}

impl FileError {
    /// What the system said, when it was that.
    fn system(&self) -> Option<&io::Error> {
        match self {
            Self::Open(error)
            | Self::Header(HeaderError::Read(error))
            | Self::Encrypt(EncryptError::Read(error) | EncryptError::Write(error))
            | Self::Decrypt(DecryptError::Read(error) | DecryptError::Write(error))
            | Self::Reseal(ResealError::Header(HeaderError::Read(error)) | ResealError::Write(error)) => Some(error),
            _ => None,
        }
    }

    fn is_full(&self) -> bool {
        self.system().is_some_and(|error| error.kind() == io::ErrorKind::StorageFull)
    }
}

impl Problem for FileError {
    fn code(&self) -> &'static str {
        match self {
            Self::Terminal | Self::NoInput | Self::Name => "usage",
            Self::Busy | Self::Reseal(ResealError::Changed) => "busy",
            Self::Foreign => "unsupported",
            Self::Header(HeaderError::NotEncrypted) => "not_encrypted",
            Self::Header(HeaderError::Unknown { .. }) => "unsupported",
            Self::Decrypt(DecryptError::Truncated { .. }) => "truncated",
            Self::Decrypt(DecryptError::WrongKey) => "wrong_key",
            Self::Reseal(ResealError::Sealed { .. }) | Self::Encrypt(EncryptError::TooLong) => "too_large",
            _ if self.system().is_some() => "io",
            _ => "corrupt",
        }
    }

    fn exit(&self) -> u8 {
        match self {
            Self::Terminal | Self::NoInput | Self::Name => 2,
            Self::Busy | Self::Reseal(ResealError::Changed) => 9,
            Self::Foreign | Self::Header(HeaderError::NotEncrypted) => 1,
            Self::Reseal(ResealError::Sealed { .. }) | Self::Encrypt(EncryptError::TooLong) => 10,
            _ if self.is_full() => 11,
            _ if self.system().is_some() => 1,
            _ => 8,
        }
    }

    fn retryable(&self) -> bool {
        self.exit() == 9
    }

    fn hint(&self) -> String {
        match self {
            Self::Terminal => "name a file with -o, or pipe it on",
            Self::NoInput => "name the file, or pipe it in",
            Self::Name => "say with -o where it goes",
            Self::Busy | Self::Reseal(ResealError::Changed) => "wait for it to end",
            Self::Foreign => "say with --key under which key",
            Self::Header(HeaderError::NotEncrypted) => "`vaultctl key encrypt` makes such files",
            Self::Header(HeaderError::Unknown { .. }) => "use a later version of this program",
            Self::Reseal(ResealError::Sealed { .. }) => "decrypt it and encrypt it anew",
            _ if self.is_full() => "nothing was left behind; make room, or write to another disk",
            Self::Decrypt(_) if self.system().is_none() => {
                "nothing of it was kept; what a pipe took is genuine and not all of it. Take it from a backup"
            }
            _ => "",
        }
        .into()
    }

    fn silent(&self) -> bool {
        self.system().is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
    }
}

/// Where it comes from.
pub(super) struct Source {
    pub(super) file: File,
    /// None: standard input.
    pub(super) path: Option<PathBuf>,
    /// How long it is, when that is known.
    pub(super) len: Option<u64>,
}

impl Source {
    /// A file, or standard input for none and `-`.
    pub(super) fn open(path: Option<&Path>) -> Result<Self, Failure> {
        let Some(path) = path.filter(|path| *path != Path::new("-")) else {
            if io::stdin().is_terminal() {
                return Err(FileError::NoInput.into());
            }
            // Without the standard library's buffer, which would keep a copy.
            let stdin = io::stdin().as_fd().try_clone_to_owned().map_err(FileError::Open)?;
            return Ok(Self::of(File::from(stdin), None));
        };
        let opened = File::open(path).and_then(|file| match file.metadata()?.is_dir() {
            true => Err(io::Error::from(io::ErrorKind::IsADirectory)),
            false => Ok(file),
        });
        let file = opened.map_err(|error| Failure::from(FileError::Open(error)).about(said(path)))?;
        Ok(Self::of(file, Some(path.to_owned())))
    }

    fn of(file: File, path: Option<PathBuf>) -> Self {
        let len = file.metadata().ok().filter(|found| found.is_file()).map(|found| found.len());
        Self { file, path, len }
    }

    /// How messages call it.
    pub(super) fn said(&self) -> String {
        self.path.as_deref().map_or_else(|| "standard input".into(), said)
    }
}

impl Read for Source {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.file.read(buffer)
    }
}

/// Where it goes: a file that is there when it is whole, or standard output.
pub(super) enum Sink {
    File(Box<Partial>, PathBuf),
    Stdout(File),
}

impl Sink {
    pub(super) fn open(path: Option<&Path>, force: bool) -> Result<Self, Failure> {
        match path.filter(|path| *path != Path::new("-")) {
            Some(path) => {
                let existing = if force { Existing::Replace } else { Existing::Keep };
                Ok(Self::File(Box::new(Partial::create(path, existing)?), path.to_owned()))
            }
            None if output::stdout_is_terminal() => Err(FileError::Terminal.into()),
            None => Ok(Self::Stdout(output::stdout()?)),
        }
    }

    /// Its name, once it is whole and has one.
    pub(super) fn finish(self) -> Result<Option<PathBuf>, Failure> {
        match self {
            Self::File(mut partial, path) => {
                partial.keep()?;
                Ok(Some(path))
            }
            Self::Stdout(file) => {
                // A file behind `>` is made durable; a pipe has no such thing.
                let _ = file.sync_all();
                Ok(None)
            }
        }
    }
}

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::File(partial, _) => partial.file().write(bytes),
            Self::Stdout(file) => file.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Has the data key of a file opened.
pub(super) fn open_data_key(
    desk: &Desk<'_>,
    header: &Header,
    key: Option<&str>,
    context: &[(&str, &str)],
) -> Result<(DataKey, vault_client::Decrypted), Failure> {
    let decrypted = desk.act.decrypt_with(&Decrypt { key, ..Decrypt::new(header.sealed(), context) })?;
    Ok((data_key(&decrypted.plaintext)?, decrypted))
}

/// 32 bytes as the key of a file.
pub(super) fn data_key(bytes: &SecretBytes) -> Result<DataKey, FileError> {
    match bytes.expose().try_into() {
        Ok(bytes) => Ok(DataKey::from_bytes(bytes)),
        Err(_) => Err(FileError::NoDataKey),
    }
}

/// As messages call it.
pub(super) fn said(path: &Path) -> String {
    path.display().to_string()
}

/// Of encrypted files.
pub(super) const SUFFIX: &str = "vlt";
