//! A copy is whole whatever happens meanwhile, opens on an empty host, and an
//! old copy put back is noticed.

#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests, outside a test function")]

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Output;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use sha2::{Digest, Sha256};
use vault_client::blocking::Client;
use vault_client::{BackupInfo, ClientError, Codec, ListQuery, Options, StampMemory};
use vault_tests::daemon::options;
use vault_tests::programs::run_vaultd;
use vault_tests::site::{Config, text};
use vault_tests::{Dir, Site, until};

/// As a client keeps one: read, compared, then declared kept.
fn keep(vault: &Client, to: &Path) -> BackupInfo {
    let info = vault.backup_begin(true).unwrap();
    let mut bytes = Vec::new();
    loop {
        let chunk = vault.backup_read(info.id, bytes.len() as u64).unwrap();
        if chunk.is_empty() {
            break;
        }
        bytes.extend_from_slice(&chunk);
    }
    assert_eq!(bytes.len() as u64, info.bytes);
    assert_eq!(<[u8; 32]>::from(Sha256::digest(&bytes)), info.sha256);
    fs::write(to, bytes).unwrap();
    fs::set_permissions(to, fs::Permissions::from_mode(0o600)).unwrap();
    vault.backup_end(info.id, true).unwrap();
    info
}

fn verify(backup: &Path, key: &Path) -> Output {
    run_vaultd(&["verify", text(backup), "--key-file", text(key), "--json"], b"")
}

fn code(output: &Output) -> i32 {
    output.status.code().unwrap_or_else(|| panic!("{output:?}"))
}

fn copies_in(directory: &Path) -> usize {
    let names = fs::read_dir(directory).unwrap().flatten().map(|entry| entry.file_name());
    names.filter(|name| name.to_string_lossy().contains(".copy-")).count()
}

#[test]
fn a_backup_under_load_is_one_moment_of_the_vault() {
    let site = Site::new();
    let daemon = site.serve();
    let (stop, writes) = (AtomicBool::new(false), AtomicU64::new(0));
    let kept = Dir::private();
    let vault = daemon.client_in(Codec::Json);
    let last: Vec<u64> = std::thread::scope(|scope| {
        let writers: Vec<_> = (0..4)
            .map(|who| {
                let (socket, stop, writes) = (site.socket(), &stop, &writes);
                scope.spawn(move || {
                    let vault = Client::connect(options(&socket)).unwrap();
                    let mut n = 0_u64;
                    while !stop.load(Ordering::Relaxed) {
                        n += 1;
                        // Always in this order: no moment has the second without the first.
                        vault.set(&format!("first{who}"), n.to_string().as_bytes()).unwrap();
                        vault.set(&format!("second{who}"), n.to_string().as_bytes()).unwrap();
                        writes.fetch_add(1, Ordering::Relaxed);
                    }
                    n
                })
            })
            .collect();
        for copy in 0..4 {
            let seen = writes.load(Ordering::Relaxed);
            until("more writes", || (writes.load(Ordering::Relaxed) > seen + 10).then_some(()));
            let before = vault.status().unwrap().sequence.unwrap();
            let info = keep(&vault, &kept.file(&format!("backup{copy}")));
            assert!(info.verified && info.sequence >= before, "{info:?}, {before} before");
        }
        stop.store(true, Ordering::Relaxed);
        writers.into_iter().map(|writer| writer.join().unwrap()).collect()
    });
    assert!(last.iter().all(|n| *n > 10));
    let status = vault.status().unwrap();
    assert!(status.last_backup_at.is_some() && status.last_backup_verified == Some(true));
    assert_eq!(copies_in(site.data()), 0, "nothing is left beside the vault");

    for copy in 0..4 {
        let backup = kept.file(&format!("backup{copy}"));
        let verified = verify(&backup, &site.key());
        assert_eq!(code(&verified), 0, "{}", String::from_utf8_lossy(&verified.stdout));
        let restored = Site::empty();
        let made = run_vaultd(
            &["restore", text(&backup), "--vault", text(&restored.vault()), "--key-file", text(&site.key())],
            b"",
        );
        assert_eq!(code(&made), 0, "{}", String::from_utf8_lossy(&made.stderr));
        fs::copy(site.key(), restored.key()).unwrap();
        let daemon = restored.serve();
        let vault = daemon.client();
        let number = |name: String| -> u64 {
            let read = vault.get(&name).unwrap();
            std::str::from_utf8(read.expose()).unwrap().parse().unwrap()
        };
        for who in 0..4 {
            let (first, second) = (number(format!("first{who}")), number(format!("second{who}")));
            assert!(first == second || first == second + 1, "{first} and {second} were never there together");
        }
        assert_eq!(vault.check().unwrap().problems, Vec::<String>::new());
    }
}

#[test]
fn mistake_13_an_abandoned_copy_goes_with_its_connection() {
    let site = Site::new();
    let daemon = site.serve();
    let vault = daemon.client();
    vault.set("a", b"x").unwrap();
    vault.backup_begin(false).unwrap();
    assert_eq!(copies_in(site.data()), 1);
    drop(vault);
    until("the copy goes", || (copies_in(site.data()) == 0).then_some(()));
    // And one that a kill left, at the next start.
    let vault = daemon.client();
    vault.backup_begin(false).unwrap();
    daemon.kill();
    assert_eq!(copies_in(site.data()), 1);
    drop(vault);
    let daemon = site.serve();
    assert_eq!(copies_in(site.data()), 0);
    assert!(daemon.client().status().unwrap().last_backup_at.is_none(), "it was never kept");
}

#[test]
fn a_damaged_backup_is_never_called_whole() {
    let site = Site::new();
    let daemon = site.serve();
    let vault = daemon.client();
    for n in 0..20 {
        vault.set(&format!("name{n}"), &vec![n; 300 * usize::from(n) + 1]).unwrap();
    }
    let kept = Dir::private();
    let backup = kept.file("backup");
    keep(&vault, &backup);
    let whole = fs::read(&backup).unwrap();
    assert_eq!(code(&verify(&backup, &site.key())), 0);

    let mut found = 0;
    let damaged = kept.file("damaged");
    // Spread over the file; places of no use to SQLite may change unnoticed.
    let places = (0..24).map(|n| n * (whole.len() / 24) + 1 + n * 37);
    for at in places.filter(|at| *at < whole.len()) {
        let mut bytes = whole.clone();
        bytes[at] ^= 0x20;
        kept.write("damaged", &bytes);
        let output = verify(&damaged, &site.key());
        assert!([0, 8].contains(&code(&output)), "at {at}: {output:?}");
        found += usize::from(code(&output) == 8);
        if code(&output) == 8 {
            let restored = Site::empty();
            let made = run_vaultd(
                &["restore", text(&damaged), "--vault", text(&restored.vault()), "--key-file", text(&site.key())],
                b"",
            );
            assert_eq!(code(&made), 8, "at {at}: {}", String::from_utf8_lossy(&made.stderr));
            assert!(!restored.vault().exists(), "no half of a vault stays");
        }
    }
    assert!(found >= 12, "most of the file is data: {found}");
    for len in [0, 1, 100, 4_096, whole.len() / 2, whole.len() - 4_096, whole.len() - 1] {
        kept.write("damaged", &whole[..len]);
        let output = verify(&damaged, &site.key());
        assert_eq!(code(&output), 8, "cut to {len}: {output:?}");
    }
    // A key that opens nothing is not damage.
    let other = kept.write("other.key", [7; 32]);
    assert_eq!(code(&verify(&backup, &other)), 5);
    assert_eq!(fs::read(&backup).unwrap(), whole, "verifying changes nothing");
}

#[test]
fn a_restored_vault_is_another_incarnation() {
    let site = Site::new();
    let memory = Dir::private();
    // What a command-line client keeps in its home.
    let remembering = || Options::new().socket(site.socket()).memory(StampMemory::file(memory.file("stamps.json")));
    let daemon = site.serve();
    let vault = Client::connect(remembering()).unwrap();
    vault.set("a", b"in the backup").unwrap();
    let kept = Dir::private();
    keep(&vault, &kept.file("backup"));
    vault.set("b", b"after it").unwrap();
    drop(vault);
    assert_eq!(daemon.terminate(), 0);

    let restore = || {
        run_vaultd(
            &["restore", text(&kept.file("backup")), "--vault", text(&site.vault()), "--key-file", text(&site.key())],
            b"",
        )
    };
    assert_eq!(code(&restore()), 6, "a vault is never overwritten");
    fs::rename(site.vault(), kept.file("lost")).unwrap();
    let made = restore();
    assert_eq!(code(&made), 0, "{}", String::from_utf8_lossy(&made.stderr));

    let daemon = site.serve();
    let vault = Client::connect(remembering()).unwrap();
    let error = vault.get("a").unwrap_err();
    assert!(matches!(error, ClientError::UnknownIncarnation { .. }), "{error:?}");
    assert_eq!(error.exit_code(), 14);
    let vault = Client::connect(remembering().accept_incarnation(true)).unwrap();
    assert_eq!(vault.get("a").unwrap().expose(), b"in the backup");
    assert_eq!(vault.get("b").unwrap_err().exit_code(), 3);
    drop(vault);
    // Once is enough.
    let vault = Client::connect(remembering()).unwrap();
    assert_eq!(vault.list_all(&ListQuery::new()).unwrap().len(), 1);
    assert_eq!(vault.check().unwrap().problems, Vec::<String>::new());
    assert_eq!(daemon.terminate(), 0);
}

#[test]
fn an_old_file_put_back_is_noticed_by_whoever_remembers() {
    let site = Site::new();
    let memory = Dir::private();
    let remembering = || Options::new().socket(site.socket()).memory(StampMemory::file(memory.file("stamps.json")));
    let daemon = site.serve();
    daemon.client().set("a", b"leaked").unwrap();
    assert_eq!(daemon.terminate(), 0);
    let old = memory.file("old.db");
    fs::copy(site.vault(), &old).unwrap();

    let daemon = site.serve();
    let vault = Client::connect(remembering()).unwrap();
    for n in 0..10 {
        vault.set("a", format!("rotated {n}").as_bytes()).unwrap();
    }
    drop(vault);
    assert_eq!(daemon.terminate(), 0);

    fs::copy(&old, site.vault()).unwrap();
    let daemon = site.serve();
    let vault = Client::connect(remembering()).unwrap();
    let error = vault.get("a").unwrap_err();
    assert!(matches!(error, ClientError::RollbackSuspected { .. }), "{error:?}");
    assert_eq!(error.exit_code(), 14);
    assert_eq!(daemon.terminate(), 0);
}

#[test]
fn an_old_file_put_back_does_not_open_beside_its_anchor() {
    let site = Site::new();
    let elsewhere = Dir::private();
    let anchor = elsewhere.file("anchor");
    let config = Config { top: format!("anchor = {anchor:?}"), ..Config::default() };
    let daemon = site.spawn(site.command(&site.unsealing(&config))).listening();
    until("a missing anchor is told", || daemon.log().contains("the anchor cannot be read").then_some(()));
    assert!(daemon.client().status().unwrap().sealed, "its volume may not be mounted");
    assert_eq!(daemon.terminate(), 0);

    fs::write(&anchor, b"").unwrap();
    let daemon = site.serve_with(&config);
    daemon.client().set("a", b"x").unwrap();
    assert_eq!(daemon.terminate(), 0);
    let old = elsewhere.file("old.db");
    fs::copy(site.vault(), &old).unwrap();
    let daemon = site.serve_with(&config);
    for _ in 0..5 {
        daemon.client().set("a", b"y").unwrap();
    }
    assert_eq!(daemon.terminate(), 0);
    fs::copy(&old, site.vault()).unwrap();
    // Each try leaves the vault as it is: trying again does not wear the anchor out.
    for _ in 0..10 {
        let daemon = site.spawn(site.command(&site.unsealing(&config))).listening();
        let says_why = |why: &String| why.contains("an older vault file was put back");
        let client = daemon.client();
        until("status says why", || client.status().unwrap().degraded.iter().any(says_why).then_some(()));
        assert!(client.status().unwrap().sealed);
        assert_eq!(daemon.terminate(), 0);
    }
}
