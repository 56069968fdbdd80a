//! Temporary directories with short names: a socket path has 107 bytes.

use std::fs::{self, DirBuilder, Permissions};
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::{Path, PathBuf};

use tempfile::TempDir;

/// A directory of our own under `/tmp`, removed at the end.
#[derive(Debug)]
pub struct Dir(TempDir);

impl Dir {
    /// Nobody else may look into it.
    #[must_use]
    pub fn private() -> Self {
        Self(tempfile::Builder::new().prefix("vt-").tempdir_in("/tmp").unwrap())
    }

    /// Everybody may pass through it, nobody else write.
    #[must_use]
    pub fn public() -> Self {
        let dir = Self::private();
        fs::set_permissions(dir.path(), Permissions::from_mode(0o755)).unwrap();
        dir
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.0.path()
    }

    /// A path in it.
    #[must_use]
    pub fn file(&self, name: &str) -> PathBuf {
        self.path().join(name)
    }

    /// A directory in it, with these permission bits whatever the umask.
    #[must_use]
    pub fn directory(&self, name: &str, mode: u32) -> PathBuf {
        let path = self.file(name);
        DirBuilder::new().mode(mode).create(&path).unwrap();
        fs::set_permissions(&path, Permissions::from_mode(mode)).unwrap();
        path
    }

    /// A file in it, 0600.
    pub fn write(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.file(name);
        fs::write(&path, content).unwrap();
        fs::set_permissions(&path, Permissions::from_mode(0o600)).unwrap();
        path
    }
}
