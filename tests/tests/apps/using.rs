//! What a user does with a declared secret, and what its app reads.

use serde_json::json;
use vault_client::{ActsFor, Role};
use vault_tests::site::text;

use crate::rig::{Rig, said};

#[test]
fn a_user_sets_what_is_declared_and_is_not_shown_it_again() {
    let rig = Rig::new();
    let ctl = &rig.ctl;
    let of = |command: &'static str, name: &'static str| [command, "--app", "spotify", name];
    // The gate: what is missing, and the command that sets it.
    let closed = ctl.run(&["app", "check", "spotify", "--json"], b"");
    assert_eq!(closed.status.code(), Some(13));
    let told: serde_json::Value = serde_json::from_slice(&closed.stdout).unwrap();
    let missing = json!([{
        "name": "api_key", "description": "The key of your account", "expired": false,
        "set_with": "vaultctl set --app spotify api_key",
    }]);
    assert_eq!(told, json!({ "app": "spotify", "ready": false, "missing": missing }));
    let said_so = String::from_utf8(ctl.run(&["app", "check", "spotify"], b"").stdout).unwrap();
    assert!(said_so.contains("api_key is missing: The key of your account\n  vaultctl set --app spotify api_key"));
    assert_eq!(ctl.fails(&["app", "check", "nowhere"], b""), said(3, "no_such_app"));

    assert_eq!(ctl.fails(&of("get", "api_key"), b""), said(4, "forbidden"));
    ctl.ok(&of("set", "api_key"), b"k-1\n");
    let open = ctl.run(&["app", "check", "spotify", "--json"], b"");
    assert_eq!(open.status.code(), Some(0));
    assert_eq!(ctl.json(&["app", "check", "spotify"])["missing"], json!([]));
    let (code, error) = ctl.error(&of("get", "api_key"), b"");
    assert_eq!((code, &error["code"]), (4, &"forbidden".into()));
    assert!(error["error"].as_str().unwrap().contains("replace or revoke"), "{error}");

    // Each with its own exit status.
    ctl.ok(&of("set", "nickname"), b"al");
    assert_eq!(ctl.ok(&of("get", "nickname"), b""), b"al", "declared with `reveal`");
    assert_eq!(ctl.fails(&of("set", "refresh_token"), b"x"), said(4, "forbidden"));
    assert_eq!(ctl.fails(&of("set", "other"), b"x"), said(2, "not_declared"));
    assert_eq!(ctl.fails(&of("get", "other"), b""), said(2, "not_declared"));
    assert_eq!(ctl.fails(&of("set", "api_key/work"), b"x"), said(2, "not_declared"));
    assert_eq!(ctl.fails(&["set", "--app", "nowhere", "api_key"], b"x"), said(3, "no_such_app"));
    ctl.ok(&of("set", "cookie"), "ééé".as_bytes());
    assert_eq!(ctl.fails(&of("set", "cookie"), "ééééé".as_bytes()), said(10, "too_large"), "in bytes");
    assert_eq!(ctl.fails(&of("set", "mailbox"), b"x"), said(2, "invalid"));
    for instance in ["mailbox/work", "mailbox/home"] {
        ctl.ok(&of("set", instance), b"x");
    }
    assert_eq!(ctl.fails(&["set", "--app", "spotify", "api_key", "--if-version", "7"], b"x"), said(6, "conflict"));

    let listed = ctl.json(&["ls", "--app", "spotify"]);
    let names: Vec<_> = listed.as_array().unwrap().iter().map(|one| one["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["api_key", "cookie", "mailbox/home", "mailbox/work", "nickname"]);

    ctl.ok(&of("rm", "api_key"), b"");
    assert_eq!(ctl.run(&["app", "check", "spotify"], b"").status.code(), Some(13));
    assert_eq!(ctl.fails(&of("rm", "api_key"), b""), said(3, "missing"));
    ctl.ok(&of("undelete", "api_key"), b"");
    assert_eq!(ctl.run(&["app", "check", "spotify"], b"").status.code(), Some(0));
    assert_eq!(ctl.json(&of("history", "api_key")).as_array().unwrap().len(), 1);
    ctl.ok(&["rm", "--app", "spotify", "api_key", "--destroy", "--yes"], b"");
    assert_eq!(ctl.fails(&of("undelete", "api_key"), b""), said(3, "missing"));
}

#[test]
fn the_app_reads_it_with_its_token_file_and_cannot_do_what_is_the_users() {
    let rig = Rig::new();
    let ctl = &rig.ctl;
    let made = ctl.json(&["token", "create", "spotify", "--for", "any"]);
    let token = made["token"].as_str().unwrap();
    let file = ctl.file("token", format!("{token}\n"));
    let file = text(&file);
    let panel = ctl.json(&["token", "create", "spotify", "--role", "panel", "--for", "any"]);
    let page = ctl.file("panel", panel["token"].as_str().unwrap());
    let page = text(&page);
    // A settings page writes for its user and never reads.
    ctl.ok(&acting(page, "set", "ext:alice", "api_key"), b"alice's");
    assert_eq!(ctl.fails(&acting(page, "get", "ext:alice", "api_key"), b""), said(4, "forbidden"));
    assert_eq!(ctl.fails(&acting(page, "get", "ext:alice", "nickname"), b""), said(4, "forbidden"));
    assert_eq!(ctl.fails(&acting(page, "set", "ext:alice", "refresh_token"), b"x"), said(4, "forbidden"));
    assert_eq!(ctl.fails(&acting(page, "set", "ext:alice", "client_id"), b"x"), said(2, "not_declared"));
    // The app reads, for that user and no other, and writes what is its own.
    assert_eq!(ctl.ok(&acting(file, "get", "ext:alice", "api_key"), b""), b"alice's");
    assert_eq!(ctl.fails(&acting(file, "get", "ext:bob", "api_key"), b""), said(3, "missing"));
    assert_eq!(ctl.fails(&acting(file, "set", "ext:alice", "api_key"), b"x"), said(4, "forbidden"));
    assert_eq!(ctl.fails(&acting(file, "rm", "ext:alice", "api_key"), b""), said(4, "forbidden"));
    ctl.ok(&acting(file, "set", "ext:alice", "refresh_token"), b"r");
    assert_eq!(ctl.ok(&acting(file, "get", "ext:alice", "refresh_token"), b""), b"r");
    // `any` is any user of a gateway, never an account of this machine.
    assert_eq!(ctl.fails(&acting(file, "get", "uid:0", "api_key"), b""), said(4, "forbidden"));
    // What the app has for everybody is its owner's to set.
    ctl.ok(&["set", "--app", "spotify", "client_id"], b"id");
    assert_eq!(ctl.ok(&acting(file, "get", "ext:bob", "client_id"), b""), b"id");
    assert_eq!(ctl.fails(&["get", "--app", "spotify", "client_id"], b""), said(4, "forbidden"));
    // `run` as the app: the variables, and no values in what is shown.
    let mut run = vec!["run", "--token-file", file, "--acting-for", "ext:alice", "--app", "spotify", "--"];
    run.extend(["sh", "-c", "printf %s \"$API_KEY\" | wc -c; echo $REFRESH_TOKEN $CLIENT_ID $API_KEY; exit 7"]);
    let ran = ctl.run(&run, b"");
    assert_eq!(ran.status.code(), Some(7), "{}", String::from_utf8_lossy(&ran.stderr));
    assert_eq!(String::from_utf8(ran.stdout).unwrap().trim(), "7\n*** *** ***");
    // The file's mode is looked at before its content.
    let open = ctl.file("open", token);
    std::fs::set_permissions(&open, std::os::unix::fs::PermissionsExt::from_mode(0o644)).unwrap();
    let exposed = ["get", "--token-file", text(&open), "--acting-for", "ext:alice", "--app", "spotify", "api_key"];
    assert_eq!(ctl.fails(&exposed, b""), said(2, "token_file"));
    // When it was read, as its user sees it.
    let status = rig.acting(Role::Panel, "ext:alice").describe(("spotify", "api_key")).unwrap();
    assert!(status.is_set && status.last_read_at.is_some() && status.set_by.as_deref() == Some("ext:alice"));
}

#[test]
fn a_file_goes_in_whole_or_not_at_all() {
    let rig = Rig::new();
    let ctl = &rig.ctl;
    let import = |content: &str, flags: &[&str]| {
        let file = ctl.file("secrets.env", content);
        let args = [&["import", "--app", "spotify"], flags, &[text(&file)]].concat();
        if flags.contains(&"--dry-run") { ctl.json(&args) } else { ctl.run(&args, b"").status.code().into() }
    };
    for (more, code) in
        [("OTHER=x", 2), ("MAILBOX=x", 2), ("REFRESH_TOKEN=x", 4), ("COOKIE=123456789", 10), ("API_KEY=again", 2)]
    {
        assert_eq!(import(&format!("API_KEY=k\n{more}\n"), &[]), code, "{more}");
    }
    assert_eq!(ctl.json(&["ls", "--app", "spotify"]), json!([]), "nothing of any of them");
    // The app's own is its owner's, who is at work here.
    let whole = "API_KEY=k\nCLIENT_ID=c\n";
    let names = json!([{ "name": "api_key", "version": null }, { "name": "client_id", "version": null }]);
    assert_eq!(import(whole, &["--dry-run"]), names);
    assert_eq!(ctl.json(&["ls", "--app", "spotify"]), json!([]), "a dry run stores nothing");
    assert_eq!(import(whole, &[]), 0);
    assert_eq!(ctl.json(&["ls", "--app", "spotify"])[0]["name"], "api_key");
    // With a token it goes in as the app, which is asked about its own declaration too.
    let token = rig.token(Role::Extension, ActsFor::Any, None).token;
    let token = ctl.file("token", token.expose());
    let flags = ["--token-file", text(&token), "--acting-for", "ext:alice"];
    assert_eq!(import("REFRESH_TOKEN=r\nOTHER=x\n", &flags), 2);
    assert_eq!(import("REFRESH_TOKEN=r\nCOOKIE=c\n", &flags), 0);
    assert_eq!(rig.acting(Role::Extension, "ext:alice").get(("spotify", "cookie")).unwrap().expose(), b"c");
}

/// A call as the app, for that user.
fn acting<'a>(file: &'a str, command: &'a str, user: &'a str, name: &'a str) -> [&'a str; 8] {
    [command, "--token-file", file, "--acting-for", user, "--app", "spotify", name]
}
