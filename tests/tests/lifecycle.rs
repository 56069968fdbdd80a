//! A vault is made, opened, closed, rekeyed, restarted.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "helpers of tests, outside a test function"
)]

use std::collections::HashMap;
use std::fs;
use std::os::fd::OwnedFd;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::os::unix::net::{UnixDatagram, UnixListener};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use rustix::process::Signal;
use vault_client::blocking::Client;
use vault_client::{Call, ClientError, Codec, NewSlot, SecretBytes, UnlockSecret, WireError};
use vault_tests::daemon::{code, options};
use vault_tests::privileges::{as_uid, is_root};
use vault_tests::programs::{self, run_vaultd, vaultd};
use vault_tests::site::{Config, text};
use vault_tests::wire::Wire;
use vault_tests::{Daemon, Site, needs, until};

const PASSPHRASE: &str = "correct horse battery staple";

fn passphrase(text: &str) -> UnlockSecret {
    UnlockSecret::Passphrase(SecretBytes::new(text.as_bytes().to_vec()))
}

fn key_file(path: &Path) -> UnlockSecret {
    UnlockSecret::KeyFile(SecretBytes::new(fs::read(path).unwrap()))
}

fn recovery(text: &str) -> UnlockSecret {
    UnlockSecret::RecoveryKey(SecretBytes::new(text.as_bytes().to_vec()))
}

/// The recovery key in what `init` printed: the indented line.
fn recovery_in(output: &str) -> String {
    let keys: Vec<_> = output.lines().filter_map(|line| line.strip_prefix("  ")).collect();
    assert_eq!(keys.len(), 1, "shown once: {output}");
    keys[0].to_owned()
}

fn stdout(output: &std::process::Output) -> String {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout.clone()).unwrap()
}

#[test]
fn a_key_file_is_made_once_and_never_overwritten() {
    let site = Site::empty();
    let key = site.key();
    let told = stdout(&site.init(&["--key-file", text(&key)], b""));
    let made = fs::metadata(&key).unwrap();
    assert_eq!((made.len(), made.permissions().mode() & 0o7777), (32, 0o600));
    assert_eq!(fs::metadata(site.vault()).unwrap().permissions().mode() & 0o7777, 0o600);
    let before = fs::read(&key).unwrap();

    // Neither the key of another vault nor the vault itself.
    let other = site.data().join("other.db");
    let refused = run_vaultd(&["init", "--vault", text(&other), "--key-file", text(&key)], b"");
    assert_eq!(refused.status.code(), Some(6), "{}", String::from_utf8_lossy(&refused.stderr));
    assert!(!other.exists());
    let refused = site.init(&["--key-file", text(&site.data().join("second.key"))], b"");
    assert_eq!(refused.status.code(), Some(6));
    assert!(!site.data().join("second.key").exists());
    assert_eq!(fs::read(&key).unwrap(), before);

    // Names without a directory are of the one it is called in.
    let mut here = programs::command(vaultd());
    here.current_dir(site.data()).args(["init", "--vault", "bare.db", "--key-file", "bare.key"]);
    stdout(&programs::run(here, b""));
    assert_eq!(fs::metadata(site.data().join("bare.key")).unwrap().len(), 32);

    // An existing one is taken as it is, if nobody else can read it.
    let same = run_vaultd(&["init", "--vault", text(&other), "--existing-key-file", text(&key), "--no-recovery"], b"");
    assert!(!stdout(&same).contains("recovery"));
    fs::set_permissions(&key, fs::Permissions::from_mode(0o644)).unwrap();
    let third = site.data().join("third.db");
    let refused = run_vaultd(&["init", "--vault", text(&third), "--existing-key-file", text(&key)], b"");
    assert_eq!(refused.status.code(), Some(4), "{}", String::from_utf8_lossy(&refused.stderr));
    fs::set_permissions(&key, fs::Permissions::from_mode(0o600)).unwrap();

    // Key file and recovery key open the same vault; the key file by itself at start.
    let daemon = site.serve();
    let vault = daemon.client();
    vault.set("a", b"x").unwrap();
    vault.seal().unwrap();
    vault.unseal(recovery(&recovery_in(&told))).unwrap();
    assert_eq!(vault.get("a").unwrap().expose(), b"x");
    // It is shown nowhere again.
    drop(vault);
    let key = recovery_in(&told);
    assert!(!daemon.log().contains(&key));
    assert_eq!(daemon.terminate(), 0);
    for entry in fs::read_dir(site.data()).unwrap().flatten() {
        let bytes = fs::read(entry.path()).unwrap();
        assert!(!bytes.windows(key.len()).any(|part| part == key.as_bytes()), "{}", entry.path().display());
    }
}

#[test]
fn a_recovery_key_with_a_typing_error_is_told_so() {
    let site = Site::empty();
    let key = recovery_in(&stdout(&site.init(&["--key-file", text(&site.key())], b"")));
    let daemon = site.serve_sealed();
    let vault = daemon.client();
    let last = key.chars().last().unwrap();
    let wrong = format!("{}{}", &key[..key.len() - 1], if last == '0' { '1' } else { '0' });
    let error = vault.unseal(recovery(&wrong)).unwrap_err();
    assert!(
        matches!(error, ClientError::Server(WireError::Invalid { .. })),
        "the checksum tells, not the vault: {error:?}"
    );
    assert!(!format!("{error} {error:?}").contains(&wrong[..12]));
    // Not a failed unseal: the right one is taken at once, in any case and spacing.
    vault.unseal(recovery(&key.to_lowercase())).unwrap();
}

#[test]
fn a_credential_opens_at_start_from_where_systemd_puts_it() {
    let site = Site::empty();
    let made = site.init(&["--credential-out", "-"], b"");
    assert!(made.status.success());
    assert_eq!(made.stdout.len(), 32, "the key and nothing else");
    let credentials = site.dir().directory("credentials", 0o700);
    fs::write(credentials.join("vaultd.key"), &made.stdout).unwrap();
    fs::set_permissions(credentials.join("vaultd.key"), fs::Permissions::from_mode(0o400)).unwrap();
    let mut command = site.command(&Config { top: "credential = \"vaultd.key\"".into(), ..Config::default() });
    command.env("CREDENTIALS_DIRECTORY", &credentials);
    let daemon = site.spawn(command).open();
    let slots = daemon.client().slots().unwrap();
    assert_eq!(slots.iter().map(|slot| slot.kind.as_str()).collect::<Vec<_>>(), ["credential", "recovery-key"]);
}

#[test]
fn a_sealed_daemon_says_so_to_everything() {
    let site = Site::new();
    let daemon = site.serve_sealed();
    let text = |text: &str| text.to_owned();
    let user_calls = || {
        vec![
            Call::Get { app: None, name: text("a"), version: None },
            Call::Get { app: Some(text("No Such App")), name: text("Not A Name"), version: None },
            Call::Set { app: None, name: text("a"), value: SecretBytes::new(vec![1]), if_version: None },
            Call::Set { app: None, name: text("Not A Name"), value: SecretBytes::new(vec![1]), if_version: None },
            Call::List { app: None, user: None, after: None, limit: 10, deleted: false },
            Call::List { app: None, user: Some(text("nobody")), after: None, limit: 0, deleted: false },
            Call::Delete { app: None, name: text("a"), destroy: false, if_version: None },
            Call::Delete { app: None, name: text("a"), destroy: true, if_version: None },
            Call::Undelete { app: None, name: text("a") },
            Call::History { app: None, name: text("a") },
            Call::History { app: None, name: text("Not A Name") },
        ]
    };
    let operator_calls = || {
        vec![
            Call::SlotList {},
            Call::SlotAdd { existing: passphrase("x"), new: NewSlot::RecoveryKey {}, label: text("l") },
            Call::SlotRemove { id: text("00") },
            Call::RekeyRoot { keep: vec![passphrase("x")], drop_slots: true },
            Call::RekeyScope { user: None },
            Call::UserList {},
            Call::UserConfirm { user: text("uid:1") },
            Call::UserMove { from: text("uid:1"), to: text("uid:2") },
            Call::UserRemove { user: text("uid:1") },
            Call::AuditTail { lines: 10 },
            Call::AuditVerify {},
            Call::AuditRotate {},
            Call::BackupBegin { verify: true },
            Call::Check {},
        ]
    };
    for codec in [Codec::Postcard, Codec::Json] {
        let mut wire = Wire::connect(daemon.socket(), codec);
        for call in user_calls().into_iter().chain(operator_calls()) {
            let said = format!("{call:?}");
            assert_eq!(wire.ask(call), Err(WireError::Sealed {}), "{said}");
        }
        // Sealing what is sealed is no error.
        assert!(wire.ask(Call::Seal {}).is_ok());
    }
    let vault = daemon.client();
    let status = vault.status().unwrap();
    assert!(status.sealed && status.sequence.is_none() && status.vault_id.is_none() && status.slots == 1);
    assert_eq!(vault.whoami().unwrap().operator.len(), 9);
    if is_root() {
        as_uid(1001, || {
            let mut wire = Wire::connect(daemon.socket(), Codec::Json);
            for call in user_calls() {
                assert_eq!(wire.ask(call), Err(WireError::Sealed {}));
            }
            let unseal = wire.ask(Call::Unseal { secret: passphrase("guess guess") });
            assert_eq!(unseal, Err(WireError::Forbidden { needs: Some("unseal".into()) }));
        });
    }
}

#[test]
fn a_passphrase_unseals_and_guessing_becomes_slow() {
    let site = Site::empty();
    let made = site.init(&["--passphrase-stdin", "--no-recovery"], format!("{PASSPHRASE}\n").as_bytes());
    assert!(made.status.success());
    let daemon = site.serve_sealed();
    let vault = daemon.client();
    let is_wrong =
        |result: &Result<(), ClientError>| matches!(result, Err(ClientError::Server(WireError::WrongSecret {})));

    assert!(is_wrong(&vault.unseal(passphrase("correct horse battery stapler"))));
    // At once again: not even looked at, be it right or wrong.
    let busy = |secret: &str| match vault.unseal(passphrase(secret)) {
        Err(ClientError::Server(WireError::Busy { retry_after_ms })) => retry_after_ms,
        other => panic!("{other:?}"),
    };
    assert!((1..=1_000).contains(&busy(PASSPHRASE)));
    // The next failure makes it longer.
    until("a second guess is looked at", || is_wrong(&vault.unseal(passphrase("wrong wrong wrong"))).then_some(()));
    let longer = busy("wrong wrong wrong");
    assert!(longer > 400, "{longer}");
    assert!(vault.status().unwrap().sealed, "status is answered all the while");
    until("the right one opens", || vault.unseal(passphrase(PASSPHRASE)).ok());
    assert!(!vault.status().unwrap().sealed);
    vault.set("a", b"x").unwrap();
    vault.seal().unwrap();
    assert_eq!(vault.get("a").unwrap_err().exit_code(), 5);
    // Success forgets the failures.
    vault.unseal(passphrase(PASSPHRASE)).unwrap();
    assert_eq!(vault.get("a").unwrap().expose(), b"x");
    let outcomes: Vec<_> = (vault.audit_tail(100).unwrap().into_iter())
        .map(|line| serde_json::from_str::<serde_json::Value>(&line.line).unwrap())
        .filter(|line| line["op"] == "unseal")
        .map(|line| line["outcome"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(outcomes.iter().filter(|one| *one == "wrong_secret").count(), 2, "{outcomes:?}");
    assert_eq!(outcomes.iter().filter(|one| *one == "ok").count(), 2, "{outcomes:?}");
    assert!(!daemon.log().contains("stapler"));
}

/// Writes until told to stop; what was acknowledged, by name.
fn write_until(socket: &Path, who: usize, stop: &AtomicBool) -> HashMap<String, u64> {
    let vault = Client::connect(options(socket)).unwrap();
    let mut acknowledged = HashMap::new();
    for n in 0_u64.. {
        let name = format!("w{who}_{}", n % 7);
        match vault.set(&name, format!("{n}").as_bytes()) {
            Ok(_) => acknowledged.insert(name, n),
            // The daemon is going, or a rekey is in the way for a moment.
            Err(error) if error.retryable() && !stop.load(Ordering::Relaxed) => continue,
            Err(error) => {
                assert!(stop.load(Ordering::Relaxed), "{error:?}");
                break;
            }
        };
        if stop.load(Ordering::Relaxed) && n > 50 {
            break;
        }
    }
    acknowledged
}

fn assert_all(vault: &Client, acknowledged: &[HashMap<String, u64>]) {
    for (name, n) in acknowledged.iter().flatten() {
        let read = vault.get(name).unwrap();
        let read: u64 = std::str::from_utf8(read.expose()).unwrap().parse().unwrap();
        // The one in flight may have been stored without its answer arriving.
        assert!(read == *n || read == *n + 7, "{name}: {n} was acknowledged, {read} is there");
    }
}

#[test]
fn term_drains_under_load_and_loses_nothing() {
    let site = Site::new();
    let mut daemon = site.serve();
    let stop = AtomicBool::new(false);
    let acknowledged: Vec<_> = std::thread::scope(|scope| {
        let writers: Vec<_> = (0..4)
            .map(|who| {
                scope.spawn({
                    let (socket, stop) = (site.socket(), &stop);
                    move || write_until(&socket, who, stop)
                })
            })
            .collect();
        let vault = daemon.client();
        until("writes", || (vault.status().unwrap().sequence > Some(60)).then_some(()));
        stop.store(true, Ordering::Relaxed);
        daemon.signal(Signal::TERM);
        assert_eq!(code(daemon.ends()), 0);
        writers.into_iter().map(|writer| writer.join().unwrap()).collect()
    });
    assert!(!site.socket().exists());
    assert!(daemon.log().contains("stopping"));
    // Nothing left to replay: it was sealed, not dropped.
    let wal = fs::metadata(site.vault().with_extension("db-wal")).map_or(0, |wal| wal.len());
    assert_eq!(wal, 0, "an orderly end leaves no write-ahead log");
    let daemon = site.serve();
    assert_all(&daemon.client(), &acknowledged);
    assert_eq!(daemon.client().audit_verify().unwrap().problems, Vec::<String>::new());
}

#[test]
fn hup_reopens_the_audit_log_and_reloads_limits() {
    let site = Site::new();
    let config = site.unsealing(&Config::default());
    let daemon = site.spawn(site.command(&config)).open();
    let vault = daemon.client();
    vault.set("a", b"x").unwrap();
    // As logrotate does it.
    let away = site.audit().with_extension("moved");
    until("the audit log", || site.audit().exists().then_some(()));
    fs::rename(site.audit(), &away).unwrap();
    let limited = Config { limits: "max_secrets_per_user = 1".into(), ..config.clone() };
    site.configure(&limited);
    daemon.signal(Signal::HUP);
    until("it is reloaded", || daemon.log().contains("configuration reloaded").then_some(()));
    assert_eq!(vault.set("b", b"x").unwrap_err().exit_code(), 10);
    until("a new audit log", || site.audit().exists().then_some(()));
    let old = fs::metadata(&away).unwrap().len();
    vault.set("a", b"y").unwrap();
    until("lines in the new one", || {
        fs::read_to_string(site.audit()).unwrap().contains("\"op\":\"set\"").then_some(())
    });
    assert_eq!(fs::metadata(&away).unwrap().len(), old);

    // A configuration with an error changes nothing, and does not end it.
    fs::write(site.configure(&config), "no such key = 1").unwrap();
    daemon.signal(Signal::HUP);
    until("the error is told", || daemon.log().contains("not reloaded").then_some(()));
    assert_eq!(vault.set("b", b"x").unwrap_err().exit_code(), 10);
    site.configure(&config);
    daemon.signal(Signal::HUP);
    until("the limit is gone", || vault.set("b", b"x").ok());
    assert_eq!(daemon.terminate(), 0);
}

#[test]
fn the_audit_chain_goes_on_over_restarts_and_kills() {
    let site = Site::new();
    for (round, kill) in [false, true, false, true, false].into_iter().enumerate() {
        let daemon = site.serve();
        let vault = daemon.client();
        let name = format!("round{round}");
        vault.set(&name, b"x").unwrap();
        let _ = vault.get("absent");
        vault.audit_rotate().unwrap();
        vault.seal().unwrap();
        assert!(vault.get(&name).is_err());
        vault.unseal(key_file(&site.key())).unwrap();
        let report = vault.audit_verify().unwrap();
        assert_eq!((report.problems, report.gaps), (Vec::new(), 0), "round {round}");
        assert!(report.verified > 4 * round as u64);
        let named =
            vault.audit_tail(100).unwrap().into_iter().filter(|line| line.name.as_deref() == Some(&name)).count();
        assert!(named > 0, "names are resolved for an operator while unsealed");
        if kill { daemon.kill() } else { assert_eq!(daemon.terminate(), 0) }
    }
    // A line that was changed is found: the last byte of the first kept file.
    let daemon = site.serve();
    let vault = daemon.client();
    let log = fs::read_to_string(site.audit()).unwrap();
    let changed = log.replacen("\"op\":\"unseal\"", "\"op\":\"status\"", 1);
    assert_ne!(changed, log);
    fs::write(site.audit(), changed).unwrap();
    assert!(!vault.audit_verify().unwrap().problems.is_empty());
}

#[test]
fn slots_come_and_go_and_one_always_stays() {
    let site = Site::new();
    let daemon = site.serve();
    let vault = daemon.client();
    vault.set("a", b"x").unwrap();
    let key = || key_file(&site.key());
    let wrong = vault.slot_add(passphrase("not the passphrase"), NewSlot::RecoveryKey {}, "no").unwrap_err();
    assert!(matches!(wrong, ClientError::Server(WireError::WrongSecret {})), "{wrong:?}");

    let new = NewSlot::Passphrase(SecretBytes::new(PASSPHRASE.as_bytes().to_vec()));
    let added = vault.slot_add(key(), new, "for people").unwrap();
    assert_eq!(
        (added.slot.kind.as_str(), added.slot.label.as_str(), added.recovery_key),
        ("passphrase", "for people", None)
    );
    let made = vault.slot_add(key(), NewSlot::RecoveryKey {}, "in the safe").unwrap();
    let printed = made.recovery_key.unwrap();
    let printed = std::str::from_utf8(printed.expose()).unwrap();
    let credential = vec![9; 32];
    vault.slot_add(key(), NewSlot::Credential(SecretBytes::new(credential.clone())), "systemd").unwrap();
    let slots = vault.slots().unwrap();
    assert_eq!(vault.status().unwrap().slots, 4);

    // Each of them opens it.
    let openers =
        [key(), passphrase(PASSPHRASE), recovery(printed), UnlockSecret::KeyFile(SecretBytes::new(credential))];
    for opener in openers {
        vault.seal().unwrap();
        vault.unseal(opener).unwrap();
        assert_eq!(vault.get("a").unwrap().expose(), b"x");
    }
    let of = |kind: &str| slots.iter().find(|slot| slot.kind == kind).unwrap().id.clone();
    for kind in ["key-file", "credential", "recovery-key"] {
        vault.slot_remove(&of(kind)).unwrap();
        assert_eq!(vault.slot_remove(&of(kind)).unwrap_err().exit_code(), 3, "only once");
    }
    let last = vault.slot_remove(&of("passphrase")).unwrap_err();
    assert!(matches!(last, ClientError::Server(WireError::Invalid { .. })), "{last:?}");
    vault.seal().unwrap();
    assert!(vault.unseal(key()).is_err(), "removed is removed");
    until("the passphrase opens", || vault.unseal(passphrase(PASSPHRASE)).ok());
    assert_eq!(vault.get("a").unwrap().expose(), b"x");
}

#[test]
fn keys_are_replaced_while_clients_write() {
    let site = Site::empty();
    let key = recovery_in(&stdout(&site.init(&["--key-file", text(&site.key())], b"")));
    let daemon = site.serve();
    let vault = daemon.client();
    let stop = AtomicBool::new(false);
    let acknowledged: Vec<_> = std::thread::scope(|scope| {
        let writers: Vec<_> = (0..3)
            .map(|who| {
                scope.spawn({
                    let (socket, stop) = (site.socket(), &stop);
                    move || write_until(&socket, who, stop)
                })
            })
            .collect();
        until("writes", || (vault.status().unwrap().sequence > Some(20)).then_some(()));
        for round in 0..3 {
            // Would lose the recovery slot, and says so.
            let stopped = vault.rekey_root(vec![key_file(&site.key())], false);
            assert!(stopped.is_err(), "round {round}: {stopped:?}");
            let root = vault.rekey_root(vec![key_file(&site.key()), recovery(&key)], false).unwrap();
            assert!(root.dropped_slots.is_empty());
            vault.rekey_scope(None).unwrap();
            let own = format!("uid:{}", rustix::process::geteuid().as_raw());
            let records = vault.rekey_scope(Some(&own)).unwrap();
            assert!(records.rewritten > 0, "{records:?}");
        }
        stop.store(true, Ordering::Relaxed);
        writers.into_iter().map(|writer| writer.join().unwrap()).collect()
    });
    assert_all(&vault, &acknowledged);
    assert_eq!(vault.check().unwrap().problems, Vec::<String>::new());
    let dropped = vault.rekey_root(vec![recovery(&key)], true).unwrap().dropped_slots;
    assert_eq!(dropped.iter().map(|slot| slot.kind.as_str()).collect::<Vec<_>>(), ["key-file"]);
    assert_eq!(daemon.terminate(), 0);

    let daemon = site.spawn(site.command(&site.unsealing(&Config::default()))).listening();
    let vault = daemon.client();
    until("the dropped key was tried", || daemon.log().contains("stays sealed").then_some(()));
    vault.unseal(recovery(&key)).unwrap();
    assert_all(&vault, &acknowledged);
    assert_eq!(vault.check().unwrap().problems, Vec::<String>::new());
    assert_eq!(vault.audit_verify().unwrap().problems, Vec::<String>::new());
}

#[test]
fn sealing_under_load_refuses_or_does_but_never_loses() {
    let site = Site::new();
    let daemon = site.serve();
    let stop = AtomicBool::new(false);
    let vault = daemon.client();
    let acknowledged: Vec<_> = std::thread::scope(|scope| {
        let writers: Vec<_> = (0..3)
            .map(|who| {
                let (socket, stop) = (site.socket(), &stop);
                scope.spawn(move || {
                    let vault = Client::connect(options(&socket)).unwrap();
                    let (mut acknowledged, mut sealed) = (HashMap::new(), 0);
                    for n in 0_u64.. {
                        let name = format!("w{who}_{}", n % 7);
                        match vault.set(&name, n.to_string().as_bytes()) {
                            Ok(_) => drop(acknowledged.insert(name, n)),
                            // Typed, and nothing was done: the same connection goes on.
                            Err(ClientError::Server(WireError::Sealed {})) => sealed += 1,
                            Err(error) => panic!("{error:?}"),
                        }
                        if stop.load(Ordering::Relaxed) && n > 50 {
                            break;
                        }
                    }
                    assert!(sealed > 0, "it was never in the way");
                    acknowledged
                })
            })
            .collect();
        for _ in 0..15 {
            let at = vault.status().unwrap().sequence.unwrap();
            until("writes", || (vault.status().unwrap().sequence > Some(at + 5)).then_some(()));
            vault.seal().unwrap();
            assert!(vault.status().unwrap().sealed);
            vault.unseal(key_file(&site.key())).unwrap();
        }
        stop.store(true, Ordering::Relaxed);
        writers.into_iter().map(|writer| writer.join().unwrap()).collect()
    });
    for (name, n) in acknowledged.iter().flatten() {
        assert_eq!(vault.get(name).unwrap().expose(), n.to_string().as_bytes(), "{name}");
    }
    assert_eq!(vault.check().unwrap().problems, Vec::<String>::new());
    assert_eq!(vault.audit_verify().unwrap().problems, Vec::<String>::new());
}

#[test]
fn systemd_is_told_and_its_socket_used() {
    let site = Site::new();
    let notify = UnixDatagram::bind(site.data().join("notify")).unwrap();
    notify.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    let hears = |part: &str| {
        let mut heard = String::new();
        while !heard.contains(part) {
            let mut buffer = [0; 4096];
            let len = notify.recv(&mut buffer).unwrap_or_else(|error| panic!("{part}: {error}; heard {heard}"));
            heard.push_str(std::str::from_utf8(&buffer[..len]).unwrap());
            heard.push('\n');
        }
    };
    let listener = UnixListener::bind(site.socket()).unwrap();
    let inode = fs::metadata(site.socket()).unwrap().ino();
    let serve = || {
        // The socket is descriptor 3 and LISTEN_PID is the process itself, as
        // systemd does it; it goes in as standard input, since safe code can
        // give a child no other.
        let mut command = programs::command(Path::new("/bin/sh"));
        command.args(["-c", "exec 3<&0 0</dev/null; LISTEN_PID=$$ LISTEN_FDS=1 exec \"$0\" serve --config \"$1\""]);
        command.arg(vaultd()).arg(site.configure(&site.unsealing(&Config::default())));
        command.env("NOTIFY_SOCKET", site.data().join("notify"));
        command.stdin(OwnedFd::from(listener.try_clone().unwrap()));
        command
    };
    for round in 0..2 {
        let mut daemon = Daemon::spawn_keeping_stdin(serve(), &site.socket(), &site.log());
        hears("READY=1");
        hears("STATUS=unsealed");
        let vault = daemon.client();
        assert_eq!(vault.set("a", b"x").unwrap(), round + 1);
        daemon.signal(Signal::HUP);
        hears("RELOADING=1");
        hears("READY=1");
        daemon.signal(Signal::TERM);
        hears("STOPPING=1");
        assert_eq!(code(daemon.ends()), 0);
        assert_eq!(fs::metadata(site.socket()).unwrap().ino(), inode, "the socket is systemd's and outlives it");
    }
}

#[test]
fn the_installed_owner_serves_without_root() {
    needs!(is_root(), "needs root");
    // An account that every system has.
    let site = Site::empty();
    let made = site.init(&["--key-file", text(&site.key()), "--owner", "daemon", "--no-recovery"], b"");
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    for path in [site.vault(), site.key()] {
        let found = fs::metadata(&path).unwrap();
        assert_eq!((found.uid(), found.permissions().mode() & 0o7777), (1, 0o600), "{}", path.display());
    }
    let program = programs::copy_for_everybody(vaultd(), site.dir().path());
    let config = site.configure(&site.unsealing(&Config::default()));
    for path in [site.data(), &config, site.socket().parent().unwrap()] {
        std::os::unix::fs::chown(path, Some(1), Some(1)).unwrap();
    }
    let mut command = vault_tests::privileges::setpriv(1, &program);
    command.arg("serve").arg("--config").arg(&config);
    let daemon = site.spawn(command).open();
    as_uid(1001, || daemon.client().set("a", b"x")).unwrap();
    assert_eq!(as_uid(1, || daemon.client().whoami()).unwrap().operator.len(), 9);
    let vault = daemon.client();
    assert_eq!(vault.whoami().unwrap().operator.len(), 9, "root, too");
    assert!(vault.status().unwrap().hardening.iter().any(|line| line == "no new privileges: yes"));
    assert_eq!(daemon.terminate(), 0);
}
