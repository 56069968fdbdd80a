//! A disk that refuses: each call of each operation fails once, and from then on
//! for ever, in each way a disk fails. The answer is a typed error or a true
//! success; nothing is acknowledged that is not there afterwards; and when the
//! disk is mended the vault opens with what was acknowledged.
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a test, which tells what it saw")]

mod rig;
#[path = "../../../vault-core/tests/support/mod.rs"]
mod support;

use rig::{Content, STEPS, begun, content, open};
use vault_faults::{Failure, Kind, calls};

/// What a run without failures looks like: calls made by each step, and content after it.
fn healthy() -> Vec<(u64, Content)> {
    let (machine, _) = begun();
    let mut vault = Some(open(&machine.disk.path()).unwrap());
    let mut after = vec![(0, content(vault.as_ref().unwrap()).unwrap())];
    for (_, step) in STEPS {
        calls::fail(None);
        step(&machine, &mut vault).unwrap();
        after.push((calls::count().changes, content(vault.as_ref().unwrap()).unwrap()));
    }
    calls::stop();
    after
}

/// Step `failing` meets a disk that fails; true when it said so.
fn fails_in(failing: usize, failure: Failure, healthy: &[(u64, Content)]) -> bool {
    let told = format!("{:?} with {failure:?}", STEPS[failing].0);
    let (machine, _) = begun();
    let mut vault = Some(open(&machine.disk.path()).unwrap());
    // Read as in the healthy run: what was read last is written down, too.
    content(vault.as_ref().unwrap()).unwrap();
    for (_, step) in &STEPS[..failing] {
        step(&machine, &mut vault).unwrap();
        content(vault.as_ref().unwrap()).unwrap();
    }
    calls::fail(Some(failure));
    let outcome = STEPS[failing].1(&machine, &mut vault);
    assert!(calls::count().failed > 0, "{told}: nothing failed, so nothing is shown");
    // On this handle: whatever is still acknowledged must be there afterwards,
    // and after a failed flush nothing is: the kernel may have dropped the pages.
    let flushes_failed = calls::count().flushes_failed;
    calls::fail(None);
    let later = rig::set_later(&vault);
    let reopened = STEPS[failing].0 == "seal and open";
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

#[test]
fn every_call_of_every_operation_may_fail() {
    let healthy = healthy();
    let (mut shown, mut refused) = (0, 0);
    for (failing, (made, _)) in healthy.iter().skip(1).enumerate() {
        for after in 0..*made {
            for errno in [Some(libc::EIO), Some(libc::ENOSPC), Some(libc::EDQUOT), None] {
                for persistent in [false, true] {
                    let failed = fails_in(failing, Failure { kind: Kind::Change, after, errno, persistent }, &healthy);
                    shown += 1;
                    refused += u32::from(failed);
                }
            }
        }
    }
    println!("{shown} failures, {refused} of them told; in the others the work was done all the same");
    assert!(refused > shown / 3, "most failures have to be told: {refused} of {shown}");
}
