use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};

use super::*;

fn names(directory: &Path) -> Vec<String> {
    let mut names: Vec<_> =
        fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn a_copy_is_one_private_file_that_opens_as_a_backup_and_as_a_vault() {
    let (_fixture, store) = Fixture::created();
    (1..=30).for_each(|revision| store.commit(&step(revision)).unwrap());
    let elsewhere = TempDir::new().unwrap();
    let copy = elsewhere.path().join("odd name?#%41&ü.vault");
    store.copy_to(&copy).unwrap();
    let only = [copy.file_name().unwrap().to_str().unwrap()];
    assert_eq!(names(elsewhere.path()), only);
    assert_eq!(fs::metadata(&copy).unwrap().permissions().mode() & 0o7777, 0o600);

    // What is written later is not in it.
    store.commit(&step(31)).unwrap();
    let before = fs::read(&copy).unwrap();
    assert_eq!(before[18..20], [1, 1], "its header asks for no log");
    let backup = SqliteStore::open_backup(&copy).unwrap();
    assert_holds(&backup, 30);
    assert_eq!(backup.layout().unwrap(), store.layout().unwrap());
    assert!(matches!(backup.commit(&step(31)), Err(StoreError::ReadOnly)));
    assert!(matches!(backup.erase(), Err(StoreError::ReadOnly)));
    assert_eq!(backup.free_bytes(), None);
    assert_eq!(names(elsewhere.path()), only, "reading leaves nothing beside it");
    drop(backup);
    assert_eq!(fs::read(&copy).unwrap(), before, "reading changes nothing");

    let restored = SqliteStore::open(&copy).unwrap();
    assert_holds(&restored, 30);
    restored.commit(&step(31)).unwrap();
    drop(restored);
    assert_holds(&SqliteStore::open(&copy).unwrap(), 31);
}

/// A page says where the bytes are that it has free. Nothing that reads looks
/// there, and the first write into a restored vault would.
#[test]
fn a_copy_that_could_be_read_and_not_written_is_damaged() {
    let (_fixture, store) = Fixture::created();
    (1..=30).for_each(|revision| store.commit(&step(revision)).unwrap());
    let elsewhere = TempDir::new().unwrap();
    let copy = elsewhere.path().join("copy");
    store.copy_to(&copy).unwrap();
    let whole = fs::read(&copy).unwrap();
    let leaves: Vec<_> = (4_096..whole.len()).step_by(4_096).filter(|page| whole[*page] == 10).collect();
    assert!(!leaves.is_empty(), "pages of records");
    for page in leaves {
        let mut bytes = whole.clone();
        bytes[page + 1..page + 3].copy_from_slice(&[0x0e, 0x03]);
        fs::write(&copy, bytes).unwrap();
        assert!(matches!(SqliteStore::open_backup(&copy), Err(StoreError::Corrupt { .. })), "at {page}");
    }
}

#[test]
fn a_copy_that_is_cut_or_has_grown_is_damaged() {
    let (_fixture, store) = Fixture::created();
    (1..=5).for_each(|revision| store.commit(&step(revision)).unwrap());
    let elsewhere = TempDir::new().unwrap();
    let copy = elsewhere.path().join("copy");
    store.copy_to(&copy).unwrap();
    let whole = fs::read(&copy).unwrap();
    for bytes in [&whole[..whole.len() - 1], &whole[..whole.len() - 4_096], &[&whole[..], b"x"].concat()] {
        fs::write(&copy, bytes).unwrap();
        assert!(matches!(SqliteStore::open_backup(&copy), Err(StoreError::Corrupt { .. })), "{} bytes", bytes.len());
    }
    fs::write(&copy, &whole).unwrap();
    assert_holds(&SqliteStore::open_backup(&copy).unwrap(), 5);
}

#[test]
fn a_copy_taken_while_others_write_is_one_moment() {
    let (fixture, store) = Fixture::created();
    store.commit(&step(1)).unwrap();
    std::thread::scope(|scope| {
        scope.spawn(|| (2..=150).for_each(|revision| store.commit(&step(revision)).unwrap()));
        for number in 0..10 {
            let copy = fixture.directory.path().join(format!("copy{number}"));
            store.copy_to(&copy).unwrap();
            let backup = SqliteStore::open_backup(&copy).unwrap();
            let last = backup.get(&state_key()).unwrap().unwrap().revision;
            assert_holds(&backup, last);
        }
    });
}

#[test]
fn a_copy_overwrites_nothing_and_follows_no_link() {
    let (fixture, store) = Fixture::created();
    let target = fixture.directory.path().join("target");
    fs::write(&target, b"precious").unwrap();
    let link = fixture.directory.path().join("link");
    symlink(&target, &link).unwrap();
    let dangling = fixture.directory.path().join("dangling");
    symlink(fixture.directory.path().join("nowhere"), &dangling).unwrap();
    for path in [&target, &link, &dangling, &fixture.path, &fixture.directory.path().join("none/copy")] {
        assert!(matches!(store.copy_to(path), Err(StoreError::Place { .. })), "{path:?}");
    }
    assert_eq!(fs::read(&target).unwrap(), b"precious");
    assert!(!fixture.directory.path().join("nowhere").exists());
    store.commit(&step(1)).unwrap();
}

#[test]
fn a_closed_vault_reads_as_a_backup_and_one_in_use_does_not() {
    let (fixture, store) = Fixture::created();
    store.commit(&step(1)).unwrap();
    let Err(StoreError::Place { problem, .. }) = SqliteStore::open_backup(&fixture.path) else { panic!("opened") };
    assert!(problem.contains("-wal"), "{problem}");
    drop(store);
    let backup = SqliteStore::open_backup(&fixture.path).unwrap();
    assert_holds(&backup, 1);
    assert_eq!(names(fixture.directory.path()), ["vault", "vault.lock"]);
}

#[test]
fn a_link_a_directory_and_nothing_are_no_backups() {
    let fixture = Fixture::closed_at(1);
    let link = fixture.directory.path().join("link");
    symlink(&fixture.path, &link).unwrap();
    for path in [link.as_path(), fixture.directory.path(), &fixture.directory.path().join("nothing")] {
        assert!(matches!(SqliteStore::open_backup(path), Err(StoreError::Place { .. })), "{path:?}");
    }
}

#[test]
fn a_backup_can_be_copied_to_where_a_vault_goes() {
    let fixture = Fixture::closed_at(5);
    let (copy, restored) = (fixture.directory.path().join("copy"), fixture.directory.path().join("restored"));
    SqliteStore::open(&fixture.path).unwrap().copy_to(&copy).unwrap();
    SqliteStore::open_backup(&copy).unwrap().copy_to(&restored).unwrap();
    assert_holds(&SqliteStore::open(&restored).unwrap(), 5);
}
