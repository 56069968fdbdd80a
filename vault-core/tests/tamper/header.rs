//! The header: every byte of it, either copy, and older ones.

use super::*;

#[test]
fn mistake_2_every_byte_of_both_copies_changed() {
    let (machine, states) = vault();
    let rows = states.last().unwrap();
    let len = rows.iter().find(|(key, _)| is_header(key)).unwrap().1.bytes.len();
    for byte in 0..len {
        for flip in [0x01, 0x80] {
            let mut changed = rows.clone();
            changed.iter_mut().filter(|(key, _)| is_header(key)).for_each(|(_, row)| row.bytes[byte] ^= flip);
            assert!(try_rows(&machine, changed).is_err(), "byte {byte}");
        }
    }
}

#[test]
fn every_byte_of_one_copy_changed_and_the_other_serves() {
    let (machine, states) = vault();
    let rows = states.last().unwrap();
    let len = rows.iter().find(|(key, _)| is_header(key)).unwrap().1.bytes.len();
    let copies: Vec<usize> = (0..rows.len()).filter(|at| is_header(&rows[*at].0)).collect();
    assert_eq!(copies.len(), 2);
    let stamp = try_rows(&machine, rows.clone()).unwrap().stamp().unwrap();
    for copy in copies {
        for byte in 0..len {
            let mut changed = rows.clone();
            changed[copy].1.bytes[byte] ^= 0x10;
            let vault = try_rows(&machine, changed).unwrap();
            let got = vault.caller(&user(1_001)).get(&app(), &name("k0"), None).unwrap();
            assert_eq!(got.bytes.expose(), value(1_001, 0).as_bytes());
            assert_eq!(vault.stamp().unwrap(), stamp, "identically");
            assert!(vault.troubles().iter().any(|trouble| trouble.contains("header copies")), "byte {byte}");
        }
    }
}

#[test]
fn each_copy_cut_short_extended_or_emptied() {
    let (machine, states) = vault();
    let rows = states.last().unwrap();
    let copies: Vec<usize> = (0..rows.len()).filter(|at| is_header(&rows[*at].0)).collect();
    let bytes = &rows[copies[0]].1.bytes;
    let forms = [Vec::new(), bytes[..bytes.len() - 1].to_vec(), bytes[1..].to_vec(), [&bytes[..], &[0]].concat()];
    for form in forms {
        for which in [&copies[..1], &copies[1..], &copies[..]] {
            let mut changed = rows.clone();
            which.iter().for_each(|at| changed[*at].1.bytes.clone_from(&form));
            match which {
                [_] => drop(opens_whole(&machine, changed)),
                _ => assert!(try_rows(&machine, changed).is_err()),
            }
        }
    }
}

#[test]
fn the_next_header_write_mends_a_lost_copy() {
    let (machine, states) = vault();
    let mut fewer = states.last().unwrap().clone();
    let at = fewer.iter().position(|(key, _)| is_header(key)).unwrap();
    fewer.remove(at);
    let vault = opens_whole(&machine, fewer);
    vault.caller(&operator()).slot_add(&key_file(1), &key_file(3), "third").unwrap();
    drop(vault);
    let rows = machine.memory().rows();
    assert_eq!(opens_whole(&machine, rows).troubles(), [""; 0]);
}

/// A removed slot, a replaced root, a replaced scope-wrap key: each older
/// header, under every newer state, in one copy and in both.
#[test]
fn an_older_header_put_back() {
    let (machine, states) = vault();
    let header_of = |rows: &Rows| rows.iter().find(|(key, _)| is_header(key)).unwrap().1.clone();
    for (then, old) in states.iter().enumerate() {
        for new in &states[then + 1..] {
            if header_of(old) == header_of(new) {
                continue;
            }
            let mut both = new.clone();
            both.iter_mut().filter(|(key, _)| is_header(key)).for_each(|(_, row)| *row = header_of(old));
            let refused = try_rows(&machine, both.clone()).err().unwrap();
            assert!(refused.contains("an old header was put back"), "{refused}");
            // Not even when damage is accepted: it would restore a removed slot.
            machine.memory().replace(both.clone());
            assert!(machine.open().accept_damage(&key_file(1)).is_err());
            // The removed slot's own secret does not open it either.
            machine.memory().replace(both);
            assert!(machine.unseal(&key_file(2)).is_err());

            for copy in 0..2 {
                let mut one = new.clone();
                one.iter_mut().filter(|(key, _)| is_header(key)).nth(copy).unwrap().1 = header_of(old);
                let vault = try_rows(&machine, one.clone()).unwrap();
                assert!(!vault.troubles().is_empty());
                drop(vault);
                machine.memory().replace(one);
                let by_old = machine.unseal(&key_file(2)).is_ok();
                machine.memory().replace(new.clone());
                assert_eq!(by_old, machine.unseal(&key_file(2)).is_ok(), "a slot opens only where it is in force");
            }
        }
    }
}
