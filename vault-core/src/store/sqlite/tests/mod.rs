//! The SQLite store as its callers see it, and as an attacker or a failing
//! disk does.

mod backup;
mod commit;
mod damage;
mod erasure;
mod faults;
mod opening;
mod reading;

use std::path::{Path, PathBuf};

use rusqlite::Connection;
use tempfile::TempDir;

use super::SqliteStore;
use crate::store::rules::state_key;
use crate::store::{Batch, Class, Op, RecordKey, Row, Store, StoreError};

/// A vault in its own directory.
struct Fixture {
    directory: TempDir,
    path: PathBuf,
}

impl Fixture {
    fn new() -> Self {
        let directory = TempDir::new().unwrap();
        let path = directory.path().join("vault");
        Self { directory, path }
    }

    /// With a store in it, and the fixture to hold on to.
    fn created() -> (Self, SqliteStore) {
        let fixture = Self::new();
        let store = SqliteStore::create(&fixture.path).unwrap();
        (fixture, store)
    }

    /// A vault with commits 1 to `last` in it, closed.
    fn closed_at(last: u64) -> Self {
        let (fixture, store) = Self::created();
        (1..=last).for_each(|revision| store.commit(&step(revision)).unwrap());
        fixture
    }

    fn beside(&self, suffix: &str) -> PathBuf {
        let mut path = self.path.clone().into_os_string();
        path.push(suffix);
        path.into()
    }

    /// Changes the closed file as somebody with SQLite would.
    fn meddle(&self, sql: &str) {
        meddle(&self.path, sql);
    }
}

fn meddle(path: &Path, sql: &str) {
    Connection::open(path).unwrap().execute_batch(sql).unwrap();
}

/// The n-th record of a scope.
fn key(number: u64) -> RecordKey {
    RecordKey::new(Class::Scope, &[7; 16], 1, &[9; 16], number)
}

/// Commit number `revision`: the state record, and one record under that number.
fn step(revision: u64) -> Batch {
    let bytes = vec![u8::try_from(revision % 251).unwrap(); 300];
    batch(revision, vec![Op::Put(key(revision), bytes)])
}

/// Commit number `revision` with `ops`.
fn batch(revision: u64, mut ops: Vec<Op>) -> Batch {
    ops.push(Op::Put(state_key(), revision.to_be_bytes().to_vec()));
    Batch { expected: revision.checked_sub(1).filter(|&before| before > 0), revision, ops }
}

/// Is exactly what commits 1 to `last` wrote there?
fn assert_holds(store: &dyn Store, last: u64) {
    let rows = store.scan(&[], None, 1_000).unwrap();
    assert_eq!(rows.len() as u64, last + u64::from(last > 0), "records");
    for revision in 1..=last {
        let Op::Put(key, bytes) = step(revision).ops.remove(0) else { unreachable!() };
        assert_eq!(store.get(&key).unwrap(), Some(Row { revision, bytes }));
    }
    assert_eq!(store.get(&state_key()).unwrap().map(|row| row.revision), (last > 0).then_some(last));
}

fn corrupt<T>(answer: Result<T, StoreError>) -> &'static str {
    match answer {
        Err(StoreError::Corrupt { what }) => what,
        Err(other) => panic!("{other:?}"),
        Ok(_) => panic!("accepted"),
    }
}
