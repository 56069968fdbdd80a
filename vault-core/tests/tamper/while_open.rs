//! Rows changed behind the back of an open vault.

use vault_core::keys::SecretBytes;
use vault_core::store::{Class, RecordKey};
use vault_core::{Fault, Refusal};

use super::*;

/// What a store may do to one row.
fn forgeries(rows: &Rows, older: &[Rows], at: usize) -> Vec<(&'static str, Rows)> {
    let key = rows[at].0;
    let mut changed = rows.clone();
    let last = changed[at].1.bytes.len() - 1;
    changed[at].1.bytes[last] ^= 1;
    let mut renumbered = rows.clone();
    renumbered[at].1.revision += 1;
    let mut fewer = rows.clone();
    fewer.remove(at);
    let mut forged = vec![("changed", changed), ("renumbered", renumbered), ("removed", fewer)];
    for state in older {
        if let Some((_, row)) = state.iter().find(|(known, row)| *known == key && *row != rows[at].1) {
            let mut replayed = rows.clone();
            replayed[at].1 = row.clone();
            forged.push(("replayed", replayed));
        }
    }
    for other in [at.wrapping_sub(1), at + 1] {
        if let Some((_, row)) = rows.get(other).filter(|(known, _)| !is_header(known)) {
            let mut swapped = rows.clone();
            swapped[at].1 = row.clone();
            forged.push(("replaced by its neighbour", swapped));
        }
    }
    forged
}

#[test]
fn what_is_read_is_right_or_corrupt_never_missing() {
    let (machine, states) = vault();
    let (rows, older) = states.split_last().unwrap();
    let (mut seen, mut unread) = (0, Vec::new());
    for at in (0..rows.len()).filter(|at| !is_header(&rows[*at].0)) {
        for (how, forged) in forgeries(rows, older, at) {
            let vault = try_rows(&machine, rows.clone()).unwrap();
            machine.memory().replace(forged);
            let mut corrupt = 0;
            for uid in [1_001, 1_002] {
                let caller = user(uid);
                let access = vault.caller(&caller);
                for n in 0..SECRETS {
                    match access.get(&app(), &name(&format!("k{n}")), None) {
                        Ok(got) => assert_eq!(got.bytes.expose(), value(uid, n).as_bytes(), "row {at} {how}"),
                        Err(Refusal::Fault(Fault::Corrupt { .. })) => corrupt += 1,
                        Err(other) => panic!("row {at} {how}: {other:?}"),
                    }
                    let history = access.history(&app(), &name(&format!("k{n}")));
                    assert!(matches!(history, Ok(_) | Err(Refusal::Fault(Fault::Corrupt { .. }))), "row {at} {how}");
                }
                match access.list(None, None, None, 100, true) {
                    Ok((infos, _)) => assert_eq!(infos.len(), SECRETS + 1, "row {at} {how}: the listing is short"),
                    Err(Refusal::Fault(Fault::Corrupt { .. })) => corrupt += 1,
                    Err(other) => panic!("row {at} {how}: {other:?}"),
                }
            }
            seen += usize::from(corrupt > 0);
            let checked = vault.caller(&operator()).check();
            let told = checked.as_ref().map_or(true, |report| !report.problems.is_empty());
            if !told {
                unread.push(format!("row {at} {how}"));
            }
        }
    }
    assert!(seen > 100, "{seen}");
    assert_eq!(unread, [""; 0], "a full check saw nothing");
}

#[test]
fn a_check_sees_header_state_and_strangers() {
    let (machine, states) = vault();
    let rows = states.last().unwrap();
    let outside: Vec<usize> = (0..rows.len()).filter(|at| is_header(&rows[*at].0)).collect();
    let mut forged: Vec<Rows> = Vec::new();
    for at in outside {
        let mut fewer = rows.clone();
        fewer.remove(at);
        let mut changed = rows.clone();
        changed[at].1.bytes[40] ^= 1;
        forged.extend([fewer, changed]);
    }
    let mut more = rows.clone();
    more.push((RecordKey::new(Class::Scope, &[5; 16], 2, &[5; 16], 0), rows[rows.len() - 1].1.clone()));
    forged.push(more);
    for forged in forged {
        let vault = try_rows(&machine, rows.clone()).unwrap();
        assert_eq!(vault.caller(&operator()).check().unwrap().problems, [""; 0]);
        machine.memory().replace(forged);
        let report = vault.caller(&operator()).check().unwrap();
        assert_eq!(report.problems.len(), 1, "{:?}", report.problems);
    }
}

/// Also when everything, keys included, has been read before and is in memory.
#[test]
fn a_check_looks_at_the_rows_and_not_at_memory() {
    let (machine, states) = vault();
    let rows = states.last().unwrap();
    for at in 0..rows.len() {
        let vault = opens_whole(&machine, rows.clone());
        for cut in [17, 1] {
            let mut changed = rows.clone();
            let len = changed[at].1.bytes.len();
            changed[at].1.bytes[len - cut] ^= 1;
            machine.memory().replace(changed);
            let report = vault.caller(&operator()).check().unwrap();
            assert!(!report.problems.is_empty(), "row {at}");
        }
    }
}

/// A write must not make a forged row genuine by sealing it again.
#[test]
fn a_write_does_not_launder() {
    let (machine, states) = vault();
    let (rows, older) = states.split_last().unwrap();
    for at in (0..rows.len()).filter(|at| !is_header(&rows[*at].0)) {
        for (how, forged) in forgeries(rows, older, at) {
            let vault = try_rows(&machine, rows.clone()).unwrap();
            machine.memory().replace(forged);
            let operator = operator();
            let _rekeyed = vault.caller(&operator).rekey_user(user(1_001).user()).is_ok();
            let _rewrapped = vault.caller(&operator).rekey_scope_wrap().is_ok();
            for uid in [1_001, 1_002] {
                let caller = user(uid);
                let access = vault.caller(&caller);
                for n in 0..3 {
                    let set = access.set(&app(), &name(&format!("k{n}")), SecretBytes::from(&b"new"[..]), None);
                    assert!(matches!(set, Ok(_) | Err(Refusal::Fault(_))), "row {at} {how}: {set:?}");
                }
            }
            drop(vault);
            // Either the forgery is noticed at the next opening, or everything
            // reads as it was last written.
            let Ok(vault) = machine.unseal(&key_file(1)) else { continue };
            for uid in [1_001, 1_002] {
                let caller = user(uid);
                for n in 0..SECRETS {
                    let got = vault.caller(&caller).get(&app(), &name(&format!("k{n}")), None).unwrap();
                    let was = value(uid, n);
                    let right = got.bytes.expose() == was.as_bytes() || (n < 3 && got.bytes.expose() == b"new");
                    assert!(right, "row {at} {how}: {uid} k{n}");
                }
            }
        }
    }
}
