//! Making keys, naming them, and ending them.

use serde_json::Value;

use crate::Desk;

fn made(desk: &Desk, flags: &[&str]) -> Value {
    desk.ctl.json(&[&["key", "create"], flags].concat())
}

#[test]
fn a_key_is_made_shown_and_described() {
    let desk = Desk::empty();
    assert_eq!(desk.ctl.json(&["key", "ls"]), Value::Array(Vec::new()));
    let key = made(
        &desk,
        &[
            "--alias",
            "orders",
            "--description",
            "of orders",
            "--tag",
            "team=shop",
            "--rotate-every",
            "90d",
            "--exportable",
        ],
    );
    assert_eq!(
        (&key["spec"], &key["usage"], &key["state"]),
        (&"symmetric".into(), &"encrypt".into(), &"enabled".into())
    );
    assert_eq!((&key["aliases"][0], &key["version"]), (&"alias/orders".into(), &1.into()));
    let id = key["id"].as_str().unwrap();
    for name in [id, &id.to_uppercase(), "orders", "alias/orders"] {
        let shown = desk.ctl.json(&["key", "show", name]);
        assert_eq!((&shown["id"], &shown["tags"]["team"]), (&key["id"], &"shop".into()));
        assert_eq!((&shown["rotation"]["every_days"], &shown["exportable"]), (&90.into(), &true.into()));
    }
    desk.ctl.ok(&["key", "tag", "orders", "team=books", "since=2026"], b"");
    desk.ctl.ok(&["key", "untag", "orders", "since"], b"");
    desk.ctl.ok(&["key", "set-description", "orders", "of books"], b"");
    let shown = desk.ctl.json(&["key", "show", "orders"]);
    assert_eq!((&shown["tags"], &shown["description"]), (&serde_json::json!({ "team": "books" }), &"of books".into()));
    let text = String::from_utf8(desk.ctl.ok(&["key", "show", "orders"], b"")).unwrap();
    assert!(text.contains("alias/orders") && text.contains("team=books") && text.contains("every 90 days"), "{text}");

    desk.ctl.ok(&["key", "rotation", "off", "orders"], b"");
    assert_eq!(desk.ctl.json(&["key", "rotation", "status", "orders"])["every_days"], Value::Null);
    desk.ctl.ok(&["key", "rotation", "on", "orders", "--every", "365d"], b"");
    assert_eq!(desk.ctl.json(&["key", "rotation", "status", "orders"])["every_days"], 365);
    assert_eq!(desk.ctl.exit(&["key", "rotation", "on", "orders", "--every", "10d"], b""), 2);

    let table = String::from_utf8(desk.ctl.ok(&["key", "ls"], b"")).unwrap();
    assert!(table.lines().nth(1).unwrap().starts_with("orders") && table.contains(id), "{table}");
    let census = desk.ctl.json(&["key", "census", "orders"]);
    assert_eq!((&census["versions"][0]["current"], &census["aliases"]), (&true.into(), &1.into()));
    assert_eq!(desk.ctl.json(&["key", "policy", "orders"])[0]["owner"], true);
}

#[test]
fn a_taken_name_makes_no_key() {
    let desk = Desk::new();
    let (code, error) = desk.ctl.fails(&["key", "create", "--alias", "k"], b"");
    assert_eq!((code, &error["code"]), (6, &"already_exists".into()));
    assert_eq!(desk.ctl.json(&["key", "ls"]).as_array().unwrap().len(), 1);
    assert_eq!(desk.ctl.exit(&["key", "create", "--spec", "rsa-2048"], b""), 2);
    assert_eq!(desk.ctl.exit(&["key", "create", "--spec", "p256", "--usage", "encrypt"], b""), 2);
}

#[test]
fn names_are_given_moved_and_taken_away() {
    let desk = Desk::new();
    let other = made(&desk, &[]);
    let id = other["id"].as_str().unwrap();
    desk.ctl.ok(&["key", "alias", "add", "second", "k"], b"");
    assert_eq!(desk.ctl.json(&["key", "alias", "ls"]).as_array().unwrap().len(), 2);
    desk.ctl.ok(&["key", "alias", "mv", "second", id], b"");
    assert_eq!(desk.ctl.json(&["key", "alias", "ls", id])[0]["alias"], "alias/second");
    assert_eq!(desk.ctl.json(&["key", "show", "second"])["id"], id);
    desk.ctl.ok(&["key", "alias", "rm", "second"], b"");
    assert_eq!(desk.ctl.exit(&["key", "show", "second"], b""), 3);
    assert_eq!(desk.ctl.json(&["key", "show", id])["id"], id);
}

#[test]
fn disabled_deleted_and_back() {
    let desk = Desk::new();
    let sealed = desk.encrypted(b"text");
    let decrypt = ["key", "decrypt", "--force", &sealed];
    desk.ctl.ok(&["key", "disable", "k"], b"");
    let (code, error) = desk.ctl.fails(&decrypt, b"");
    assert_eq!((code, &error["code"]), (6, &"disabled".into()));
    assert_eq!(desk.ctl.exit(&["key", "encrypt", "--key", "k"], b"text"), 6);
    desk.ctl.ok(&["key", "enable", "k"], b"");
    desk.ctl.ok(&decrypt, b"");

    // What cannot be undone is confirmed, and without a terminal said.
    assert_eq!(desk.ctl.exit(&["key", "delete", "k"], b""), 2);
    assert_eq!(desk.ctl.exit(&["key", "delete", "k", "--in", "3d", "--yes"], b""), 2);
    let gone = desk.ctl.json(&["key", "delete", "k", "--in", "7d", "--yes"]);
    assert!(gone["deletion_at"].is_string());
    let (code, error) = desk.ctl.fails(&decrypt, b"");
    assert_eq!((code, &error["code"]), (6, &"pending_deletion".into()));
    assert!(error["hint"].as_str().unwrap().contains("`vaultctl key undelete`"), "{error}");
    assert_eq!(desk.ctl.json(&["key", "ls"])[0]["state"], "pending-deletion");
    desk.ctl.ok(&["key", "undelete", "k"], b"");
    desk.ctl.ok(&["key", "enable", "k"], b"");
    desk.ctl.ok(&decrypt, b"");
    desk.ctl.ok(&["seal"], b"");
    assert_eq!(desk.ctl.exit(&decrypt, b""), 5);
}

#[test]
fn a_dry_run_does_nothing() {
    let desk = Desk::new();
    for args in [
        &["key", "create", "--dry-run"][..],
        &["key", "disable", "k", "--dry-run"],
        &["key", "rotate", "k", "--dry-run"],
    ] {
        let output = desk.ctl.run(args, b"");
        assert_eq!((output.status.code(), output.stdout.len()), (Some(0), 0), "{args:?}");
    }
    let keys = desk.ctl.json(&["key", "ls"]);
    assert_eq!(
        (keys.as_array().unwrap().len(), &keys[0]["state"], &keys[0]["version"]),
        (1, &"enabled".into(), &1.into())
    );
    assert_eq!(desk.ctl.exit(&["key", "rotate", "nobodys", "--dry-run"], b""), 3);
}

#[test]
fn the_shell_completes_it() {
    let desk = Desk::empty();
    for shell in ["bash", "zsh", "fish"] {
        let script = String::from_utf8(desk.ctl.ok(&["completions", shell], b"")).unwrap();
        for word in ["key", "encrypt", "rewrap", "secp256k1", "pss-sha256"] {
            assert!(script.contains(word), "{shell}: {word}");
        }
    }
}

/// Acting as an app is no way to keys: it is not offered, so that it need not be refused.
#[test]
fn keys_know_no_apps() {
    let desk = Desk::new();
    let help = String::from_utf8(desk.ctl.ok(&["key", "ls", "--help"], b"")).unwrap();
    assert!(help.contains("--dry-run") && !help.contains("--app <"), "{help}");
    assert_eq!(desk.ctl.exit(&["key", "ls", "--app", "mail"], b""), 2);
}
