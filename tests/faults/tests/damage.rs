//! Damage: bits of a vault's file flipped, the file cut short and made longer,
//! the log beside it likewise. What opens afterwards holds exactly what it held;
//! everything else is refused. Nothing wrong, nothing silently missing.
//!
//! A log cut short is a rollback of the whole vault to an earlier commit. The
//! file cannot tell, as after any rollback; it must then hold exactly what was
//! acknowledged at that commit.
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a test, which tells what it saw")]

mod rig;
#[path = "../../../vault-core/tests/support/mod.rs"]
mod support;

use std::collections::BTreeMap;

use rig::{Content, STEPS, begun, content, content_of, open};
use vault_faults::{calls, disk::Dice};
use vault_tests::scale;

type Files = BTreeMap<String, Vec<u8>>;

#[derive(Default, Debug)]
struct Seen {
    refused: u64,
    /// Opened, with exactly what it held.
    identical: u64,
    /// What may never be: opened, with anything else.
    wrong: Vec<String>,
}

impl Seen {
    fn judge(&mut self, what: impl FnOnce() -> String, files: &Files, allowed: &[Content]) {
        match content_of(files) {
            Err(_) => self.refused += 1,
            Ok(content) if allowed.contains(&content) => self.identical += 1,
            Ok(_) => self.wrong.push(what()),
        }
    }
}

/// A closed vault's file, and what it holds.
fn closed() -> (Files, Content) {
    let (machine, _) = begun();
    calls::stop();
    let mut vault = Some(open(&machine.disk.path()).unwrap());
    for (_, step) in STEPS {
        step(&machine, &mut vault).unwrap();
    }
    let content = content(vault.as_ref().unwrap()).unwrap();
    drop(vault.take().map(vault_core::Vault::seal));
    (files_of(&machine), content)
}

/// A vault's files as a crash leaves them, log and all, and all it ever held.
fn with_log() -> (Files, Vec<Content>) {
    let (machine, _) = begun();
    calls::stop();
    let mut vault = Some(open(&machine.disk.path()).unwrap());
    let mut history = vec![content(vault.as_ref().unwrap()).unwrap()];
    for (_, step) in STEPS.iter().filter(|(what, _)| what.contains("set") || *what == "delete") {
        step(&machine, &mut vault).unwrap();
        history.push(content(vault.as_ref().unwrap()).unwrap());
    }
    let files = files_of(&machine);
    assert!(files.values().all(|bytes| !bytes.is_empty()) && files.len() == 2, "a file and its log");
    (files, history)
}

fn files_of(machine: &support::Machine) -> Files {
    let mut files = Files::new();
    for entry in std::fs::read_dir(machine.disk.path().parent().unwrap()).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        if name.ends_with(".vault") || name.ends_with("-wal") {
            files.insert(name, std::fs::read(&path).unwrap());
        }
    }
    files
}

/// `flips` bits, spread over the file from a point that the seed chooses; all of them when there are no more.
fn flip(files: &Files, name: &str, flips: u64, allowed: &[Content]) -> Seen {
    let bits = files[name].len() as u64 * 8;
    // Odd, so that every position in a byte is met.
    let stride = (bits / flips).max(1) | 1;
    let first = Dice(scale("PROVE_SEED", 1)).below(stride as usize) as u64;
    let workers = std::thread::available_parallelism().map_or(1, usize::from) as u64;
    let seen = std::thread::scope(|scope| {
        let work = |nth: u64| {
            scope.spawn(move || {
                let (mut seen, mut files) = (Seen::default(), files.clone());
                for bit in (first..bits).step_by(stride as usize).skip(nth as usize).step_by(workers as usize) {
                    let (byte, mask) = ((bit / 8) as usize, 1 << (bit % 8));
                    files.get_mut(name).unwrap()[byte] ^= mask;
                    seen.judge(|| format!("bit {bit} of {name}"), &files, allowed);
                    files.get_mut(name).unwrap()[byte] ^= mask;
                }
                seen
            })
        };
        let workers: Vec<_> = (0..workers).map(work).collect();
        workers.into_iter().map(|worker| worker.join().unwrap()).collect::<Vec<_>>()
    });
    seen.into_iter().fold(Seen::default(), |mut all, one| {
        all.refused += one.refused;
        all.identical += one.identical;
        all.wrong.extend(one.wrong);
        all
    })
}

/// Every `step`th length from nothing to the whole and a little more.
fn resize(files: &Files, name: &str, step: usize, allowed: &[Content]) -> Seen {
    let (mut seen, whole) = (Seen::default(), &files[name]);
    for len in (0..whole.len() + 8_192).step_by(step) {
        let mut files = files.clone();
        files.get_mut(name).unwrap().resize(len, 0x5a);
        seen.judge(|| format!("{name} of {len} bytes instead of {}", whole.len()), &files, allowed);
    }
    seen
}

#[test]
fn a_flipped_bit_is_refused_or_changes_nothing() {
    let (files, content) = closed();
    let [(name, bytes)] = files.iter().collect::<Vec<_>>()[..] else { panic!("one file: {:?}", files.keys()) };
    let seen = flip(&files, name, scale("PROVE_DAMAGE_FLIPS", 6_000), std::slice::from_ref(&content));
    println!("a vault of {} bytes: {} flips refused, {} harmless", bytes.len(), seen.refused, seen.identical);
    assert_eq!(seen.wrong, Vec::<String>::new());
    assert!(seen.refused > 0 && seen.identical > 0, "both kinds of place are met: {seen:?}");
}

#[test]
fn a_file_of_another_length_is_refused_or_holds_the_same() {
    let (files, content) = closed();
    let name = files.keys().next().unwrap();
    let step = scale("PROVE_DAMAGE_STEP", 97) as usize;
    let seen = resize(&files, name, step, std::slice::from_ref(&content));
    println!("{} lengths refused, {} harmless", seen.refused, seen.identical);
    assert_eq!(seen.wrong, Vec::<String>::new());
    assert!(seen.refused > 0);
}

#[test]
fn a_damaged_log_is_refused_or_ends_at_a_commit() {
    let (files, history) = with_log();
    let log = files.keys().find(|name| name.ends_with("-wal")).unwrap();
    let flipped = flip(&files, log, scale("PROVE_DAMAGE_FLIPS", 6_000) / 4, &history);
    let cut = resize(&files, log, scale("PROVE_DAMAGE_STEP", 97) as usize * 4, &history);
    println!("the log: {flipped:?}, lengths: {cut:?}");
    assert_eq!((flipped.wrong, cut.wrong), (Vec::new(), Vec::new()));
}
