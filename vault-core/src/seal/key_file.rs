//! A key slot opened by a file of 32 random bytes, mode 0600.
//!
//! Limit: whoever copies the file and the vault together has both halves; a
//! key file on the vault's own file system protects against little more than a
//! stolen backup of the vault alone. [`same_filesystem`] is for that warning.

use std::fs::File;
use std::io::{self, Write};
use std::path::Path;

use rustix::fs::{Mode, OFlags};

pub use super::secret_file::SecretFileError;
use super::{secret_file, slot_label};
use crate::host::{EntropyError, Host};
use crate::keys::{SlotKey, key_type};

key_type! {
    /// The 32 bytes of a key file.
    pub KeyFile
}

/// Why a key file was not made. Nothing was overwritten; a file begun and not
/// finished was removed again.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CreateError {
    /// The path is taken. A key file is never overwritten: it may be the only way into a vault.
    #[error("the path exists already: a key file is never overwritten, choose another path")]
    Exists,
    /// The directory is not there.
    #[error("the directory does not exist")]
    NoDirectory,
    /// No randomness.
    #[error(transparent)]
    Entropy(#[from] EntropyError),
    /// The system would not write it or make it durable.
    #[error("cannot be written")]
    Io(#[source] io::Error),
}

impl KeyFile {
    /// Makes a new key and its file, and returns once both the file and its
    /// name are on the disk: a slot must not outlive its key in a power cut.
    pub fn create(path: &Path, host: &Host) -> Result<Self, CreateError> {
        let key = Self::make(host)?;
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let opened = rustix::fs::open(path, flags, Mode::RUSR | Mode::WUSR).map_err(|errno| match errno {
            rustix::io::Errno::EXIST => CreateError::Exists,
            rustix::io::Errno::NOENT => CreateError::NoDirectory,
            other => CreateError::Io(other.into()),
        })?;
        match write_durably(File::from(opened), path, key.expose()) {
            Ok(()) => Ok(key),
            Err(error) => {
                // Ours by O_EXCL, and useless. A failed removal changes nothing about the error.
                let _ = std::fs::remove_file(path);
                Err(CreateError::Io(error))
            }
        }
    }

    /// A key that is in no file yet.
    pub fn make(host: &Host) -> Result<Self, EntropyError> {
        Self::fill_with(|bytes| host.entropy.fill(bytes))
    }

    /// A key that came from elsewhere; none unless it has exactly 32 bytes.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let bytes: &[u8; 32] = bytes.try_into().ok()?;
        Self::fill_with(|key| {
            key.copy_from_slice(bytes);
            Ok::<_, EntropyError>(())
        })
        .ok()
    }

    /// Reads a key file: regular, owned by us or root, nothing for group and
    /// others, one name, exactly 32 bytes.
    pub fn read(path: &Path) -> Result<Self, SecretFileError> {
        Self::fill_with(|key| secret_file::read_into(path, secret_file::Rule::Private, key))
    }

    /// The slot key this file gives in this place.
    #[must_use]
    pub fn derive_slot_key(&self, vault_id: &[u8; 16], slot_id: &[u8; 16]) -> SlotKey {
        slot_label::derive(self.expose(), LABEL, vault_id, slot_id)
    }
}

/// Do both paths lie on one file system?
pub fn same_filesystem(a: &Path, b: &Path) -> io::Result<bool> {
    Ok(rustix::fs::stat(a)?.st_dev == rustix::fs::stat(b)?.st_dev)
}

fn write_durably(mut file: File, path: &Path, bytes: &[u8]) -> io::Result<()> {
    file.write_all(bytes)?;
    file.sync_all()?;
    let parent = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    File::open(parent)?.sync_all()
}

const LABEL: &str = "vault/v1/slot/key-file";

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::{MetadataExt, symlink};

    #[test]
    fn create_then_read_gives_the_same_key() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("key");
        let made = KeyFile::create(&path, &Host::system()).unwrap();
        let meta = std::fs::metadata(&path).unwrap();
        assert_eq!((meta.mode() & 0o7777, meta.len()), (0o600, 32));
        assert_eq!(KeyFile::read(&path).unwrap().expose(), made.expose());
        let other = KeyFile::create(&dir.path().join("other"), &Host::system()).unwrap();
        assert_ne!(other.expose(), made.expose());
    }

    #[test]
    fn nothing_is_ever_overwritten() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("key");
        std::fs::write(&path, b"precious").unwrap();
        assert!(matches!(KeyFile::create(&path, &Host::system()), Err(CreateError::Exists)));
        assert_eq!(std::fs::read(&path).unwrap(), b"precious");

        // A dangling link must not be followed to a place of somebody else's choice.
        let link = dir.path().join("link");
        symlink(dir.path().join("elsewhere"), &link).unwrap();
        assert!(matches!(KeyFile::create(&link, &Host::system()), Err(CreateError::Exists)));
        assert!(!dir.path().join("elsewhere").exists());

        let nowhere = dir.path().join("no/key");
        assert!(matches!(KeyFile::create(&nowhere, &Host::system()), Err(CreateError::NoDirectory)));
    }

    #[test]
    fn one_filesystem_or_two() {
        let dir = tempfile::tempdir().unwrap();
        assert!(same_filesystem(dir.path(), &dir.path().join(".")).unwrap());
        assert!(!same_filesystem(dir.path(), Path::new("/proc")).unwrap());
        assert!(same_filesystem(dir.path(), &dir.path().join("none")).is_err());
    }

    /// Computed with Python's `hmac`: HMAC-SHA256(secret, LP(label) ‖ vault ‖ slot ‖ 0x01).
    #[test]
    fn known_answer() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("key");
        drop(KeyFile::create(&path, &Host::system()).unwrap());
        std::fs::write(&path, std::array::from_fn::<u8, 32, _>(|i| i as u8)).unwrap();
        let key = KeyFile::read(&path).unwrap().derive_slot_key(&[0xa1; 16], &[0xb2; 16]);
        let hex: String = key.expose().iter().map(|b| format!("{b:02x}")).collect();
        assert_eq!(hex, "ad67bd21ebab506e68a30e13f1cc352ac3dbcb4c18dd7bdd30ab0d9874a3c12b");
        assert_eq!(format!("{:?}", KeyFile::read(&path).unwrap()), "KeyFile(..)");
    }
}
