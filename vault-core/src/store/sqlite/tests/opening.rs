use std::fs;
use std::os::unix::fs::PermissionsExt;

use super::super::connection;
use super::*;

#[test]
fn created_closed_and_opened_again() {
    let fixture = Fixture::closed_at(3);
    assert!(!fixture.beside("-wal").exists(), "a clean close leaves one file");
    let store = SqliteStore::open(&fixture.path).unwrap();
    assert_holds(&store, 3);
    store.commit(&step(4)).unwrap();
    drop(store);
    assert_holds(&SqliteStore::open(&fixture.path).unwrap(), 4);
}

#[test]
fn every_file_is_ours_alone() {
    let (fixture, store) = Fixture::created();
    store.commit(&step(1)).unwrap();
    for suffix in ["", "-wal", "-shm", ".lock"] {
        let mode = fs::metadata(fixture.beside(suffix)).unwrap().permissions().mode();
        assert_eq!(mode & 0o7777, 0o600, "{suffix}");
    }
}

#[test]
fn an_existing_file_is_not_overwritten_and_a_missing_one_not_made() {
    let fixture = Fixture::closed_at(1);
    assert!(matches!(SqliteStore::create(&fixture.path), Err(StoreError::Place { .. })));
    assert_holds(&SqliteStore::open(&fixture.path).unwrap(), 1);

    let absent = Fixture::new();
    assert!(matches!(SqliteStore::open(&absent.path), Err(StoreError::Place { .. })));
    assert_eq!(fs::read_dir(absent.directory.path()).unwrap().count(), 0, "nothing is left behind");
}

#[test]
fn a_second_opener_is_told_who_holds_it() {
    let (fixture, store) = Fixture::created();
    for answer in [SqliteStore::open(&fixture.path), SqliteStore::create(&fixture.path)] {
        let Err(StoreError::Held { holder }) = answer else { panic!("two holders") };
        assert!(holder.contains(&format!("pid {}", std::process::id())), "{holder}");
    }
    store.commit(&step(1)).unwrap();
    drop(store);
    SqliteStore::open(&fixture.path).unwrap();
}

#[test]
fn of_many_that_open_at_once_exactly_one_wins() {
    let fixture = Fixture::closed_at(1);
    let barrier = std::sync::Barrier::new(50);
    let won: usize = std::thread::scope(|scope| {
        let racers: Vec<_> = (0..50)
            .map(|_| {
                scope.spawn(|| {
                    barrier.wait();
                    let store = SqliteStore::open(&fixture.path);
                    barrier.wait();
                    assert!(matches!(store, Ok(_) | Err(StoreError::Held { .. })));
                    usize::from(store.is_ok())
                })
            })
            .collect();
        racers.into_iter().map(|racer| racer.join().unwrap()).sum()
    });
    assert_eq!(won, 1);
}

#[test]
fn the_settings_are_in_force_on_every_connection() {
    let (fixture, store) = Fixture::created();
    store.commit(&step(1)).unwrap();
    let number = |connection: &Connection, pragma: &str| -> i64 {
        connection.query_row(&format!("PRAGMA {pragma}"), [], |row| row.get(0)).unwrap()
    };
    store
        .write(|writer| {
            let connection = writer.connection();
            let mode: String = connection.query_row("PRAGMA journal_mode", [], |row| row.get(0)).unwrap();
            let locking: String = connection.query_row("PRAGMA locking_mode", [], |row| row.get(0)).unwrap();
            assert_eq!((mode.as_str(), locking.as_str()), ("wal", "normal"));
            assert_eq!(number(connection, "synchronous"), 2);
            assert_eq!(number(connection, "secure_delete"), 1);
            assert_eq!(number(connection, "cache_spill"), 0);
            assert_eq!(number(connection, "wal_autocheckpoint"), 0);
            guarded(connection);
            Ok(())
        })
        .unwrap();
    store
        .readers
        .with(|connection| {
            assert_eq!(number(connection, "query_only"), 1);
            assert!(connection.execute_batch("DELETE FROM records").is_err());
            guarded(connection);
            Ok(())
        })
        .unwrap();
    drop(store);
    guarded(&connection::immutable(&fixture.path).unwrap());
}

/// The guards against a hostile file, by what they do where that can be seen.
fn guarded(connection: &Connection) {
    use rusqlite::config::DbConfig;
    let number =
        |pragma: &str| -> i64 { connection.query_row(&format!("PRAGMA {pragma}"), [], |row| row.get(0)).unwrap() };
    assert_eq!(number("cell_size_check"), 1);
    assert_eq!(number("trusted_schema"), 0);
    assert_eq!(number("temp_store"), 2);
    assert_eq!(number("mmap_size"), 0);
    assert_eq!(number("busy_timeout"), 1_000);
    assert!(connection.db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE).unwrap());
    for off in [DbConfig::SQLITE_DBCONFIG_ENABLE_TRIGGER, DbConfig::SQLITE_DBCONFIG_ENABLE_VIEW] {
        assert!(!connection.db_config(off).unwrap());
    }
    let attached = connection.execute_batch("ATTACH ':memory:' AS other").unwrap_err();
    assert!(attached.to_string().contains("too many attached databases"), "{attached}");
}

#[test]
fn a_setting_that_does_not_take_is_an_error() {
    let connection = Connection::open_in_memory().unwrap();
    // A database in memory has no log.
    let answer = connection::settings(&connection, &[("journal_mode", "wal")]);
    assert!(answer.unwrap_err().to_string().contains("reading the vault failed"));
    connection::settings(&connection, &[("journal_mode", "memory"), ("synchronous", "2")]).unwrap();
}

#[test]
fn what_is_no_vault_is_left_as_it_is() {
    for (bytes, what) in [
        (Vec::new(), "it is not a vault"),
        (vec![0x5a; 8_192], "it is not an SQLite file"),
        (b"not a database".to_vec(), "it is not an SQLite file"),
    ] {
        let fixture = Fixture::new();
        fs::write(&fixture.path, &bytes).unwrap();
        fs::set_permissions(&fixture.path, fs::Permissions::from_mode(0o600)).unwrap();
        assert_eq!(corrupt(SqliteStore::open(&fixture.path)), what);
        assert_eq!(fs::read(&fixture.path).unwrap(), bytes, "{what}");
    }
}

#[test]
fn another_program_s_database_is_left_as_it_is() {
    let fixture = Fixture::new();
    fixture.meddle("CREATE TABLE theirs(x); INSERT INTO theirs VALUES(1)");
    fs::set_permissions(&fixture.path, fs::Permissions::from_mode(0o600)).unwrap();
    let before = fs::read(&fixture.path).unwrap();
    assert_eq!(corrupt(SqliteStore::open(&fixture.path)), "it is not a vault");
    assert_eq!(fs::read(&fixture.path).unwrap(), before);
}

#[test]
fn a_newer_layout_is_refused_by_number() {
    let fixture = Fixture::closed_at(1);
    fixture.meddle("PRAGMA user_version=7");
    assert!(matches!(SqliteStore::open(&fixture.path), Err(StoreError::TooNew { found: 7, max: 1 })));
    assert!(matches!(SqliteStore::open_backup(&fixture.path), Err(StoreError::TooNew { found: 7, max: 1 })));
}

#[test]
fn a_directory_that_others_can_write_in_is_refused() {
    let fixture = Fixture::closed_at(1);
    fs::set_permissions(fixture.directory.path(), fs::Permissions::from_mode(0o777)).unwrap();
    assert!(matches!(SqliteStore::open(&fixture.path), Err(StoreError::Place { .. })));
    let other = fixture.directory.path().join("other");
    assert!(matches!(SqliteStore::create(&other), Err(StoreError::Place { .. })));
    assert!(!other.exists());
}

/// Every acknowledged commit survives a holder that never closed: its files as
/// they were while it ran are opened elsewhere.
#[test]
fn a_holder_that_dies_loses_nothing_it_acknowledged() {
    let (fixture, store) = Fixture::created();
    for revision in 1..=20 {
        store.commit(&step(revision)).unwrap();
        if revision == 10 {
            store.erase().unwrap();
        }
        let elsewhere = TempDir::new().unwrap();
        // By another program: opening the file here would drop SQLite's locks.
        let copied = std::process::Command::new("cp")
            .arg("-p")
            .args([&fixture.path, &fixture.beside("-wal")])
            .arg(elsewhere.path())
            .status()
            .unwrap();
        assert!(copied.success());
        let found = SqliteStore::open(&elsewhere.path().join("vault")).unwrap();
        assert_holds(&found, revision);
    }
}

/// Closing any descriptor of the database file drops SQLite's locks on it, so
/// nothing here opens one but the places that cannot be a vault in use: a new
/// file before SQLite has it, the lock file, a finished copy and one looked at.
#[test]
fn the_database_file_is_opened_by_sqlite_only() {
    let sources = [
        ("mod.rs", include_str!("../mod.rs"), 0),
        ("connection.rs", include_str!("../connection.rs"), 0),
        ("readers.rs", include_str!("../readers.rs"), 0),
        ("writer.rs", include_str!("../writer.rs"), 0),
        ("schema.rs", include_str!("../schema.rs"), 0),
        ("error.rs", include_str!("../error.rs"), 0),
        ("place.rs", include_str!("../place.rs"), 1),
        ("lock.rs", include_str!("../lock.rs"), 1),
        ("copy.rs", include_str!("../copy.rs"), 2),
    ];
    for (name, source, opens) in sources {
        assert_eq!(source.matches("openat(").count(), opens, "{name}");
        for other in ["File::", "fs::read", "fs::write", "OpenOptions", "fs::copy"] {
            assert!(!source.contains(other), "{name} uses {other}");
        }
    }
}
