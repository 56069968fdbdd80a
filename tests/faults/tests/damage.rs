//! Damage: bits of a vault's file flipped, the file cut short and made longer,
//! the log beside it likewise, and copies. What opens afterwards holds exactly
//! what it held; everything else is refused as damaged. Nothing wrong, nothing
//! silently missing.
//!
//! A log cut short is a rollback of the whole vault to an earlier commit. The
//! file cannot tell, as after any rollback; it must then hold exactly what was
//! acknowledged at that commit. Beside an anchor it is refused.
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a test, which tells what it saw")]

mod rig;
#[path = "../../../vault-core/tests/support/mod.rs"]
mod support;

use std::collections::BTreeMap;

use rig::around::restore;
use rig::{Content, Files, STEPS, Trouble, content, content_of, lay_out, machine, open, open_beside};
use support::{Machine, key_file, operator, put, user};
use vault_core::{ANCHOR_LEN, Vault};
use vault_faults::disk::Dice;
use vault_tests::scale;

#[derive(Default, Debug)]
struct Seen {
    /// Refused as damaged.
    refused: u64,
    /// Opened with exactly what it held, by place in what is allowed.
    identical: BTreeMap<usize, u64>,
    /// What may never be: opened with anything else, or refused for another reason.
    wrong: Vec<String>,
}

impl Seen {
    fn judge(&mut self, what: impl Fn() -> String, looked: &Result<Content, Trouble>, allowed: &[Content]) {
        match looked {
            Err(trouble) if trouble.is_damage => self.refused += 1,
            Err(trouble) => self.wrong.push(format!("{}: {trouble}", what())),
            Ok(content) => match allowed.iter().rposition(|one| one == content) {
                Some(at) => *self.identical.entry(at).or_default() += 1,
                None => self.wrong.push(what()),
            },
        }
    }

    fn harmless(&self) -> u64 {
        self.identical.values().sum()
    }

    fn with(mut self, other: Self) -> Self {
        self.refused += other.refused;
        other.identical.into_iter().for_each(|(at, count)| *self.identical.entry(at).or_default() += count);
        self.wrong.extend(other.wrong);
        self
    }
}

/// A way to look at files.
type Look = dyn Fn(&Files) -> Result<Content, Trouble> + Sync;

fn as_a_vault(files: &Files) -> Result<Content, Trouble> {
    content_of(files, &key_file(1))
}

/// A vault with a life behind it.
fn lived() -> (Machine, Vault<vault_core::Open>) {
    let machine = begun();
    let mut vault = Some(open(&machine.disk.path()).unwrap());
    for (_, step) in STEPS {
        step(&machine, &mut vault).unwrap();
    }
    (machine, vault.unwrap())
}

fn begun() -> Machine {
    let machine = machine();
    let vault = machine.create(key_file(1));
    put(&vault.caller(&user(1)), "a", b"first");
    drop(vault.seal());
    machine
}

/// A closed vault's file, and what it holds.
fn closed() -> (Files, Content) {
    let (machine, vault) = lived();
    let content = content(&vault).unwrap();
    drop(vault.seal());
    (files_of(&machine), content)
}

/// A vault's files as a crash leaves them, log and all; all it ever held; its anchor at each of these moments.
fn with_log() -> (Files, Vec<Content>, Vec<[u8; ANCHOR_LEN]>) {
    let machine = begun();
    let mut vault = Some(open(&machine.disk.path()).unwrap());
    let moment = |vault: &Option<Vault<_>>| {
        let vault = vault.as_ref().unwrap();
        (content(vault).unwrap(), vault.anchor().unwrap())
    };
    let mut history = vec![moment(&vault)];
    for (_, step) in STEPS.iter().filter(|(what, _)| what.contains("set") || *what == "delete") {
        step(&machine, &mut vault).unwrap();
        history.push(moment(&vault));
    }
    let files = files_of(&machine);
    assert!(files.values().all(|bytes| !bytes.is_empty()) && files.len() == 2, "a file and its log");
    let (contents, anchors) = history.into_iter().unzip();
    (files, contents, anchors)
}

fn files_of(machine: &Machine) -> Files {
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

fn log_of(files: &Files) -> &String {
    files.keys().find(|name| name.ends_with("-wal")).unwrap()
}

/// `flips` bits, spread over the file from a point that the seed chooses; all of them when there are no more.
fn flip(files: &Files, name: &str, flips: u64, allowed: &[Content], look: &Look) -> Seen {
    let bits = files[name].len() as u64 * 8;
    // Odd, so that every position in a byte is met.
    let stride = (bits / flips).max(1) | 1;
    let first = Dice(scale("PROVE_SEED", 1)).below(stride as usize) as u64;
    let damages: Vec<u64> = (first..bits).step_by(stride as usize).collect();
    on_every_core(&damages, |bit, seen| {
        let mut files = files.clone();
        files.get_mut(name).unwrap()[(bit / 8) as usize] ^= 1 << (bit % 8);
        seen.judge(|| format!("bit {bit} of {name}"), &look(&files), allowed);
    })
}

/// Every `step`th length from nothing to the whole and a little more.
fn resize(files: &Files, name: &str, step: usize, allowed: &[Content], look: &Look) -> Seen {
    let whole = files[name].len();
    let damages: Vec<u64> = (0..whole + 8_192).step_by(step).map(|len| len as u64).collect();
    on_every_core(&damages, |len, seen| {
        let mut files = files.clone();
        files.get_mut(name).unwrap().resize(len as usize, 0x5a);
        seen.judge(|| format!("{name} of {len} bytes instead of {whole}"), &look(&files), allowed);
    })
}

fn on_every_core(damages: &[u64], work: impl Fn(u64, &mut Seen) + Sync) -> Seen {
    let workers = std::thread::available_parallelism().map_or(1, usize::from);
    let seen = std::thread::scope(|scope| {
        let share = |nth| {
            let work = &work;
            scope.spawn(move || {
                let mut seen = Seen::default();
                damages.iter().skip(nth).step_by(workers).for_each(|damage| work(*damage, &mut seen));
                seen
            })
        };
        let workers: Vec<_> = (0..workers).map(share).collect();
        workers.into_iter().map(|worker| worker.join().unwrap()).collect::<Vec<_>>()
    });
    seen.into_iter().fold(Seen::default(), Seen::with)
}

fn flips() -> u64 {
    scale("PROVE_DAMAGE_FLIPS", 4_000)
}

fn step() -> usize {
    scale("PROVE_DAMAGE_STEP", 97) as usize
}

#[test]
fn a_flipped_bit_is_refused_or_changes_nothing() {
    let (files, content) = closed();
    let [(name, bytes)] = files.iter().collect::<Vec<_>>()[..] else { panic!("one file: {:?}", files.keys()) };
    let seen = flip(&files, name, flips(), std::slice::from_ref(&content), &as_a_vault);
    println!("a vault of {} bytes: {} flips refused, {} harmless", bytes.len(), seen.refused, seen.harmless());
    assert_eq!(seen.wrong, Vec::<String>::new());
    assert!(seen.refused > 0 && seen.harmless() > 0, "both kinds of place are met: {seen:?}");
}

#[test]
fn a_file_of_another_length_is_refused_or_holds_the_same() {
    let (files, content) = closed();
    let name = files.keys().next().unwrap();
    let seen = resize(&files, name, step(), std::slice::from_ref(&content), &as_a_vault);
    println!("a vault: {} lengths refused, {} harmless", seen.refused, seen.harmless());
    assert_eq!(seen.wrong, Vec::<String>::new());
    assert!(seen.refused > 0);
}

#[test]
fn a_damaged_log_is_refused_or_ends_at_a_commit() {
    let (files, history, _) = with_log();
    let log = log_of(&files);
    let flipped = flip(&files, log, flips() / 4, &history, &as_a_vault);
    let cut = resize(&files, log, step() * 4, &history, &as_a_vault);
    println!("a log of {} bytes, by the commit it ends at: {flipped:?}, lengths: {cut:?}", files[log].len());
    assert_eq!((&flipped.wrong, &cut.wrong), (&Vec::new(), &Vec::new()));
    // It shows. Frames are summed one over the other, so a flipped bit takes at
    // least the last commit; a cut takes as many as it is long, and none when the log is whole.
    let newest = history.len() - 1;
    let older = |seen: &Seen| seen.identical.range(..newest).map(|(_, count)| count).sum::<u64>();
    assert!(older(&flipped) > 0 && older(&cut) > 0, "{flipped:?}, {cut:?}");
    assert!(cut.identical.get(&newest).is_some_and(|count| *count > 0), "{cut:?}");
}

#[test]
fn a_longer_log_never_ends_at_an_earlier_commit() {
    let (files, history, _) = with_log();
    let (log, mut before) = (log_of(&files), None);
    for len in (0..=files[log].len()).step_by(step() * 4) {
        let mut files = files.clone();
        files.get_mut(log).unwrap().truncate(len);
        // Refused when a part of the first commits is missing, which the file itself needs.
        let Ok(content) = as_a_vault(&files) else { continue };
        let at = history.iter().rposition(|one| *one == content);
        assert!(at.is_some() && at >= before, "a log of {len} bytes ends at {at:?}, a shorter one at {before:?}");
        before = at;
    }
    assert!(before.is_some(), "some of them open");
}

#[test]
fn a_cut_log_is_refused_beside_an_anchor() {
    let (files, history, anchors) = with_log();
    let (log, whole) = (log_of(&files), files[log_of(&files)].len());
    let (mut refused, mut opened) = (0, 0);
    for len in (0..=whole).step_by(step() * 4).chain([whole]) {
        let mut cut = files.clone();
        cut.get_mut(log).unwrap().truncate(len);
        let Ok(content) = as_a_vault(&cut) else { continue };
        let ends_at = history.iter().rposition(|one| *one == content).unwrap();
        for (at, anchor) in anchors.iter().enumerate() {
            let machine = machine();
            lay_out(&cut, machine.disk.path().parent().unwrap());
            match open_beside(&machine.disk.path(), &key_file(1), Some(anchor)) {
                Err(trouble) => {
                    assert!(trouble.what.contains("an older vault file was put back"), "{trouble}");
                    assert!(at > ends_at, "an anchor of moment {at} refused a log that ends at {ends_at}");
                    refused += 1;
                }
                Ok(_) => {
                    assert!(at <= ends_at, "an anchor of moment {at} took a log that ends at {ends_at}");
                    opened += 1;
                }
            }
        }
    }
    println!("cut logs beside anchors: {refused} refused as rolled back, {opened} opened");
    assert!(refused > 0 && opened > 0);
}

#[test]
fn an_anchor_with_any_bit_or_length_changed_is_refused() {
    let (_machine, vault) = lived();
    let anchor = vault.anchor().unwrap();
    vault.check_anchor(&anchor).unwrap();
    for bit in 0..anchor.len() * 8 {
        let mut changed = anchor;
        changed[bit / 8] ^= 1 << (bit % 8);
        assert!(vault.check_anchor(&changed).is_err(), "bit {bit}");
    }
    for len in (0..2 * anchor.len()).filter(|len| *len != anchor.len()) {
        let mut changed = anchor.to_vec();
        changed.resize(len, 0x5a);
        assert!(vault.check_anchor(&changed).is_err(), "length {len}");
    }
}

#[test]
fn a_damaged_copy_is_refused_or_restores_the_same() {
    let (machine, vault) = lived();
    let content = content(&vault).unwrap();
    let path = machine.disk.path().with_file_name("copy.vault");
    vault.caller(&operator()).backup::<vault_core::store::sqlite::SqliteStore>(&path, None).unwrap();
    let files = Files::from([("copy.vault".to_owned(), std::fs::read(&path).unwrap())]);
    let look = |files: &Files| {
        let machine = rig::machine();
        lay_out(files, machine.disk.path().parent().unwrap());
        restore(&machine.disk.path().with_file_name("copy.vault"))
    };
    let allowed = std::slice::from_ref(&content);
    let flipped = flip(&files, "copy.vault", flips() / 4, allowed, &look);
    let cut = resize(&files, "copy.vault", step() * 4, allowed, &look);
    println!("a copy: {flipped:?}, lengths: {cut:?}");
    assert_eq!((&flipped.wrong, &cut.wrong), (&Vec::new(), &Vec::new()));
    assert!(flipped.refused > 0 && flipped.harmless() > 0 && cut.refused > 0);
}
