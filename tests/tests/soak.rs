//! Everything at once, at a modest rate, for long: what it takes must not grow.
//!
//! Memory, descriptors and the write-ahead log are looked at all the time. The
//! first quarter fills caches and allocator; from then on the second quarter's
//! median is the measure of the last quarter's. A leak of any size shows if it
//! runs long enough: `./prove soak 60`.

#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests, outside a test function")]

use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::sleep;
use std::time::{Duration, Instant};

use vault_client::blocking::Client;
use vault_client::{ClientError, Codec, ListQuery, NewSlot, SecretBytes, UnlockSecret, WireError};
use vault_tests::daemon::options;
use vault_tests::site::Config;
use vault_tests::{Daemon, Latency, Process, Site, scale};

#[test]
fn what_it_takes_does_not_grow() {
    let time = Duration::from_secs(scale("PROVE_SOAK_SECONDS", 12));
    let site = Site::new();
    let mut command = site.command(&site.unsealing(&Config::default()));
    // An hour of everything it could say is gigabytes, and none of the question.
    command.env("VAULTD_LOG", "warn");
    let daemon = site.spawn(command).open();
    for who in 0..CLIENTS {
        furnish(&daemon, who);
    }
    let (end, counts) = (Instant::now() + time, Counts::default());
    let (samples, latency) = std::thread::scope(|scope| {
        for who in 0..CLIENTS {
            let (daemon, counts) = (&daemon, &counts);
            scope.spawn(move || use_it(daemon, who, end, counts));
        }
        scope.spawn(|| come_and_go(&daemon, end, &counts));
        scope.spawn(|| operate(&site, &daemon, end, &counts));
        let reader = scope.spawn(|| read(&daemon, end));
        (watch(&site, &daemon, end), reader.join().unwrap())
    });
    let vault = daemon.client();
    assert_eq!(vault.check().unwrap().problems, Vec::<String>::new());
    assert_eq!(vault.audit_verify().unwrap().problems, Vec::<String>::new());

    println!("{time:?}: {counts:?}");
    println!("  reads beside all that: {latency}");
    let mut grown = Vec::new();
    for figure in &FIGURES {
        let [early, late] = [1, 3].map(|quarter| median(&samples, quarter, figure.of));
        let all = samples.iter().map(figure.of);
        let (least, most) = (all.clone().min().unwrap(), all.max().unwrap());
        let said = format!(
            "{}: second quarter {early}, last quarter {late}, {least} to {most}; may be {} and {}% more",
            figure.name, figure.more, PERCENT
        );
        println!("  {said}");
        if late > early + figure.more + early * PERCENT / 100 || most > figure.most {
            grown.push(said);
        }
    }
    assert!(grown.is_empty(), "{grown:#?}");
    assert!(counts.all().into_iter().all(|times| times > 0), "each was done: {counts:?}");
    let files = fs::read_dir(site.data()).unwrap().count();
    assert!(files <= FILES_MAX, "{files} files beside the vault");
    assert_eq!(daemon.terminate(), 0);
}

/// What is looked at, and what of it is too much.
struct Figure {
    name: &'static str,
    of: fn(&Sample) -> u64,
    /// So much more may the last quarter's median be, beside [`PERCENT`].
    more: u64,
    most: u64,
}

const FIGURES: [Figure; 5] = [
    Figure { name: "the daemon's memory, KiB", of: |sample| sample.memory, more: 4 << 10, most: 160 << 10 },
    Figure { name: "the clients' memory, KiB", of: |sample| sample.clients, more: 4 << 10, most: 160 << 10 },
    // A connection that comes, a copy that is read, a reader that is opened when four ask at once.
    Figure { name: "the daemon's descriptors", of: |sample| sample.descriptors, more: 4, most: 100 },
    // It grows to 4 MiB, is written back and begins anew.
    Figure { name: "the write-ahead log, KiB", of: |sample| sample.log, more: 4 << 10, most: 8 << 10 },
    Figure { name: "the vault, KiB", of: |sample| sample.vault, more: 256, most: 64 << 10 },
];

#[derive(Debug, Clone, Copy)]
struct Sample {
    memory: u64,
    clients: u64,
    descriptors: u64,
    log: u64,
    vault: u64,
}

/// Looks until the end.
fn watch(site: &Site, daemon: &Daemon, end: Instant) -> Vec<Sample> {
    let (process, own) = (Process::new(daemon.pid()), Process::own());
    let kib = |path: &Path| fs::metadata(path).map_or(0, |found| found.len() >> 10);
    let pause = end.saturating_duration_since(Instant::now()) / SAMPLES;
    let mut samples = Vec::with_capacity(SAMPLES as usize + 1);
    while Instant::now() < end {
        samples.push(Sample {
            memory: process.rss_kib(),
            clients: own.rss_kib(),
            descriptors: process.descriptors() as u64,
            log: kib(&site.vault().with_extension("db-wal")),
            vault: kib(&site.vault()),
        });
        sleep(pause);
    }
    samples
}

fn median(samples: &[Sample], quarter: usize, of: fn(&Sample) -> u64) -> u64 {
    let len = samples.len() / 4;
    let mut part: Vec<_> = samples[quarter * len..(quarter + 1) * len].iter().map(of).collect();
    part.sort_unstable();
    part[part.len() / 2]
}

/// How often each was done.
#[derive(Debug, Default)]
struct Counts {
    sets: AtomicU64,
    gets: AtomicU64,
    lists: AtomicU64,
    deletes: AtomicU64,
    undeletes: AtomicU64,
    destroys: AtomicU64,
    histories: AtomicU64,
    connects: AtomicU64,
    rekeys: AtomicU64,
    slots: AtomicU64,
    backups: AtomicU64,
    rotations: AtomicU64,
    seals: AtomicU64,
}

impl Counts {
    fn all(&self) -> [u64; 13] {
        let Self { sets, gets, lists, deletes, undeletes, destroys, histories, .. } = self;
        let Self { connects, rekeys, slots, backups, rotations, seals, .. } = self;
        [sets, gets, lists, deletes, undeletes, destroys, histories, connects, rekeys, slots, backups, rotations, seals]
            .map(|count| count.load(Ordering::Relaxed))
    }
}

/// Done, or the vault is sealed for a moment, which everybody has to bear.
fn done<T>(count: &AtomicU64, result: Result<T, ClientError>) -> Option<T> {
    match result {
        Ok(answer) => {
            count.fetch_add(1, Ordering::Relaxed);
            Some(answer)
        }
        Err(ClientError::Server(WireError::Sealed { .. })) => None,
        Err(error) => panic!("{error:?}"),
    }
}

/// One with patience: how long something takes is not what is asked here, and
/// the hour may be spent behind everything else the machine does.
fn client(daemon: &Daemon, codec: Codec) -> Result<Client, ClientError> {
    Client::connect(options(daemon.socket()).codec(codec).deadline(PATIENCE).long_deadline(PATIENCE))
}

/// As many names and versions as there will be later, so that a short run, too,
/// begins with a vault that is full.
fn furnish(daemon: &Daemon, who: u64) {
    let vault = client(daemon, Codec::Postcard).unwrap();
    for n in 0..2 * NAMES {
        vault.set(&name(who, n), &[0; VALUE_MAX]).unwrap();
    }
}

fn name(who: u64, n: u64) -> String {
    format!("w{who}_{}", n % NAMES)
}

/// A user's work on names of its own, in an order that always succeeds.
fn use_it(daemon: &Daemon, who: u64, end: Instant, counts: &Counts) {
    let vault = client(daemon, if who.is_multiple_of(2) { Codec::Postcard } else { Codec::Json }).unwrap();
    let mut value = vec![0; VALUE_MAX];
    for n in 0.. {
        if Instant::now() > end {
            return;
        }
        let name = name(who, n);
        value.rotate_left(1);
        value[0] = n as u8;
        let len = 1 + (n * 7_919) as usize % value.len();
        if let Some(version) = done(&counts.sets, vault.set(&name, &value[..len])) {
            if let Some(read) = done(&counts.gets, vault.get_version(&name, version)) {
                assert!(read.expose() == &value[..len], "{name}");
            }
            match n % 7 {
                0 => _ = done(&counts.lists, vault.list_all(&ListQuery::new())),
                1 => _ = done(&counts.histories, vault.history(&name)),
                // What a seal comes between stays deleted, and is set again.
                2 => {
                    let deleted = done(&counts.deletes, vault.delete(&name));
                    deleted.and_then(|_| done(&counts.undeletes, vault.undelete(&name)));
                }
                3 => _ = done(&counts.destroys, vault.destroy(&name)),
                _ => {}
            }
        }
        sleep(PAUSE);
    }
}

/// Connects, asks once and leaves.
fn come_and_go(daemon: &Daemon, end: Instant, counts: &Counts) {
    while Instant::now() < end {
        done(&counts.connects, client(daemon, Codec::Postcard).and_then(|vault| vault.whoami()));
        sleep(PAUSE);
    }
}

/// One client that only reads, to see how long that takes.
fn read(daemon: &Daemon, end: Instant) -> Latency {
    let (vault, mut latency, counted) = (client(daemon, Codec::Json).unwrap(), Latency::default(), AtomicU64::new(0));
    let pause = end.saturating_duration_since(Instant::now()) / NOTES;
    while Instant::now() < end {
        let asked = latency.of(|| vault.get("w0_0"));
        // Its owner may just have deleted it.
        if !matches!(asked, Err(ClientError::Server(WireError::Missing { .. }))) {
            done(&counted, asked);
        }
        // What is noted must not itself be what grows.
        sleep(PAUSE.max(pause));
    }
    latency
}

/// An operator's work, all of it, again and again.
fn operate(site: &Site, daemon: &Daemon, end: Instant, counts: &Counts) {
    let vault = client(daemon, Codec::Postcard).unwrap();
    let key = || UnlockSecret::KeyFile(SecretBytes::new(fs::read(site.key()).unwrap()));
    let own = format!("uid:{}", rustix::process::geteuid().as_raw());
    for step in 0.. {
        match step % 8 {
            0 => _ = done(&counts.rekeys, vault.rekey_scope(None)),
            1 => _ = done(&counts.rekeys, vault.rekey_scope(Some(&own))),
            2 => {
                let added = done(&counts.slots, vault.slot_add(key(), NewSlot::RecoveryKey {}, "more")).unwrap();
                done(&counts.slots, vault.slot_remove(&added.slot.id));
            }
            3 => _ = done(&counts.rekeys, vault.rekey_root(vec![key()], false)),
            4 => _ = done(&counts.backups, copy(&vault)),
            5 => _ = done(&counts.rotations, vault.audit_rotate()),
            6 => assert_eq!(vault.check().unwrap().problems, Vec::<String>::new()),
            _ => {
                vault.seal().unwrap();
                done(&counts.seals, vault.unseal(key()));
            }
        }
        // Each at least once, however short the time.
        if Instant::now() > end && step >= 7 {
            return;
        }
        sleep(PAUSE * 10);
    }
}

/// A whole copy, read to its end.
fn copy(vault: &Client) -> Result<(), ClientError> {
    let copy = vault.backup_begin(true)?;
    let mut offset = 0;
    loop {
        match vault.backup_read(copy.id, offset)?.len() as u64 {
            0 => return vault.backup_end(copy.id, true),
            read => offset += read,
        }
    }
}

const CLIENTS: u64 = 3;
const VALUE_MAX: usize = 9_000;
/// Of each client.
const NAMES: u64 = 40;
const PATIENCE: Duration = Duration::from_secs(300);
const PAUSE: Duration = Duration::from_millis(20);
const SAMPLES: u32 = 400;
const NOTES: u32 = 20_000;
/// Noise: what is measured depends on the moment.
const PERCENT: u64 = 10;
/// The vault's own, the audit log's seventeen, and what this test put there.
const FILES_MAX: usize = 28;
