use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};

use super::*;
use crate::testing::TempDir;

fn key() -> Key {
    Key::make(&Host::system()).unwrap()
}

#[test]
fn a_key_file_is_private_and_comes_back() {
    let dir = TempDir::new();
    let path = dir.path().join("key");
    let made = key();
    create(&path, &made, None).unwrap();
    let found = fs::metadata(&path).unwrap();
    assert_eq!((found.mode() & 0o7777, found.len()), (0o600, 32));
    assert_eq!(read(&path).unwrap().expose(), made.expose());
    assert_ne!(key().expose(), made.expose());
}

#[test]
fn nothing_is_overwritten() {
    let dir = TempDir::new();
    let path = dir.path().join("key");
    fs::write(&path, b"precious").unwrap();
    assert!(matches!(create(&path, &key(), None), Err(KeyFileError::Exists { .. })));
    assert_eq!(fs::read(&path).unwrap(), b"precious");
    let link = dir.path().join("link");
    std::os::unix::fs::symlink(dir.path().join("elsewhere"), &link).unwrap();
    assert!(matches!(create(&link, &key(), None), Err(KeyFileError::Exists { .. })));
    assert!(!dir.path().join("elsewhere").exists());
}

#[test]
fn files_others_can_read_or_change_are_refused() {
    let dir = TempDir::new();
    let path = dir.path().join("key");
    create(&path, &key(), None).unwrap();
    for mode in [0o640, 0o604, 0o660, 0o644, 0o601] {
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        assert!(matches!(read(&path), Err(KeyFileError::Mode { mode: found, .. }) if found == mode));
    }
    fs::set_permissions(&path, fs::Permissions::from_mode(0o400)).unwrap();
    read(&path).unwrap();
    let file = File::open(&path).unwrap();
    let owner = file.metadata().unwrap().uid();
    if owner != 0 {
        assert!(matches!(check(&path, &file, owner + 1), Err(KeyFileError::Owner { .. })));
    }
}

#[test]
fn what_is_not_exactly_a_key_is_refused() {
    let dir = TempDir::new();
    let path = dir.path().join("key");
    for len in [0, 31, 33, 4096] {
        fs::write(&path, vec![7; len]).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        assert!(matches!(read(&path), Err(KeyFileError::Length { .. })), "{len}");
    }
    assert!(matches!(read(dir.path()), Err(KeyFileError::NotAFile { .. })));
    let link = dir.path().join("link");
    std::os::unix::fs::symlink(&path, &link).unwrap();
    assert!(matches!(read(&link), Err(KeyFileError::NotAFile { .. })));
    assert!(matches!(read(&dir.path().join("none")), Err(KeyFileError::Io { .. })));
}

#[test]
fn credentials_are_names() {
    for name in ["", ".", "..", "a/b", "/etc/passwd"] {
        assert!(matches!(credential(name), Err(KeyFileError::BadName)), "{name}");
    }
    assert!(matches!(credential("not-passed"), Err(KeyFileError::NoCredential { .. })));
}

#[test]
fn a_key_does_not_print() {
    assert_eq!(format!("{:?}", key()), "Key(..)");
}
