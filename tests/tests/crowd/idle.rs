//! Ten thousand that say nothing, a thousand that say one byte at a time, and
//! one that wants to be served.

use std::io::Write;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::sleep;
use std::time::{Duration, Instant};

use vault_client::{Call, Codec};
use vault_proto::hello::ClientHello;
use vault_tests::process::raise_descriptors;
use vault_tests::site::Config;
use vault_tests::wire::Wire;
use vault_tests::{Daemon, Latency, Process, Site, scale, strict, until};

use super::{alone, at_rest, honest};

#[test]
fn ten_thousand_idle_and_a_thousand_slow_keep_no_honest_client_waiting() {
    let _alone = alone();
    let wanted = scale("PROVE_CROWD", 10_000);
    // A connection takes a descriptor here and one there, and both have others.
    let idle = wanted.min(raise_descriptors().saturating_sub(OTHERS) * 10 / 11);
    assert!(idle == wanted || !strict(), "the limit on descriptors here allows only {idle} idle connections");
    let (idle, slow) = (usize::try_from(idle).unwrap(), usize::try_from(idle / 10).unwrap());
    let seconds = scale("PROVE_CROWD_SECONDS", 4);
    let site = Site::new();
    let config =
        Config { limits: "max_connections = 1000000\nmax_connections_per_uid = 1000000".into(), ..Config::default() };
    let mut command = site.command(&site.unsealing(&config));
    // What it would say of eleven thousand connections is no part of the question.
    command.env("VAULTD_LOG", "warn");
    let daemon = site.spawn(command).open();
    let (process, some_time) = (Process::new(daemon.pid()), Duration::from_secs(seconds));
    let before = honest(&daemon, |began| began.elapsed() < some_time / 4);
    let (descriptors, rss) = (at_rest(process), process.rss_kib());

    let began = Instant::now();
    let mut crowd: Vec<_> = (0..idle).map(|_| Wire::connect(daemon.socket(), Codec::Postcard)).collect();
    let connected = began.elapsed();
    let over = AtomicBool::new(false);
    let (latency, arrivals, cut, full) = std::thread::scope(|scope| {
        let (dripping, arriving) =
            (scope.spawn(|| drip(daemon.socket(), slow, &over)), scope.spawn(|| arrive(&daemon, &over)));
        let served = std::panic::catch_unwind(|| {
            until("the slow ones are there", || (process.descriptors() >= descriptors + idle + slow).then_some(()));
            let latency = honest(&daemon, |began| began.elapsed() < some_time);
            (latency, process.rss_kib())
        });
        // Also when that failed, or the others would go on for ever.
        over.store(true, Ordering::Relaxed);
        let (arrivals, cut) = (arriving.join().unwrap(), dripping.join().unwrap());
        let (latency, full) = served.unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        (latency, arrivals, cut, full)
    });
    println!("{idle} idle in {connected:.2?}, {slow} slow ({cut} cut off for it and back again)");
    println!("  alone: {before}\n  among them: {latency}\n  connecting and reading: {arrivals}");
    println!("  memory: {rss} KiB alone, {full} KiB among them");
    assert!(cut > slow as u64 / 2, "the slow ones are slower than allowed: {cut} cut off");
    // Nobody was forgotten for having said nothing.
    for wire in crowd.iter_mut().step_by(97) {
        assert!(wire.ask(Call::WhoAmI {}).is_ok());
    }
    drop(crowd);
    until("every descriptor is given back", || (process.descriptors() <= descriptors).then_some(()));
    assert!(full < RSS_MAX_KIB, "{full} KiB");
    let p99_max = Duration::from_millis(if strict() { 50 } else { 500 });
    assert!(latency.percentile(99) < p99_max, "{latency}");
    assert!(arrivals.percentile(50) < p99_max, "{arrivals}");
    assert_eq!(daemon.terminate(), 0);
}

/// Connects, reads and leaves, again and again until it is over.
fn arrive(daemon: &Daemon, over: &AtomicBool) -> Latency {
    let mut arrivals = Latency::default();
    daemon.client().set("arrival", b"here").unwrap();
    while !over.load(Ordering::Relaxed) {
        arrivals.of(|| assert_eq!(daemon.client().get("arrival").unwrap().expose(), b"here"));
        sleep(Duration::from_millis(50));
    }
    arrivals
}

/// Keeps so many connections, each of which says a byte at a time, until it is
/// over; whoever is cut off for it comes back. Says how often that happened.
fn drip(socket: &Path, slow: usize, over: &AtomicBool) -> u64 {
    let mut request = Wire::connect(socket, Codec::Json);
    let script = [&ClientHello::new(Codec::Json).encode()[..], &request.encode(Call::Status {})].concat();
    let new = || {
        let stream = UnixStream::connect(socket).unwrap();
        stream.set_nonblocking(true).unwrap();
        (stream, 0)
    };
    let mut crowd: Vec<(UnixStream, usize)> = (0..slow).map(|_| new()).collect();
    let mut cut = 0;
    while !over.load(Ordering::Relaxed) {
        let began = Instant::now();
        for turn in 0..TURNS {
            for (stream, said) in crowd.iter_mut().skip(turn).step_by(TURNS) {
                assert!(*said < script.len(), "a frame that took {:?} was accepted", DRIP * script.len() as u32);
                match stream.write(&script[*said..=*said]) {
                    Ok(1) => *said += 1,
                    _ => {
                        cut += 1;
                        (*stream, *said) = new();
                    }
                }
            }
            let due = DRIP / TURNS as u32 * (turn as u32 + 1);
            sleep(due.saturating_sub(began.elapsed()));
        }
    }
    cut
}

/// A byte every so often; the hello alone takes most of the two seconds that are given.
const DRIP: Duration = Duration::from_millis(200);
/// Not all of them in the same moment.
const TURNS: usize = 20;
/// Descriptors that are not the crowd's, here or there.
const OTHERS: u64 = 300;
const RSS_MAX_KIB: u64 = 200 << 10;
