//! kill -9 while clients write, again and again: what was acknowledged is there,
//! whole, and nothing is there that nobody wrote.
//!
//! This proves that an answer is never earlier than the commit. That a commit
//! survives the power, too, no kill can prove: the operating system keeps what
//! was written. Crash states of the disk are rebuilt in the core's own tests.

#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests, outside a test function")]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

use vault_client::blocking::Client;
use vault_client::{ClientError, ListQuery, NewSlot, SecretBytes, UnlockSecret, WireError};
use vault_tests::daemon::options;
use vault_tests::{Site, scale, until};

const WRITERS: u64 = 8;
const NAMES: u64 = 6;
/// Kinds of an operator's work.
const OPERATIONS: usize = 6;

/// What a writer knows of one name.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Known {
    /// The write that was acknowledged last; none = never written, or destroyed.
    acknowledged: Option<u64>,
    /// A write that may or may not have happened, and what it would have left.
    in_flight: Option<Option<u64>>,
    /// Every version acknowledged so far is at most this.
    version: u64,
}

type Oracle = BTreeMap<String, Known>;

#[test]
fn kills_lose_nothing_that_was_acknowledged() {
    let cycles = scale("PROVE_KILLS", 300);
    let site = Site::new();
    let mut oracles: Vec<Oracle> = (0..WRITERS).map(|_| Oracle::new()).collect();
    let (mut next, mut acknowledged, mut unsure) = (vec![1; WRITERS as usize], 0, 0);
    for cycle in 0..cycles {
        let daemon = site.serve();
        let vault = daemon.client();
        check(&vault, &mut oracles);
        if cycle % 10 == 9 {
            assert_eq!(vault.check().unwrap().problems, Vec::<String>::new());
            let audit = vault.audit_verify().unwrap();
            assert_eq!(audit.problems, Vec::<String>::new(), "cycle {cycle}");
        }
        drop(vault);
        let writes = AtomicU64::new(0);
        std::thread::scope(|scope| {
            let writers: Vec<_> = (oracles.iter_mut().zip(&mut next).enumerate())
                .map(|(who, (oracle, next))| {
                    let (socket, writes) = (site.socket(), &writes);
                    scope.spawn(move || write(&socket, who, oracle, next, writes))
                })
                .collect();
            // Not before writes are under way, and then at no moment in particular.
            until("writes", || (writes.load(Ordering::Relaxed) > 8).then_some(()));
            std::thread::sleep(Duration::from_micros(jitter() % 40_000));
            daemon.kill();
            writers.into_iter().for_each(|writer| writer.join().unwrap());
        });
        acknowledged += writes.load(Ordering::Relaxed);
        unsure += oracles.iter().flat_map(Oracle::values).filter(|known| known.in_flight.is_some()).count();
    }
    let daemon = site.serve();
    check(&daemon.client(), &mut oracles);
    assert_eq!(daemon.terminate(), 0);
    assert!(unsure > cycles as usize / 2, "the kills came between the writes: {unsure} in flight");
    println!("{cycles} kills: {acknowledged} writes acknowledged, {unsure} in flight at a kill");
}

#[test]
fn kills_amid_an_operators_work_lose_nothing_either() {
    let site = Site::new();
    let mut oracle = Oracle::new();
    let (mut next, mut done) = (1, [0; OPERATIONS]);
    for cycle in 0..16 {
        let daemon = site.serve();
        let vault = daemon.client();
        check(&vault, std::slice::from_mut(&mut oracle));
        assert_eq!(vault.check().unwrap().problems, Vec::<String>::new(), "cycle {cycle}");
        assert_eq!(vault.audit_verify().unwrap().problems, Vec::<String>::new(), "cycle {cycle}");
        assert!(vault.slots().unwrap().iter().any(|slot| slot.kind == "key-file"), "it opens by itself again");
        let writes = AtomicU64::new(0);
        std::thread::scope(|scope| {
            let writer = scope.spawn({
                let (socket, oracle, next, writes) = (site.socket(), &mut oracle, &mut next, &writes);
                move || write(&socket, 0, oracle, next, writes)
            });
            let operator = scope.spawn({
                let (site, done, writes) = (&site, &mut done, &writes);
                move || {
                    // Before, the user may have no scope whose key could be replaced.
                    until("a first write", || (writes.load(Ordering::Relaxed) > 0).then_some(()));
                    operate(site, cycle, done);
                }
            });
            until("writes", || (writes.load(Ordering::Relaxed) > 4).then_some(()));
            std::thread::sleep(Duration::from_micros(jitter() % 120_000));
            daemon.kill();
            writer.join().unwrap();
            operator.join().unwrap();
        });
    }
    let daemon = site.serve();
    check(&daemon.client(), std::slice::from_mut(&mut oracle));
    assert_eq!(daemon.terminate(), 0);
    assert!(done.iter().all(|times| *times > 0), "each was done, and so could be interrupted: {done:?}");
}

/// Replaces keys, changes slots, copies, rotates: until the daemon is gone.
fn operate(site: &Site, from: usize, done: &mut [u64; OPERATIONS]) {
    let Some(vault) = connect(&site.socket()) else { return };
    let key = || UnlockSecret::KeyFile(SecretBytes::new(fs::read(site.key()).unwrap()));
    let own = format!("uid:{}", rustix::process::geteuid().as_raw());
    for step in from.. {
        let result = match step % OPERATIONS {
            // Drops what a killed step before left, but for the key file.
            0 => vault.rekey_root(vec![key()], true).map(drop),
            1 => vault.rekey_scope(None).map(drop),
            2 => vault.rekey_scope(Some(&own)).map(drop),
            3 => vault.slot_add(key(), NewSlot::RecoveryKey {}, "more").map(drop),
            4 => vault.backup_begin(true).and_then(|copy| vault.backup_end(copy.id, true)),
            _ => vault.audit_rotate(),
        };
        match result {
            Ok(()) => done[step % OPERATIONS] += 1,
            Err(ClientError::Server(error)) => panic!("step {step}: {error:?}"),
            Err(_) => return,
        }
    }
}

/// None when the daemon is gone already: on a busy machine a thread may begin
/// only after the others have written and the kill has come.
fn connect(socket: &Path) -> Option<Client> {
    match Client::connect(options(socket)) {
        Ok(vault) => Some(vault),
        Err(ClientError::NotRunning { .. } | ClientError::Unavailable(_)) => None,
        Err(error) => panic!("{error:?}"),
    }
}

/// Writes until the daemon is gone.
fn write(socket: &Path, who: usize, oracle: &mut Oracle, next: &mut u64, writes: &AtomicU64) {
    let Some(vault) = connect(socket) else { return };
    loop {
        let n = *next;
        *next += 1;
        let name = format!("w{who}_{}", n % NAMES);
        let known = oracle.entry(name.clone()).or_default();
        // Now and then something disappears.
        let (result, after) = if n.is_multiple_of(11) {
            (vault.destroy(&name).map(|_| known.version), None)
        } else {
            (vault.set(&name, &value(who, n)), Some(n))
        };
        match result {
            Ok(version) => {
                assert!(after.is_none() || version > known.version, "version {version} was used before");
                *known = Known { acknowledged: after, in_flight: None, version };
                writes.fetch_add(1, Ordering::Relaxed);
            }
            Err(error) => {
                // Only this answer leaves it open; any other says that nothing was done.
                if matches!(error, ClientError::Indeterminate(_)) {
                    known.in_flight = Some(after);
                } else {
                    assert!(matches!(error, ClientError::NotRunning { .. } | ClientError::Unavailable(_)), "{error:?}");
                }
                return;
            }
        }
    }
}

/// The vault holds what the oracles know, and nothing else.
fn check(vault: &Client, oracles: &mut [Oracle]) {
    let listed: Vec<_> = vault.list_all(&ListQuery::new()).unwrap().into_iter().map(|info| info.name).collect();
    let mut expected = Vec::new();
    for (who, oracle) in oracles.iter_mut().enumerate() {
        for (name, known) in oracle {
            let (found, version) = match vault.get(name) {
                Ok(read) => {
                    let text = read.expose().split(|byte| *byte == b':').nth(1).unwrap();
                    let n = std::str::from_utf8(text).unwrap().parse().unwrap();
                    assert!(read.expose() == value(who, n), "{name}: torn");
                    (Some(n), read.version())
                }
                Err(ClientError::Server(WireError::Missing { .. })) => (None, known.version),
                Err(error) => panic!("{name}: {error}"),
            };
            let allowed = found == known.acknowledged || known.in_flight == Some(found);
            assert!(allowed, "{name}: {found:?} is there, the oracle knows {known:?}");
            assert!(version >= known.version, "{name}: version {version}, {} was acknowledged", known.version);
            if found.is_some() {
                expected.push(name.clone());
            }
            // From here on this is what is known.
            *known = Known { acknowledged: found, in_flight: None, version };
        }
    }
    expected.sort();
    assert_eq!(listed, expected, "names nobody wrote, or names that are gone");
}

/// As long as no other, so that a torn one shows.
fn value(who: usize, n: u64) -> Vec<u8> {
    let len = (n * 7_919 % 9_000) as usize;
    let mut value = format!("{who}:{n}:").into_bytes();
    value.extend((0..len).map(|at| (at as u64 * n % 251) as u8));
    value
}

fn jitter() -> u64 {
    let nanoseconds = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().subsec_nanos();
    u64::from(nanoseconds).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 20
}
