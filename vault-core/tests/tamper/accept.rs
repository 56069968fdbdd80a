//! Accepting damage: what is lost is named, what is left is whole.

use vault_core::access::Caller;
use vault_core::keys::SecretBytes;
use vault_core::{Damage, Refusal};

use super::*;

const KIND_WRAP: u8 = 1;
const KIND_METADATA: u8 = 2;
const KIND_VALUE: u8 = 3;
const KIND_DIRECTORY: u8 = 16;

fn accept(machine: &Machine, rows: Rows) -> (Vault<Open>, Damage) {
    machine.memory().replace(rows);
    let refused = machine.unseal(&key_file(1)).err().unwrap();
    assert!(refused.to_string().contains("cannot be proven complete"), "{refused}");
    accept_as_it_is(machine)
}

fn accept_as_it_is(machine: &Machine) -> (Vault<Open>, Damage) {
    machine.open().accept_damage(&key_file(1)).map_err(|(_, error)| error).unwrap()
}

fn read(vault: &Vault<Open>, caller: &Caller, n: usize) -> Result<Vec<u8>, Refusal> {
    vault.caller(caller).get(&app(), &name(&format!("k{n}")), None).map(|value| value.bytes.into_vec())
}

/// Everything a vault is for still works, for everybody.
fn is_usable(machine: &Machine, vault: Vault<Open>) {
    assert_eq!(vault.caller(&operator()).check().unwrap().problems, [""; 0]);
    vault.caller(&operator()).users(&|_| None).unwrap();
    for uid in [1_001, 1_002, 1_003] {
        let caller = user(uid);
        let access = vault.caller(&caller);
        for at in ["k0", "k1", "gone", "destroyed", "fresh"] {
            access.set(&app(), &name(at), SecretBytes::from(&b"again"[..]), None).unwrap();
            assert_eq!(access.get(&app(), &name(at), None).unwrap().bytes.expose(), b"again");
        }
        access.list(None, None, None, 100, true).unwrap();
    }
    vault.caller(&operator()).rekey_scope_wrap().unwrap();
    vault.caller(&operator()).backup_kept(true).unwrap();
    drop(vault);
    let vault = machine.unseal(&key_file(1)).unwrap();
    assert_eq!(vault.caller(&operator()).check().unwrap().problems, [""; 0]);
}

#[derive(Clone, Copy)]
enum Spoil {
    Lost,
    Tag,
    Body,
}

/// Each row in turn lost or spoiled: no answer is *corrupt* afterwards, nothing
/// is wrong, and every secret that is gone was in the list.
#[test]
fn each_row_lost_or_spoiled_then_accepted() {
    let (machine, states) = vault();
    let rows = states.last().unwrap();
    let before = try_rows(&machine, rows.clone()).unwrap().stamp().unwrap();
    for at in (0..rows.len()).filter(|at| !is_header(&rows[*at].0)) {
        for spoil in [Spoil::Lost, Spoil::Tag, Spoil::Body] {
            let mut damaged = rows.clone();
            let len = damaged[at].1.bytes.len();
            match spoil {
                Spoil::Lost => drop(damaged.remove(at)),
                Spoil::Tag => damaged[at].1.bytes[len - 1] ^= 1,
                Spoil::Body => damaged[at].1.bytes[len - 17] ^= 1,
            }
            let key = rows[at].0;
            if key.kind() == KIND_WRAP && key.scope() == [0; 16] && key.class() == Class::Scope {
                // Who owns what is lost with it: nothing can be accepted, and nothing is changed.
                machine.memory().replace(damaged.clone());
                let refused = machine.open().accept_damage(&key_file(1)).err().unwrap().1;
                assert!(refused.to_string().contains("the key of the vault's own records is lost"), "{refused}");
                assert_eq!(machine.memory().rows(), damaged);
                continue;
            }
            let (vault, damage) = match spoil {
                Spoil::Lost | Spoil::Tag => accept(&machine, damaged),
                // Of this only the reading of the row tells.
                Spoil::Body => {
                    machine.memory().replace(damaged);
                    accept_as_it_is(&machine)
                }
            };
            let stamp = vault.stamp().unwrap();
            assert_eq!(stamp.epoch, before.epoch + 1);
            assert_ne!(stamp.incarnation, before.incarnation);
            assert_eq!(damage.state_lost, key.class() == Class::State);
            let mut gone = 0;
            for uid in [1_001, 1_002] {
                let caller = user(uid);
                for n in 0..SECRETS {
                    match read(&vault, &caller, n) {
                        Ok(bytes) => {
                            let older = key.kind() == KIND_VALUE && bytes == b"an older value";
                            assert!(bytes == value(uid, n).as_bytes() || older, "row {at}");
                        }
                        Err(Refusal::Missing { expired: false }) => gone += 1,
                        Err(other) => panic!("row {at} of kind {}: {other}", key.kind()),
                    }
                }
            }
            assert!(damage.failing.len() >= gone, "row {at}: {gone} gone, named: {:?}", damage.failing);
            let most = match key.kind() {
                KIND_WRAP | KIND_DIRECTORY => 2 * SECRETS,
                KIND_METADATA | KIND_VALUE => 1,
                _ => 0,
            };
            assert!(gone <= most, "row {at} of kind {}: {gone} gone", key.kind());
            is_usable(&machine, vault);
        }
    }
}

#[test]
fn a_lost_state_record_and_forged_revisions() {
    let (machine, states) = vault();
    let mut rows = states.last().unwrap().clone();
    rows.retain(|(key, _)| key.class() != Class::State);
    // The revisions are in clear: an absurd one must not stop the recovery.
    let at = rows.iter().position(|(key, _)| key.class() == Class::Scope).unwrap();
    for revision in [u64::MAX, i64::MAX as u64] {
        let mut forged = rows.clone();
        forged[at].1.revision = revision;
        let (vault, damage) = accept(&machine, forged);
        assert!(damage.state_lost);
        is_usable(&machine, vault);
    }
}

#[test]
fn strangers_are_dropped_and_named() {
    let (machine, states) = vault();
    let rows = states.last().unwrap();
    let genuine = rows.last().unwrap().1.clone();
    let junk = Row { revision: 1, bytes: b"not an envelope".to_vec() };
    for (stranger, row) in [
        (RecordKey::new(Class::Scope, &[3; 16], 77, &[4; 16], 5), junk.clone()),
        (RecordKey::new(Class::Scope, &[3; 16], 77, &[4; 16], 5), genuine.clone()),
        (RecordKey::new(Class::State, &[0; 16], 0, &[0; 16], 1), genuine.clone()),
        (RecordKey::new(Class::State, &[7; 16], 2, &[0; 16], 0), junk),
        (RecordKey::new(Class::Header, &[0; 16], 0, &[0; 16], 2), genuine),
    ] {
        let mut more = rows.clone();
        more.push((stranger, row));
        let (vault, damage) = accept(&machine, more);
        assert_eq!(damage.failing.len(), 1, "{stranger:?}");
        assert_eq!(damage.found, damage.expected + 1);
        let lines = String::from_utf8(machine.sink.contents()).unwrap();
        let told = lines.lines().filter(|line| line.contains("damage.accept") && line.contains("\"detail\":1"));
        assert_eq!(told.count(), 1, "the log says so");
        drop(vault);
        let rows = machine.memory().rows();
        assert!(rows.iter().all(|(key, _)| *key != stranger));
        drop(opens_whole(&machine, rows));
        // As the vault was sealed, for the next.
        drop(try_rows(&machine, states.last().unwrap().clone()));
    }
}

/// A row that looks like a second key of a scope must not have the first taken
/// for the remains of a replacement.
#[test]
fn a_second_wrap_does_not_displace_the_first() {
    let (machine, states) = vault();
    let rows = states.last().unwrap();
    for (key, row) in rows.iter().filter(|(key, _)| key.class() == Class::Scope).step_by(4) {
        for (wrap, _) in rows.iter().filter(|(key, _)| key.class() == Class::Scope && key.kind() == KIND_WRAP) {
            for (index, version) in [([9; 16], wrap.version()), ([0; 16], wrap.version() + 1), ([0; 16], u64::MAX)] {
                let twin = RecordKey::new(Class::Scope, &wrap.scope(), KIND_WRAP, &index, version);
                let mut more = rows.clone();
                more.push((twin, row.clone()));
                let (vault, damage) = accept(&machine, more);
                assert_eq!(damage.failing.len(), 1, "{key:?} as {twin:?}");
                drop(vault);
                drop(opens_whole(&machine, machine.memory().rows()));
            }
        }
    }
}

#[test]
fn accepting_without_damage_changes_nothing() {
    let (machine, states) = vault();
    let rows = states.last().unwrap();
    machine.memory().replace(rows.clone());
    let (vault, damage) = machine.open().accept_damage(&key_file(1)).map_err(|(_, error)| error).unwrap();
    assert_eq!(damage, Damage::default());
    drop(vault);
    assert_eq!(machine.memory().rows(), *rows);
}
