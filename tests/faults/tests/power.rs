//! Power cuts: a vault's whole life is recorded call by call, what a cut after
//! each call could have left on the disk is rebuilt, opened and read. What was
//! acknowledged by then is there; of what was under way, all or nothing.
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a test, which tells what it saw")]

mod rig;
#[path = "../../../vault-core/tests/support/mod.rs"]
mod support;

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::os::unix::fs::MetadataExt;

use rig::{Content, STEPS, begun, content, content_of, open};
use vault_faults::disk::{Dice, Fate};
use vault_faults::{Disk, Event, calls};
use vault_tests::scale;

/// A vault's life, and what was on the disk before it.
struct Life {
    disk: Disk,
    events: Vec<Event>,
    /// Content before the first step and after each; how many calls had been made by then.
    history: Vec<(usize, Content)>,
}

fn live() -> Life {
    let (machine, files) = begun();
    let directory = machine.disk.path().parent().unwrap().metadata().unwrap().ino();
    let mut vault = Some(open(&machine.disk.path()).unwrap());
    let mut history = vec![(0, content(vault.as_ref().unwrap()).unwrap())];
    for (what, step) in STEPS {
        step(&machine, &mut vault).unwrap_or_else(|error| panic!("{what}: {error}"));
        history.push((calls::recorded(), content(vault.as_ref().unwrap()).unwrap()));
    }
    let events = calls::stop();
    Life { disk: Disk::new(directory, files), events, history }
}

#[derive(Default, Debug)]
struct Found {
    states: u64,
    opened: u64,
    wrong: Vec<String>,
}

/// Rebuilds `count` states, as many after each call, and judges each; on every core.
fn cut_everywhere(life: &Life, disk: &Disk, count: u64, seed: u64) -> Found {
    let workers = std::thread::available_parallelism().map_or(1, usize::from);
    let found = std::thread::scope(|scope| {
        let worker = |nth| scope.spawn(move || cut_some(life, disk.clone(), count, seed, (nth, workers)));
        let workers: Vec<_> = (0..workers).map(worker).collect();
        workers.into_iter().map(|worker| worker.join().unwrap()).collect::<Vec<_>>()
    });
    found.into_iter().fold(Found::default(), |mut all, one| {
        all.states += one.states;
        all.opened += one.opened;
        all.wrong.extend(one.wrong);
        all
    })
}

/// One worker's share: every `of`th call from the `nth` on.
fn cut_some(life: &Life, mut disk: Disk, count: u64, seed: u64, (nth, of): (usize, usize)) -> Found {
    let mut found = Found::default();
    let mut dice = Dice(seed.wrapping_mul(1_000_003).wrapping_add(nth as u64));
    let mut known: HashMap<u64, Result<Content, String>> = HashMap::new();
    let points = life.events.len() + 1;
    for point in 0..points {
        if let Some(event) = point.checked_sub(1).and_then(|before| life.events.get(before)) {
            disk.apply(event);
        }
        if point % of != nth {
            continue;
        }
        let acknowledged = life.history.iter().rposition(|(calls, _)| *calls <= point).unwrap();
        let allowed = &life.history[acknowledged..life.history.len().min(acknowledged + 2)];
        for variant in 0..(count / points as u64).max(2) + 1 {
            let fate = [Fate::None, Fate::All].get(variant as usize).copied().unwrap_or(Fate::Some);
            let files = disk.cut(fate, &mut dice);
            found.states += 1;
            let mut hasher = DefaultHasher::new();
            files.hash(&mut hasher);
            // The same bytes hold the same, whatever was acknowledged by then.
            let seen = known.entry(hasher.finish()).or_insert_with(|| {
                found.opened += 1;
                content_of(&files)
            });
            let right = matches!(seen, Ok(seen) if allowed.iter().any(|(_, content)| content == seen));
            if !right && found.wrong.len() < 5 {
                let step = STEPS.get(acknowledged).map_or("the end", |(what, _)| what);
                let what = seen.as_ref().map_or_else(Clone::clone, |_| "it holds something else".to_owned());
                found.wrong.push(format!("after call {point}, during {step:?}, {fate:?}: {what}"));
            }
        }
    }
    found
}

#[test]
fn no_power_cut_loses_what_was_acknowledged() {
    let states = scale("PROVE_POWER_STATES", 100_000);
    let seed = scale("PROVE_SEED", 1);
    let life = live();
    let honest = cut_everywhere(&life, &life.disk, states, seed);
    println!(
        "{} calls, {} states, {} of them opened (the others alike), seed {seed}",
        life.events.len(),
        honest.states,
        honest.opened
    );
    assert_eq!(honest.wrong, Vec::<String>::new());
    // The test would see it: on a disk whose syncs do nothing, much is lost.
    let lying = cut_everywhere(&life, &life.disk.clone().lying(), 3 * life.events.len() as u64, seed);
    assert!(!lying.wrong.is_empty(), "a disk that lies must be noticed: {lying:?}");
}
