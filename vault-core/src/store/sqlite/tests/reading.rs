use std::thread;
use std::time::Duration;

use super::super::readers::READERS_MAX;
use super::*;

#[test]
fn scans_page_through_a_prefix_in_order_and_stop_at_its_end() {
    let (_fixture, store) = Fixture::created();
    let other = RecordKey::new(Class::Scope, &[8; 16], 1, &[9; 16], 1);
    let last = RecordKey::new(Class::Scope, &[0xff; 16], 0xff, &[0xff; 16], u64::MAX);
    let mut ops: Vec<_> = (1..=25).map(|number| Op::Put(key(number), vec![1])).collect();
    ops.extend([other, last].map(|key| Op::Put(key, vec![2])));
    store.commit(&batch(1, ops)).unwrap();

    let prefix = RecordKey::scope_prefix(&[7; 16]);
    let (mut seen, mut after) = (Vec::new(), None);
    loop {
        let page = store.scan(&prefix, after.as_ref(), 10).unwrap();
        after = page.last().map(|(key, _)| *key);
        seen.extend(page.iter().map(|(key, _)| key.version()));
        if page.len() < 10 {
            break;
        }
    }
    assert_eq!(seen, (1..=25).collect::<Vec<_>>());

    let keys = |prefix: &[u8], after: Option<RecordKey>| -> Vec<RecordKey> {
        store.scan(prefix, after.as_ref(), 1_000).unwrap().into_iter().map(|(key, _)| key).collect()
    };
    assert_eq!(keys(&[], Some(key(25))), [other, last]);
    assert_eq!(keys(&RecordKey::scope_prefix(&[0xff; 16]), None), [last]);
    assert_eq!(keys(last.as_bytes(), None), [last]);
    assert_eq!(keys(&[], Some(last)), []);
    assert_eq!(keys(&[0xff], None), []);
    assert_eq!(keys(&[[2; 42].as_slice(), &[2]].concat(), None), []);
    assert_eq!(store.scan(&prefix, None, 0).unwrap(), []);
    assert!(matches!(store.scan(&prefix, None, 1_001), Err(StoreError::TooLarge { len: 1_001, max: 1_000, .. })));
}

#[test]
fn a_reader_does_not_wait_for_the_writer() {
    let (_fixture, store) = Fixture::created();
    store.commit(&step(1)).unwrap();
    // The writer is busy for as long as this closure runs.
    store
        .write(|writer| {
            writer.connection().execute_batch("BEGIN IMMEDIATE; DELETE FROM records").unwrap();
            assert_holds(&store, 1);
            writer.connection().execute_batch("ROLLBACK").unwrap();
            Ok(())
        })
        .unwrap();
}

#[test]
fn more_readers_than_connections_wait_their_turn_and_all_come_through() {
    let (_fixture, store) = Fixture::created();
    store.commit(&step(1)).unwrap();
    thread::scope(|scope| {
        for _ in 0..READERS_MAX {
            scope.spawn(|| {
                store.readers.with(|_| {
                    thread::sleep(Duration::from_millis(50));
                    Ok(())
                })
            });
        }
        for _ in 0..32 {
            scope.spawn(|| (0..50).for_each(|_| assert_holds(&store, 1)));
        }
    });
}

#[test]
fn readers_see_whole_commits_only_and_never_older_ones() {
    let (_fixture, store) = Fixture::created();
    let both = |revision: u64| {
        let bytes = revision.to_be_bytes().to_vec();
        batch(revision, vec![Op::Put(key(1), bytes.clone()), Op::Put(key(2), bytes)])
    };
    store.commit(&both(1)).unwrap();
    thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                let mut newest = 0;
                while newest < 300 {
                    let rows = store.scan(&RecordKey::scope_prefix(&[7; 16]), None, 10).unwrap();
                    assert_eq!(rows[0].1, rows[1].1, "half a commit");
                    assert!(rows[0].1.revision >= newest, "an older commit");
                    newest = rows[0].1.revision;
                }
            });
        }
        (2..=300).for_each(|revision| store.commit(&both(revision)).unwrap());
    });
}

#[test]
fn a_panic_in_a_reader_gives_its_connection_back() {
    let (_fixture, store) = Fixture::created();
    for _ in 0..READERS_MAX * 2 {
        let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            let _: Result<(), StoreError> = store.readers.with(|_| panic!("on purpose"));
        }));
        assert!(panicked.is_err());
    }
    assert_holds(&store, 0);
}
