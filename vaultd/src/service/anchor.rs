//! The anchor file: on another volume, it remembers how far the vault had come,
//! so that an older vault file put back is noticed at the next unsealing.

use std::fs::File;
use std::io::{self, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use vault_core::{ANCHOR_LEN, AnchorError, Fault, Open, Vault};

pub(super) struct AnchorFile {
    path: PathBuf,
    /// What was written last.
    written: Mutex<Option<[u8; ANCHOR_LEN]>>,
}

/// Why the vault is not served beside this anchor.
#[derive(Debug, thiserror::Error)]
pub(super) enum AnchorRefused {
    /// It says so.
    #[error(transparent)]
    Anchor(#[from] AnchorError),
    /// It cannot be read or written.
    #[error("the anchor cannot be read or written: {0}")]
    Io(#[from] io::Error),
}

impl AnchorFile {
    pub(super) fn new(path: PathBuf) -> Self {
        Self { path, written: Mutex::default() }
    }

    /// Compares the vault with its anchor, and makes one when there is none yet.
    pub(super) fn check(&self, vault: &Vault<Open>) -> Result<(), AnchorRefused> {
        let file = match File::open(&self.path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return self.write(vault),
            Err(error) => return Err(error.into()),
        };
        let mut bytes = Vec::with_capacity(ANCHOR_LEN + 1);
        file.take(ANCHOR_LEN as u64 + 1).read_to_end(&mut bytes)?;
        vault.check_anchor(&bytes)?;
        self.write(vault)
    }

    /// Writes the anchor when the vault has moved on: beside, synced, renamed.
    pub(super) fn write(&self, vault: &Vault<Open>) -> Result<(), AnchorRefused> {
        let anchor = vault.anchor().map_err(|fault: Fault| AnchorError::Fault(fault))?;
        let mut written = self.written.lock().unwrap_or_else(PoisonError::into_inner);
        if *written == Some(anchor) {
            return Ok(());
        }
        let mut beside = self.path.as_os_str().to_owned();
        beside.push(".new");
        let beside = PathBuf::from(beside);
        let mut file = File::options().write(true).create(true).truncate(true).mode(0o600).open(&beside)?;
        file.write_all(&anchor)?;
        file.sync_all()?;
        std::fs::rename(&beside, &self.path)?;
        let parent = self.path.parent().filter(|parent| !parent.as_os_str().is_empty());
        File::open(parent.unwrap_or(Path::new(".")))?.sync_all()?;
        *written = Some(anchor);
        Ok(())
    }
}
