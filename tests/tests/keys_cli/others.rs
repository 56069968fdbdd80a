//! Another user of the machine: nothing, until a grant says so.

use std::process::Output;

use vault_tests::needs;
use vault_tests::privileges::{is_root, setpriv};
use vault_tests::programs::{self, vaultctl};

use crate::Desk;

#[test]
fn another_user_needs_a_grant() {
    needs!(is_root(), "needs root");
    let desk = Desk::new();
    let copy = programs::copy_for_everybody(vaultctl(), desk._site.dir().path());
    let id = desk.ctl.json(&["key", "show", "k"])["id"].as_str().unwrap().to_owned();
    let theirs = |args: &[&str], input: &[u8]| -> Output {
        let mut command = setpriv(1001, &copy);
        command.args(args).env("VAULTD_SOCKET", desk.daemon.socket()).env_remove("HOME");
        programs::run(command, input)
    };
    let sealed = desk.ctl.ok(&["key", "encrypt", "--key", "k", "--context", "tenant=blue"], b"for both");
    let decrypt = ["key", "decrypt", "--context", "tenant=blue"];
    assert_eq!(theirs(&decrypt, &sealed).status.code(), Some(4));
    assert_eq!(theirs(&["key", "show", &id], b"").status.code(), Some(3), "it does not exist");
    assert_eq!(theirs(&["key", "ls", "--json"], b"").stdout, b"[]\n");

    let grant = ["key", "grant", "add", "k", "--to", "uid:1001", "--allow", "decrypt,show", "--with", "tenant=blue"];
    let grant = String::from_utf8(desk.ctl.ok(&grant, b"")).unwrap();
    let opened = theirs(&decrypt, &sealed);
    assert_eq!(opened.stdout, b"for both", "{}", String::from_utf8_lossy(&opened.stderr));
    assert_eq!(theirs(&["key", "show", &id], b"").status.code(), Some(0));
    assert_eq!(theirs(&["key", "encrypt", "--key", &id], b"more").status.code(), Some(4));
    let listed = desk.ctl.json(&["key", "grant", "ls", "k"]);
    assert_eq!((&listed[0]["grant"], &listed[0]["grantee"]), (&grant.trim().into(), &"uid:1001".into()));
    assert_eq!((&listed[0]["operations"][0], &listed[0]["with"]["tenant"]), (&"decrypt".into(), &"blue".into()));

    desk.ctl.ok(&["key", "grant", "rm", "k", grant.trim()], b"");
    assert_eq!(theirs(&decrypt, &sealed).status.code(), Some(4));
    assert_eq!(desk.ctl.json(&["key", "grant", "ls", "k"]), serde_json::json!([]));
}

#[test]
fn a_grant_is_given_up_by_whom_it_names() {
    needs!(is_root(), "needs root");
    let desk = Desk::new();
    let copy = programs::copy_for_everybody(vaultctl(), desk._site.dir().path());
    let theirs = |args: &[&str]| -> Output {
        let mut command = setpriv(1001, &copy);
        command.args(args).env("VAULTD_SOCKET", desk.daemon.socket()).env_remove("HOME");
        programs::run(command, b"")
    };
    let grant = desk.ctl.json(&[
        "key",
        "grant",
        "add",
        "k",
        "--to",
        "uid:1001",
        "--allow",
        "encrypt",
        "--retiring",
        "uid:1001",
        "--name",
        "n",
    ]);
    let listed: serde_json::Value = serde_json::from_slice(&theirs(&["key", "grant", "ls", "--json"]).stdout).unwrap();
    assert_eq!((&listed[0]["grant"], &listed[0]["name"]), (&grant["grant"], &"n".into()));
    let (id, grant) = (listed[0]["key"].as_str().unwrap(), grant["grant"].as_str().unwrap());
    assert_eq!(theirs(&["key", "grant", "retire", id, grant]).status.code(), Some(0));
    assert_eq!(desk.ctl.json(&["key", "grant", "ls", "k"]), serde_json::json!([]));
}
