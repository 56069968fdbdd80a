//! Both engines, given the same calls, give the same answers.

use proptest::collection::vec;
use proptest::prelude::*;
use tempfile::TempDir;

use super::memory::MemoryStore;
use super::sqlite::SqliteStore;
use super::{Batch, Class, Erasure, Op, RecordKey, Row, Store, StoreError, rules};

#[derive(Clone, Debug)]
enum Call {
    Get(RecordKey),
    Scan(Vec<u8>, Option<RecordKey>, usize),
    Commit {
        stale: bool,
        state: bool,
        ops: Vec<Op>,
    },
    Walk,
    Erase,
    /// SQLite only: close and open.
    Reopen,
    /// SQLite only: go on with a backup that was made and opened.
    Restore,
}

/// Few keys, so that calls meet.
fn keys() -> impl Strategy<Value = RecordKey> {
    let class = prop_oneof![Just(Class::Header), Just(Class::State), Just(Class::Scope), Just(Class::Scope)];
    let byte = prop_oneof![Just(0), Just(1), Just(0xfe), Just(0xff)];
    let version = prop_oneof![0..3_u64, Just(u64::MAX)];
    (class, byte.clone(), byte.clone(), byte, version).prop_map(|(class, scope, kind, index, version)| {
        RecordKey::new(class, &[scope; 16], kind, &[index; 16], version)
    })
}

fn calls() -> impl Strategy<Value = Call> {
    let op = prop_oneof![
        4 => (keys(), prop_oneof![vec(any::<u8>(), 0..64), vec(any::<u8>(), 3_000..9_000)])
            .prop_map(|(key, bytes)| Op::Put(key, bytes)),
        2 => keys().prop_map(Op::Delete),
    ];
    let prefix = (keys(), 0..=RecordKey::LEN).prop_map(|(key, len)| key.as_bytes()[..len].to_vec());
    prop_oneof![
        4 => keys().prop_map(Call::Get),
        4 => (prefix, proptest::option::of(keys()), 0..12_usize).prop_map(|(prefix, after, limit)| Call::Scan(prefix, after, limit)),
        6 => (prop::bool::weighted(0.1), any::<bool>(), vec(op, 0..8))
            .prop_map(|(stale, state, ops)| Call::Commit { stale, state, ops }),
        1 => Just(Call::Walk),
        1 => Just(Call::Erase),
        1 => Just(Call::Reopen),
        1 => Just(Call::Restore),
    ]
}

fn everything(store: &dyn Store) -> Vec<(RecordKey, Row)> {
    let (rows, mut walked) = (store.scan(&[], None, 1_000).unwrap(), Vec::new());
    store.walk(&mut |key, revision, bytes| walked.push((*key, Row { revision, bytes: bytes.to_vec() }))).unwrap();
    assert_eq!(walked, rows);
    rows
}

/// Outcomes compared by kind and fields: the error type has sources that cannot be.
fn said(answer: Result<(), StoreError>) -> String {
    format!("{answer:?}")
}

fn agree(calls: Vec<Call>) {
    let directory = TempDir::new().unwrap();
    let mut path = directory.path().join("vault");
    let memory = MemoryStore::new();
    let mut sqlite = Some(SqliteStore::create(&path).unwrap());
    for (number, call) in calls.into_iter().enumerate() {
        let file = sqlite.as_ref().unwrap();
        match call {
            Call::Get(key) => assert_eq!(memory.get(&key).unwrap(), file.get(&key).unwrap()),
            Call::Scan(prefix, after, limit) => assert_eq!(
                memory.scan(&prefix, after.as_ref(), limit).unwrap(),
                file.scan(&prefix, after.as_ref(), limit).unwrap()
            ),
            Call::Commit { stale, state, mut ops } => {
                let current = memory.get(&rules::state_key()).unwrap().map(|row| row.revision);
                let revision = number as u64 + 1;
                if state {
                    ops.push(Op::Put(rules::state_key(), vec![1]));
                }
                let expected = if stale { current.map_or(Some(9), |now| Some(now + 1)) } else { current };
                let batch = Batch { expected, revision, ops };
                assert_eq!(said(memory.commit(&batch)), said(file.commit(&batch)));
            }
            Call::Walk => assert_eq!(everything(file), everything(&memory)),
            Call::Erase => assert_eq!(file.erase().unwrap(), Erasure::Done),
            Call::Reopen => {
                drop(sqlite.take());
                sqlite = Some(SqliteStore::open(&path).unwrap());
            }
            Call::Restore => {
                path = directory.path().join(format!("restored{number}"));
                file.copy_to(&path).unwrap();
                assert_eq!(everything(&SqliteStore::open_backup(&path).unwrap()), memory.rows());
                sqlite = Some(SqliteStore::open(&path).unwrap());
            }
        }
    }
    assert_eq!(everything(sqlite.as_ref().unwrap()), memory.rows());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn whatever_the_calls(calls in vec(calls(), 1..60)) {
        agree(calls);
    }
}
