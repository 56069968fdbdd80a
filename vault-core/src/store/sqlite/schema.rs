//! The schema, as a document with a test.
//!
//! One table. `key` is the 42 bytes of a `RecordKey`, `revision` the commit
//! that wrote the row, `bytes` an envelope or a header copy.
//!
//! Anything else in the file (a table, an index, a view, a trigger) is somebody
//! else's work: a trigger could delete what we write, a view could stand in for
//! the table. So the schema must be this text and no other, and
//! [`fingerprint`] lets the sealed state record remember it.

use rusqlite::Connection;
use sha2::{Digest, Sha256};

use super::super::StoreError;
use super::error;

/// "VLT1" at offset 68 of the file: `file` and people can tell it from any other.
pub(super) const APPLICATION_ID: i64 = 0x564c_5431;

/// The layout this program writes, and the newest it reads.
pub(super) const USER_VERSION: i64 = 1;

/// The table, letter for letter as `sqlite_schema` keeps it.
///
/// WITHOUT ROWID: the row lies in the key's own tree, so a scope is one run of
/// pages and a scan in key order reads each page once. A get costs the same
/// with a rowid, measured (5 µs at 10,000 records, 6 µs at 500,000), and so do
/// pages of 8 KiB. STRICT: the types are SQLite's duty.
pub(super) const RECORDS: &str = "CREATE TABLE records(key BLOB PRIMARY KEY NOT NULL, revision INTEGER NOT NULL, \
     bytes BLOB NOT NULL) STRICT, WITHOUT ROWID";

/// Writes the schema into an empty file, in one transaction.
pub(super) fn create(connection: &Connection) -> rusqlite::Result<()> {
    connection.execute_batch(&format!(
        "BEGIN IMMEDIATE; {RECORDS}; PRAGMA application_id={APPLICATION_ID}; PRAGMA user_version={USER_VERSION}; COMMIT"
    ))
}

/// Is the file a vault that this program can read? Asked before anything in it
/// is changed.
pub(super) fn identify(connection: &Connection) -> Result<(), StoreError> {
    let number = |sql| connection.query_row(sql, [], |row| row.get::<_, i64>(0)).map_err(error::unchanged);
    if number("PRAGMA application_id")? != APPLICATION_ID {
        return Err(StoreError::Corrupt { what: "it is not a vault" });
    }
    match number("PRAGMA user_version")? {
        USER_VERSION => Ok(()),
        found if found > USER_VERSION => Err(StoreError::TooNew { found, max: USER_VERSION }),
        _ => Err(StoreError::Corrupt { what: "its layout version was never used" }),
    }
}

/// Is the schema ours, and ours only?
pub(super) fn verify(connection: &Connection) -> Result<(), StoreError> {
    let ours = [["table", "records", "records", RECORDS].map(|text| Some(text.to_owned()))];
    if entries(connection)? == ours {
        Ok(())
    } else {
        Err(StoreError::Corrupt { what: "its schema holds something this program did not put there" })
    }
}

/// SHA-256 over the sorted text of `sqlite_schema`.
pub(super) fn fingerprint(connection: &Connection) -> Result<[u8; 32], StoreError> {
    let mut hash = Sha256::new();
    for entry in entries(connection)? {
        for text in &entry {
            // Length first, with absent told from empty: no two schemas share a stream.
            let text = text.as_deref();
            hash.update(text.map_or(u64::MAX, |text| text.len() as u64).to_be_bytes());
            hash.update(text.unwrap_or_default());
        }
    }
    Ok(hash.finalize().into())
}

/// Type, name, table and SQL of everything in the schema, sorted.
type Entry = [Option<String>; 4];

fn entries(connection: &Connection) -> Result<Vec<Entry>, StoreError> {
    let mut statement =
        connection.prepare("SELECT type, name, tbl_name, sql FROM main.sqlite_schema").map_err(error::unchanged)?;
    let mut rows = statement.query([]).map_err(error::unchanged)?;
    let mut entries = Vec::new();
    while let Some(row) = rows.next().map_err(error::unchanged)? {
        if entries.len() == ENTRIES_MAX {
            return Err(StoreError::Corrupt { what: "its schema holds more than any vault's" });
        }
        let mut entry = Entry::default();
        for (column, text) in entry.iter_mut().enumerate() {
            *text = row.get(column).map_err(|_| StoreError::Corrupt { what: "its schema is not text" })?;
        }
        entries.push(entry);
    }
    entries.sort();
    Ok(entries)
}

/// We write one entry; a file with more than this is not worth hashing.
const ENTRIES_MAX: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;

    fn fresh() -> Connection {
        let connection = Connection::open_in_memory().unwrap();
        create(&connection).unwrap();
        connection
    }

    /// Frozen: the state record of every vault carries this hash. A new layout
    /// is a new `USER_VERSION` with its migration, never an edit here.
    #[test]
    fn the_schema_is_what_it_was() {
        assert_eq!(
            RECORDS,
            "CREATE TABLE records(key BLOB PRIMARY KEY NOT NULL, revision INTEGER NOT NULL, bytes BLOB NOT NULL) STRICT, \
             WITHOUT ROWID"
        );
        assert_eq!((APPLICATION_ID, USER_VERSION), (1_447_842_865, 1));
        let hex: String = fingerprint(&fresh()).unwrap().iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(hex, "0416864e6d6cc56ee4ab94c7e786aa51d52da4418ba756f5151f366abe9ae72f");
    }

    #[test]
    fn a_fresh_file_passes_its_own_checks() {
        let connection = fresh();
        identify(&connection).unwrap();
        verify(&connection).unwrap();
    }

    #[test]
    fn whatever_is_injected_is_noticed_and_changes_the_fingerprint() {
        let clean = fingerprint(&fresh()).unwrap();
        for injected in [
            "CREATE TABLE extra(x)",
            "CREATE INDEX extra ON records(revision)",
            "CREATE VIEW extra AS SELECT * FROM records",
            "CREATE TRIGGER extra AFTER INSERT ON records BEGIN DELETE FROM records; END",
            "ALTER TABLE records ADD COLUMN extra BLOB",
            "DROP TABLE records",
            "DROP TABLE records; CREATE TABLE records(key BLOB PRIMARY KEY NOT NULL, revision, bytes) WITHOUT ROWID",
        ] {
            let connection = fresh();
            connection.execute_batch(injected).unwrap();
            assert!(matches!(verify(&connection), Err(StoreError::Corrupt { .. })), "{injected}");
            assert_ne!(fingerprint(&connection).unwrap(), clean, "{injected}");
        }
    }

    /// `.cargo/config.toml`: less that a damaged file could reach, and nothing that loads code.
    #[test]
    fn sqlite_is_built_without_what_a_vault_never_asks() {
        let connection = fresh();
        let mut options = connection.prepare("PRAGMA compile_options").unwrap();
        let options: Vec<String> = options.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
        let has = |option: &str| options.iter().any(|known| known.split('=').next() == Some(option));
        assert!(has("OMIT_LOAD_EXTENSION") && has("OMIT_JSON"), "{options:?}");
        for left_out in ["ENABLE_FTS3", "ENABLE_FTS5", "ENABLE_RTREE", "ENABLE_DBSTAT_VTAB", "ENABLE_LOAD_EXTENSION"] {
            assert!(!has(left_out), "{left_out}");
        }
        for injected in ["CREATE VIRTUAL TABLE extra USING fts5(x)", "CREATE VIRTUAL TABLE extra USING rtree(x, y, z)"]
        {
            assert!(connection.execute_batch(injected).is_err(), "{injected}");
        }
    }

    #[test]
    fn a_schema_too_large_to_be_ours_is_refused_before_it_is_hashed() {
        let connection = fresh();
        for number in 0..ENTRIES_MAX {
            connection.execute_batch(&format!("CREATE TABLE t{number}(x)")).unwrap();
        }
        assert!(matches!(fingerprint(&connection), Err(StoreError::Corrupt { .. })));
    }

    #[test]
    fn strangers_and_newer_files_are_told_apart() {
        let connection = fresh();
        connection.execute_batch("PRAGMA user_version=2").unwrap();
        assert!(matches!(identify(&connection), Err(StoreError::TooNew { found: 2, max: 1 })));
        connection.execute_batch("PRAGMA user_version=0").unwrap();
        assert!(matches!(identify(&connection), Err(StoreError::Corrupt { .. })));
        connection.execute_batch("PRAGMA user_version=1; PRAGMA application_id=1").unwrap();
        assert!(matches!(identify(&connection), Err(StoreError::Corrupt { what: "it is not a vault" })));
    }
}
