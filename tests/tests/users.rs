//! Users of one machine, kept apart by what the kernel says of them. Needs root,
//! which alone can be several users.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "helpers of tests, outside a test function"
)]

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use vault_client::blocking::Client;
use vault_client::{ClientError, ListQuery, WireError};
use vault_proto::hello::Refusal;
use vault_tests::daemon::options;
use vault_tests::privileges::{as_uid, can_mount, has, in_namespace, is_root, setpriv};
use vault_tests::programs::{self, run_vaultd, vaultd};
use vault_tests::site::{Config, text};
use vault_tests::{Daemon, Site, needs};

/// One call as this uid.
fn as_user<T: Send>(daemon: &Daemon, uid: u32, run: impl FnOnce(&Client) -> T + Send) -> T {
    as_uid(uid, || run(&daemon.try_client().unwrap()))
}

fn get(daemon: &Daemon, uid: u32, name: &str) -> Result<Vec<u8>, ClientError> {
    as_user(daemon, uid, |vault| vault.get(name).map(|value| value.expose().to_vec()))
}

fn exit<T>(result: Result<T, ClientError>) -> u8 {
    result.map_or_else(|error| error.exit_code(), |_| 0)
}

#[test]
fn the_same_name_is_another_secret_for_each_user() {
    needs!(is_root(), "needs root");
    let site = Site::new();
    let daemon = site.serve();
    for uid in [1001, 1002] {
        as_user(&daemon, uid, |vault| assert_eq!(vault.set("token", format!("of {uid}").as_bytes()).unwrap(), 1));
    }
    for uid in [1001, 1002] {
        assert_eq!(get(&daemon, uid, "token").unwrap(), format!("of {uid}").as_bytes());
        as_user(&daemon, uid, |vault| {
            assert_eq!(vault.list_all(&ListQuery::new()).unwrap().len(), 1);
            let me = vault.whoami().unwrap();
            assert_eq!((me.user, me.operator.len()), (format!("uid:{uid}"), 0));
            // Absent and forbidden look the same.
            assert_eq!(exit(vault.history("other")), 3);
            for other in ["uid:1001", "uid:1002", "uid:1003"].iter().filter(|other| !other.ends_with(&uid.to_string()))
            {
                assert_eq!(exit(vault.user_secrets(other)), 3);
            }
        });
    }
    // Root is an operator and a user of its own, not a reader of others.
    let root = daemon.client();
    assert_eq!(exit(root.get("token")), 3);
    assert_eq!(exit(root.history("token")), 3);
    assert_eq!(
        exit(root.delete("token").and_then(|found| if found.was_set { Ok(()) } else { root.get("token").map(drop) })),
        3
    );
    let names: Vec<_> = root.user_secrets("uid:1001").unwrap().into_iter().map(|info| info.name).collect();
    assert_eq!(names, ["token"], "an operator sees names and states");
    assert_eq!(get(&daemon, 1001, "token").unwrap(), b"of 1001");
}

#[test]
fn programs_started_as_other_users_are_those_users() {
    let python = Path::new("/usr/bin/python3");
    needs!(is_root() && has("setpriv") && python.exists(), "needs root, setpriv and /usr/bin/python3");
    let site = Site::new();
    let example = programs::copy_for_everybody(&programs::workspace().join("examples/client.py"), site.dir().path());
    let daemon = site.serve();
    assert_eq!(fs::metadata(daemon.socket()).unwrap().permissions().mode() & 0o777, 0o666);
    let run = |uid: u32, args: &[&str], input: &[u8]| {
        let mut command = setpriv(uid, python);
        command.arg(&example).args(args).env("VAULTD_SOCKET", daemon.socket());
        programs::run(command, input)
    };
    for uid in [1001, 1002] {
        assert!(run(uid, &["set", "token"], format!("of {uid}").as_bytes()).status.success());
    }
    for uid in [1001, 1002] {
        assert_eq!(run(uid, &["get", "token"], b"").stdout, format!("of {uid}").into_bytes());
    }
    let root = run(0, &["get", "token"], b"");
    assert!(root.stdout.is_empty() && String::from_utf8(root.stderr).unwrap().contains("missing"));
    let nobody = run(65_534, &["get", "token"], b"");
    assert!(String::from_utf8(nobody.stderr).unwrap().contains("not allowed"));
    // The files themselves are nobody's but the daemon's.
    let mut cat = setpriv(1001, Path::new("/bin/cat"));
    cat.arg(site.vault());
    assert!(!programs::run(cat, b"").status.success());
}

#[test]
fn uids_that_are_nobody_in_particular_are_refused() {
    needs!(is_root(), "needs root");
    let refused = |daemon: &Daemon, uid| {
        matches!(as_uid(uid, || daemon.try_client().map(drop)), Err(ClientError::Refused(Refusal::NotAllowed)))
    };
    let site = Site::new();
    let daemon = site.serve();
    for uid in [65_534, 61_184, 63_000, 65_519] {
        assert!(refused(&daemon, uid), "{uid}");
    }
    for uid in [61_183, 65_520, 1001] {
        assert!(!refused(&daemon, uid), "{uid}");
    }
    daemon.terminate();
    let daemon = site.serve_with(&Config { tables: "[access]\nallow_dynamic_uids = true".into(), ..Config::default() });
    assert!(!refused(&daemon, 61_184));
    assert!(refused(&daemon, 65_534), "never");
}

#[test]
fn only_members_of_allowed_groups_connect() {
    needs!(is_root(), "needs root");
    let group = fs::read_to_string("/etc/group").unwrap_or_default();
    needs!(group.lines().any(|line| line.starts_with("daemon:x:1:")), "needs the group daemon with gid 1");
    let site = Site::new();
    let daemon = site.serve_sealed();
    let try_as = |daemon: &Daemon, uid| as_uid(uid, || daemon.try_client().map(drop));
    assert!(try_as(&daemon, 1001).is_ok());
    daemon.terminate();
    // Root waits for the daemon through the socket too, so its group is allowed.
    let daemon = site
        .serve_with(&Config { tables: "[access]\nallow_groups = [\"daemon\", \"root\"]".into(), ..Config::default() });
    assert!(try_as(&daemon, 1).is_ok());
    assert_eq!(try_as(&daemon, 1001).unwrap_err().exit_code(), 4);
}

/// A daemon that sees an account file of its own; nobody else does.
struct Accounts {
    daemon: Daemon,
    passwd: PathBuf,
    // After the daemon, so that it outlives it.
    site: Site,
}

impl Accounts {
    fn new(accounts: &[(&str, u32)]) -> Self {
        let site = Site::new();
        let passwd = site.dir().file("passwd");
        write_accounts(&passwd, accounts);
        let command = site.command(&site.unsealing(&Config::default()));
        let script = "mount --bind \"$0/passwd\" /etc/passwd";
        let daemon = site.spawn(in_namespace(script, site.dir().path(), &command)).open();
        Self { daemon, passwd, site }
    }

    /// The file is written in place: a bind mount holds the inode.
    fn set(&self, accounts: &[(&str, u32)]) {
        write_accounts(&self.passwd, accounts);
    }
}

fn write_accounts(path: &Path, accounts: &[(&str, u32)]) {
    let mut text = "root:x:0:0:root:/root:/bin/sh\n".to_owned();
    for (login, uid) in accounts {
        text.push_str(&format!("{login}:x:{uid}:{uid}::/nonexistent:/bin/sh\n"));
    }
    fs::write(path, text).unwrap();
    fs::set_permissions(path, Permissions::from_mode(0o644)).unwrap();
}

fn is_held<T>(result: Result<T, ClientError>) -> bool {
    matches!(result, Err(ClientError::Server(WireError::Held { .. })))
}

#[test]
fn a_deleted_and_recreated_account_does_not_inherit() {
    needs!(is_root() && can_mount(), "needs root and mount namespaces");
    let machine = Accounts::new(&[("alice", 1001), ("carol", 1003)]);
    let daemon = &machine.daemon;
    let root = daemon.client();
    as_user(daemon, 1001, |vault| {
        assert_eq!(vault.whoami().unwrap().login.as_deref(), Some("alice"));
        vault.set("token", b"alice's").unwrap();
    });
    as_user(daemon, 1003, |vault| vault.set("token", b"carol's").unwrap());

    // The account goes; processes of a uid without a name are somebody else.
    machine.set(&[("carol", 1003)]);
    assert!(is_held(get(daemon, 1001, "token")), "at once, not a minute later");

    // The uid comes back under another name.
    machine.set(&[("bob", 1001), ("carol", 1003)]);
    as_user(daemon, 1001, |vault| {
        assert!(is_held(vault.get("token").map(drop)));
        assert!(is_held(vault.set("token", b"bob's")));
        assert!(is_held(vault.set("another", b"bob's")));
        assert!(is_held(vault.delete("token")));
        assert!(is_held(vault.list(&ListQuery::new())));
        assert!(is_held(vault.history("token")));
        let me = vault.whoami().unwrap();
        assert!(me.held && me.login.as_deref() == Some("bob"));
        assert_eq!(exit(vault.user_confirm("uid:1001")), 4, "not by himself");
    });
    assert_eq!(get(daemon, 1003, "token").unwrap(), b"carol's", "others go on");
    let held: Vec<_> = root.users().unwrap().into_iter().filter(|user| user.held).collect();
    assert_eq!(held.len(), 1);
    assert_eq!((held[0].user.as_str(), held[0].login.as_deref()), ("uid:1001", Some("alice")));

    // The old name again: hers, as it was.
    machine.set(&[("alice", 1001), ("carol", 1003)]);
    assert_eq!(get(daemon, 1001, "token").unwrap(), b"alice's");

    // She has married: the operator confirms the new name.
    machine.set(&[("alicia", 1001), ("carol", 1003)]);
    assert!(is_held(get(daemon, 1001, "token")));
    root.user_confirm("uid:1001").unwrap();
    assert_eq!(get(daemon, 1001, "token").unwrap(), b"alice's");
    assert_eq!(exit(root.user_confirm("uid:4242")), 3);

    // A restart changes nothing of it.
    assert_eq!(root.whoami().unwrap().user, "uid:0");
    let Accounts { site, daemon, .. } = machine;
    assert_eq!(daemon.terminate(), 0);
    let daemon = site.serve();
    assert!(is_held(get(&daemon, 1001, "token")), "here the uid has no name at all");
}

#[test]
fn an_operator_moves_and_removes_users() {
    needs!(is_root() && can_mount(), "needs root and mount namespaces");
    let machine = Accounts::new(&[("alice", 1001), ("bob", 1002), ("alice2", 1005)]);
    let daemon = &machine.daemon;
    let root = daemon.client();
    as_user(daemon, 1001, |vault| vault.set("token", b"alice's").unwrap());
    as_user(daemon, 1002, |vault| vault.set("token", b"bob's").unwrap());

    // Into somebody who has secrets: refused, nothing is overwritten.
    assert!(root.user_move("uid:1001", "uid:1002").is_err());
    assert_eq!(get(daemon, 1002, "token").unwrap(), b"bob's");
    assert_eq!(root.user_move("uid:1001", "uid:1005").unwrap().scopes, 1);
    assert_eq!(get(daemon, 1005, "token").unwrap(), b"alice's");
    assert_eq!(exit(get(daemon, 1001, "token")), 3);
    as_user(daemon, 1001, |vault| assert_eq!(vault.set("token", b"a new life").unwrap(), 1));

    assert_eq!(root.user_remove("uid:1002").unwrap().scopes, 1);
    assert_eq!(exit(get(daemon, 1002, "token")), 3);
    assert_eq!(exit(root.user_remove("uid:1002")), 3);
    assert_eq!(exit(as_user(daemon, 1002, |vault| vault.undelete("token"))), 3);
    assert_eq!(root.check().unwrap().problems, Vec::<String>::new());
    as_user(daemon, 1001, |vault| {
        assert_eq!(exit(vault.user_remove("uid:1005")), 4, "an ordinary user");
        assert_eq!(exit(vault.user_move("uid:1005", "uid:1001")), 4);
        assert_eq!(exit(vault.users()), 4);
    });
    assert_eq!(get(daemon, 1005, "token").unwrap(), b"alice's");
}

#[test]
fn directories_others_can_write_are_refused() {
    let site = Site::new();
    let refused = |what: &str| {
        let mut command = site.command(&site.unsealing(&Config::default()));
        let output = command.output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(4), "{what}: {said}");
    };
    let set = |path: &Path, mode| fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
    for mode in [0o777, 0o1777, 0o770] {
        set(site.data(), mode);
        refused("the vault's directory");
        set(site.data(), 0o700);
        set(site.socket().parent().unwrap(), mode);
        refused("the socket's directory");
        set(site.socket().parent().unwrap(), 0o755);
    }
    let open = site.dir().directory("open", 0o777);
    let (vault, key) = (open.join("v.db"), site.dir().file("k"));
    let made = run_vaultd(&["init", "--vault", text(&vault), "--key-file", text(&key)], b"");
    assert_eq!(made.status.code(), Some(4), "{}", String::from_utf8_lossy(&made.stderr));
    assert!(!vault.exists() && !key.exists());
    // And with everything as it was, it serves.
    assert_eq!(site.serve().terminate(), 0);
}

#[test]
fn quotas_of_the_configuration_hold() {
    needs!(is_root(), "needs root");
    let site = Site::new();
    let limits = "max_secrets_per_user = 3\nmax_connections_per_uid = 2\nmax_bytes_per_user = 4096".to_owned();
    let daemon = site.serve_with(&Config { limits, ..Config::default() });
    as_user(&daemon, 1001, |vault| {
        for name in ["a", "b", "c"] {
            vault.set(name, b"x").unwrap();
        }
        let full = vault.set("d", b"x").unwrap_err();
        assert!(
            matches!(&full, ClientError::Server(WireError::OverQuota { quota, limit: 3 }) if quota == "max_secrets_per_user"),
            "{full:?}"
        );
        assert_eq!(full.exit_code(), 10);
        vault.set("a", b"replacing is no more").unwrap();
        vault.destroy("b").unwrap();
        vault.set("d", b"x").unwrap();
        let bytes = vault.set("a", &[0; 8_000]).unwrap_err();
        assert!(
            matches!(&bytes, ClientError::Server(WireError::OverQuota { quota, .. }) if quota == "max_bytes_per_user"),
            "{bytes:?}"
        );
        let _second = daemon.try_client().unwrap();
        let third = daemon.try_client().unwrap_err();
        assert!(matches!(third, ClientError::Refused(Refusal::TooManyConnections)), "{third}");
    });
    // One user's quotas are not another's.
    as_user(&daemon, 1002, |vault| vault.set("a", b"x").unwrap());
}

#[test]
fn the_second_daemon_of_a_vault_is_told_who_holds_it() {
    let site = Site::new();
    let first = site.serve();
    first.client().set("a", b"kept").unwrap();
    let second = site.dir().file("run/second");
    let mut command = programs::command(vaultd());
    command
        .arg("serve")
        .arg("--vault")
        .arg(site.vault())
        .arg("--socket")
        .arg(&second)
        .arg("--key-file")
        .arg(site.key());
    let output = command.output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(6), "{said}");
    assert!(said.contains(&first.pid().to_string()), "names the holder, {}: {said}", first.pid());
    assert!(!second.exists());
    // `check` neither: it writes.
    let check = run_vaultd(&["check", "--vault", text(&site.vault()), "--key-file", text(&site.key())], b"");
    assert_eq!(check.status.code(), Some(6), "{}", String::from_utf8_lossy(&check.stderr));
    assert_eq!(first.client().get("a").unwrap().expose(), b"kept");
    first.kill();
    // A dead holder holds nothing.
    assert_eq!(site.serve().client().get("a").unwrap().expose(), b"kept");
}

#[test]
fn serve_refuses_a_development_vault() {
    let site = Site::empty();
    let mut dev = programs::command(vaultd());
    dev.args(["dev", "--dir"]).arg(site.data());
    let daemon = Daemon::spawn(dev, &site.data().join("vaultd.sock"), &site.log()).open();
    assert_eq!(daemon.terminate(), 0);
    let mut command = programs::command(vaultd());
    command.arg("serve").arg("--vault").arg(site.vault()).arg("--socket").arg(site.socket());
    command.arg("--key-file").arg(site.data().join("dev.key"));
    let output = command.output().unwrap();
    assert_eq!(output.status.code(), Some(4), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(String::from_utf8_lossy(&output.stderr).contains("development"));
    assert!(!site.socket().exists());
}

#[test]
fn mistake_10_operator_verbs_are_granted_one_by_one() {
    needs!(is_root(), "needs root");
    let site = Site::new();
    let tables = "[operators]\ndefaults = false\nbackup = [\"uid:1001\"]\nusers = [\"uid:1002\"]".to_owned();
    let daemon = site.serve_with(&Config { tables, ..Config::default() });
    as_user(&daemon, 1001, |vault| {
        assert_eq!(vault.whoami().unwrap().operator, ["backup"]);
        let copy = vault.backup_begin(true).unwrap();
        assert!(copy.verified && !vault.backup_read(copy.id, 0).unwrap().is_empty());
        vault.backup_end(copy.id, false).unwrap();
        for refused in [exit(vault.users()), exit(vault.seal()), exit(vault.slots()), exit(vault.check())] {
            assert_eq!(refused, 4);
        }
    });
    as_user(&daemon, 1002, |vault| {
        assert_eq!(exit(vault.users()), 0);
        assert_eq!(exit(vault.backup_begin(false)), 4);
    });
    // Not even root, when the configuration says so.
    let root = daemon.client();
    assert_eq!(root.whoami().unwrap().operator, Vec::<String>::new());
    for refused in [
        exit(root.users()),
        exit(root.backup_begin(false)),
        exit(root.audit_tail(10)),
        exit(root.audit_verify()),
        exit(root.audit_rotate()),
        exit(root.rekey_scope(None)),
        exit(root.seal()),
    ] {
        assert_eq!(refused, 4);
    }
    assert_eq!(exit(root.user_secrets("uid:1002")), 3, "as if there were nobody");
    root.set("own", b"still a user").unwrap();
    // A copy belongs to the connection that made it.
    as_user(&daemon, 1001, |vault| {
        let copy = vault.backup_begin(false).unwrap();
        let other = Client::connect(options(daemon.socket())).unwrap();
        assert_eq!(exit(other.backup_read(copy.id, 0)), 3);
        assert_eq!(exit(other.backup_end(copy.id, true)), 3);
        assert!(!vault.backup_read(copy.id, 0).unwrap().is_empty());
    });
}
