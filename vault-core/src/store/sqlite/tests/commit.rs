use super::*;
use crate::limits::{BATCH_BYTES_MAX, BATCH_OPS_MAX, HEADER_MAX, RECORD_MAX};
use crate::store::memory::MemoryStore;

/// Both engines, so that neither can be laxer.
fn engines(test: impl Fn(&dyn Store)) {
    test(&MemoryStore::new());
    let (_fixture, store) = Fixture::created();
    test(&store);
}

#[test]
fn what_was_committed_is_there_under_its_revision() {
    engines(|store| {
        for revision in 1..=5 {
            store.commit(&step(revision)).unwrap();
            assert_holds(store, revision);
        }
    });
}

#[test]
fn a_writer_who_did_not_see_the_last_commit_is_told_and_changes_nothing() {
    engines(|store| {
        let stale = Batch { expected: Some(1), ..step(1) };
        assert!(matches!(store.commit(&stale), Err(StoreError::Precondition { found: None })));
        store.commit(&step(1)).unwrap();
        store.commit(&step(2)).unwrap();
        for expected in [None, Some(1), Some(3), Some(u64::MAX)] {
            let answer = store.commit(&Batch { expected, ..step(3) });
            assert!(matches!(answer, Err(StoreError::Precondition { found: Some(2) })), "{expected:?}");
        }
        assert_holds(store, 2);
        store.commit(&step(3)).unwrap();
    });
}

#[test]
fn changes_apply_in_order_and_deleting_what_is_absent_is_no_error() {
    engines(|store| {
        let put = |number, byte| Op::Put(key(number), vec![byte]);
        let ops = vec![
            put(1, 1),
            put(1, 2),
            put(2, 1),
            Op::Delete(key(2)),
            Op::Delete(key(3)),
            Op::Delete(key(4)),
            put(4, 9),
        ];
        store.commit(&batch(1, ops)).unwrap();
        assert_eq!(store.get(&key(1)).unwrap().unwrap().bytes, [2]);
        assert_eq!(store.get(&key(2)).unwrap(), None);
        assert_eq!(store.get(&key(4)).unwrap().unwrap().bytes, [9]);
        store.commit(&batch(2, vec![Op::Delete(key(1)), Op::Put(key(4), Vec::new())])).unwrap();
        assert_eq!(store.get(&key(1)).unwrap(), None);
        assert_eq!(store.get(&key(4)).unwrap(), Some(Row { revision: 2, bytes: Vec::new() }));
    });
}

#[test]
fn every_ceiling_is_met_and_one_more_is_refused() {
    let header = RecordKey::new(Class::Header, &[0; 16], 0, &[0; 16], 0);
    let put = |key, len| Op::Put(key, vec![1; len]);
    let bare = |ops| Batch { expected: None, revision: 1, ops };
    let fill = RecordKey::LEN * 4;
    engines(|store| {
        for refused in [
            bare(vec![put(key(1), RECORD_MAX + 1)]),
            bare(vec![put(header, HEADER_MAX + 1)]),
            bare(vec![Op::Delete(key(1)); BATCH_OPS_MAX + 1]),
            bare((0..4).map(|number| put(key(number), BATCH_BYTES_MAX / 4)).collect()),
            Batch { revision: i64::MAX as u64 + 1, ..bare(vec![put(key(1), 1)]) },
        ] {
            assert!(matches!(store.commit(&refused), Err(StoreError::TooLarge { .. })));
        }
        assert_eq!(store.scan(&[], None, 10).unwrap(), []);
        let room = BATCH_BYTES_MAX - 3 * RECORD_MAX - fill;
        let full = [RECORD_MAX, RECORD_MAX, RECORD_MAX, room];
        store.commit(&bare((0..).zip(full).map(|(number, len)| put(key(number), len)).collect())).unwrap();
        store.commit(&bare(vec![put(header, HEADER_MAX)])).unwrap();
        store.commit(&bare(vec![Op::Delete(key(9)); BATCH_OPS_MAX])).unwrap();
        store.commit(&Batch { revision: i64::MAX as u64, ..bare(vec![put(key(8), 1)]) }).unwrap();
        assert_eq!(store.get(&key(0)).unwrap().unwrap().bytes.len(), RECORD_MAX);
        assert_eq!(store.get(&key(8)).unwrap().unwrap().revision, i64::MAX as u64);
    });
}

#[test]
fn the_log_is_checkpointed_as_it_grows_and_does_not_grow_for_ever() {
    let (fixture, store) = Fixture::created();
    let mut longest = 0;
    for revision in 1..=60 {
        let ops = (0..20).map(|number| Op::Put(key(number), vec![revision as u8; 8_192])).collect();
        store.commit(&batch(revision, ops)).unwrap();
        longest = longest.max(std::fs::metadata(fixture.beside("-wal")).unwrap().len());
    }
    // 60 commits of 20 × 3 pages would be 15 MB.
    assert!(longest < 6 << 20, "{longest}");
}

#[test]
fn commits_that_meet_few_pages_do_not_checkpoint_early() {
    let (fixture, store) = Fixture::created();
    for revision in 1..=400 {
        let ops = (0..8).map(|number| Op::Put(key(number), vec![revision as u8; 64])).collect();
        store.commit(&batch(revision, ops)).unwrap();
    }
    // Each change could have met two pages of its own; all of them lie in one or two.
    let log = std::fs::metadata(fixture.beside("-wal")).unwrap().len();
    assert!(log > 1 << 20, "{log}");
}

#[test]
fn writers_that_race_for_one_revision_are_told_apart() {
    let (_fixture, store) = Fixture::created();
    store.commit(&step(1)).unwrap();
    let won: usize = std::thread::scope(|scope| {
        let racers: Vec<_> = (0..8).map(|_| scope.spawn(|| store.commit(&step(2)).is_ok())).collect();
        racers.into_iter().map(|racer| usize::from(racer.join().unwrap())).sum()
    });
    assert_eq!(won, 1);
    assert_holds(&store, 2);
}
