//! A transaction's requests, below any operation.

use super::*;
use crate::limits;
use crate::vault::Vault;

fn place(n: u8) -> Place {
    Place { scope: SYSTEM, kind: RecordKind::Note, index: [n; 16], version: 0 }
}

/// A refused request leaves what the requests before it made of each record,
/// however often it changed it itself.
#[test]
fn a_refused_request_is_undone_in_reverse() {
    let vault = Vault::ephemeral().unwrap();
    let barrier = &vault.0.barrier;
    let mut first = barrier.begin().unwrap();
    first.write(&place(3), b"stored").unwrap();
    first.commit().unwrap();

    let mut txn = barrier.begin().unwrap();
    txn.request(|txn| txn.write(&place(1), b"kept").and_then(|()| txn.write(&place(4), b"staged"))).unwrap();
    let refused: Result<(), Fault> = txn.request(|txn| {
        for (n, bytes) in [(1, b"a"), (1, b"b"), (2, b"a"), (2, b"b"), (3, b"a")] {
            txn.write(&place(n), bytes)?;
        }
        for n in [1, 2, 3, 4] {
            txn.delete(place(n).key())?;
            assert!(txn.read(&place(n))?.is_none() && !txn.exists(&place(n).key())?);
        }
        txn.write(&place(4), b"again")?;
        Err(Fault::Stopped)
    });
    assert!(refused.is_err());
    let expected: [(u8, Option<&[u8]>); 4] =
        [(1, Some(b"kept")), (2, None), (3, Some(b"stored")), (4, Some(b"staged"))];
    for (n, expected) in expected {
        let staged = txn.read(&place(n)).unwrap();
        assert_eq!(staged.as_ref().map(crate::keys::SecretBytes::expose), expected, "{n} before the commit");
    }
    txn.commit().unwrap();
    for (n, expected) in expected {
        let kept = barrier.read(&place(n)).unwrap();
        assert_eq!(kept.as_ref().map(crate::keys::SecretBytes::expose), expected, "{n} after it");
    }
    assert_eq!(barrier.failing().unwrap(), []);
    assert_eq!(barrier.failing_outside().unwrap(), []);
}

/// The room asked for is kept free of the state record's and the header's own.
#[test]
fn room_leaves_space_for_what_a_commit_adds() {
    let vault = Vault::ephemeral().unwrap();
    let barrier = &vault.0.barrier;
    let mut txn = barrier.begin().unwrap();
    let mut written = 0_u8;
    while txn.has_room(1, 400) {
        txn.write(&place(written), b"x").unwrap();
        written += 1;
    }
    txn.set_header(txn.header().clone());
    txn.commit().unwrap();
    assert_eq!(usize::from(written), limits::BATCH_OPS_MAX - 3);

    let mut txn = barrier.begin().unwrap();
    let (large, mut written) = (vec![0; 60_000], 0_u8);
    while txn.has_room(1, 60_500) {
        txn.write(&place(written), &large).unwrap();
        written += 1;
    }
    txn.set_header(txn.header().clone());
    txn.commit().unwrap();
    assert!((10..16).contains(&written), "{written}");
}

#[test]
fn a_store_and_its_index_say_the_same() {
    let vault = Vault::ephemeral().unwrap();
    let barrier = &vault.0.barrier;
    for n in 0..20 {
        let mut txn = barrier.begin().unwrap();
        txn.write(&place(n % 7), &[n]).unwrap();
        txn.delete(place((n + 3) % 7).key()).unwrap();
        txn.commit().unwrap();
    }
    let stored: Vec<_> = barrier.store().scan(&[2], None, 100).unwrap().into_iter().map(|(key, _)| key).collect();
    assert_eq!(barrier.keys(&[2]).unwrap(), stored);
}

/// Shredding and rotation take the key out of memory, not only out of the file:
/// the scope's, and what opened its rows.
#[test]
fn a_dropped_wrap_takes_the_cached_keys_with_it() {
    let vault = Vault::ephemeral().unwrap();
    let barrier = &vault.0.barrier;
    let scope = [7; 16];
    let place = Place { scope, ..place(1) };
    let is_cached = || barrier.keys.get(&scope, 1, || Err::<ScopeKey, ()>(())).is_ok();
    let row = || barrier.row(&place.key(), &barrier.print(&place.key()).unwrap().unwrap()).unwrap().unwrap();
    let mut txn = barrier.begin().unwrap();
    txn.write_wrap(scope, 1, ScopeKey::make(&*barrier.host.entropy).unwrap()).unwrap();
    txn.write(&place, b"plain").unwrap();
    txn.commit().unwrap();
    assert!(is_cached() && row().subkey().is_none());
    for _ in 0..2 {
        assert_eq!(barrier.read(&place).unwrap().unwrap().expose(), b"plain");
        assert!(row().subkey().is_some(), "the second opening is spared the derivation");
    }
    let mut txn = barrier.begin().unwrap();
    txn.delete(Place::wrap(scope, 1).key()).unwrap();
    txn.commit().unwrap();
    assert!(!is_cached() && row().subkey().is_none());
    assert!(barrier.read(&place).is_err());
}

/// Mistake 5: what is remembered of an opening holds for these bytes in this
/// place and no other.
#[test]
fn mistake_5_a_remembered_subkey_opens_nothing_else() {
    let vault = Vault::ephemeral().unwrap();
    let barrier = &vault.0.barrier;
    let mut txn = barrier.begin().unwrap();
    txn.write(&place(1), b"one").unwrap();
    txn.write(&place(2), b"two").unwrap();
    txn.commit().unwrap();
    let row = |n| {
        let key = place(n).key();
        barrier.row(&key, &barrier.print(&key).unwrap().unwrap()).unwrap().unwrap()
    };
    assert_eq!(barrier.open_row(&place(1), &row(1)).unwrap().expose(), b"one");
    assert!(row(1).subkey().is_some());
    assert!(barrier.open_row(&place(2), &row(1)).is_err(), "another place");
    assert!(barrier.open_row(&Place { version: 9, ..place(1) }, &row(1)).is_err(), "another version");
    let mut txn = barrier.begin().unwrap();
    txn.write(&place(1), b"new").unwrap();
    txn.commit().unwrap();
    assert!(row(1).subkey().is_none(), "a new row begins without");
    assert_eq!(barrier.read(&place(1)).unwrap().unwrap().expose(), b"new");
}

/// Keys are in clear: whoever writes the file can give a row the last key its
/// scope has room for. The scopes behind it are looked at all the same.
#[test]
fn a_row_planted_at_the_end_of_a_scope_hides_no_other_scope() {
    let vault = Vault::ephemeral().unwrap();
    let barrier = &vault.0.barrier;
    let print = barrier.print(&Place::wrap(SYSTEM, 1).key()).unwrap().unwrap();
    let (_, last) = bounds(&RecordKey::scope_prefix(&SYSTEM));
    let others = [[7; 16], [0xff; 16]];
    let mut live = barrier.live.write().unwrap();
    live.index.insert(&last, &print);
    others.iter().for_each(|scope| live.index.insert(&Place::wrap(*scope, 1).key(), &print));
    live.index.insert(&bounds(&RecordKey::scope_prefix(&others[1])).1, &print);
    drop(live);
    assert_eq!(barrier.scopes().unwrap(), [SYSTEM, others[0], others[1]]);
}
