use super::*;
use crate::limits::{HEADER_MAX, RECORD_MAX};

/// Whatever is added to the schema, the file no longer opens.
#[test]
fn an_injected_trigger_view_index_or_table_is_noticed_at_open() {
    for injected in [
        "CREATE TABLE extra(x)",
        "CREATE INDEX extra ON records(revision)",
        "CREATE VIEW extra AS SELECT * FROM records",
        "CREATE TRIGGER extra AFTER INSERT ON records BEGIN DELETE FROM records; END",
        "ALTER TABLE records ADD COLUMN extra BLOB",
        "ALTER TABLE records RENAME TO others",
        "ANALYZE",
    ] {
        let fixture = Fixture::closed_at(2);
        fixture.meddle(injected);
        assert!(corrupt(SqliteStore::open(&fixture.path)).contains("schema"), "{injected}");
        fixture.meddle("PRAGMA journal_mode=DELETE");
        assert!(corrupt(SqliteStore::open_backup(&fixture.path)).contains("schema"), "{injected}");
    }
}

#[test]
fn what_is_injected_while_it_is_open_changes_the_fingerprint() {
    let (fixture, store) = Fixture::created();
    let clean = store.layout().unwrap();
    fixture.meddle("CREATE TRIGGER extra AFTER INSERT ON records BEGIN DELETE FROM records; END");
    assert_ne!(store.layout().unwrap(), clean);
    // And triggers do not run on our connections.
    store.commit(&step(1)).unwrap();
    assert_holds(&store, 1);
    fixture.meddle("DROP TRIGGER extra");
    assert_eq!(store.layout().unwrap(), clean);
}

#[test]
fn the_fingerprint_is_the_same_for_every_vault() {
    let (_one, first) = Fixture::created();
    let (_two, second) = Fixture::created();
    second.commit(&step(1)).unwrap();
    assert_eq!(first.layout().unwrap(), second.layout().unwrap());
}

/// Rows no vault writes are corrupt, never skipped and never copied unbounded.
#[test]
fn rows_of_the_wrong_shape_are_corrupt() {
    let state = state_key().as_bytes().map(|byte| format!("{byte:02x}")).concat();
    let ours = key(1).as_bytes().map(|byte| format!("{byte:02x}")).concat();
    let row = |key: &str, revision: i64, bytes: &str| {
        format!("INSERT OR REPLACE INTO records VALUES({key}, {revision}, {bytes})")
    };
    let header = format!("x'00{}'", "00".repeat(41));
    for (sql, what) in [
        (row("x'02'", 1, "x''"), "key of the wrong shape"),
        (row(&format!("x'{ours}00'"), 1, "x''"), "key of the wrong shape"),
        (row(&format!("x'03{}'", &ours[2..]), 1, "x''"), "key of the wrong shape"),
        (row("x''", 1, "x''"), "key of the wrong shape"),
        (row(&format!("x'{ours}'"), -1, "x''"), "negative revision"),
        (row(&format!("x'{state}'"), i64::MIN, "x''"), "negative revision"),
        (row(&format!("x'{ours}'"), 1, &format!("zeroblob({})", RECORD_MAX + 1)), "longer than any"),
        (row(&format!("x'{ours}'"), 1, "zeroblob(10000000)"), "longer than any"),
        (row(&header, 1, &format!("zeroblob({})", HEADER_MAX + 1)), "longer than any"),
    ] {
        let fixture = Fixture::closed_at(2);
        fixture.meddle(&sql);
        let store = SqliteStore::open(&fixture.path).unwrap();
        assert!(corrupt(store.scan(&[], None, 1_000)).contains(what), "{sql}");
        let backup = fixture.directory.path().join("copy");
        store.copy_to(&backup).unwrap();
        assert!(corrupt(SqliteStore::open_backup(&backup).unwrap().scan(&[], None, 1_000)).contains(what), "{sql}");
    }
}

#[test]
fn a_get_of_a_row_of_the_wrong_shape_is_corrupt() {
    let ours = key(1).as_bytes().map(|byte| format!("{byte:02x}")).concat();
    for change in ["revision=-1".to_owned(), format!("bytes=zeroblob({})", RECORD_MAX + 1)] {
        let fixture = Fixture::closed_at(2);
        fixture.meddle(&format!("UPDATE records SET {change} WHERE key=x'{ours}'"));
        let store = SqliteStore::open(&fixture.path).unwrap();
        corrupt(store.get(&key(1)));
        store.get(&key(2)).unwrap().unwrap();
    }
}

#[test]
fn a_negative_state_revision_stops_commits_and_not_the_handle() {
    let fixture = Fixture::closed_at(2);
    fixture.meddle("UPDATE records SET revision=-5 WHERE substr(key, 1, 1)=x'01'");
    let store = SqliteStore::open(&fixture.path).unwrap();
    for _ in 0..2 {
        assert!(corrupt(store.commit(&step(3))).contains("negative"));
    }
    store.get(&key(2)).unwrap().unwrap();
}

/// Every page in turn overwritten: an error or the same rows, never others.
#[test]
fn a_damaged_page_is_an_error_or_changes_nothing() {
    let fixture = Fixture::closed_at(40);
    let clean = std::fs::read(&fixture.path).unwrap();
    let before = SqliteStore::open(&fixture.path).unwrap().scan(&[], None, 1_000).unwrap();
    let mut noticed = 0;
    for page in 0..clean.len() / 4_096 {
        let mut damaged = clean.clone();
        damaged[page * 4_096..(page + 1) * 4_096].fill(0xa5);
        std::fs::write(&fixture.path, &damaged).unwrap();
        match SqliteStore::open(&fixture.path).and_then(|store| store.scan(&[], None, 1_000)) {
            Ok(rows) => assert_eq!(rows, before, "page {page}"),
            Err(StoreError::Corrupt { .. }) => noticed += 1,
            Err(other) => panic!("page {page}: {other:?}"),
        }
    }
    assert!(noticed > 5, "{noticed}");
}

/// Every bit of the header of the file: a copy that opens can be restored, and
/// what does not open is damaged, not the medium's fault.
#[test]
fn a_damaged_file_header_is_corrupt_or_changes_nothing() {
    let fixture = Fixture::closed_at(3);
    let copy = fixture.directory.path().join("copy");
    SqliteStore::open(&fixture.path).unwrap().copy_to(&copy).unwrap();
    let read = |store: SqliteStore| store.scan(&[], None, 1_000);
    let restored = fixture.directory.path().join("restored");
    let restore = || {
        let _none_yet = std::fs::remove_file(&restored);
        // Once it is open nothing may go wrong: it would have been found too late.
        SqliteStore::open_backup(&copy)?.copy_to(&restored).unwrap();
        Ok(read(SqliteStore::open(&restored).unwrap()).unwrap())
    };
    let before = restore().unwrap();
    let looks: [(&Path, &dyn Fn() -> _); 2] =
        [(&fixture.path, &|| read(SqliteStore::open(&fixture.path)?)), (&copy, &restore)];
    for (path, look) in looks {
        let clean = std::fs::read(path).unwrap();
        for bit in 0..100 * 8 {
            let mut damaged = clean.clone();
            damaged[bit / 8] ^= 1 << (bit % 8);
            std::fs::write(path, &damaged).unwrap();
            match look() {
                Ok(rows) => assert_eq!(rows, before, "bit {bit} of {}", path.display()),
                Err(StoreError::Corrupt { .. } | StoreError::TooNew { .. }) => {}
                Err(other) => panic!("bit {bit} of {}: {other:?}", path.display()),
            }
            for log in ["-wal", "-shm"] {
                let _none_left = std::fs::remove_file(format!("{}{log}", path.display()));
            }
        }
        std::fs::write(path, &clean).unwrap();
    }
}

#[test]
fn a_file_cut_short_at_any_page_is_corrupt() {
    let fixture = Fixture::closed_at(40);
    let clean = std::fs::read(&fixture.path).unwrap();
    for pages in 1..clean.len() / 4_096 {
        std::fs::write(&fixture.path, &clean[..pages * 4_096]).unwrap();
        corrupt(SqliteStore::open(&fixture.path).and_then(|store| store.scan(&[], None, 1_000)));
    }
}

/// Two keys exchanged in the tree: both rows are there, the order is not.
#[test]
fn records_out_of_order_are_corrupt_and_no_endless_scan() {
    let fixture = Fixture::closed_at(3);
    let mut bytes = std::fs::read(&fixture.path).unwrap();
    let place = |key: &RecordKey| bytes.windows(RecordKey::LEN).position(|window| window == key.as_bytes()).unwrap();
    let (first, second) = (place(&key(1)), place(&key(3)));
    bytes[first..first + RecordKey::LEN].copy_from_slice(key(3).as_bytes());
    bytes[second..second + RecordKey::LEN].copy_from_slice(key(1).as_bytes());
    std::fs::write(&fixture.path, &bytes).unwrap();
    let store = SqliteStore::open(&fixture.path).unwrap();
    assert_eq!(corrupt(store.scan(&[], None, 1_000)), "its records are out of order");
}
