//! The disk is full: reads go on, writes say why, and when there is room again
//! they work again. Needs root, for a small disk of its own.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "helpers of tests, outside a test function"
)]

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};

use vault_client::blocking::Client;
use vault_client::{Call, ClientError, WireError};
use vault_tests::privileges::{can_mount, in_namespace, is_root};
use vault_tests::programs::{self, vaultd};
use vault_tests::{Daemon, Dir, needs, until};

/// A daemon whose vault, or audit log, or both lie on a disk of a few MiB.
struct Small {
    daemon: Daemon,
    /// The disk as this process can reach it: through the daemon's own root.
    disk: PathBuf,
    _dir: Dir,
}

impl Small {
    fn new(mib: u32, limits: &str, vault_on_it: bool, audit_on_it: bool) -> Self {
        let dir = Dir::public();
        let (disk, data, run) =
            (dir.directory("disk", 0o700), dir.directory("data", 0o700), dir.directory("run", 0o755));
        let key = dir.write("key", [5; 32]);
        let on = |small: bool, name: &str| if small { disk.join(name) } else { data.join(name) };
        let (vault, audit) = (on(vault_on_it, "vault.db"), on(audit_on_it, "vault.audit"));
        let config = format!(
            "vault = {vault:?}\nsocket = {:?}\nkey_file = {key:?}\nlog = \"debug\"\n[limits]\n{limits}\n[audit]\npath = {audit:?}\n",
            run.join("s")
        );
        let config = dir.write("vaultd.toml", config);
        let mut serve = programs::command(vaultd());
        serve.arg("serve").arg("--config").arg(config);
        let script = format!(
            "mount -t tmpfs -o size={mib}m,mode=0700 tmpfs \"$0\"\n\
             '{}' init --vault '{}' --existing-key-file '{}' --no-recovery",
            vaultd().display(),
            vault.display(),
            key.display()
        );
        let command = in_namespace(&script, &disk, &serve);
        let daemon = Daemon::spawn(command, &run.join("s"), &dir.file("log")).open();
        let disk = Path::new(&format!("/proc/{}/root", daemon.pid())).join(disk.strip_prefix("/").unwrap());
        Self { daemon, disk, _dir: dir }
    }

    /// Leaves nothing free.
    fn fill(&self) {
        let mut filler = File::options().create(true).append(true).open(self.disk.join("filler")).unwrap();
        for size in [1 << 20, 4_096, 1] {
            while filler.write_all(&vec![1; size]).is_ok() {}
        }
    }

    fn empty(&self) {
        fs::remove_file(self.disk.join("filler")).unwrap();
    }
}

fn is_read_only(error: &ClientError, reasons: &[&str]) -> bool {
    assert_eq!(error.exit_code(), 11, "{error:?}");
    matches!(error, ClientError::Server(WireError::ReadOnly { reason }) if reasons.contains(&reason.as_str()))
}

/// Stores until it is refused; the names that were acknowledged.
fn set_until_refused(vault: &Client, round: usize, reasons: &[&str]) -> Vec<String> {
    let mut stored = Vec::new();
    loop {
        let name = format!("r{round}_{}", stored.len());
        match vault.set(&name, &[7; 20_000]) {
            Ok(_) => stored.push(name),
            Err(error) => {
                assert!(is_read_only(&error, reasons), "{error:?}");
                assert_eq!(vault.get(&name).unwrap_err().exit_code(), 3, "refused is not stored");
                return stored;
            }
        }
        assert!(stored.len() < 10_000, "it never fills up");
    }
}

fn assert_all_there(vault: &Client, names: &[String]) {
    for name in names {
        assert_eq!(vault.get(name).unwrap().expose(), [7; 20_000], "{name}");
    }
}

#[test]
fn a_full_disk_stops_sets_and_nothing_else_until_there_is_room() {
    needs!(is_root() && can_mount(), "needs root and mount namespaces");
    let small = Small::new(100, "min_free_disk_bytes = 0", true, true);
    let vault = small.daemon.client();
    vault.set("before", b"x").unwrap();
    let mut stored = Vec::new();
    for round in 0..3 {
        small.fill();
        // Vault and audit log share the disk: whichever is refused first says so.
        let reasons = ["disk full", "audit full"];
        stored.extend(set_until_refused(&vault, 2 * round, &reasons));
        for _ in 0..50 {
            assert_eq!(vault.get("before").unwrap().expose(), b"x");
        }
        assert_all_there(&vault, &stored);
        assert!(!vault.status().unwrap().sealed);
        let second = small.daemon.client();
        // The audit log has taken its reserve by now, which leaves a little to
        // whoever comes first; that is soon at an end, too.
        stored.extend(set_until_refused(&second, 2 * round + 1, &reasons));
        assert_eq!(second.get("before").unwrap().expose(), b"x");
        small.empty();
        until("sets work again, without a restart", || vault.set("after", format!("{round}").as_bytes()).ok());
        until("all is well again", || {
            let status = vault.status().unwrap();
            (status.degraded.is_empty() && !status.read_only).then_some(())
        });
    }
    assert_all_there(&vault, &stored);
    assert_eq!(vault.check().unwrap().problems, Vec::<String>::new());
    let audit = vault.audit_verify().unwrap();
    assert_eq!((audit.problems, audit.gaps), (Vec::new(), 0), "the reserve was enough: nothing is missing");
    drop(vault);
    assert_eq!(small.daemon.terminate(), 0);
}

#[test]
fn sets_stop_while_the_configured_space_is_still_free() {
    needs!(is_root() && can_mount(), "needs root and mount namespaces");
    let small = Small::new(24, "min_free_disk_bytes = 8_388_608", true, false);
    let vault = small.daemon.client();
    vault.set("before", b"x").unwrap();
    vault.set("goes", b"x").unwrap();
    let mut stored = set_until_refused(&vault, 0, &["disk full"]);
    assert!(stored.len() > 100, "{}", stored.len());
    // What makes room, or needs none, is still done.
    assert_eq!(vault.get("before").unwrap().expose(), b"x");
    assert!(vault.delete("goes").unwrap().was_set);
    assert_eq!(vault.undelete("goes").unwrap(), 1);
    assert!(vault.destroy("goes").unwrap().was_set);
    for name in stored.drain(..stored.len() / 2) {
        vault.destroy(&name).unwrap();
    }
    assert_all_there(&vault, &stored);
    assert_eq!(vault.check().unwrap().problems, Vec::<String>::new());
    drop(vault);
    assert_eq!(small.daemon.terminate(), 0);
}

#[test]
fn when_the_audit_reserve_is_used_up_reads_go_on_and_the_loss_is_told() {
    needs!(is_root() && can_mount(), "needs root and mount namespaces");
    let small = Small::new(64, "min_free_disk_bytes = 0", false, true);
    let vault = small.daemon.client();
    vault.set("before", b"x").unwrap();
    small.fill();
    let read_many = || {
        let calls = (0..1_000).map(|_| Call::Get { app: None, name: "before".into(), version: None });
        assert!(vault.pipeline(calls.collect()).iter().all(Result::is_ok), "reads go on");
    };
    let degraded = |part: &str| vault.status().unwrap().degraded.iter().any(|what| what.contains(part));
    until("the reserve is in use", || {
        read_many();
        degraded("its reserve is in use").then_some(())
    });
    vault.set("meanwhile", b"x").unwrap();
    // Somebody takes what the reserve left over.
    small.fill();
    until("it is used up", || {
        read_many();
        degraded("cannot be written").then_some(())
    });
    assert!(is_read_only(&vault.set("more", b"x").unwrap_err(), &["audit full"]));
    assert!(is_read_only(&vault.destroy("before").unwrap_err(), &["audit full"]), "nor anything else that changes");
    assert!(vault.status().unwrap().read_only);
    // More than it keeps in memory for later.
    (0..10).for_each(|_| read_many());

    small.empty();
    until("writes work", || vault.set("after", b"x").ok());
    until("all is well again", || vault.status().unwrap().degraded.is_empty().then_some(()));
    let audit = vault.audit_verify().unwrap();
    assert_eq!(audit.problems, Vec::<String>::new());
    assert!(audit.gaps > 0, "what is missing is admitted");
    drop(vault);
    assert_eq!(small.daemon.terminate(), 0);
}
