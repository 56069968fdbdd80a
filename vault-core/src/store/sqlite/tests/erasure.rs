use std::path::Path;
use std::process::Command;

use super::*;
use crate::store::Erasure;

/// Does `file` hold `text`? By another program: opening the file here would
/// drop SQLite's locks.
fn holds(file: &Path, text: &str) -> bool {
    Command::new("grep").arg("-qaF").arg(text).arg(file).status().unwrap().success()
}

const CANARY: &str = "a deleted record that must not stay";

#[test]
fn what_was_deleted_or_overwritten_is_gone_from_file_and_log() {
    let (fixture, store) = Fixture::created();
    // Small ones in the tree's own pages, a large one in overflow pages.
    let put = |number, times| Op::Put(key(number), CANARY.repeat(times).into_bytes());
    store.commit(&batch(1, vec![put(1, 1), put(2, 1_000), put(3, 2)])).unwrap();
    assert!(holds(&fixture.beside("-wal"), CANARY));
    assert_eq!(store.erase().unwrap(), Erasure::Done);
    assert!(holds(&fixture.path, CANARY), "it was there to be deleted");

    let ops = vec![Op::Delete(key(1)), Op::Delete(key(2)), Op::Put(key(3), vec![0])];
    store.commit(&batch(2, ops)).unwrap();
    assert!(holds(&fixture.path, CANARY), "a commit alone leaves it");
    assert_eq!(store.erase().unwrap(), Erasure::Done);
    assert!(!holds(&fixture.path, CANARY));
    assert!(!holds(&fixture.beside("-wal"), CANARY));
    assert_eq!(std::fs::metadata(fixture.beside("-wal")).unwrap().len(), 0);
}

#[test]
fn a_reader_that_stays_makes_it_pending_and_going_makes_it_done() {
    let (fixture, store) = Fixture::created();
    store.commit(&step(1)).unwrap();
    let stays = Connection::open(&fixture.path).unwrap();
    stays.execute_batch("BEGIN; SELECT * FROM records").unwrap();
    store.commit(&step(2)).unwrap();
    let asked = std::time::Instant::now();
    assert_eq!(store.erase().unwrap(), Erasure::Pending);
    assert!(asked.elapsed() < std::time::Duration::from_secs(5));
    // Nothing else is the worse for it.
    store.commit(&step(3)).unwrap();
    assert_holds(&store, 3);
    stays.execute_batch("COMMIT").unwrap();
    assert_eq!(store.erase().unwrap(), Erasure::Done);
}

#[test]
fn our_own_readers_hold_nothing_back() {
    let (_fixture, store) = Fixture::created();
    for revision in 1..=20 {
        store.commit(&step(revision)).unwrap();
        assert_holds(&store, revision);
        assert_eq!(store.erase().unwrap(), Erasure::Done);
    }
}
