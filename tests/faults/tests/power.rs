//! Power cuts: a vault's whole life is recorded call by call, what a cut after
//! each call could have left on the disk is rebuilt, opened and read. What was
//! acknowledged by then is there; of what was under way, all or nothing.
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a test, which tells what it saw")]

mod rig;
#[path = "../../../vault-core/tests/support/mod.rs"]
mod support;

use std::os::unix::fs::PermissionsExt;

use rig::cuts::{Life, Witness, cut_everywhere};
use rig::keys::KEY_STEPS;
use rig::{
    ALONE, Content, Files, SECOND_SLOT_FROM, SLOT_STEPS, STEPS, Step, Trouble, begun, content, content_of, machine,
    open_by, watched,
};
use support::{Machine, key_file};
use vault_faults::{Disk, calls};
use vault_tests::scale;

/// What could be read before the first step and after each.
struct History {
    contents: Vec<Content>,
    /// The key files that open it, before so many steps and from then on.
    keys: [u8; 2],
    second_key_from: usize,
}

impl Witness for History {
    type Seen = Result<Content, Trouble>;

    fn look(&self, files: &Files, done: usize) -> Self::Seen {
        content_of(files, &key_file(self.keys[self.manner(done) as usize]))
    }

    fn manner(&self, done: usize) -> u64 {
        u64::from(done >= self.second_key_from)
    }

    fn judge(&self, seen: &Self::Seen, done: usize) -> Result<(), String> {
        match seen {
            Err(error) => Err(error.to_string()),
            Ok(seen) if self.contents[done..].iter().take(2).any(|content| content == seen) => Ok(()),
            Ok(_) => Err("it holds something else".to_owned()),
        }
    }
}

fn live(
    (machine, disk): (Machine, Disk),
    steps: &[(&'static str, Step)],
    keys: [u8; 2],
    second_key_from: usize,
) -> (Life, History) {
    let mut vault = Some(open_by(&machine.disk.path(), &key_file(keys[0])).unwrap());
    let mut contents = vec![content(vault.as_ref().unwrap()).unwrap()];
    let mut acknowledged = vec![0];
    for (what, step) in steps {
        step(&machine, &mut vault).unwrap_or_else(|error| panic!("{what}: {error}"));
        contents.push(content(vault.as_ref().unwrap()).unwrap());
        acknowledged.push(calls::recorded());
    }
    let events = calls::stop();
    let steps = steps.iter().map(|(what, _)| *what).collect();
    (Life { disk, events, acknowledged, steps }, History { contents, keys, second_key_from })
}

fn no_cut_loses_anything((life, history): &(Life, History), states: u64) {
    let seed = scale("PROVE_SEED", 1);
    let honest = cut_everywhere(life, &life.disk, history, states, seed);
    println!(
        "{} calls, {} states, {} of them opened (the others alike), seed {seed}",
        life.events.len(),
        honest.states,
        honest.looked_at
    );
    assert_eq!(honest.wrong, Vec::<String>::new());
    // The test would see it: where no sync does anything, and where only the
    // log's do nothing, much is lost.
    for about in ["", "-wal"] {
        let disk = life.disk.clone().lying(about);
        let lying = cut_everywhere(life, &disk, history, 3 * life.events.len() as u64, seed);
        assert!(!lying.wrong.is_empty(), "a disk that lies about {about:?} must be noticed: {lying:?}");
    }
}

#[test]
fn no_power_cut_loses_what_was_acknowledged() {
    let alone = ALONE.lock();
    let life = live(begun(), STEPS, [1, 1], usize::MAX);
    drop(alone);
    no_cut_loses_anything(&life, states());
}

#[test]
fn no_power_cut_locks_out_whoever_has_another_slot() {
    let alone = ALONE.lock();
    let life = live(begun(), SLOT_STEPS, [1, 2], SECOND_SLOT_FROM);
    drop(alone);
    no_cut_loses_anything(&life, states() / 10);
}

#[test]
fn no_power_cut_loses_a_key_or_half_of_one() {
    let alone = ALONE.lock();
    let life = live(begun(), KEY_STEPS, [1, 1], usize::MAX);
    drop(alone);
    no_cut_loses_anything(&life, states() / 4);
}

/// The vault that version 1 made, from its first opening by this program on; that
/// every row of its own is still there is what opening it proves.
/// A version with a layout of its own will bring its migration here.
#[test]
fn no_power_cut_spoils_the_frozen_vault() {
    let alone = ALONE.lock();
    let machine = machine();
    let path = machine.disk.path();
    std::fs::write(&path, include_bytes!("../../vectors/vault/v1.vault")).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
    let disk = watched(path.parent().unwrap());
    let steps: Vec<(&'static str, Step)> =
        STEPS.iter().filter(|(what, _)| FROZEN_STEPS.contains(what)).copied().collect();
    assert_eq!(steps.len(), FROZEN_STEPS.len());
    let life = live((machine, disk), &steps, [FROZEN_KEY; 2], usize::MAX);
    drop(alone);
    no_cut_loses_anything(&life, states() / 50);
}

const FROZEN_STEPS: &[&str] = &["set", "set again", "set a large one", "destroy", "maintain", "set for the last time"];
/// Every byte of its key file.
const FROZEN_KEY: u8 = 0x4b;

/// Of the life of secrets; the other lives get a share of it. In all more than 100,000 without `./prove`.
fn states() -> u64 {
    scale("PROVE_POWER_STATES", 75_000)
}
