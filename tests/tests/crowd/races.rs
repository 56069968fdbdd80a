//! Many that want to have one vault.

use std::fs;
use std::process::Stdio;
use std::sync::Barrier;
use std::sync::atomic::{AtomicU64, Ordering};

use vault_client::blocking::Client;
use vault_core::store::StoreError;
use vault_core::store::sqlite::SqliteStore;
use vault_tests::daemon::options;
use vault_tests::programs::{self, vaultd};
use vault_tests::site::Config;
use vault_tests::{Site, scale, until};

use super::alone;

#[test]
fn of_many_handles_that_race_for_a_vault_exactly_one_has_it() {
    let _alone = alone();
    let rounds = scale("PROVE_OPENS", 1_000) / RACERS as u64;
    let site = Site::new();
    for round in 0..rounds {
        let (start, done, winners) = (Barrier::new(RACERS), Barrier::new(RACERS), AtomicU64::new(0));
        std::thread::scope(|scope| {
            for _ in 0..RACERS {
                scope.spawn(|| {
                    start.wait();
                    let opened = SqliteStore::open(&site.vault());
                    let refused = opened.as_ref().err().is_none_or(is_held);
                    winners.fetch_add(u64::from(opened.is_ok()), Ordering::Relaxed);
                    // Held until all have tried, also by who fails below.
                    done.wait();
                    assert!(refused, "{:?}", opened.err());
                });
            }
        });
        assert_eq!(winners.into_inner(), 1, "round {round}");
    }
    println!("{rounds} rounds of {RACERS} handles: one winner each");
}

/// By this process, if the winner has had the time to write its name.
fn is_held(error: &StoreError) -> bool {
    let own = format!("pid {}, ", std::process::id());
    matches!(error, StoreError::Held { holder } if holder.starts_with(&own) || holder == "another process")
}

#[test]
fn of_many_daemons_that_race_for_a_vault_exactly_one_serves_it() {
    let _alone = alone();
    let rounds = scale("PROVE_OPENS", 100) / DAEMONS as u64;
    let site = Site::new();
    let config = site.configure(&site.unsealing(&Config::default()));
    for round in 0..rounds {
        let mut racers: Vec<_> = (0..DAEMONS)
            .map(|n| {
                let log = fs::File::create(site.dir().file(&format!("log{n}"))).unwrap();
                let mut command = programs::command(vaultd());
                command.arg("serve").arg("--config").arg(&config).env("VAULTD_LOG", "warn");
                command.stdout(Stdio::null()).stderr(log);
                (n, command.spawn().unwrap())
            })
            .collect();
        // All but one end; that one serves.
        until("the losers end", || {
            let running = racers.iter_mut().filter_map(|(_, child)| child.try_wait().unwrap().is_none().then_some(()));
            (running.count() <= 1).then_some(())
        });
        let mut winners = Vec::new();
        for (n, mut child) in racers {
            match child.try_wait().unwrap() {
                None => winners.push(child),
                Some(status) => {
                    let said = fs::read_to_string(site.dir().file(&format!("log{n}"))).unwrap();
                    assert_eq!(status.code(), Some(HELD), "{said}");
                    assert!(said.contains("the vault is held by "), "{said}");
                }
            }
        }
        assert_eq!(winners.len(), 1, "round {round}");
        let mut winner = winners.remove(0);
        // It was not disturbed, and neither was what the last one had written.
        let vault = until("the winner serves", || {
            let vault = Client::connect(options(&site.socket())).ok()?;
            (!vault.status().ok()?.sealed).then_some(vault)
        });
        assert_eq!(vault.set("round", round.to_string().as_bytes()).unwrap(), round + 1);
        // Killed: a lock that outlives its holder would end the next round.
        winner.kill().unwrap();
        winner.wait().unwrap();
    }
    println!("{rounds} rounds of {DAEMONS} daemons: one serves, the others are told who");
}

const RACERS: usize = 50;
const DAEMONS: usize = 25;
/// "Something else holds it", as scripts are promised.
const HELD: i32 = 6;
