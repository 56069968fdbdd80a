//! A vault as a file: what else somebody may put into it, and an older copy.

use rusqlite::Connection;
use vault_core::store::sqlite::SqliteStore;

use super::*;

fn made() -> Machine {
    let machine = Machine::on_file();
    let vault = machine.create(key_file(1));
    put(&vault.caller(&user(1_001)), "k", b"value");
    drop(vault.seal());
    machine
}

#[test]
fn injected_tables_views_triggers_and_indexes() {
    for injected in [
        "CREATE TABLE extra(x)",
        "CREATE VIEW extra AS SELECT * FROM records",
        "CREATE TRIGGER extra AFTER INSERT ON records BEGIN DELETE FROM records WHERE key = NEW.key; END",
        "CREATE INDEX extra ON records(revision)",
        "ALTER TABLE records RENAME TO kept; CREATE VIEW records AS SELECT * FROM kept",
    ] {
        let machine = made();
        let connection = Connection::open(machine.disk.path()).unwrap();
        connection.execute_batch(injected).unwrap();
        drop(connection);
        assert!(SqliteStore::open(&machine.disk.path()).is_err(), "{injected}");
    }
}

#[test]
fn rows_changed_by_sql() {
    for sql in [
        "DELETE FROM records WHERE key = (SELECT max(key) FROM records)",
        "UPDATE records SET revision = revision + 1 WHERE key = (SELECT max(key) FROM records)",
        "UPDATE records SET bytes = zeroblob(100) WHERE key = (SELECT max(key) FROM records)",
        "INSERT INTO records VALUES (zeroblob(42) , 1, x'00') ON CONFLICT DO UPDATE SET bytes = x'00'; \
         DELETE FROM records WHERE substr(key, 1, 1) = x'00'",
        "INSERT INTO records SELECT CAST(x'02' || zeroblob(41) AS BLOB), revision, bytes FROM records ORDER BY key DESC LIMIT 1",
        "INSERT INTO records SELECT CAST(x'05' || zeroblob(41) AS BLOB), revision, bytes FROM records ORDER BY key DESC LIMIT 1",
        "INSERT INTO records VALUES (x'02', 1, x'00')",
        "UPDATE records SET revision = -1 WHERE key = (SELECT max(key) FROM records)",
    ] {
        let machine = made();
        Connection::open(machine.disk.path()).unwrap().execute_batch(sql).unwrap();
        let opened = SqliteStore::open(&machine.disk.path()).map_err(|error| error.to_string()).and_then(|store| {
            let store = std::sync::Arc::new(store);
            let sealed = Vault::open(store, machine.host.clone(), machine.log()).map_err(|error| error.to_string())?;
            sealed.unseal(&key_file(1)).map_err(|(_, error)| error.to_string())
        });
        assert!(opened.is_err(), "{sql}");
    }
}

/// Undetectable from the file, by design; the stamp of each reply falls.
#[test]
fn an_older_file_put_back_shows_in_the_stamp() {
    let machine = made();
    let copy = std::fs::read(machine.disk.path()).unwrap();
    let vault = machine.unseal(&key_file(1)).unwrap();
    put(&vault.caller(&user(1_001)), "k", b"newer");
    let newer = vault.stamp().unwrap();
    drop(vault.seal());
    std::fs::write(machine.disk.path(), copy).unwrap();
    let vault = machine.unseal(&key_file(1)).unwrap();
    assert_eq!(vault.caller(&user(1_001)).get(&app(), &name("k"), None).unwrap().bytes.expose(), b"value");
    let older = vault.stamp().unwrap();
    assert_eq!(older.incarnation, newer.incarnation);
    assert!(older.sequence < newer.sequence);
    // A restore through the front door is told apart from that.
    let restored = vault.begin_incarnation().unwrap();
    assert!(restored.incarnation != newer.incarnation && restored.epoch == newer.epoch + 1);
}
