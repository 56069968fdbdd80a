//! Power cuts after every call of a recorded life: states are rebuilt, looked
//! at as a new process would, and judged by what was acknowledged by then.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use vault_faults::disk::{Dice, Fate};
use vault_faults::{Disk, Event};

use super::Files;

/// A life as it was recorded.
pub struct Life {
    pub disk: Disk,
    pub events: Vec<Event>,
    /// How many calls had been made before the first step and after each.
    pub acknowledged: Vec<usize>,
    /// What the steps are called.
    pub steps: Vec<&'static str>,
}

/// What was found.
#[derive(Default, Debug)]
pub struct Found {
    pub states: u64,
    pub looked_at: u64,
    pub wrong: Vec<String>,
}

/// How a state is looked at, and what may be seen.
pub trait Witness: Sync {
    /// What a look shows.
    type Seen: Send;

    /// Looks. `done` steps were acknowledged; states that are the same in
    /// bytes and [`Witness::manner`] are looked at once.
    fn look(&self, files: &Files, done: usize) -> Self::Seen;

    /// Ways of looking at the same bytes.
    fn manner(&self, _done: usize) -> u64 {
        0
    }

    /// Is it right, when the step after `done` was under way? Says what is wrong.
    fn judge(&self, seen: &Self::Seen, done: usize) -> Result<(), String>;
}

/// Rebuilds `count` states, as many after each call, and judges each; on every core.
pub fn cut_everywhere(life: &Life, disk: &Disk, witness: &impl Witness, count: u64, seed: u64) -> Found {
    let workers = std::thread::available_parallelism().map_or(1, usize::from);
    let found = std::thread::scope(|scope| {
        let worker = |nth| scope.spawn(move || cut_some(life, disk.clone(), witness, count, seed, (nth, workers)));
        let workers: Vec<_> = (0..workers).map(worker).collect();
        workers.into_iter().map(|worker| worker.join().unwrap()).collect::<Vec<_>>()
    });
    found.into_iter().fold(Found::default(), |mut all, one| {
        all.states += one.states;
        all.looked_at += one.looked_at;
        all.wrong.extend(one.wrong);
        all
    })
}

/// One worker's share: every `of`th call from the `nth` on.
fn cut_some<W: Witness>(
    life: &Life,
    mut disk: Disk,
    witness: &W,
    count: u64,
    seed: u64,
    (nth, of): (usize, usize),
) -> Found {
    let mut found = Found::default();
    let mut dice = Dice(seed.wrapping_mul(1_000_003).wrapping_add(nth as u64));
    let mut known: HashMap<(u64, u64, u64), W::Seen> = HashMap::new();
    let points = life.events.len() + 1;
    for point in 0..points {
        if let Some(event) = point.checked_sub(1).and_then(|before| life.events.get(before)) {
            disk.apply(event);
        }
        if point % of != nth {
            continue;
        }
        let done = life.acknowledged.iter().rposition(|calls| *calls <= point).unwrap();
        for variant in 0..(count / points as u64).max(2) + 1 {
            let fate = [Fate::None, Fate::All].get(variant as usize).copied().unwrap_or(Fate::Some);
            let files = disk.cut(fate, &mut dice);
            found.states += 1;
            let (one, other) = fingerprint(&files);
            // The same bytes hold the same, whatever was acknowledged by then.
            let seen = known.entry((one, other, witness.manner(done))).or_insert_with(|| {
                found.looked_at += 1;
                witness.look(&files, done)
            });
            if let Err(what) = witness.judge(seen, done)
                && found.wrong.len() < 5
            {
                let step = life.steps.get(done).copied().unwrap_or("the end");
                found.wrong.push(format!("after call {point}, during {step:?}, {fate:?}: {what}"));
            }
        }
    }
    found
}

/// 128 bits, so that of ten million states no two are taken for one.
fn fingerprint(files: &Files) -> (u64, u64) {
    let half = |begin: u8| {
        let mut hasher = DefaultHasher::new();
        (begin, files).hash(&mut hasher);
        hasher.finish()
    };
    (half(0), half(1))
}
