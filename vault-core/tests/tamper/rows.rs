//! Rows moved, taken away, doubled, put back.

use proptest::prelude::*;
use vault_core::store::{Class, RecordKey};
use vault_core::{Fault, Refusal};

use super::*;

#[test]
fn mistake_1_every_pair_of_rows_swapped() {
    let (machine, states) = vault();
    let rows = states.last().unwrap();
    assert!(rows.len() > 45, "{}", rows.len());
    for a in 0..rows.len() {
        for b in 0..a {
            if rows[a].1 == rows[b].1 {
                assert!(is_header(&rows[a].0) && is_header(&rows[b].0));
                continue;
            }
            let mut swapped = rows.clone();
            swapped[a].1 = rows[b].1.clone();
            swapped[b].1 = rows[a].1.clone();
            assert!(try_rows(&machine, swapped).is_err(), "rows {a} and {b}, with their revisions");
            let mut swapped = rows.clone();
            swapped[a].1.bytes.clone_from(&rows[b].1.bytes);
            swapped[b].1.bytes.clone_from(&rows[a].1.bytes);
            assert!(try_rows(&machine, swapped).is_err(), "rows {a} and {b}, bytes alone");
        }
    }
}

#[test]
fn mistake_2_every_row_taken_away() {
    let (machine, states) = vault();
    let rows = states.last().unwrap();
    for at in 0..rows.len() {
        let mut fewer = rows.clone();
        let (key, _) = fewer.remove(at);
        if is_header(&key) {
            let vault = opens_whole(&machine, fewer);
            assert!(vault.troubles().iter().any(|trouble| trouble.contains("header copies")));
        } else {
            assert!(try_rows(&machine, fewer).is_err(), "row {at}");
        }
    }
    assert!(try_rows(&machine, Vec::new()).is_err());
}

#[test]
fn every_row_doubled_under_another_key() {
    let (machine, states) = vault();
    let rows = states.last().unwrap();
    for (key, row) in rows {
        let class = if key.class() == Class::Scope { Class::Scope } else { key.class() };
        let same = |scope, kind, index, version| RecordKey::new(class, &scope, kind, &index, version);
        let other = rows.iter().map(|(key, _)| key.scope()).find(|scope| *scope != key.scope()).unwrap();
        for twin in [
            same(key.scope(), key.kind(), key.index(), key.version() + 7),
            same(key.scope(), key.kind(), [9; 16], key.version()),
            same(key.scope(), 200, key.index(), key.version()),
            same(other, key.kind(), key.index(), key.version() + 7),
            same([8; 16], key.kind(), key.index(), key.version()),
            RecordKey::new(Class::Header, &[0; 16], 0, &[0; 16], 2),
            RecordKey::new(Class::State, &[0; 16], 0, &[0; 16], 1),
            RecordKey::new(Class::Scope, &[0xff; 16], 0xff, &[0xff; 16], u64::MAX),
        ] {
            let mut more = rows.clone();
            more.push((twin, row.clone()));
            assert!(try_rows(&machine, more).is_err(), "{key:?} as {twin:?}");
        }
    }
}

#[test]
fn every_older_row_put_back() {
    let (machine, states) = vault();
    let (last, older) = states.split_last().unwrap();
    let mut tried = 0;
    for state in older {
        let keys: std::collections::BTreeSet<_> = state.iter().chain(last).map(|(key, _)| *key).collect();
        for key in keys.into_iter().filter(|key| !is_header(key)) {
            let then = state.iter().find(|(known, _)| *known == key);
            if then == last.iter().find(|(known, _)| *known == key) {
                continue;
            }
            let mut replayed: Rows = last.iter().filter(|(known, _)| *known != key).cloned().collect();
            replayed.extend(then.cloned());
            if is_whole(&states, &replayed) {
                continue;
            }
            assert!(try_rows(&machine, replayed).is_err(), "{key:?}");
            tried += 1;
        }
    }
    assert!(tried > 300, "{tried}");
}

#[test]
fn every_byte_of_every_row_changed() {
    let (machine, states) = vault();
    let rows = states.last().unwrap();
    let all = std::env::var_os("VAULT_PROOF_FACTOR").is_some();
    let mut position = 0_usize;
    for at in (0..rows.len()).filter(|at| !is_header(&rows[*at].0)) {
        for byte in 0..rows[at].1.bytes.len() {
            position += 1;
            // Every fixed field, commitment and tag; a sample of the rest.
            let fixed = byte < 68 || byte + 16 >= rows[at].1.bytes.len();
            if all || (fixed && position.is_multiple_of(7)) || position.is_multiple_of(61) {
                let mut changed = rows.clone();
                changed[at].1.bytes[byte] ^= 1 << (position % 8);
                refused_or_right(&machine, changed, &format!("row {at}, byte {byte}"));
            }
        }
        for revision in [0, rows[at].1.revision - 1, rows[at].1.revision + 1, u64::MAX] {
            let mut changed = rows.clone();
            changed[at].1.revision = revision;
            assert!(try_rows(&machine, changed).is_err(), "row {at}, revision {revision}");
        }
    }
}

/// The row set covers commitment and tag, which cover the rest: what of the
/// rest was changed is refused when it is read, and a full check names it.
fn refused_or_right(machine: &Machine, rows: Rows, what: &str) {
    let Ok(vault) = try_rows(machine, rows) else { return };
    assert!(vault.caller(&operator()).check().is_ok_and(|report| !report.problems.is_empty()), "{what}");
    for uid in [1_001, 1_002] {
        let caller = user(uid);
        for n in 0..SECRETS {
            match vault.caller(&caller).get(&app(), &name(&format!("k{n}")), None) {
                Ok(got) => assert_eq!(got.bytes.expose(), value(uid, n).as_bytes(), "{what}"),
                Err(Refusal::Fault(Fault::Corrupt { .. })) => {}
                Err(other) => panic!("{what}: {other}"),
            }
        }
    }
}

/// Is it the whole of one moment, whichever?
fn is_whole(states: &[Rows], rows: &Rows) -> bool {
    let mut rows = rows.clone();
    rows.sort_by_key(|(key, _)| *key);
    states.contains(&rows)
}

#[test]
fn whole_state_records_of_other_moments_and_vaults() {
    let (machine, states) = vault();
    let rows = states.last().unwrap();
    let other = {
        let other = Machine::new(support::Disk::Memory(std::sync::Arc::default()), 99);
        drop(other.create(key_file(1)).seal());
        other.memory().rows()
    };
    let state_of = |rows: &Rows| rows.iter().find(|(key, _)| key.class() == Class::State).unwrap().1.clone();
    let foreign = states[..states.len() - 1].iter().chain([&other]).map(state_of);
    for state in foreign {
        let mut changed = rows.clone();
        changed.iter_mut().find(|(key, _)| key.class() == Class::State).unwrap().1 = state;
        if is_whole(&states, &changed) {
            // The seal's own commit changes nothing else.
            continue;
        }
        assert!(try_rows(&machine, changed).is_err());
    }
    // Another vault with the same key file, in whole: its own, not ours.
    assert!(try_rows(&machine, other).is_ok());
}

/// The one thing the file cannot tell: all of it from another moment. The stamp can.
#[test]
fn whole_rollback_shows_in_the_stamp_alone() {
    let (machine, states) = vault();
    let stamps: Vec<_> = states.iter().map(|rows| try_rows(&machine, rows.clone()).unwrap().stamp().unwrap()).collect();
    for pair in stamps.windows(2) {
        assert!(pair[0].sequence < pair[1].sequence);
        assert_eq!((pair[0].incarnation, pair[0].epoch), (pair[1].incarnation, pair[1].epoch));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    /// Any mixture of two moments that is neither is refused.
    #[test]
    fn mistake_3_mixtures_of_two_moments(a in any::<prop::sample::Index>(), b in any::<prop::sample::Index>(), picks in any::<[u64; 2]>()) {
        thread_local!(static MADE: (Machine, Vec<Rows>) = vault());
        MADE.with(|(machine, states)| {
            let (old, new) = (a.get(states), b.get(states));
            let keys: std::collections::BTreeSet<_> = old.iter().chain(new).map(|(key, _)| *key).collect();
            let mixed: Rows = keys.into_iter().enumerate().filter_map(|(at, key)| {
                // Both header copies come from one side: that one is lost is another test.
                let from_old = if is_header(&key) { picks[0] & 1 } else { picks[at / 64] >> (at % 64) & 1 } == 1;
                let from = if from_old { old } else { new };
                from.iter().find(|(known, _)| *known == key).cloned()
            }).collect();
            let genuine = is_whole(states, &mixed);
            assert_eq!(try_rows(machine, mixed).is_ok(), genuine);
        });
    }
}
