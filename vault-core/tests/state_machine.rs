//! A whole vault against a plain model: whatever sequence of operations, time
//! jumps, seals and crashes, both say the same.
//!
//! `VAULT_PROOF_FACTOR=20 cargo test -p vault-core --test state_machine` runs
//! twenty times as many sequences.
#![expect(clippy::unwrap_used, clippy::panic, reason = "helpers of tests, outside a test function")]

#[path = "state_machine/model.rs"]
mod model;
#[path = "state_machine/rig.rs"]
mod rig;
mod support;

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use support::{Disk, Machine};

use model::{If, Op, Write};
use rig::Rig;

#[test]
fn memory_store_agrees_with_the_model() {
    run(400, 100, |seed| Machine::new(Disk::Memory(std::sync::Arc::default()), seed));
}

#[test]
fn sqlite_store_agrees_with_the_model() {
    run(80, 80, |seed| Machine::new(Disk::file(), seed));
}

fn run(cases: u32, longest: usize, machine: impl Fn(u64) -> Machine) {
    let factor = std::env::var("VAULT_PROOF_FACTOR").ok().and_then(|text| text.parse().ok()).unwrap_or(1);
    let config = Config { cases: cases * factor, failure_persistence: None, ..Config::default() };
    let input = (any::<u64>(), proptest::collection::vec(op(), 1..longest));
    let outcome = TestRunner::new(config).run(&input, |(seed, ops)| {
        let mut rig = Rig::new(machine(seed));
        for op in &ops {
            rig.step(op);
        }
        rig.finish();
        Ok(())
    });
    if let Err(error) = outcome {
        panic!("{error}");
    }
}

fn op() -> impl Strategy<Value = Op> {
    let who = 0..3_usize;
    prop_oneof![
        30 => (who.clone(), write()).prop_map(|(who, write)| Op::Write(who, write)),
        6 => proptest::collection::vec((who.clone(), write()), 1..14).prop_map(Op::Batch),
        8 => (who.clone(), write()).prop_map(|(who, write)| Op::Draft(who, write)),
        4 => Just(Op::Apply),
        12 => (who.clone(), secret(), 0..5_u64).prop_map(|(who, secret, version)| Op::Get(who, secret, version)),
        4 => (who.clone(), secret()).prop_map(|(who, secret)| Op::History(who, secret)),
        4 => (who.clone(), any::<bool>(), 0..6_usize).prop_map(|(who, deleted, limit)| Op::List(who, deleted, limit)),
        3 => (who.clone(), 0..2_u8).prop_map(|(who, login)| Op::Login(who, login)),
        2 => (who.clone(), 0..2_u8).prop_map(|(who, login)| Op::Confirm(who, login)),
        2 => (who.clone(), who.clone()).prop_map(|(from, to)| Op::Move(from, to)),
        1 => who.clone().prop_map(Op::Shred),
        2 => Just(Op::RekeyWrap),
        3 => who.prop_map(Op::RekeyUser),
        2 => (any::<u8>(), any::<bool>()).prop_map(|(keep, drop)| Op::RekeyRoot(keep, drop)),
        3 => (any::<bool>(), any::<u8>()).prop_map(|(kind, by)| Op::SlotAdd(kind, by)),
        2 => any::<u8>().prop_map(Op::SlotRemove),
        5 => any::<u8>().prop_map(Op::SealUnseal),
        5 => any::<u8>().prop_map(Op::Reopen),
        6 => jump().prop_map(Op::Jump),
        6 => Just(Op::Maintain),
        2 => Just(Op::Check),
    ]
}

fn write() -> impl Strategy<Value = Write> {
    let condition = || {
        prop_oneof![
            6 => Just(If::Any),
            3 => Just(If::Current),
            1 => Just(If::Absent),
            1 => Just(If::Other),
        ]
    };
    let len = prop_oneof![8 => 1..40_usize, 2 => 200..600_usize, 1 => 65_530..65_539_usize, 1 => Just(0)];
    prop_oneof![
        10 => (secret(), len, any::<u8>(), condition()).prop_map(|(s, len, fill, c)| Write::Set(s, len, fill, c)),
        4 => (secret(), condition()).prop_map(|(s, c)| Write::Delete(s, c)),
        2 => (secret(), condition()).prop_map(|(s, c)| Write::Destroy(s, c)),
        3 => secret().prop_map(Write::Undelete),
    ]
}

fn secret() -> impl Strategy<Value = usize> {
    0..rig::NAMES.len()
}

/// Milliseconds, forward or back: minutes, days, around retention, years.
fn jump() -> impl Strategy<Value = i64> {
    const HOUR: i64 = 3_600_000;
    prop_oneof![
        // A draft may bear a time that is a second old.
        6 => 1_001..HOUR,
        4 => Just(20 * HOUR),
        2 => Just(24 * HOUR),
        2 => Just(24 * HOUR + 1),
        2 => Just(7 * 24 * HOUR),
        1 => Just(7 * 24 * HOUR - 1),
        1 => Just(10 * 365 * 24 * HOUR),
        2 => -HOUR..0,
        1 => Just(-30 * 24 * HOUR),
        1 => Just(-9 * 365 * 24 * HOUR),
    ]
}
