//! From nothing to a secret that is read back: what a newcomer does.

#![allow(clippy::unwrap_used, reason = "helpers of tests, outside a test function")]

use std::fs;
use std::io::{BufRead, BufReader};
use std::os::fd::OwnedFd;
use std::path::Path;
use std::process::Command;

use rustix::process::Signal;
use vault_client::{ClientError, Codec, ListQuery, VersionState, WireError};
use vault_tests::daemon::{code, options};
use vault_tests::privileges::{has, is_root, setpriv};
use vault_tests::programs::{self, vaultd};
use vault_tests::site::text;
use vault_tests::{Daemon, Dir, Site, needs, until};

/// `vaultd dev --dir DIR`, answering.
fn dev(dir: &Path) -> Daemon {
    let mut command = programs::command(vaultd());
    command.args(["dev", "--dir"]).arg(dir);
    Daemon::spawn(command, &dir.join("vaultd.sock"), &dir.with_extension("log")).open()
}

#[test]
fn a_secret_goes_through_its_whole_life_in_both_codecs() {
    let dir = Dir::private();
    let daemon = dev(&dir.file("v"));
    for (codec, name) in [(Codec::Postcard, "one"), (Codec::Json, "two/at-home")] {
        let vault = daemon.client_in(codec);
        let missing = |result: Result<_, ClientError>| {
            matches!(
                result.map(|_: vault_client::Secret| ()),
                Err(ClientError::Server(WireError::Missing { expired: false }))
            )
        };
        assert!(missing(vault.get(name)));
        assert_eq!(vault.set(name, b"first").unwrap(), 1);
        assert_eq!(vault.set_if(name, b"second \0\xff\n", 1).unwrap(), 2);
        let conflict = vault.set_if(name, b"third", 1).unwrap_err();
        assert!(matches!(conflict, ClientError::Server(WireError::Conflict { current: 2 })), "{conflict}");
        let read = vault.get(name).unwrap();
        assert_eq!((read.expose(), read.version()), (&b"second \0\xff\n"[..], 2));
        assert_eq!(vault.get_version(name, 1).unwrap().expose(), b"first");

        let listed = vault.list_all(&ListQuery::new()).unwrap();
        let found = listed.iter().find(|info| info.name == name).unwrap();
        assert_eq!((found.app.as_str(), found.version, found.state), ("personal", 2, VersionState::Live));
        assert_eq!(found.set_by, format!("uid:{}", rustix::process::geteuid().as_raw()));
        assert_eq!(found.size_class, 256, "the size class, not the length");

        assert!(vault.delete(name).unwrap().was_set);
        assert!(missing(vault.get(name)));
        assert!(!vault.list_all(&ListQuery::new()).unwrap().iter().any(|info| info.name == name));
        assert!(vault.list_all(&ListQuery::new().deleted(true)).unwrap().iter().any(|info| info.name == name));
        assert_eq!(vault.undelete(name).unwrap(), 2);
        assert_eq!(vault.get(name).unwrap().expose(), b"second \0\xff\n");
        let history = vault.history(name).unwrap();
        assert_eq!(history.iter().map(|one| one.version).collect::<Vec<_>>(), [2, 1]);

        assert!(vault.destroy(name).unwrap().was_set);
        assert!(missing(vault.get(name)) && missing(vault.get_version(name, 1)));
        assert!(vault.undelete(name).is_err(), "destroyed is for ever");
        // Versions are never used again.
        assert_eq!(vault.set(name, b"anew").unwrap(), 3);
    }
    let vault = daemon.client();
    let status = vault.status().unwrap();
    assert!(!status.sealed && status.development && !status.read_only);
    assert_eq!((status.slots, status.degraded), (1, Vec::<String>::new()));
    let me = vault.whoami().unwrap();
    assert_eq!(me.user, format!("uid:{}", rustix::process::geteuid().as_raw()));
    assert_eq!(me.operator.len(), 9, "{:?}", me.operator);

    let largest = vec![7; 65_536];
    vault.set("largest", &largest).unwrap();
    assert_eq!(vault.get("largest").unwrap().expose(), largest);
    let over = vault.set("largest", &vec![7; 65_537]).unwrap_err();
    assert_eq!(over.exit_code(), 10, "{over}");
    assert_eq!(daemon.terminate(), 0);
}

#[test]
fn what_was_stored_is_there_after_a_restart() {
    let dir = Dir::private();
    let daemon = dev(&dir.file("v"));
    daemon.client().set("kept", b"value").unwrap();
    assert_eq!(daemon.terminate(), 0);
    let daemon = dev(&dir.file("v"));
    assert_eq!(daemon.client().get("kept").unwrap().expose(), b"value");
}

#[test]
fn the_asynchronous_client_does_the_same() {
    let dir = Dir::private();
    let daemon = dev(&dir.file("v"));
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        for codec in [Codec::Postcard, Codec::Json] {
            let vault = vault_client::Client::connect(options(daemon.socket()).codec(codec)).await.unwrap();
            let tasks: Vec<_> = (0..40)
                .map(|n| {
                    let vault = vault.clone();
                    tokio::spawn(async move {
                        let (name, value) = (format!("task_{n}"), format!("value {n}"));
                        vault.set(&name, value.as_bytes()).await.unwrap();
                        assert_eq!(vault.get(&name).await.unwrap().expose(), value.as_bytes());
                        vault.destroy(&name).await.unwrap();
                    })
                })
                .collect();
            for task in tasks {
                task.await.unwrap();
            }
            assert_eq!(vault.list_all(&ListQuery::new()).await.unwrap(), []);
            assert!(vault.whoami().await.unwrap().user.starts_with("uid:"));
        }
    });
}

#[test]
fn the_example_in_python_works_for_an_ordinary_user() {
    let python = Path::new("/usr/bin/python3");
    needs!(python.exists(), "no /usr/bin/python3");
    needs!(is_root() && has("setpriv"), "needs root and setpriv");
    let site = Site::new();
    let example = programs::copy_for_everybody(&programs::workspace().join("examples/client.py"), site.dir().path());
    let _daemon = site.serve();
    let run = |args: &[&str], input: &[u8]| {
        let mut command = setpriv(1001, python);
        command.arg(&example).args(args).env("VAULTD_SOCKET", site.socket());
        programs::run(command, input)
    };
    let set = run(&["set", "api_token"], b"hunter2");
    assert_eq!(set.stdout, b"version 1\n", "{}", String::from_utf8_lossy(&set.stderr));
    assert_eq!(run(&["get", "api_token"], b"").stdout, b"hunter2");
    assert_eq!(run(&["ls"], b"").stdout, b"personal\tapi_token\t1\tlive\n");
    assert!(String::from_utf8(run(&["status"], b"").stdout).unwrap().contains("\"sealed\": false"));
    let refused = run(&["get", "other"], b"");
    assert_eq!(refused.status.code(), Some(1));
    assert!(String::from_utf8(refused.stderr).unwrap().contains("missing"));
}

/// `vaultd dev` with a temporary directory of its own to look into afterwards.
fn ephemeral(base: &Path, args: &[&str]) -> Command {
    let mut command = programs::command(vaultd());
    command.args(["dev", "--ephemeral"]).args(args).env("XDG_RUNTIME_DIR", base);
    command
}

#[test]
fn an_ephemeral_vault_ends_with_its_command() {
    let dir = Dir::private();
    for (script, status) in [("exit 0", 0), ("exit 7", 7), ("kill -9 $$", 137), ("test -S \"$VAULTD_SOCKET\"", 0)] {
        let output = ephemeral(dir.path(), &["--", "sh", "-c", script]).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(status), "{script}: {said}");
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0, "{script}: nothing stays behind");
    }
}

#[test]
fn many_ephemeral_vaults_run_at_once() {
    let dir = Dir::private();
    let example = programs::workspace().join("examples/client.py");
    needs!(has("python3"), "no python3");
    let script = r#"printf 'value of %s' "$1" | python3 "$0" set mine >/dev/null && python3 "$0" get mine"#;
    let start = |n: usize| ephemeral(dir.path(), &["--", "sh", "-c", script, text(&example), &n.to_string()]).spawn();
    let running: Vec<_> = (0..12).map(|n| start(n).unwrap()).collect();
    for (n, child) in running.into_iter().enumerate() {
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
        assert_eq!(String::from_utf8(output.stdout).unwrap(), format!("value of {n}"));
    }
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0);
}

#[test]
fn a_signal_ends_an_ephemeral_vault_cleanly_too() {
    let dir = Dir::private();
    let mut command = programs::command(vaultd());
    command.args(["dev", "--ephemeral"]).env("XDG_RUNTIME_DIR", dir.path());
    let mut daemon = Daemon::spawn(command, &dir.file("unknown"), &dir.file("log"));
    // Answering means that signals are caught, too.
    until("it answers", || {
        let place = fs::read_dir(dir.path()).unwrap().flatten().find(|one| one.path().is_dir())?;
        vault_client::blocking::Client::connect(options(&place.path().join("vaultd.sock"))).ok()
    });
    daemon.signal(Signal::TERM);
    assert_eq!(code(daemon.ends()), 0, "{}", daemon.log());
    let left: Vec<_> = fs::read_dir(dir.path()).unwrap().flatten().map(|one| one.file_name()).collect();
    assert_eq!(left, ["log"]);
}

#[test]
fn ready_is_told_once_as_json_when_everything_answers() {
    let dir = Dir::private();
    let (reader, writer) = std::io::pipe().unwrap();
    // The descriptor's number is the shell's to give: safe code has no say in it.
    let mut command = programs::command(Path::new("/bin/sh"));
    command.args(["-c", "exec 5>&1 1>/dev/null; exec \"$0\" dev --dir \"$1\" --ready-fd 5 --seed \"$2\""]);
    let seed = dir.write("seed.toml", "[users.self]\nfrom_seed = \"sown\"\n");
    command
        .arg(vaultd())
        .arg(dir.file("v"))
        .arg(seed)
        .stdout(OwnedFd::from(writer))
        .stderr(std::process::Stdio::null());
    let mut child = command.spawn().unwrap();
    drop(command);
    let mut lines = BufReader::new(reader).lines();
    let ready: serde_json::Value = serde_json::from_str(&lines.next().unwrap().unwrap()).unwrap();
    assert_eq!(ready["ready"], true);
    assert_eq!(ready["pid"], child.id());
    let socket = ready["socket"].as_str().unwrap();
    // At once, without a retry: that is what ready means.
    let vault = vault_client::blocking::Client::connect(options(Path::new(socket))).unwrap();
    assert_eq!(vault.get("from_seed").unwrap().expose(), b"sown");
    assert_eq!(vault.set("from_seed", b"changed").unwrap(), 2);
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(lines.next().is_none(), "one line");
}

#[test]
fn a_seed_is_a_beginning_and_keeps_what_was_changed() {
    let dir = Dir::private();
    let own = rustix::process::geteuid().as_raw();
    let seed =
        dir.write("seed.toml", format!("[users.self]\na = \"1\"\nb = \"2\"\n[users.\"uid:{}\"]\na = \"3\"\n", own + 1));
    let start = || {
        let mut command = programs::command(vaultd());
        command.args(["dev", "--dir", text(&dir.file("v")), "--seed", text(&seed)]);
        Daemon::spawn(command, &dir.file("v/vaultd.sock"), &dir.file("log")).open()
    };
    let daemon = start();
    daemon.client().set("a", b"mine").unwrap();
    assert_eq!(daemon.client().get("b").unwrap().expose(), b"2");
    let users = daemon.client().users().unwrap();
    assert_eq!(users.iter().map(|user| user.secrets).sum::<u64>(), 3, "{users:?}");
    assert_eq!(daemon.terminate(), 0);
    let daemon = start();
    assert_eq!(daemon.client().get("a").unwrap().expose(), b"mine");

    // A seed that cannot be read leaves no vault behind, and does not repeat itself.
    let bad = dir.write("bad.toml", "[users.self]\na = CANARY\n");
    let refused = programs::run_vaultd(&["dev", "--dir", text(&dir.file("other")), "--seed", text(&bad)], b"");
    assert_eq!(refused.status.code(), Some(2));
    assert!(!String::from_utf8_lossy(&refused.stderr).contains("CANARY"));
    assert!(!dir.file("other").exists());
}
