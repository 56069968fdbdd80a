//! The anchor file: on another volume, it remembers how far the vault had come,
//! so that an older vault file put back is noticed at the next unsealing.

use std::fs::File;
use std::io::{self, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use vault_core::{ANCHOR_LEN, Open, Vault};

pub(super) struct AnchorFile {
    path: PathBuf,
    /// What was written last.
    written: Mutex<Option<[u8; ANCHOR_LEN]>>,
}

impl AnchorFile {
    pub(super) fn new(path: PathBuf) -> Self {
        Self { path, written: Mutex::default() }
    }

    /// What the anchor says; none when it is an empty file, which is how one
    /// begins. One that is not there is an error: its volume may not be mounted,
    /// or somebody has taken it away.
    pub(super) fn read(&self) -> io::Result<Option<Vec<u8>>> {
        let file = File::open(&self.path)?;
        let mut bytes = Vec::with_capacity(ANCHOR_LEN + 1);
        // One more than an anchor has, so that a longer file is not mistaken for one.
        file.take(ANCHOR_LEN as u64 + 1).read_to_end(&mut bytes)?;
        Ok((!bytes.is_empty()).then_some(bytes))
    }

    /// Writes the anchor when the vault has moved on: beside, synced, renamed.
    pub(super) fn write(&self, vault: &Vault<Open>) -> io::Result<()> {
        let anchor = vault.anchor().map_err(io::Error::other)?;
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
