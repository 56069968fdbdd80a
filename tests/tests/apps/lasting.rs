//! What outlives a restart and a restore, and what clients of version 1 notice.

use std::fs;

use vault_client::{ActsFor, Call, Codec, ListQuery, OauthFlow, Reply, Role, SecretBytes, WireError};
use vault_tests::programs::run_vaultd;
use vault_tests::site::text;
use vault_tests::wire::Wire;

use crate::rig::{MANIFEST, Rig, said};

const KEY: (&str, &str) = ("spotify", "api_key");

#[test]
fn a_restart_changes_nothing_that_was_declared_given_or_begun() {
    let rig = Rig::new();
    let copy = |token: &SecretBytes| SecretBytes::new(token.expose().to_vec());
    let (token, ended) = (rig.token(Role::Extension, ActsFor::Any, None), rig.token(Role::Panel, ActsFor::Any, None));
    rig.ctl.ok(&["app", "bind", "spotify", "--uid", "1001", "--acts-for", "any"], b"");
    let panel = rig.acting(Role::Panel, "ext:alice");
    panel.set(KEY, b"k").unwrap();
    assert_eq!(panel.set_pending(KEY, b"tried").unwrap(), 2);
    panel.set(("spotify", "mailbox/work"), b"m").unwrap();
    let begun = panel.oauth_begin(OauthFlow::new("spotify", "accounts")).unwrap();
    let extension = rig.client().presenting(copy(&token.token)).acting("spotify", Some("ext:alice"));
    assert_eq!(extension.get(KEY).unwrap().expose(), b"k");
    rig.client().token_revoke(&ended.id).unwrap();
    let told = |rig: &Rig| {
        let client = rig.client();
        (client.apps().unwrap(), client.app("spotify").unwrap(), client.tokens(None).unwrap())
    };
    let states = |rig: &Rig| rig.acting(Role::Panel, "ext:alice").declared("spotify", None).unwrap();
    let (before, before_states) = (told(&rig), states(&rig));

    let rig = rig.restarted();
    let mut after = told(&rig);
    after.2.retain(|token| before.2.iter().any(|known| known.id == token.id));
    assert_eq!(after, before, "times of use are kept, too");
    assert_eq!(states(&rig), before_states);
    // The client that was there before presents its token anew by itself.
    assert_eq!(extension.get(KEY).unwrap().expose(), b"k");
    assert_eq!(extension.promote(KEY, 2).unwrap(), 2);
    assert_eq!(extension.get(KEY).unwrap().expose(), b"tried");
    let dead = rig.client().presenting(copy(&ended.token)).acting("spotify", Some("ext:alice"));
    assert_eq!(dead.describe(KEY).unwrap_err().code(), "bad_token");
    let callback = rig.client().presenting(copy(&token.token)).acting("spotify", None);
    assert_eq!(callback.oauth_redeem("spotify", begun.state.expose()).unwrap().user, "ext:alice");
    let again = callback.oauth_redeem("spotify", begun.state.expose()).unwrap_err();
    assert_eq!(again.code(), "state_refused");
    assert_eq!(rig.add(MANIFEST, &[])["changes"], serde_json::json!([]));
    // Killed, not asked to end: what was acknowledged is there.
    extension.set(("spotify", "refresh_token"), b"r").unwrap();
    let Rig { site, daemon, ctl } = rig;
    daemon.kill();
    let daemon = site.serve();
    assert_eq!(extension.get(("spotify", "refresh_token")).unwrap().expose(), b"r");
    let rig = Rig { site, daemon, ctl };
    assert_eq!(rig.client().check().unwrap().problems, [""; 0]);
}

#[test]
fn a_restored_backup_has_apps_tokens_and_values_and_what_was_revoked_since_is_told() {
    let rig = Rig::new();
    let token = rig.token(Role::Extension, ActsFor::Any, None);
    rig.acting(Role::Panel, "ext:alice").set(KEY, b"k").unwrap();
    let backup = rig.ctl.home().join("backup");
    rig.ctl.ok(&["backup", text(&backup)], b"");
    rig.acting(Role::Panel, "ext:alice").set(KEY, b"later").unwrap();
    rig.client().token_revoke(&token.id).unwrap();
    let Rig { site, daemon, ctl } = rig;
    assert_eq!(daemon.terminate(), 0);
    fs::rename(site.vault(), ctl.home().join("gone.db")).unwrap();
    let (vault, key) = (site.vault(), site.key());
    let restored = run_vaultd(&["restore", text(&backup), "--vault", text(&vault), "--key-file", text(&key)], b"");
    assert!(restored.status.success(), "{}", String::from_utf8_lossy(&restored.stderr));
    let daemon = site.serve();
    let rig = Rig { site, daemon, ctl };
    // Whoever knew the vault is told before anything else; only then does it serve.
    assert_eq!(rig.ctl.fails(&["app", "ls"], b""), said(14, "unknown_incarnation"));
    rig.ctl.ok(&["app", "ls", "--accept-incarnation"], b"");
    assert_eq!(rig.ctl.json(&["app", "show", "spotify"])["secrets"].as_array().unwrap().len(), 6);
    // A restore brings back what was revoked after the backup, as it brings back everything: it has to be revoked again.
    let extension = rig.client().presenting(token.token).acting("spotify", Some("ext:alice"));
    assert_eq!(extension.get(KEY).unwrap().expose(), b"k");
    rig.ctl.ok(&["token", "revoke", &token.id], b"");
    assert_eq!(extension.get(KEY).unwrap_err().code(), "bad_token");
    assert_eq!(rig.client().check().unwrap().problems, [""; 0]);
}

#[test]
fn a_client_of_version_1_goes_on_as_before_beside_apps() {
    let rig = Rig::new();
    for codec in [Codec::Postcard, Codec::Json] {
        let mut old = Wire::connect(rig.daemon.socket(), codec);
        let name = || "token".to_owned();
        let value = SecretBytes::new(b"v".to_vec());
        assert!(matches!(
            old.ask(Call::Set { app: None, name: name(), value, if_version: None }),
            Ok(Reply::Set { .. })
        ));
        let read = old.ask(Call::Get { app: None, name: name(), version: None }).unwrap();
        assert!(matches!(read, Reply::Value(found) if found.value.expose() == b"v"));
        // What is declared, in the words it knows.
        let of = |name: &str| Call::Get { app: Some("spotify".into()), name: name.into(), version: None };
        assert!(matches!(old.ask(of("api_key")), Err(WireError::Forbidden { .. })));
        for (app, name) in [("spotify", "other"), ("nowhere", "api_key")] {
            let call = Call::Get { app: Some(app.into()), name: name.into(), version: None };
            let error = old.ask(call).unwrap_err();
            assert!(
                matches!(error, WireError::Missing { .. } | WireError::Invalid { .. } | WireError::Unsupported { .. }),
                "{error:?}"
            );
        }
        let value = SecretBytes::new(b"k".to_vec());
        let set = Call::Set { app: Some("spotify".into()), name: "api_key".into(), value, if_version: None };
        assert!(matches!(old.ask(set), Ok(Reply::Set { .. })), "a user of an old client may still set it");
    }
    let listed = rig.client().list_all(&ListQuery::new()).unwrap();
    let names: Vec<_> = listed.iter().map(|info| (info.app.as_str(), info.name.as_str())).collect();
    assert_eq!(names, [("personal", "token"), ("spotify", "api_key")]);
    assert_eq!(rig.acting(Role::Extension, "ext:alice").get(KEY).unwrap_err().code(), "missing");
}
