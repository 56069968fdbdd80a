//! The command line that others script against: what it prints, where, and how
//! it ends.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "helpers of tests, outside a test function"
)]

use std::fs;
use std::path::Path;

use serde_json::Value;
use vault_tests::privileges::{is_root, setpriv};
use vault_tests::programs::{self, run_vaultd, vaultctl, vaultd};
use vault_tests::site::text;
use vault_tests::{Ctl, Dir, Site, needs, until};

#[test]
fn a_secret_by_hand() {
    let site = Site::new();
    let daemon = site.serve();
    let ctl = Ctl::new(&daemon);
    // One line feed is the terminal's habit, not the secret's.
    ctl.ok(&["set", "token"], b"hunter2\n");
    assert_eq!(ctl.ok(&["get", "token"], b""), b"hunter2");
    ctl.ok(&["set", "token"], b"two lines\n\n");
    assert_eq!(ctl.ok(&["get", "token"], b""), b"two lines\n");
    ctl.ok(&["set", "token", "--raw"], b"\0\xff\n");
    assert_eq!(ctl.ok(&["get", "token"], b""), b"\0\xff\n", "the exact bytes to a pipe");
    assert_eq!(ctl.ok(&["get", "token", "--version", "2"], b""), b"two lines\n");

    let listed = ctl.json(&["ls"]);
    let one = &listed.as_array().unwrap()[0];
    for field in ["name", "app", "version", "set_at", "set_by", "state", "size_class"] {
        assert!(!one[field].is_null(), "{field}: {one}");
    }
    assert_eq!((&one["name"], &one["version"], &one["state"]), (&"token".into(), &3.into(), &"live".into()));
    assert!(one.get("value").is_none());
    let at = one["set_at"].as_str().unwrap();
    assert!(at.ends_with('Z') && at.contains('T'), "RFC 3339 in UTC: {at}");

    ctl.ok(&["rm", "token"], b"");
    assert_eq!(ctl.exit(&["get", "token"], b""), 3);
    assert_eq!(ctl.json(&["ls"]), Value::Array(Vec::new()));
    ctl.ok(&["undelete", "token"], b"");
    assert_eq!(ctl.ok(&["get", "token"], b""), b"\0\xff\n");
    assert_eq!(ctl.json(&["history", "token"]).as_array().unwrap().len(), 3);
    ctl.ok(&["rm", "token", "--destroy", "--yes"], b"");
    assert_eq!(ctl.exit(&["undelete", "token"], b""), 3);
    let me = ctl.json(&["whoami"]);
    assert_eq!(me["user"], format!("uid:{}", rustix::process::geteuid().as_raw()));
}

#[test]
fn exit_codes_are_a_contract() {
    let site = Site::new();
    let daemon = site.serve();
    let ctl = Ctl::new(&daemon);
    ctl.ok(&["set", "token"], b"x");
    assert_eq!(ctl.run(&["no-such-command"], b"").status.code(), Some(2));
    assert_eq!(ctl.exit(&["get", "Not A Name"], b""), 2);
    assert_eq!(ctl.exit(&["get", "nothing"], b""), 3);
    assert_eq!(ctl.exit(&["set", "token", "--if-version", "7"], b"x"), 6);
    assert_eq!(ctl.exit(&["set", "token"], &[b'x'; 70_000]), 10);
    let (code, error) = ctl.fails(&["get", "nothing"], b"");
    assert_eq!((code, &error["code"], &error["retryable"]), (3, &"missing".into(), &false.into()));

    if is_root() {
        let copy = programs::copy_for_everybody(vaultctl(), site.dir().path());
        let run = |args: &[&str], input: &[u8]| {
            let mut command = setpriv(1001, &copy);
            command.args(args).env("VAULTD_SOCKET", daemon.socket()).env_remove("HOME");
            programs::run(command, input)
        };
        assert_eq!(run(&["seal"], b"").status.code(), Some(4));
        assert_eq!(run(&["set", "token"], b"of 1001").status.code(), Some(0), "also without a home");
        assert_eq!(run(&["get", "token"], b"").stdout, b"of 1001");
        assert_eq!(ctl.ok(&["get", "token"], b""), b"x");
    }
    ctl.ok(&["seal"], b"");
    assert_eq!(ctl.exit(&["get", "token"], b""), 5);
    assert_eq!(ctl.json(&["status"])["sealed"], true);
    let wrong = site.dir().write("wrong", [1; 32]);
    assert_eq!(ctl.exit(&["unseal", "--key-file", text(&wrong)], b""), 4);
    // Each wrong one makes the next wait longer: soon one comes too early.
    let error = until("busy", || {
        let (code, error) = ctl.fails(&["unseal", "--key-file", text(&wrong)], b"");
        (code == 9).then_some(error)
    });
    assert_eq!(error["retryable"], true);
    until("unsealed", || ctl.run(&["unseal", "--key-file", text(&site.key())], b"").status.success().then_some(()));
    assert_eq!(ctl.ok(&["get", "token"], b""), b"x");

    assert_eq!(daemon.terminate(), 0);
    let (code, error) = ctl.fails(&["get", "token"], b"");
    assert_eq!((code, &error["code"], &error["retryable"]), (7, &"not_running".into(), &true.into()));
}

#[test]
fn a_vault_put_back_or_restored_is_met_with_14() {
    let site = Site::new();
    let daemon = site.serve();
    let ctl = Ctl::new(&daemon);
    let kept = Dir::private();
    ctl.ok(&["set", "token"], b"old");
    let backup = kept.file("backup");
    ctl.ok(&["backup", text(&backup)], b"");
    assert_eq!(daemon.terminate(), 0);
    let old = kept.file("old.db");
    fs::copy(site.vault(), &old).unwrap();

    let daemon = site.serve();
    for _ in 0..3 {
        ctl.ok(&["set", "token"], b"new");
    }
    assert_eq!(daemon.terminate(), 0);
    fs::copy(&old, site.vault()).unwrap();
    let daemon = site.serve();
    let (code, error) = ctl.fails(&["get", "token"], b"");
    assert_eq!((code, &error["code"]), (14, &"rollback_suspected".into()));
    assert_eq!(daemon.terminate(), 0);

    fs::rename(site.vault(), kept.file("gone.db")).unwrap();
    let restored =
        run_vaultd(&["restore", text(&backup), "--vault", text(&site.vault()), "--key-file", text(&site.key())], b"");
    assert!(restored.status.success(), "{}", String::from_utf8_lossy(&restored.stderr));
    let daemon = site.serve();
    let (code, error) = ctl.fails(&["get", "token"], b"");
    assert_eq!((code, &error["code"]), (14, &"unknown_incarnation".into()));
    assert_eq!(ctl.ok(&["get", "token", "--accept-incarnation"], b""), b"old");
    assert_eq!(ctl.ok(&["get", "token"], b""), b"old", "once is enough");
    assert_eq!(daemon.terminate(), 0);
}

#[test]
fn a_backup_goes_to_a_file_or_a_pipe_and_shows_in_status() {
    let site = Site::new();
    let daemon = site.serve();
    let ctl = Ctl::new(&daemon);
    ctl.ok(&["set", "token"], b"x");
    let before = ctl.json(&["status"]);
    for field in ["sealed", "degraded", "epoch", "sequence", "slots", "last_backup_at", "last_backup_verified"] {
        assert!(before.get(field).is_some(), "{field}: {before}");
    }
    assert!(before["last_backup_at"].is_null());
    let kept = Dir::private();
    let file = kept.file("backup");
    ctl.ok(&["backup", text(&file)], b"");
    let status = ctl.json(&["status"]);
    assert!(status["last_backup_at"].is_string());
    assert_eq!(status["last_backup_verified"], true);
    let piped = kept.write("piped", ctl.ok(&["backup", "-"], b""));
    for backup in [&file, &piped] {
        let verified = run_vaultd(&["verify", text(backup), "--key-file", text(&site.key()), "--json"], b"");
        let found: Value = serde_json::from_slice(&verified.stdout).unwrap();
        assert_eq!((verified.status.code(), &found["verified"]), (Some(0), &true.into()), "{found}");
    }
    // One file, nothing half-made beside it.
    let mut names: Vec<_> = fs::read_dir(kept.path()).unwrap().flatten().map(|entry| entry.file_name()).collect();
    names.sort();
    assert_eq!(names, ["backup", "piped"]);
    let mut bytes = fs::read(&file).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle..middle + 64].fill(0x55);
    fs::write(&file, bytes).unwrap();
    let damaged = run_vaultd(&["verify", text(&file), "--key-file", text(&site.key()), "--json"], b"");
    assert_eq!(damaged.status.code(), Some(8));
}

#[test]
fn a_command_gets_its_secrets_and_its_output_is_masked() {
    let site = Site::new();
    let daemon = site.serve();
    let ctl = Ctl::new(&daemon);
    ctl.ok(&["set", "api_token"], b"hunter2-hunter2");
    let script = "printf 'token=%s\\n' \"$API_TOKEN\"; printf '%s' \"$API_TOKEN\" | wc -c; exit 7";
    let output = ctl.run(&["run", "--", "sh", "-c", script], b"");
    assert_eq!(output.status.code(), Some(7), "{}", String::from_utf8_lossy(&output.stderr));
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(!said.contains("hunter2") && said.contains("token="), "{said}");
    assert!(said.contains("15"), "the command itself has the value: {said}");
    assert_eq!(ctl.run(&["run", "--", "/no/such/command"], b"").status.code(), Some(127));
}

#[test]
fn one_command_from_nothing_to_a_secret() {
    let base = Dir::private();
    let home = Dir::private();
    let mut command = programs::command(vaultd());
    command.args(["dev", "--ephemeral", "--", "sh", "-c"]);
    command.arg("echo hunter2 | \"$0\" set demo >&2 && \"$0\" get demo").arg(vaultctl());
    command.env("XDG_RUNTIME_DIR", base.path()).env("HOME", home.path());
    let output = command.output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(output.stdout, b"hunter2");
    assert_eq!(fs::read_dir(base.path()).unwrap().count(), 0);
}

#[test]
fn dependants_wait_until_it_is_open() {
    let site = Site::new();
    let daemon = site.serve_sealed();
    let ctl = Ctl::new(&daemon);
    let mut waiting = ctl.command(&["wait", "--unsealed"]).spawn().unwrap();
    assert!(ctl.run(&["wait"], b"").status.success(), "it answers, if sealed");
    assert!(waiting.try_wait().unwrap().is_none());
    ctl.ok(&["unseal", "--key-file", text(&site.key())], b"");
    assert!(waiting.wait().unwrap().success());
}

#[test]
fn other_users_are_other_users_through_setpriv() {
    needs!(is_root() && Path::new("/usr/bin/setpriv").exists(), "needs root and setpriv");
    let site = Site::new();
    let daemon = site.serve();
    let copy = programs::copy_for_everybody(vaultctl(), site.dir().path());
    let run = |uid: u32, args: &[&str], input: &[u8]| {
        let mut command = setpriv(uid, &copy);
        command.args(args).env("VAULTD_SOCKET", daemon.socket()).env_remove("HOME");
        programs::run(command, input)
    };
    for uid in [1001, 1002] {
        assert_eq!(run(uid, &["set", "token"], format!("of {uid}").as_bytes()).status.code(), Some(0));
    }
    for uid in [1001, 1002] {
        assert_eq!(run(uid, &["get", "token"], b"").stdout, format!("of {uid}").into_bytes());
    }
    assert_eq!(run(0, &["get", "token"], b"").status.code(), Some(3));
    assert_eq!(run(65_534, &["get", "token"], b"").status.code(), Some(4));
    let users: Value = serde_json::from_slice(&run(0, &["user", "ls", "--json"], b"").stdout).unwrap();
    assert_eq!(users.as_array().unwrap().len(), 2, "{users}");
    assert_eq!(run(0, &["user", "rm", "uid:1001", "--yes"], b"").status.code(), Some(0));
    assert_eq!(run(1001, &["get", "token"], b"").status.code(), Some(3));
    assert_eq!(run(1002, &["get", "token"], b"").stdout, b"of 1002");
}
