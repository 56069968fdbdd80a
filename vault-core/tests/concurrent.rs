//! Readers while everything under them is replaced: what they get is a value
//! that was set, never *corrupt* and never *missing*.
#![expect(clippy::unwrap_used, reason = "helpers of tests, outside a test function")]

mod support;

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use support::{Machine, app, key_file, name, operator, put, user};
use vault_core::{Open, Vault};

const SECRETS: usize = 12;
const ROUNDS: u64 = 40;
const REPLACED: u64 = 3_000;

fn value(n: usize, round: u64) -> Vec<u8> {
    [format!("{n}:{round}:").as_bytes(), &[n as u8; 40]].concat()
}

/// Reads until told to stop; the rounds seen of each secret only rise.
fn read_on(vault: &Vault<Open>, uid: u32, stop: &AtomicBool, reads: &AtomicU64) {
    let caller = user(uid);
    let access = vault.caller(&caller);
    let mut seen = [0; SECRETS];
    while !stop.load(Ordering::Relaxed) {
        for (n, seen) in seen.iter_mut().enumerate() {
            let got = access.get(&app(), &name(&format!("k{n}")), None);
            let got = got.unwrap_or_else(|refusal| unreachable!("k{n} of {uid}: {refusal}"));
            let text = String::from_utf8_lossy(got.bytes.expose()).into_owned();
            let round: u64 = text.split(':').nth(1).unwrap().parse().unwrap();
            assert_eq!(got.bytes.expose(), value(n, round));
            assert!(round >= *seen, "k{n} of {uid} went back");
            *seen = round;
        }
        access.list(None, None, None, 100, true).unwrap();
        access.history(&app(), &name("k0")).unwrap();
        reads.fetch_add(1, Ordering::Relaxed);
    }
}

fn stir(machine: &Machine) {
    let vault = machine.create(key_file(1));
    let users = [1_001, 1_002];
    for uid in users {
        (0..SECRETS).for_each(|n| {
            put(&vault.caller(&user(uid)), &format!("k{n}"), &value(n, 0));
        });
    }
    let (stop, reads) = (AtomicBool::new(false), AtomicU64::new(0));
    std::thread::scope(|scope| {
        let readers: Vec<_> = users
            .map(|uid| {
                scope.spawn({
                    let (vault, stop, reads) = (&vault, &stop, &reads);
                    move || read_on(vault, uid, stop, reads)
                })
            })
            .into_iter()
            .collect();
        let operator = operator();
        let operate = vault.caller(&operator);
        for round in 1..=ROUNDS {
            for uid in users {
                let caller = user(uid);
                (0..SECRETS).for_each(|n| {
                    put(&vault.caller(&caller), &format!("k{n}"), &value(n, round));
                });
                operate.rekey_user(caller.user()).unwrap();
            }
            operate.rekey_scope_wrap().unwrap();
            assert_eq!(operate.check().unwrap().problems, [""; 0]);
            vault.maintain();
            if readers.iter().any(|reader| reader.is_finished()) {
                break;
            }
        }
        stop.store(true, Ordering::Relaxed);
        readers.into_iter().for_each(|reader| reader.join().unwrap());
    });
    assert!(reads.load(Ordering::Relaxed) > 0);
}

/// What was acknowledged to one thread is what every other one reads from then on.
#[test]
fn no_thread_reads_what_another_knows_to_be_replaced() {
    let vault = Vault::ephemeral().unwrap();
    let alice = user(1_001);
    let told = AtomicU64::new(0);
    put(&vault.caller(&alice), "k", b"0");
    let (vault, alice, told) = (&vault, &alice, &told);
    std::thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(move || {
                let access = vault.caller(alice);
                loop {
                    let least = told.load(Ordering::Acquire);
                    let stamp = vault.stamp().unwrap().sequence;
                    let value = access.get(&app(), &name("k"), None).unwrap();
                    let round: u64 = std::str::from_utf8(value.bytes.expose()).unwrap().parse().unwrap();
                    assert!(round >= least && stamp > least, "{round} and {stamp} after {least}");
                    if least == REPLACED {
                        return;
                    }
                }
            });
        }
        for round in 1..=REPLACED {
            put(&vault.caller(alice), "k", round.to_string().as_bytes());
            told.store(round, Ordering::Release);
        }
    });
}

#[test]
fn readers_in_memory() {
    stir(&Machine::in_memory());
}

#[test]
fn readers_of_a_file() {
    stir(&Machine::on_file());
}
