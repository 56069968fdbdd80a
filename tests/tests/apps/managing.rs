//! Giving an app away and removing it, with all that its users stored.

use vault_client::{ActsFor, NewToken, Role};
use vault_tests::needs;
use vault_tests::privileges::{as_uid, is_root};

use crate::rig::{MANIFEST, Rig, said};

#[test]
fn a_new_owner_ends_every_token_and_binding() {
    needs!(is_root(), "needs root");
    let rig = Rig::new();
    rig.acting(Role::Panel, "ext:alice").set(("spotify", "api_key"), b"k").unwrap();
    let extension = rig.acting(Role::Extension, "ext:alice");
    rig.ctl.ok(&["app", "bind", "spotify", "--uid", "1002", "--acts-for", "any"], b"");
    let bound = as_uid(1002, || rig.client().acting("spotify", Some("ext:alice")));
    for client in [&extension, &bound] {
        assert_eq!(client.get(("spotify", "api_key")).unwrap().expose(), b"k");
    }
    let new_token = |uid| {
        let (app, role, label) = ("spotify".to_owned(), Role::Extension, String::new());
        let new = NewToken { app, role, acts_for: ActsFor::Any, expires_after_s: None, label };
        as_uid(uid, || rig.client().token_create(new))
    };
    assert_eq!(new_token(1001).unwrap_err().code(), "forbidden");
    rig.ctl.ok(&["app", "owner", "spotify", "uid:1001"], b"");
    assert_eq!(extension.get(("spotify", "api_key")).unwrap_err().code(), "bad_token");
    assert_eq!(bound.get(("spotify", "api_key")).unwrap_err().code(), "forbidden");
    // Whoever had it may not make tokens, nor take it back: that would be a way to read.
    assert_eq!(new_token(0).unwrap_err().code(), "forbidden");
    assert_eq!(rig.ctl.fails(&["app", "owner", "spotify", "uid:0"], b""), said(4, "forbidden"));
    let file = rig.manifest("again.toml", MANIFEST);
    assert_eq!(rig.ctl.fails(&["app", "add", file.to_str().unwrap()], b""), said(4, "forbidden"));
    let token = new_token(1001).unwrap().token;
    let again = rig.client().presenting(token).acting("spotify", Some("ext:alice"));
    assert_eq!(again.get(("spotify", "api_key")).unwrap().expose(), b"k");
    // Removing is an operator's, too: it reads nothing.
    assert_eq!(rig.ctl.fails(&["app", "rm", "spotify"], b""), said(6, "orphans"));
    rig.ctl.ok(&["app", "rm", "spotify", "--shred", "--yes"], b"");
    assert_eq!(again.get(("spotify", "api_key")).unwrap_err().code(), "bad_token");
}

#[test]
fn a_removed_app_leaves_nothing_and_one_of_its_name_inherits_nothing() {
    let rig = Rig::new();
    let panel = rig.acting(Role::Panel, "ext:alice");
    let token = rig.token(Role::Extension, ActsFor::Any, None).token;
    let extension = rig.client().presenting(token).acting("spotify", Some("ext:alice"));
    panel.set(("spotify", "api_key"), b"k").unwrap();
    rig.ctl.ok(&["set", "--app", "spotify", "client_id"], b"id");
    assert_eq!(rig.ctl.fails(&["app", "rm", "spotify"], b""), said(6, "orphans"));
    assert_eq!(extension.get(("spotify", "api_key")).unwrap().expose(), b"k", "refused, and as it was");
    // Without a terminal it has to be said that it is meant.
    let unsaid = rig.ctl.run(&["app", "rm", "spotify", "--shred"], b"");
    assert_eq!(unsaid.status.code(), Some(2), "{}", String::from_utf8_lossy(&unsaid.stderr));
    let removed = rig.ctl.json(&["app", "rm", "spotify", "--shred", "--yes"]);
    assert_eq!((&removed["removed"], &removed["scopes"]), (&true.into(), &2.into()));
    assert_eq!(extension.get(("spotify", "api_key")).unwrap_err().code(), "bad_token");
    assert_eq!(rig.ctl.fails(&["app", "show", "spotify"], b""), said(3, "no_such_app"));
    assert_eq!(rig.ctl.fails(&["app", "rm", "spotify"], b""), said(3, "no_such_app"));
    rig.add(MANIFEST, &[]);
    assert_eq!(extension.get(("spotify", "api_key")).unwrap_err().code(), "bad_token");
    let fresh = rig.acting(Role::Extension, "ext:alice");
    for name in ["api_key", "client_id"] {
        assert_eq!(fresh.get(("spotify", name)).unwrap_err().code(), "missing");
    }
    assert_eq!(rig.client().check().unwrap().problems, [""; 0]);
}
