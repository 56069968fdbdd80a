//! A million of the smallest requests on one connection.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use vault_client::{Call, Codec, Reply, SecretBytes, WireError};
use vault_tests::site::Config;
use vault_tests::wire::Wire;
use vault_tests::{Daemon, Latency, Process, Site, scale, until};

use super::{alone, honest};

/// Serves another client while something happens; says what became of that one,
/// and how much memory it took the daemon at most, beyond what it had.
fn beside<T: Send>(daemon: &Daemon, hostile: impl FnOnce() -> T + Send) -> (T, Latency, u64) {
    let process = Process::new(daemon.pid());
    honest(daemon, |_| false);
    let (before, done) = (process.rss_kib(), AtomicBool::new(false));
    std::thread::scope(|scope| {
        let served = scope.spawn(|| {
            let mut most = before;
            let latency = honest(daemon, |_| {
                most = most.max(process.rss_kib());
                !done.load(Ordering::Relaxed)
            });
            (latency, most.saturating_sub(before))
        });
        // Also when it fails, or the honest client would go on for ever.
        let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(hostile));
        done.store(true, Ordering::Relaxed);
        let (latency, more) = served.join().unwrap();
        (result.unwrap_or_else(|panic| std::panic::resume_unwind(panic)), latency, more)
    })
}

/// The smallest there are. Now and then one that waits for the disk, so that
/// what comes behind it has to wait in the daemon.
fn call(n: u64) -> Call {
    match n % 1_000 {
        0 => Call::Set { app: None, name: "a".into(), value: SecretBytes::new(vec![1]), if_version: None },
        1..=10 => Call::Get { app: None, name: "b".into(), version: None },
        _ => Call::WhoAmI {},
    }
}

#[test]
fn a_million_tiny_frames_on_one_connection_take_no_memory_and_keep_nobody_waiting() {
    let _alone = alone();
    let frames = scale("PROVE_FRAMES", 1_000_000);
    let site = Site::new();
    let mut command = site.command(&site.unsealing(&Config::default()));
    command.env("VAULTD_LOG", "warn");
    let daemon = site.spawn(command).open();
    let began = Instant::now();
    let (took, latency, more) = beside(&daemon, || {
        let mut sender = Wire::connect(daemon.socket(), Codec::Postcard);
        let mut receiver = sender.share();
        std::thread::scope(|scope| {
            scope.spawn(move || {
                let mut bytes = Vec::new();
                for n in 0..frames {
                    bytes.extend(sender.encode(call(n)));
                    if bytes.len() > CHUNK || n + 1 == frames {
                        sender.send(&bytes);
                        bytes.clear();
                    }
                }
            });
            for n in 0..frames {
                let response = receiver.response().unwrap();
                assert_eq!(response.id, n + 1, "in request order");
                let fits = match (n % 1_000, &response.result) {
                    (0, Ok(Reply::Set { version })) => *version == n / 1_000 + 1,
                    (1..=10, Err(WireError::Missing { expired: false })) => true,
                    (11.., Ok(Reply::WhoAmI { .. })) => true,
                    _ => false,
                };
                assert!(fits, "{n}: {:?}", response.result);
            }
        });
        began.elapsed()
    });
    println!("{frames} frames in {took:.2?}; another client meanwhile: {latency}; memory: {more} KiB more");
    assert!(more < MORE_MAX_KIB, "{more} KiB more");
    assert!(latency.percentile(99).as_millis() < 500, "{latency}");
    assert_eq!(daemon.terminate(), 0);
}

#[test]
fn a_million_tiny_frames_whose_answers_nobody_reads_take_no_memory_either() {
    let _alone = alone();
    let frames = scale("PROVE_FRAMES", 1_000_000);
    let site = Site::new();
    let daemon = site.serve_with(&Config { limits: "write_deadline_ms = 1000".into(), ..Config::default() });
    let ((), latency, more) = beside(&daemon, || {
        let mut sender = Wire::connect(daemon.socket(), Codec::Postcard);
        for from in (0..frames).step_by(10_000) {
            let bytes: Vec<u8> = (from..from + 10_000).flat_map(|n| sender.encode(call(n))).collect();
            // Cut off, what is sent later goes nowhere.
            sender.send(&bytes);
        }
        until("it is cut off", || daemon.log().contains("the answers were not read in time").then_some(()));
    });
    println!("deaf; another client meanwhile: {latency}; memory: {more} KiB more");
    assert!(more < MORE_MAX_KIB, "{more} KiB more");
    assert!(latency.percentile(99).as_millis() < 500, "{latency}");
    assert_eq!(daemon.terminate(), 0);
}

const CHUNK: usize = 64 << 10;
/// A connection's share: a batch on its way in and out, a queue of answers, and
/// what is cached for everybody.
const MORE_MAX_KIB: u64 = 16 << 10;
