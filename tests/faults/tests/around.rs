//! What lies around a vault, when the power fails and when the disk does: the
//! audit log's files, the anchor, copies and what is restored of them.
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a test, which tells what it saw")]

mod rig;
#[path = "../../../vault-core/tests/support/mod.rs"]
mod support;

use std::collections::BTreeMap;

use rig::around::{ANCHOR, STEPS, Seen, Site, lines, look};
use rig::cuts::{Life, Witness, cut_everywhere};
use rig::{ALONE, Content, Files, content, watched};
use vault_core::audit::Alarm;
use vault_core::host::Host;
use vault_core::seal::key_file::KeyFile;
use vault_faults::disk::{Dice, Fate};
use vault_faults::{Event, Failure, Kind, calls};
use vault_tests::scale;

/// What had been done before the first step and after each.
struct History {
    contents: Vec<Content>,
    /// The anchor, in bytes.
    anchors: Vec<Vec<u8>>,
    /// The audit log's lines that a sync had confirmed.
    synced: Vec<Vec<u8>>,
    /// What the copies that were reported done hold.
    copies: Vec<BTreeMap<String, Content>>,
    /// Every line that was ever written.
    lines: Vec<u8>,
}

fn live() -> (Life, History) {
    let contents = healthy().into_iter().map(|(_, content)| content).collect();
    let (mut site, disk) = Site::begun();
    let mut acknowledged = vec![0];
    let anchors = vec![site.files()[ANCHOR].clone()];
    let mut history =
        History { contents, anchors, synced: vec![Vec::new()], copies: vec![BTreeMap::new()], lines: Vec::new() };
    for (at, (what, step)) in STEPS.iter().enumerate() {
        step(&mut site).unwrap_or_else(|error| panic!("{what}: {error}"));
        acknowledged.push(calls::recorded());
        let (mut synced, mut copies) = (history.synced[at].clone(), history.copies[at].clone());
        if what.contains("sync") {
            // Nothing was recorded since.
            synced = lines(&site.files());
        }
        if let Some(name) = copied_in(what) {
            copies.insert(name.to_owned(), history.contents[at + 1].clone());
        }
        history.anchors.push(site.files()[ANCHOR].clone());
        history.synced.push(synced);
        history.copies.push(copies);
    }
    let events = calls::stop();
    history.lines = lines(&site.files());
    let steps = STEPS.iter().map(|(what, _)| *what).collect();
    (Life { disk, events, acknowledged, steps }, history)
}

/// The copy that a step makes.
fn copied_in(step: &str) -> Option<&'static str> {
    match step {
        "copy" => Some("copies/one.vault"),
        "copy again" => Some("copies/two.vault"),
        _ => None,
    }
}

impl Witness for History {
    type Seen = Seen;

    fn look(&self, files: &Files, _done: usize) -> Seen {
        look(files)
    }

    fn judge(&self, seen: &Seen, done: usize) -> Result<(), String> {
        let content = seen.content.as_ref().map_err(Clone::clone)?;
        if self.contents[done..].iter().take(2).all(|allowed| allowed != content) {
            return Err("the vault holds something else".to_owned());
        }
        if self.anchors[done..].iter().take(2).all(|anchor| *anchor != seen.anchor) {
            return Err("another anchor lies beside the vault".to_owned());
        }
        if !seen.lines.starts_with(&self.synced[done]) {
            return Err("audit lines that were synced are not there".to_owned());
        }
        // Lines that were not synced may be there in part. In the file that is
        // written they are set aside; holes, and the torn end of a file that was
        // put aside, are a break in the chain behind the checkpoint. What the
        // vault remembers is never missed.
        let whole = self.lines.starts_with(&seen.lines) && !seen.torn_older;
        if whole && (!seen.alarms.is_empty() || seen.problems > 0) {
            return Err(format!("{} problems in an audit log that is whole: {:?}", seen.problems, seen.alarms));
        }
        if let Some(alarm) = seen.alarms.iter().find(|alarm| !matches!(alarm, Alarm::Broken { .. })) {
            return Err(format!("the audit log: {alarm}"));
        }
        for (name, expected) in &self.copies[done] {
            match seen.copies.get(name) {
                Some(Ok(found)) if found == expected => {}
                Some(Ok(_)) => return Err(format!("{name} holds something else")),
                Some(Err(error)) => return Err(format!("{name}: {error}")),
                None => return Err(format!("{name} was reported done and is not there")),
            }
        }
        Ok(())
    }
}

/// A slot must not outlive its key: once a key file is made, both its bytes and its name last.
#[test]
fn a_key_file_that_was_made_is_there_after_a_power_cut() {
    let _alone = ALONE.lock();
    let directory = tempfile::tempdir().unwrap();
    let root = directory.path().canonicalize().unwrap();
    std::fs::create_dir(root.join("keys")).unwrap();
    let mut disk = watched(&root);
    let path = root.join("keys/vault.key");
    let made = KeyFile::create(&path, &Host::system());
    calls::stop().iter().for_each(|event| disk.apply(event));
    made.unwrap();
    let states = [Fate::None, Fate::All].into_iter().chain(std::iter::repeat_n(Fate::Some, 100));
    for (fate, fall) in states.zip(1..) {
        let left = disk.cut(fate, &mut Dice(fall));
        assert_eq!(left.get("keys/vault.key"), Some(&std::fs::read(&path).unwrap()), "{fate:?} {fall}");
    }
}

#[test]
fn no_power_cut_parts_a_vault_from_its_log_its_anchor_and_its_copies() {
    let alone = ALONE.lock();
    let (life, history) = live();
    drop(alone);
    every_kind_of_call_is_seen(&life.events);
    let (states, seed) = (scale("PROVE_POWER_STATES", 40_000) / 10, scale("PROVE_SEED", 1));
    let honest = cut_everywhere(&life, &life.disk, &history, states, seed);
    println!(
        "{} calls, {} states, {} of them looked at (the others alike), seed {seed}",
        life.events.len(),
        honest.states,
        honest.looked_at
    );
    assert_eq!(honest.wrong, Vec::<String>::new());
    // The test would see it: in turn the syncs of the log, of the new anchor and of the copies do nothing.
    for (about, loses) in [("audit.log", "audit lines"), (".anchor.new", "anchor"), ("two.vault", "copies/two.vault")] {
        let disk = life.disk.clone().lying(about);
        let lying = cut_everywhere(&life, &disk, &history, 3 * life.events.len() as u64, seed);
        assert!(lying.wrong.iter().any(|what| what.contains(loses)), "a lie about {about}: {lying:?}");
    }
}

/// Calls that rustix makes are seen as well: otherwise nothing here is shown.
fn every_kind_of_call_is_seen(events: &[Event]) {
    let links = |end: &str| events.iter().any(|event| matches!(event, Event::Link { name, .. } if name.ends_with(end)));
    assert!(links("audit.log.new") && links("a.anchor.new") && links("one.vault"), "files that are made");
    let renamed = |end: &str| events.iter().any(|event| matches!(event, Event::Rename { to, .. } if to.ends_with(end)));
    assert!(renamed("audit.log.1") && renamed("audit.log") && renamed("a.anchor"), "files that are renamed");
    let copies: Vec<_> = events
        .iter()
        .filter_map(|event| match event {
            Event::Link { name, inode } if name == "copies/one.vault" => Some(*inode),
            _ => None,
        })
        .collect();
    let synced = |inode| events.iter().any(|event| matches!(event, Event::Sync { inode: of } if *of == inode));
    assert!(copies.iter().all(|inode| synced(*inode)), "a copy's sync");
}

/// Calls made by each step, and what there is after it. Reading is what
/// fills the audit log, so the lives that are cut or fail do without.
fn healthy() -> Vec<(calls::Count, Content)> {
    let (mut site, _) = Site::begun();
    let mut after = vec![(calls::Count::default(), content(site.live().unwrap()).unwrap())];
    let (mut counted, _) = Site::begun();
    for (_, step) in STEPS {
        calls::fail(None);
        step(&mut counted).unwrap();
        let count = calls::count();
        step(&mut site).unwrap();
        after.push((count, content(site.live().unwrap()).unwrap()));
    }
    calls::stop();
    after
}

/// Step `failing` meets a disk that fails; true when it said so.
fn fails_in(failing: usize, failure: Failure, healthy: &[(calls::Count, Content)]) -> bool {
    let told = format!("{:?} with {failure:?}", STEPS[failing].0);
    let (mut site, _) = Site::begun();
    STEPS[..failing].iter().for_each(|(_, step)| step(&mut site).unwrap());
    calls::fail(Some(failure));
    let outcome = STEPS[failing].1(&mut site);
    assert!(calls::count().failed > 0, "{told}: nothing failed, so nothing is shown");
    calls::fail(None);
    calls::stop();
    let found = site.files();
    let seen = look(&found);
    let content = seen.content.unwrap_or_else(|error| panic!("{told}: afterwards {error}"));
    let (before, after) = (&healthy[failing].1, &healthy[failing + 1].1);
    match &outcome {
        Ok(()) => assert!(content == *after, "{told}: acknowledged, and not there"),
        Err(error) if error.contains("nothing was written") => assert!(content == *before, "{told}: {error}"),
        Err(_) => assert!(content == *before || content == *after, "{told}: half of it is there"),
    }
    // What could not be written was said to be lost, in the log itself or nowhere: never a broken chain.
    assert_eq!((&seen.alarms, seen.problems), (&Vec::new(), 0), "{told}: the audit log");
    let name = copied_in(STEPS[failing].0);
    for (copy, restored) in &seen.copies {
        match restored {
            Ok(_) => {}
            // Half a copy that could not be removed either is refused.
            Err(_) if outcome.is_err() && name == Some(copy.as_str()) => {}
            Err(error) => panic!("{told}: {copy}: {error}"),
        }
    }
    assert!(outcome.is_err() || name.is_none_or(|name| seen.copies.contains_key(name)), "{told}: no copy");
    outcome.is_err()
}

#[test]
fn every_call_around_a_vault_may_fail() {
    let _alone = ALONE.lock();
    let healthy = healthy();
    let (mut shown, mut refused) = (0, 0);
    for (failing, (made, _)) in healthy.iter().skip(1).enumerate() {
        for after in 0..made.changes {
            for errno in [Some(libc::EIO), Some(libc::ENOSPC), None] {
                for persistent in [false, true] {
                    let failed = fails_in(failing, Failure { kind: Kind::Change, after, errno, persistent }, &healthy);
                    shown += 1;
                    refused += u32::from(failed);
                }
            }
        }
    }
    println!("{shown} failures, {refused} of them told; in the others the work was done all the same");
    assert!(refused > shown / 4, "many failures have to be told: {refused} of {shown}");
}
