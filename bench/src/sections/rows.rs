//! What grows with the number of secrets: the file, unsealing, memory; and what
//! should not, reading one.

use std::hint::black_box;
use std::time::{Duration, Instant};

use vault_core::names::{App, SecretName};
use vault_core::{Open, Vault};
use vault_proto::Codec;

use super::startup::size_mb;
use crate::daemon::{self, Site, name};
use crate::fill::{self, EACH};
use crate::load::{Clients, Load, ROUND, ROUNDS, median};

pub(crate) fn measure() {
    let site = Site::new("rows");
    println!(
        "{:<12} {:>10} {:>9} {:>11} {:>9} {:>15} {:>15} {:>13} {:>13}",
        "secrets",
        "fill /s",
        "file MB",
        "read after",
        "resident",
        "get, one",
        "get, scattered",
        "in-pr. one",
        "scattered"
    );
    let mut there = 0;
    for secrets in [1, 1_000, 10_000, 100_000, 1_000_000] {
        let vault = fill::open(&site);
        let begun = Instant::now();
        fill::fill(&vault, there, secrets);
        let filled = (secrets - there) as f64 / begun.elapsed().as_secs_f64();
        there = secrets;
        let own = inprocess(&vault, secrets, 1);
        let all = inprocess(&vault, secrets, secrets);
        drop(vault.seal());

        let (daemon, started) = site.serve_timed();
        std::thread::sleep(Duration::from_millis(300));
        let resident = daemon.resident_mib();
        let target = site.target(Codec::Postcard);
        let over = |names: usize| {
            // Whoever runs this has the first ones; the others' are not his to read.
            let requests = |client: usize| scattered(names.min(EACH), client).map(get).collect();
            let load = Load {
                target: &target,
                server: &daemon,
                requests: &requests,
                connections: 8,
                depth: 1,
                clients: Clients::Threads,
            };
            median((0..ROUNDS).map(|_| load.run(ROUND).rate))
        };
        println!(
            "{secrets:<12} {filled:>10.0} {:>9.1} {:>8.1} ms {resident:>5.1} MiB {:>13.0}/s {:>13.0}/s {own:>11.0}/s {all:>11.0}/s",
            size_mb(&site.vault()).unwrap(),
            started.read.as_secs_f64() * 1e3,
            over(1),
            over(secrets),
        );
    }
}

fn get(number: usize) -> Vec<u8> {
    daemon::get(Codec::Postcard, &name(number))
}

/// Gets a second, over so many names.
fn inprocess(vault: &Vault<Open>, secrets: usize, names: usize) -> f64 {
    let app = App::personal();
    let asked: Vec<_> = scattered(names.min(secrets), 0)
        .map(|number| (fill::owner(number), SecretName::parse(&name(number)).unwrap()))
        .collect();
    median((0..3).map(|_| {
        let begun = Instant::now();
        for (caller, name) in asked.iter().cycle().take(ASKED) {
            black_box(vault.caller(caller).get(&app, name, None).unwrap());
        }
        ASKED as f64 / begun.elapsed().as_secs_f64()
    }))
}

/// Numbers all over `0..names`, in no order a cache would like.
fn scattered(names: usize, client: usize) -> impl Iterator<Item = usize> {
    (0..names.min(ASKED)).map(move |n| (n * 7_919 + client * 104_729) % names)
}

const ASKED: usize = 20_000;
