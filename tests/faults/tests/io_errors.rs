//! A disk that refuses: each call of each operation fails once, and from then on
//! for ever, in each way a disk fails. The answer is a typed error or a true
//! success; nothing is acknowledged that is not there afterwards; and when the
//! disk is mended the vault opens with what was acknowledged.
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a test, which tells what it saw")]

mod rig;
#[path = "../../../vault-core/tests/support/mod.rs"]
mod support;

use rig::keys::KEY_STEPS;
use rig::{ALONE, Content, STEPS, Step, begun, content, open};
use vault_faults::{Failure, Kind, calls};

/// What a run without failures looks like: calls made by each step, and content after it.
fn healthy(steps: &[(&str, Step)]) -> Vec<(calls::Count, Content)> {
    let (machine, _) = begun();
    let mut vault = Some(open(&machine.disk.path()).unwrap());
    let mut after = vec![(calls::Count::default(), content(vault.as_ref().unwrap()).unwrap())];
    for (_, step) in steps {
        calls::fail(None);
        step(&machine, &mut vault).unwrap();
        let count = calls::count();
        after.push((count, content(vault.as_ref().unwrap()).unwrap()));
    }
    calls::stop();
    after
}

/// Step `failing` meets a disk that fails; true when it said so.
fn fails_in(steps: &[(&str, Step)], failing: usize, failure: Failure, healthy: &[(calls::Count, Content)]) -> bool {
    let told = format!("{:?} with {failure:?}", steps[failing].0);
    let (machine, _) = begun();
    let mut vault = Some(open(&machine.disk.path()).unwrap());
    // Read as in the healthy run: what was read last is written down, too.
    content(vault.as_ref().unwrap()).unwrap();
    for (_, step) in &steps[..failing] {
        step(&machine, &mut vault).unwrap();
        content(vault.as_ref().unwrap()).unwrap();
    }
    calls::fail(Some(failure));
    let outcome = steps[failing].1(&machine, &mut vault);
    assert!(calls::count().failed > 0, "{told}: nothing failed, so nothing is shown");
    // On this handle: whatever is still acknowledged must be there afterwards,
    // and after a failed flush nothing is: the kernel may have dropped the pages.
    let flushes_failed = calls::count().flushes_failed;
    calls::fail(None);
    let later = rig::set_later(&vault);
    let reopened = steps[failing].0.contains("open");
    assert!(!later || flushes_failed == 0 || reopened, "{told}: acknowledged after a flush that failed");
    calls::fail(None);
    drop(vault);
    let vault = open(&machine.disk.path()).unwrap_or_else(|error| panic!("{told}: afterwards {error}"));
    let (found, later_found) = rig::split_later(content(&vault).unwrap_or_else(|error| panic!("{told}: {error}")));
    let (before, after) = (&healthy[failing].1, &healthy[failing + 1].1);
    match &outcome {
        Ok(()) => assert!(found == *after, "{told}: acknowledged, and not there"),
        Err(error) if error.contains("nothing was written") => {
            assert!(found == *before, "{told}: it said that nothing was written");
        }
        Err(_) => assert!(found == *before || found == *after, "{told}: half of it is there"),
    }
    assert!(!later || later_found, "{told}: a later write was acknowledged and lost");
    calls::stop();
    outcome.is_err()
}

/// Every call of this kind, in every step, in each of these ways; how many were shown and told.
fn each_fails(steps: &[(&str, Step)], kind: Kind, errors: &[Option<i32>]) -> (u32, u32) {
    let _alone = ALONE.lock();
    let healthy = healthy(steps);
    let (mut shown, mut refused) = (0, 0);
    for (failing, (made, _)) in healthy.iter().skip(1).enumerate() {
        let calls = if kind == Kind::Change { made.changes } else { made.looks };
        for after in 0..calls {
            for errno in errors.iter().copied() {
                for persistent in [false, true] {
                    let failed = fails_in(steps, failing, Failure { kind, after, errno, persistent }, &healthy);
                    shown += 1;
                    refused += u32::from(failed);
                }
            }
        }
    }
    (shown, refused)
}

#[test]
fn every_call_of_every_operation_may_fail() {
    let errors = [Some(libc::EIO), Some(libc::ENOSPC), Some(libc::EDQUOT), None];
    let (shown, refused) = each_fails(STEPS, Kind::Change, &errors);
    println!("{shown} failures, {refused} of them told; in the others the work was done all the same");
    assert!(refused > shown / 3, "most failures have to be told: {refused} of {shown}");
}

#[test]
fn every_opening_and_reading_in_every_operation_may_fail() {
    let (shown, refused) = each_fails(STEPS, Kind::Look, &[Some(libc::EIO), Some(libc::EMFILE)]);
    println!("{shown} failures to open or read, {refused} of them told");
    assert!(refused > shown / 4, "many failures have to be told: {refused} of {shown}");
}

#[test]
fn every_call_of_every_operation_on_keys_may_fail() {
    let (shown, refused) = each_fails(KEY_STEPS, Kind::Change, &[Some(libc::EIO), Some(libc::ENOSPC), None]);
    println!("{shown} failures, {refused} of them told; in the others the work was done all the same");
    assert!(refused > shown / 3, "most failures have to be told: {refused} of {shown}");
}

/// Opening a vault and reading all of it: what cannot be read is said to be so
/// and is never missing. Called damaged it is for EIO alone, which SQLite takes
/// for a medium that has lost a part of the file.
#[test]
fn what_cannot_be_read_is_never_missing() {
    let _alone = ALONE.lock();
    let (machine, _) = begun();
    let mut vault = Some(open(&machine.disk.path()).unwrap());
    STEPS.iter().for_each(|(_, step)| step(&machine, &mut vault).unwrap());
    let expected = content(vault.as_ref().unwrap()).unwrap();
    drop(vault.take().map(vault_core::Vault::seal));
    let read = || open(&machine.disk.path()).and_then(|vault| content(&vault));
    calls::fail(None);
    assert!(read().unwrap() == expected);
    let looks = calls::count().looks;
    let (mut told, mut read_all_the_same) = (0, 0);
    for after in 0..looks {
        for (errno, persistent) in [
            (Some(libc::EIO), false),
            (Some(libc::EIO), true),
            (Some(libc::EMFILE), false),
            (Some(libc::EMFILE), true),
            (None, false),
            (None, true),
        ] {
            let failure = Failure { kind: Kind::Look, after, errno, persistent };
            calls::fail(Some(failure));
            let found = read();
            assert!(calls::count().failed > 0, "{failure:?}: nothing failed, so nothing is shown");
            calls::fail(None);
            match found {
                Ok(found) => {
                    assert!(found == expected, "{failure:?}: something is missing or wrong");
                    read_all_the_same += 1;
                }
                Err(trouble) => {
                    assert!(errno == Some(libc::EIO) || !trouble.is_damage, "{failure:?}: {trouble}");
                    told += 1;
                }
            }
        }
    }
    calls::stop();
    println!("{looks} calls that open or read: {told} failures told, {read_all_the_same} times everything was read");
    assert!(told > 0 && read_all_the_same > 0);
}
