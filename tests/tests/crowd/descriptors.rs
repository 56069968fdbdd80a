//! A daemon that may have 32 descriptors open, no more.

use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::sleep;
use std::time::Duration;

use vault_client::{ClientError, Codec, ListQuery};
use vault_tests::programs;
use vault_tests::site::Config;
use vault_tests::wire::{Hello, Wire};
use vault_tests::{Daemon, Process, Site, until};

use vault_proto::hello::{ClientHello, Refusal, ServerHello};

use super::{alone, at_rest};

/// The command under a hard limit, which it cannot raise again.
fn limited(descriptors: u32, command: &Command) -> Command {
    let mut inside = programs::command(Path::new("/bin/sh"));
    inside.args(["-c", &format!("ulimit -n {descriptors}; exec \"$0\" \"$@\"")]);
    inside.arg(command.get_program()).args(command.get_args());
    inside
}

/// Connects until there is no more room; those that got in.
fn fill(daemon: &Daemon) -> Vec<Wire> {
    let mut held = Vec::new();
    for _ in 0..1_000 {
        match enter(daemon) {
            Ok(wire) => held.push(wire),
            Err(Refusal::TooManyConnections) => return held,
            Err(other) => panic!("{other:?}"),
        }
    }
    panic!("there is no end to the descriptors");
}

/// One connection, or why not: everybody is told, nobody left to wait.
fn enter(daemon: &Daemon) -> Result<Wire, Refusal> {
    let mut wire = Wire::silent(daemon.socket());
    match wire.hello(&ClientHello::new(Codec::Json).encode()) {
        Hello::Answer(Ok(ServerHello::Agreed { .. })) => Ok(wire),
        Hello::Answer(Ok(ServerHello::Refused(refusal))) => Err(refusal),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_daemon_out_of_descriptors_says_so_serves_who_is_there_and_recovers() {
    let _alone = alone();
    let site = Site::new();
    // Less is kept back for its own files than they need, so that it runs out
    // of descriptors and not of seats.
    let limits = "fd_reserve = 8\nmax_connections_per_uid = 1000".into();
    let command = limited(LIMIT, &site.command(&site.unsealing(&Config { limits, ..Config::default() })));
    let daemon = site.spawn(command).open();
    let process = Process::new(daemon.pid());
    assert_eq!(process.field("limits", "Max open files").split_whitespace().next(), Some(LIMIT.to_string().as_str()));
    let vault = daemon.client();
    vault.set("a", b"before").unwrap();
    let alone = at_rest(process);

    for round in 0..3 {
        let held = fill(&daemon);
        println!("{alone} descriptors of its own and one client's, {} connections more", held.len());
        until("it is out of descriptors", || (0..LIMIT).all(|n| is_taken(&daemon, n)).then_some(()));
        until("it says so", || daemon.log().contains("out of descriptors").then_some(()));
        // Idle at the limit costs nothing: it does not ask again and again.
        assert!(busy(process, || sleep(Duration::from_secs(1))) < Duration::from_millis(100));
        // Nor does turning people away, beyond the work of it.
        let mut turned = 0;
        let cost = busy(process, || {
            for _ in 0..200 {
                turned += usize::from(matches!(enter(&daemon), Err(Refusal::TooManyConnections)));
                sleep(Duration::from_millis(5));
            }
        });
        assert_eq!(turned, 200);
        assert!(cost < Duration::from_millis(500), "{cost:?}");
        println!("turning 200 away took {cost:?} of processor time");
        // Who is there is served, old and new alike.
        let text = format!("round {round}");
        vault.set("a", text.as_bytes()).unwrap();
        assert_eq!(vault.get("a").unwrap().expose(), text.as_bytes());
        vault.delete("a").unwrap();
        vault.undelete("a").unwrap();
        assert_eq!(vault.list_all(&ListQuery::new()).unwrap().len(), 1);
        // What needs a file is refused as what it is, and harms nothing.
        let refused = vault.backup_begin(false).unwrap_err();
        assert!(matches!(refused, ClientError::Server(_)), "{refused:?}");
        println!("a backup: {refused}");

        drop(held);
        until("it serves again", || enter(&daemon).ok());
        until("every descriptor is given back", || (process.descriptors() <= alone).then_some(()));
        let copy = vault.backup_begin(true).unwrap();
        vault.backup_end(copy.id, false).unwrap();
    }
    assert_eq!(vault.check().unwrap().problems, Vec::<String>::new());
    assert_eq!(vault.audit_verify().unwrap().problems, Vec::<String>::new());
    assert!(!daemon.log().contains("internal error"), "{}", daemon.log());
    assert_eq!(daemon.terminate(), 0);
}

#[test]
fn what_is_kept_back_is_enough_for_the_daemons_own_files_in_a_full_house() {
    let _alone = alone();
    let site = Site::new();
    let config = Config { limits: "max_connections_per_uid = 1000".into(), ..Config::default() };
    let daemon = site.spawn(limited(FULL_HOUSE, &site.command(&site.unsealing(&config)))).open();
    let vault = daemon.client();
    for n in 0..NAMES {
        vault.set(&format!("n{n}"), &[7; 60_000]).unwrap();
    }
    let held = fill(&daemon);
    println!("{} connections beside {} descriptors", held.len(), Process::new(daemon.pid()).descriptors());
    let over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        // Those who are turned away take their time to leave.
        scope.spawn(|| {
            while !over.load(Ordering::Relaxed) {
                let _turned_away: Vec<_> = (0..40).map(|_| Wire::silent(daemon.socket())).collect();
                sleep(Duration::from_millis(50));
            }
        });
        let done = std::panic::catch_unwind(|| {
            for _ in 0..3 {
                let copy = vault.backup_begin(true).unwrap();
                assert!(!vault.backup_read(copy.id, 0).unwrap().is_empty());
                assert_eq!(vault.list_all(&ListQuery::new()).unwrap().len(), NAMES);
                for n in 0..NAMES {
                    assert_eq!(vault.get(&format!("n{n}")).unwrap().expose().len(), 60_000);
                }
                vault.backup_end(copy.id, false).unwrap();
                vault.audit_rotate().unwrap();
                vault.set("n0", &[8; 60_000]).unwrap();
            }
        });
        over.store(true, Ordering::Relaxed);
        done.unwrap_or_else(|panic| std::panic::resume_unwind(panic));
    });
    assert!(!daemon.log().contains("out of descriptors"), "{}", daemon.log());
    assert_eq!(daemon.terminate(), 0);
}

#[test]
fn the_http_doors_leave_room_at_the_vaults_own_socket() {
    let _alone = alone();
    let site = Site::new();
    let doors = ["imperal", "aws_kms"].map(|door| format!("[adapters.{door}]\nlisten = \"127.0.0.1:0\"\n"));
    let limits = "max_connections_per_uid = 1000".into();
    let config = Config { limits, tables: doors.concat(), ..Config::default() };
    let daemon = site.spawn(limited(FULL_HOUSE, &site.command(&site.unsealing(&config)))).open();
    let held = fill(&daemon);
    println!("{} connections beside two HTTP doors", held.len());
    assert!(held.len() >= 16, "{}", held.len());
    drop(held);
    assert_eq!(daemon.terminate(), 0);
}

/// Is there something behind this number? Those above the limit are what the
/// daemon was started with, not what it opened.
fn is_taken(daemon: &Daemon, number: u32) -> bool {
    Path::new(&format!("/proc/{}/fd/{number}", daemon.pid())).symlink_metadata().is_ok()
}

/// Processor time it takes while something happens.
fn busy(process: Process, run: impl FnOnce()) -> Duration {
    let before = process.cpu();
    run();
    process.cpu().saturating_sub(before)
}

const LIMIT: u32 = 32;
const FULL_HOUSE: u32 = 128;
const NAMES: usize = 40;
