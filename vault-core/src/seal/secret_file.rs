//! Reads 32 secret bytes from a file that nobody else could have written or read.
//!
//! Threat: a symbolic link, a second hard link, or a file of another owner puts
//! bytes of an attacker's choice where the key should be; a FIFO makes the
//! daemon wait for ever. Everything is asked of the open descriptor, so nothing
//! can be exchanged between the look and the read.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use rustix::fs::{FileType, Mode, OFlags, Stat};
use zeroize::Zeroize;

/// Length of the secret in a key file or a credential.
pub(super) const SECRET_LEN: usize = 32;

/// Why a file is not taken as a secret. The message says what to do.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SecretFileError {
    /// There is no such file.
    #[error("there is no such file: check the path, or that the volume is mounted")]
    Missing,
    /// The last part of the path is a symbolic link.
    #[error("the path is a symbolic link: name the file itself")]
    SymbolicLink,
    /// Not a regular file.
    #[error("not a regular file")]
    NotRegular,
    /// Another user owns it.
    #[error("owned by uid {owner}: run `chown {expected}` on it (root is accepted too)")]
    Owner {
        /// Who owns it.
        owner: u32,
        /// Who should: the effective uid of this process.
        expected: u32,
    },
    /// Group or others may use it.
    #[error("mode {mode:04o} lets others in: run `chmod 600` on it")]
    Mode {
        /// Permission bits found.
        mode: u32,
    },
    /// The file has other names.
    #[error("the file has more than one name: copy it to a file of its own and delete the others")]
    Links,
    /// Not 32 bytes.
    #[error("holds {found} bytes, a key is {expected}: it is another file, or was changed by an editor")]
    Length {
        /// Bytes found.
        found: u64,
        /// 32.
        expected: usize,
    },
    /// The system would not open or read it.
    #[error("cannot be read")]
    Io(#[source] io::Error),
}

/// Which permission bits are acceptable.
#[derive(Clone, Copy)]
pub(super) enum Rule {
    /// Nothing for group and others.
    Private,
    /// As `Private`; or readable by group root when root owns it. systemd gives
    /// a service its credential by an ACL entry on a root:root 0400 file, and
    /// `stat` shows the ACL mask as group bits: 0440.
    Credential,
}

/// Opens, checks and hands the 32 bytes to `fill`'s buffer.
pub(super) fn read_into(path: &Path, rule: Rule, key: &mut [u8; SECRET_LEN]) -> Result<(), SecretFileError> {
    // NONBLOCK: opening a FIFO would otherwise wait for a writer.
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::CLOEXEC | OFlags::NONBLOCK | OFlags::NOCTTY;
    let opened = rustix::fs::open(path, flags, Mode::empty()).map_err(|errno| match errno {
        rustix::io::Errno::NOENT => SecretFileError::Missing,
        rustix::io::Errno::LOOP => SecretFileError::SymbolicLink,
        other => SecretFileError::Io(other.into()),
    })?;
    let stat = rustix::fs::fstat(&opened).map_err(|errno| SecretFileError::Io(errno.into()))?;
    check(&stat, rule, rustix::process::geteuid().as_raw())?;

    let mut file = File::from(opened);
    let read = file.read_exact(key).and_then(|()| file.read(&mut [0; 1]));
    match read {
        Ok(0) => Ok(()),
        Ok(more) => {
            key.zeroize();
            Err(SecretFileError::Length { found: (SECRET_LEN + more) as u64, expected: SECRET_LEN })
        }
        Err(error) => {
            key.zeroize();
            Err(SecretFileError::Io(error))
        }
    }
}

fn check(stat: &Stat, rule: Rule, euid: u32) -> Result<(), SecretFileError> {
    if FileType::from_raw_mode(stat.st_mode) != FileType::RegularFile {
        return Err(SecretFileError::NotRegular);
    }
    if stat.st_uid != euid && stat.st_uid != 0 {
        return Err(SecretFileError::Owner { owner: stat.st_uid, expected: euid });
    }
    let mode = stat.st_mode & 0o7777;
    let acl_mask = matches!(rule, Rule::Credential) && stat.st_uid == 0 && stat.st_gid == 0;
    let allowed = if acl_mask { 0o740 } else { 0o700 };
    if mode & !allowed != 0 {
        return Err(SecretFileError::Mode { mode });
    }
    if stat.st_nlink != 1 {
        return Err(SecretFileError::Links);
    }
    let found = u64::try_from(stat.st_size).unwrap_or(0);
    if found != SECRET_LEN as u64 {
        return Err(SecretFileError::Length { found, expected: SECRET_LEN });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::{PermissionsExt, symlink};
    use std::path::PathBuf;

    fn put(dir: &Path, bytes: &[u8], mode: u32) -> PathBuf {
        let path = dir.join("key");
        std::fs::write(&path, bytes).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
        path
    }

    fn read(path: &Path) -> Result<[u8; 32], SecretFileError> {
        let mut key = [0; 32];
        read_into(path, Rule::Private, &mut key).map(|()| key)
    }

    #[test]
    fn a_private_file_of_32_bytes_is_read() {
        let dir = tempfile::tempdir().unwrap();
        for mode in [0o600, 0o400] {
            let path = put(dir.path(), &[9; 32], mode);
            assert_eq!(read(&path).unwrap(), [9; 32]);
            std::fs::remove_file(path).unwrap();
        }
    }

    #[test]
    fn every_bit_for_others_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let path = put(dir.path(), &[9; 32], 0o600);
        for bit in [0o040, 0o020, 0o010, 0o004, 0o002, 0o001, 0o4000, 0o2000, 0o1000] {
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600 | bit)).unwrap();
            assert!(matches!(read(&path), Err(SecretFileError::Mode { mode }) if mode == 0o600 | bit), "{bit:o}");
        }
    }

    #[test]
    fn wrong_lengths_are_refused() {
        let dir = tempfile::tempdir().unwrap();
        for len in [0_u64, 31, 33, 64] {
            let path = put(dir.path(), &vec![9; len as usize], 0o600);
            assert!(matches!(read(&path), Err(SecretFileError::Length { found, .. }) if found == len));
        }
    }

    #[test]
    fn links_directories_fifos_and_nothing_are_refused() {
        let dir = tempfile::tempdir().unwrap();
        let path = put(dir.path(), &[9; 32], 0o600);
        let link = dir.path().join("link");
        symlink(&path, &link).unwrap();
        assert!(matches!(read(&link), Err(SecretFileError::SymbolicLink)));
        assert!(matches!(read(dir.path()), Err(SecretFileError::NotRegular)));
        assert!(matches!(read(&dir.path().join("none")), Err(SecretFileError::Missing)));
        let fifo = dir.path().join("fifo");
        rustix::fs::mknodat(rustix::fs::CWD, &fifo, FileType::Fifo, Mode::from_raw_mode(0o600), 0).unwrap();
        assert!(matches!(read(&fifo), Err(SecretFileError::NotRegular)));
        std::fs::hard_link(&path, dir.path().join("second")).unwrap();
        assert!(matches!(read(&path), Err(SecretFileError::Links)));
    }

    /// Owner rules, on a made-up `stat`: tests do not run as two users.
    #[test]
    fn owner_is_this_process_or_root() {
        let dir = tempfile::tempdir().unwrap();
        let path = put(dir.path(), &[9; 32], 0o600);
        let mut stat = rustix::fs::stat(&path).unwrap();
        stat.st_uid = 1000;
        assert!(check(&stat, Rule::Private, 1000).is_ok());
        assert!(matches!(
            check(&stat, Rule::Private, 1001),
            Err(SecretFileError::Owner { owner: 1000, expected: 1001 })
        ));
        stat.st_uid = 0;
        assert!(check(&stat, Rule::Private, 1001).is_ok());
    }

    #[test]
    fn group_read_is_taken_only_from_root_and_group_root() {
        let dir = tempfile::tempdir().unwrap();
        let path = put(dir.path(), &[9; 32], 0o440);
        let mut stat = rustix::fs::stat(&path).unwrap();
        let mut verdict = |uid, gid, rule| {
            (stat.st_uid, stat.st_gid) = (uid, gid);
            check(&stat, rule, 1000).is_ok()
        };
        assert!(verdict(0, 0, Rule::Credential));
        assert!(!verdict(0, 0, Rule::Private));
        assert!(!verdict(0, 5, Rule::Credential));
        assert!(!verdict(1000, 0, Rule::Credential));
    }
}
