//! Key files: 32 random bytes that open a key slot. Made so that one is never
//! overwritten and never readable by others, not even for a moment; read only
//! when nobody else could have.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use rustix::fs::OFlags;
use rustix::rand::{GetRandomFlags, getrandom};
use vault_client::SecretBytes;
use zeroize::Zeroizing;

use crate::failure::Problem;
use crate::input::bounded;

/// Why a key file was not read or made.
#[derive(Debug, thiserror::Error)]
pub(crate) enum KeyFileError {
    #[error("{} exists already, and a key file is never overwritten", path.display())]
    Exists { path: PathBuf },
    #[error("{} can be read or written by others (mode {mode:04o})", path.display())]
    Exposed { path: PathBuf, mode: u32 },
    #[error("{} belongs to uid {owner}", path.display())]
    Owner { path: PathBuf, owner: u32 },
    #[error("{} is not a key file: it has {} bytes, not 32", path.display(), if *len > KEY_LEN { "more than 32".into() } else { len.to_string() })]
    Length { path: PathBuf, len: usize },
    #[error("{}: {source}", path.display())]
    Io { path: PathBuf, source: io::Error },
    #[error("the system gives no randomness: {0}")]
    Random(#[source] io::Error),
}

impl Problem for KeyFileError {
    fn code(&self) -> &'static str {
        "key_file"
    }

    fn hint(&self) -> String {
        match self {
            Self::Exists { .. } => "choose another path: that file may be the only way into a vault".into(),
            Self::Exposed { path, .. } => {
                format!(
                    "if nobody has read it, `chmod 600 {}`; else make a new slot and remove this one",
                    path.display()
                )
            }
            Self::Owner { .. } => "use a key file of your own, or run this as its owner".into(),
            Self::Length { .. } => "name the file made by `vaultd init --key-file` or `vaultctl slot add`".into(),
            Self::Io { source, .. } if source.kind() == io::ErrorKind::NotFound => "check the path".into(),
            Self::Io { .. } | Self::Random(_) => String::new(),
        }
    }
}

/// Reads the 32 bytes. A pipe is taken as it is (`<(systemd-creds decrypt …)`);
/// a file must be ours or root's and closed to others.
pub(crate) fn read(path: &Path) -> Result<SecretBytes, KeyFileError> {
    let io = |source| KeyFileError::Io { path: path.to_owned(), source };
    let file = File::open(path).map_err(io)?;
    let metadata = file.metadata().map_err(io)?;
    if metadata.is_file() {
        let (owner, mode) = (metadata.uid(), metadata.mode() & 0o7777);
        if owner != 0 && owner != rustix::process::geteuid().as_raw() {
            return Err(KeyFileError::Owner { path: path.to_owned(), owner });
        }
        // 0440 of root is how a systemd credential looks.
        if mode & 0o077 != 0 && !(owner == 0 && mode == 0o440) {
            return Err(KeyFileError::Exposed { path: path.to_owned(), mode });
        }
    }
    let mut bytes = bounded(file, KEY_LEN + 1).map_err(io)?;
    if bytes.len() != KEY_LEN {
        return Err(KeyFileError::Length { path: path.to_owned(), len: bytes.len() });
    }
    Ok(SecretBytes::new(std::mem::take(&mut *bytes)))
}

/// 32 bytes from the kernel.
pub(crate) fn make() -> Result<Zeroizing<[u8; KEY_LEN]>, KeyFileError> {
    let mut key = Zeroizing::new([0; KEY_LEN]);
    let filled =
        getrandom(&mut key[..], GetRandomFlags::empty()).map_err(|errno| KeyFileError::Random(errno.into()))?;
    // Up to 256 bytes are never given in part; a zero key would be a disaster.
    if filled != KEY_LEN {
        return Err(KeyFileError::Random(io::Error::from(io::ErrorKind::UnexpectedEof)));
    }
    Ok(key)
}

/// A new file with this key, on the disk together with its name when this
/// returns: a slot must not outlive its key in a power cut.
pub(crate) fn create(path: &Path, key: &[u8; KEY_LEN]) -> Result<(), KeyFileError> {
    let io = |source| KeyFileError::Io { path: path.to_owned(), source };
    let mut options = OpenOptions::new();
    options.write(true).create_new(true).mode(0o600).custom_flags(OFlags::NOFOLLOW.bits() as i32);
    let mut file = options.open(path).map_err(|source| match source.kind() {
        io::ErrorKind::AlreadyExists => KeyFileError::Exists { path: path.to_owned() },
        _ => io(source),
    })?;
    let written = file.write_all(key).and_then(|()| file.sync_all()).and_then(|()| sync_directory(path));
    written.map_err(|source| {
        // Ours, as it was made here, and useless.
        let _ = fs::remove_file(path);
        io(source)
    })
}

/// Makes a new name in a directory durable.
pub(crate) fn sync_directory(path: &Path) -> io::Result<()> {
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(parent)?.sync_all()
}

pub(crate) const KEY_LEN: usize = 32;

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs::Permissions;
    use std::os::unix::fs::{PermissionsExt as _, symlink};

    #[test]
    fn made_private_and_read_back() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("key");
        let key = make().unwrap();
        create(&path, &key).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().mode() & 0o7777, 0o600);
        assert_eq!(read(&path).unwrap().expose(), &key[..]);
        assert_ne!(*make().unwrap(), *key);
    }

    #[test]
    fn never_overwritten_and_no_link_followed() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("key");
        fs::write(&path, b"precious").unwrap();
        assert!(matches!(create(&path, &[1; 32]), Err(KeyFileError::Exists { .. })));
        assert_eq!(fs::read(&path).unwrap(), b"precious");
        let link = dir.path().join("link");
        symlink(dir.path().join("elsewhere"), &link).unwrap();
        assert!(matches!(create(&link, &[1; 32]), Err(KeyFileError::Exists { .. })));
        assert!(!dir.path().join("elsewhere").exists());
    }

    #[test]
    fn what_others_could_read_or_is_no_key_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("key");
        for (len, mode, fine) in
            [(32, 0o600, true), (32, 0o400, true), (32, 0o640, false), (31, 0o600, false), (33, 0o600, false)]
        {
            let _ = fs::remove_file(&path);
            fs::write(&path, vec![7; len]).unwrap();
            fs::set_permissions(&path, Permissions::from_mode(mode)).unwrap();
            assert_eq!(read(&path).is_ok(), fine, "{len} {mode:o}");
        }
    }
}
