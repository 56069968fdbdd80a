//! Who acts as an app, and until when: tokens, bindings, a connection that was
//! open before.

use serde_json::Value;
use vault_client::{ActsFor, ClientError, Role, WireError};
use vault_tests::privileges::{as_uid, is_root};
use vault_tests::{needs, until};

use crate::rig::{Rig, said};

const KEY: (&str, &str) = ("spotify", "api_key");

fn word<T>(result: Result<T, ClientError>) -> &'static str {
    result.map_or_else(|error| error.code(), |_| "ok")
}

#[test]
fn a_token_is_shown_once_and_listed_with_its_days_and_last_use() {
    let rig = Rig::new();
    let ctl = &rig.ctl;
    let made = ctl.json(&["token", "create", "spotify", "--for", "any", "--expires", "90d", "--label", "one"]);
    let members: Vec<_> = made.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(members, ["expires_at", "id", "token"]);
    let (token, id) = (made["token"].as_str().unwrap(), made["id"].as_str().unwrap());
    assert!(token.starts_with("vlt_") && token.len() == 101 && id.len() == 32, "{id}");
    let second = ctl.json(&["token", "create", "spotify", "--role", "panel", "--for", "ext:bob", "--expires", "never"]);
    assert_ne!(made["id"], second["id"]);
    assert!(second["expires_at"].is_null());
    // For a person the token alone is on standard output.
    let shown = ctl.run(&["token", "create", "spotify"], b"");
    assert_eq!(shown.stdout.len(), 102, "the token and a line feed");

    let listed = ctl.json(&["token", "ls", "spotify"]);
    assert_eq!(listed.as_array().unwrap().len(), 3);
    let one = |id: &Value| {
        let listed = ctl.json(&["token", "ls"]);
        listed.as_array().unwrap().iter().find(|one| one["id"] == *id).unwrap().clone()
    };
    let first = one(&made["id"]);
    assert_eq!((&first["role"], &first["acts_for"]), (&"extension".into(), &"any".into()));
    assert_eq!((&first["days_left"], &first["label"]), (&89.into(), &"one".into()), "89 whole days and some hours");
    assert!(first["last_used_at"].is_null());
    let panel = one(&second["id"]);
    assert_eq!((&panel["role"], &panel["acts_for"]), (&"panel".into(), &"ext:bob".into()));
    assert!(panel["days_left"].is_null() && panel["expires_at"].is_null());
    let secret = token.rsplit('_').next().unwrap();
    for command in [vec!["token", "ls"], vec!["token", "ls", "--json"], vec!["app", "show", "spotify", "--json"]] {
        let told = String::from_utf8(ctl.ok(&command, b"")).unwrap();
        assert!(!told.contains(secret), "the token is shown this once");
    }
    let file = ctl.file("token", token);
    let read = ["get", "--token-file", file.to_str().unwrap(), "--acting-for", "ext:a", "--app", "spotify", "api_key"];
    assert_eq!(ctl.fails(&read, b""), said(3, "missing"));
    assert!(one(&made["id"])["last_used_at"].is_string());
    // Others than the owner: not even that there are tokens.
    if is_root() {
        let client = as_uid(1001, || rig.client());
        assert_eq!(word(client.tokens(Some("spotify"))), "forbidden");
        assert_eq!(client.tokens(None).unwrap(), []);
        assert_eq!(word(client.token_revoke(id)), "missing");
    }
    ctl.ok(&["token", "revoke", id], b"");
    assert_eq!(one(&made["id"])["revoked"], true);
    assert_eq!(ctl.fails(&read, b""), said(4, "bad_token"));
    assert_eq!(ctl.fails(&["token", "revoke", &"0".repeat(32)], b""), said(3, "missing"));
    assert_eq!(ctl.fails(&["token", "revoke", "x"], b""), said(2, "invalid"));
    assert_eq!(ctl.run(&["token", "create", "spotify", "--expires", "90"], b"").status.code(), Some(2));
    assert_eq!(ctl.fails(&["token", "create", "nowhere"], b""), said(3, "no_such_app"));
}

#[test]
fn two_tokens_overlap_and_a_revoked_one_ends_on_an_open_connection() {
    let rig = Rig::new();
    rig.acting(Role::Panel, "ext:alice").set(KEY, b"k").unwrap();
    let (old, new) = (rig.token(Role::Extension, ActsFor::Any, None), rig.token(Role::Extension, ActsFor::Any, None));
    let client = rig.client();
    let by = |token| client.presenting(token).acting("spotify", Some("ext:alice"));
    let (old_id, old, new) = (old.id, by(old.token), by(new.token));
    for client in [&old, &new] {
        assert_eq!(client.get(KEY).unwrap().expose(), b"k");
    }
    client.token_revoke(&old_id).unwrap();
    assert_eq!(word(old.get(KEY)), "bad_token", "the connection is the one that served it before");
    assert_eq!(word(old.require("spotify", None)), "bad_token");
    assert_eq!(word(old.set(("spotify", "cookie"), b"x")), "bad_token");
    assert_eq!(new.get(KEY).unwrap().expose(), b"k");
    // So is one that was never any good.
    let stranger = client.presenting(vault_client::SecretBytes::new(format!("vlt_{:032}_{:064}", 0, 0).into_bytes()));
    assert_eq!(word(stranger.acting("spotify", Some("ext:alice")).get(KEY)), "bad_token");
}

#[test]
fn a_token_ends_by_itself_on_an_open_connection() {
    let rig = Rig::new();
    rig.acting(Role::Panel, "ext:alice").set(KEY, b"k").unwrap();
    // Long enough to be used first on a machine that is busy.
    let short = rig.token(Role::Extension, ActsFor::Any, Some(6));
    let client = rig.client().presenting(short.token).acting("spotify", Some("ext:alice"));
    assert_eq!(client.get(KEY).unwrap().expose(), b"k");
    until("the token has expired", || (word(client.get(KEY)) == "bad_token").then_some(()));
    let listed = rig.client().tokens(Some("spotify")).unwrap();
    assert!(!listed.iter().find(|one| one.id == short.id).unwrap().revoked, "expired, not revoked");
    let told = String::from_utf8(rig.ctl.ok(&["token", "ls"], b"")).unwrap();
    assert!(told.contains("expired"), "{told}");
}

#[test]
fn a_suspended_app_is_served_to_nobody_until_it_is_resumed() {
    let rig = Rig::new();
    let (extension, panel) = (rig.acting(Role::Extension, "ext:alice"), rig.acting(Role::Panel, "ext:alice"));
    panel.set(KEY, b"k").unwrap();
    rig.ctl.ok(&["app", "suspend", "spotify"], b"");
    assert_eq!((word(extension.get(KEY)), word(panel.set(KEY, b"l"))), ("suspended", "suspended"));
    assert_eq!(rig.ctl.json(&["app", "ls"])[0]["suspended"], true);
    // A user may leave, but not hand over more.
    assert_eq!(rig.ctl.fails(&["set", "--app", "spotify", "api_key"], b"x"), said(4, "suspended"));
    rig.ctl.ok(&["app", "resume", "spotify"], b"");
    assert_eq!(extension.get(KEY).unwrap().expose(), b"k");
}

#[test]
fn a_bound_account_needs_no_token_and_only_that_account() {
    needs!(is_root(), "needs root");
    let rig = Rig::new();
    rig.acting(Role::Panel, "ext:alice").set(KEY, b"alice's").unwrap();
    let as_service = |uid: u32, user: Option<&'static str>| {
        as_uid(uid, || rig.client().acting("spotify", user).get(KEY).map(|value| value.expose().to_vec()))
    };
    assert_eq!(word(as_service(1001, Some("ext:alice"))), "forbidden");
    rig.ctl.ok(&["app", "bind", "spotify", "--uid", "1001", "--acts-for", "any"], b"");
    assert_eq!(as_service(1001, Some("ext:alice")).unwrap(), b"alice's");
    assert_eq!(word(as_service(1001, Some("ext:bob"))), "missing");
    for user in ["uid:1001", "uid:1002", "uid:0"] {
        assert_eq!(word(as_service(1001, Some(user))), "forbidden", "{user}");
    }
    for (uid, user) in [(1002, Some("ext:alice")), (0, Some("ext:alice")), (1002, None)] {
        assert_eq!(word(as_service(uid, user)), "forbidden", "{uid}");
    }
    // The service is bound as the app; as itself it is a user like any other.
    assert_eq!(word(as_uid(1001, || rig.client().get(KEY))), "forbidden");
    // For itself alone.
    rig.ctl.ok(&["app", "bind", "spotify", "--uid", "1001"], b"");
    as_uid(1001, || rig.client().set(KEY, b"its own")).unwrap();
    assert_eq!(as_service(1001, None).unwrap(), b"its own");
    assert_eq!(word(as_service(1001, Some("ext:alice"))), "forbidden");
    // For one user.
    rig.ctl.ok(&["app", "bind", "spotify", "--uid", "1001", "--acts-for", "fixed", "--user", "ext:alice"], b"");
    assert_eq!(as_service(1001, None).unwrap(), b"alice's");
    assert_eq!(word(as_service(1001, Some("ext:bob"))), "forbidden");
    let bindings = rig.ctl.json(&["app", "show", "spotify"])["bindings"].clone();
    assert_eq!(bindings, serde_json::json!([{ "user": "uid:1001", "acts_for": "ext:alice" }]));
    assert_eq!(as_uid(1002, || rig.client().app("spotify")).unwrap().bindings, [], "not for others to see");
    // Taken back while a connection is open.
    let open = as_uid(1001, || rig.client().acting("spotify", None));
    assert_eq!(open.get(KEY).unwrap().expose(), b"alice's");
    rig.ctl.ok(&["app", "unbind", "spotify", "--uid", "1001"], b"");
    assert_eq!(word(open.get(KEY)), "forbidden");
}

#[test]
fn a_token_of_one_app_is_worth_nothing_at_another() {
    let rig = Rig::new();
    let other = crate::rig::MANIFEST.replace("\"spotify\"", "\"stripe\"");
    rig.add(&other, &[]);
    let client = rig.client();
    let token = rig.token(Role::Extension, ActsFor::Any, None).token;
    let held = client.presenting(token);
    let as_app = |app: &str, of: &str| match held.acting(app, Some("ext:alice")).get((of, "api_key")) {
        Err(ClientError::Server(error)) => error,
        other => panic!("{other:?}"),
    };
    // There or not, with a value or not: one answer.
    let missing = as_app("spotify", "spotify");
    assert_eq!(missing, WireError::Missing { expired: false });
    for (app, of) in [("stripe", "stripe"), ("nowhere", "nowhere"), ("stripe", "spotify"), ("personal", "personal")] {
        assert_eq!(as_app(app, of), as_app("nowhere", "nowhere"), "{app} {of}");
    }
    for of in ["stripe", "nowhere", "personal"] {
        assert_eq!(as_app("spotify", of), as_app("spotify", "nowhere"), "{of}");
    }
}
