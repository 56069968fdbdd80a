//! Without a socket: the store in memory, the same path otherwise; and what the
//! audit log takes of it.

use std::hint::black_box;
use std::io;
use std::sync::Arc;
use std::time::Instant;

use vault_core::access::{AuditBatch, Caller};
use vault_core::audit::{
    AuditLog, AuditSink, Durable, Event, FileOptions, FileSink, KeptFile, MemorySink, OnFull, Reserve, Upkeep, Who,
};
use vault_core::host::Host;
use vault_core::keys::SecretBytes;
use vault_core::names::{App, SecretName};
use vault_core::seal::key_file::KeyFile;
use vault_core::store::memory::MemoryStore;
use vault_core::{NewVault, Open, Unlock, Vault};

use crate::daemon::{Site, VALUE, name};
use crate::fill;
use crate::load::{ROUNDS, median};

pub(crate) fn measure() {
    let opens = (0..21).map(|_| seconds(1, || drop(black_box(Vault::ephemeral().unwrap()))) * 1e3);
    println!("{:<44} {:>9.2} ms", "Vault::ephemeral()", median(opens));

    let vault = vault(MemorySink::new());
    for secrets in [1, 10_000] {
        fill::fill(&vault, 0, secrets);
        let names: Vec<_> = (0..secrets).map(|n| SecretName::parse(&name(n * 7_919 % secrets)).unwrap()).collect();
        let (caller, app) = (fill::owner(0), App::personal());
        let access = vault.caller(&caller);
        let mut asked = names.iter().cycle();
        let get = rate(GETS, || drop(black_box(access.get(&app, asked.next().unwrap(), None).unwrap())));
        let set = rate(SETS, || {
            let value = SecretBytes::new(vec![b'x'; VALUE]);
            black_box(access.set(&app, asked.next().unwrap(), value, None).unwrap());
        });
        let what = |operation| format!("{operation}, {secrets} secrets, audit in memory");
        println!("{:<44} {get:>9.0} /s", what("get"));
        println!("{:<44} {set:>9.0} /s   get/set {:.1}", what("set"), get / set);
    }
    audit();
}

/// The log cannot be switched off; what a get would be without it is told by
/// its parts: a sink that keeps nothing saves the write, and a line recorded by
/// itself says what is left.
fn audit() {
    let site = Site::empty("audit");
    let options = FileOptions { reserve: 0, ..FileOptions::default() };
    let file = FileSink::open(&site.directory().join("audit"), options).unwrap();
    let (file, nowhere) = (vault(file), vault(Nowhere));
    let rounds: Vec<[f64; 4]> = (0..ROUNDS)
        .map(|_| [gets(&file, 1), gets(&file, DEPTH), gets(&nowhere, DEPTH), lines(&nowhere)].map(|s| s * 1e6))
        .collect();
    let [alone, batched, unwritten, line] = std::array::from_fn(|at| median(rounds.iter().map(|round| round[at])));
    println!("{:<44} {alone:>9.2} µs", "get, one write to the audit file each");
    println!("{:<44} {batched:>9.2} µs", format!("get, one write for {DEPTH}"));
    println!("{:<44} {unwritten:>9.2} µs", "get, lines made and not written");
    println!("{:<44} {line:>9.2} µs", "an audit line alone, made and not written");
    println!("{:<44} {:>9.2} µs", "get without audit (the difference)", unwritten - line);
}

/// Seconds a get, the log flushed after so many.
fn gets(vault: &Vault<Open>, flushed_after: usize) -> f64 {
    let (caller, app, name) = (fill::owner(0), App::personal(), SecretName::parse(&name(0)).unwrap());
    let batch = AuditBatch::new();
    let mut gathered = 0;
    seconds(GETS, || {
        black_box(vault.access(&caller, 1, &batch).get(&app, &name, None).unwrap());
        gathered += 1;
        if gathered % flushed_after == 0 {
            batch.flush(vault.audit()).unwrap();
        }
    })
}

/// Seconds for a line like a get's.
fn lines(vault: &Vault<Open>) -> f64 {
    let (caller, app, batch) = (fill::owner(0), App::personal(), AuditBatch::new());
    let who = Who { uid: caller.user().uid(), user: Some(caller.user()), pid: Caller::pid(&caller) };
    let event =
        Event { who, app: Some(&app), name: Some([7; 16]), version: Some(1), request: 1, ..Event::of("get", "ok") };
    let mut gathered = 0;
    seconds(GETS, || {
        batch.record(vault.audit(), &event);
        gathered += 1;
        if gathered % DEPTH == 0 {
            batch.flush(vault.audit()).unwrap();
        }
    })
}

/// In memory but for its log, with one secret.
fn vault(sink: impl AuditSink + 'static) -> Vault<Open> {
    let host = Host::system();
    let key = Unlock::KeyFile(KeyFile::make(&host).unwrap());
    let audit = Arc::new(AuditLog::open(sink, OnFull::Gap, &host).unwrap());
    let new = NewVault { slots: &[(key, "bench")], development: true };
    let vault = Vault::create(Arc::new(MemoryStore::new()), host, audit, &new).unwrap();
    fill::fill(&vault, 0, 1);
    vault
}

fn rate(count: usize, mut run: impl FnMut()) -> f64 {
    median((0..ROUNDS).map(|_| 1.0 / seconds(count, &mut run)))
}

/// Seconds a run.
fn seconds(count: usize, mut run: impl FnMut()) -> f64 {
    let begun = Instant::now();
    (0..count).for_each(|_| run());
    begun.elapsed().as_secs_f64() / count as f64
}

/// Takes lines and keeps none.
struct Nowhere;

impl AuditSink for Nowhere {
    fn append(&mut self, _: &[u8]) -> io::Result<()> {
        Ok(())
    }

    fn durable(&self) -> Arc<dyn Durable> {
        Arc::new(Self)
    }

    fn len(&self) -> u64 {
        0
    }

    fn file_max(&self) -> u64 {
        u64::MAX
    }

    fn rotate(&mut self) -> io::Result<()> {
        Ok(())
    }

    fn reopen(&mut self) -> io::Result<bool> {
        Ok(false)
    }

    fn maintain(&mut self) -> Upkeep {
        Upkeep::default()
    }

    fn reserve(&self) -> Reserve {
        Reserve::NotNeeded
    }

    fn torn(&self) -> u64 {
        0
    }

    fn kept(&self) -> io::Result<Vec<KeptFile>> {
        Ok(Vec::new())
    }
}

impl Durable for Nowhere {
    fn sync(&self) -> io::Result<()> {
        Ok(())
    }
}

const GETS: usize = 20_000;
const SETS: usize = 2_000;
/// Gets to one write, as of a session with that many in flight.
const DEPTH: usize = 16;
