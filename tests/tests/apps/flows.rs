//! What is made of declared secrets through the client: a value that is tried
//! first, the gate, webhooks, authorizations at a provider.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};
use vault_client::blocking::Client;
use vault_client::{
    ActsFor, ClientError, Gate, OauthFlow, Role, UnmetSecret, Webhook, WebhookReason, WebhookScheme, WireError,
};
use vault_tests::needs;
use vault_tests::privileges::{as_uid, is_root};

use crate::rig::{MANIFEST, Rig};

const KEY: (&str, &str) = ("spotify", "api_key");

fn refused<T: std::fmt::Debug>(result: Result<T, ClientError>) -> WireError {
    match result {
        Err(ClientError::Server(error)) => error,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_value_is_tried_before_everybody_is_served_it() {
    let rig = Rig::new();
    let (panel, extension) = (rig.acting(Role::Panel, "ext:alice"), rig.acting(Role::Extension, "ext:alice"));
    panel.set(KEY, b"old").unwrap();
    assert_eq!(panel.set_pending(KEY, b"typo").unwrap(), 2);
    assert_eq!(extension.get(KEY).unwrap().expose(), b"old", "until then everybody reads the old one");
    assert_eq!(extension.get_version(KEY, 2).unwrap().expose(), b"typo", "the app tries it by its number");
    assert_eq!(refused(panel.get_version(KEY, 2)), refused(panel.get(KEY)), "a panel reads it no more than any other");
    assert_eq!(extension.describe(KEY).unwrap().pending, Some(2));
    extension.reject(KEY, 2).unwrap();
    assert_eq!(refused(extension.get_version(KEY, 2)), WireError::Missing { expired: false });
    assert_eq!(panel.set_pending(KEY, b"new").unwrap(), 3);
    assert_eq!(refused(extension.promote(KEY, 2)), WireError::Missing { expired: false });
    assert_eq!(extension.promote(KEY, 3).unwrap(), 3);
    for client in [&extension, &rig.acting(Role::Extension, "ext:alice")] {
        assert_eq!(client.get(KEY).unwrap().expose(), b"new", "on every connection");
    }
    assert_eq!(refused(panel.set_pending_if(KEY, b"late", 1)), WireError::Conflict { current: 3 });
    assert_eq!(panel.set_pending_if(KEY, b"late", 3).unwrap(), 4);
    panel.set(KEY, b"newest").unwrap();
    assert_eq!(refused(extension.promote(KEY, 4)), WireError::Conflict { current: 5 }, "what came since is newer");
    // Another user's app session, and another's pending value.
    let of_bob = rig.acting(Role::Extension, "ext:bob");
    assert_eq!(refused(of_bob.promote(KEY, 4)), WireError::Missing { expired: false });
    assert_eq!(refused(of_bob.reject(KEY, 4)), WireError::Missing { expired: false });
}

#[test]
fn the_gate_says_what_is_missing_to_app_panel_and_user_alike() {
    let rig = Rig::empty();
    rig.add(&MANIFEST.replace("scope = \"app\"", "scope = \"app\"\nrequired = true"), &[]);
    let told = |name: &str, description: &str, set_with: &str| UnmetSecret {
        name: name.to_owned(),
        description: description.to_owned(),
        expired: false,
        set_with: set_with.to_owned(),
    };
    let key = told("api_key", "The key of your account", "vaultctl set --app spotify api_key");
    let id = told("client_id", "The app's own id", "the app's owner: vaultctl set --app spotify client_id");
    let (panel, extension) = (rig.acting(Role::Panel, "ext:alice"), rig.acting(Role::Extension, "ext:alice"));
    let owner = rig.client();
    let gate = |client: &Client| client.require("spotify", None).unwrap();
    assert_eq!(gate(&extension), Gate { ready: false, unmet: vec![key.clone(), id.clone()] });
    assert_eq!(gate(&panel), Gate { ready: false, unmet: vec![key.clone()] }, "the app's own is no user's business");
    assert_eq!(gate(&owner), Gate { ready: false, unmet: vec![key.clone(), id.clone()] });
    panel.set(KEY, b"k").unwrap();
    owner.set(("spotify", "client_id"), b"id").unwrap();
    assert!(gate(&extension).ready && gate(&panel).ready);
    assert_eq!(gate(&owner).unmet, std::slice::from_ref(&key), "the owner has set none of their own");
    assert_eq!(gate(&rig.acting(Role::Extension, "ext:bob")).unmet, std::slice::from_ref(&key));
    // An operator asks for others; nobody else does.
    assert!(owner.require("spotify", Some("ext:alice")).unwrap().ready);
    assert!(!owner.require("spotify", Some("ext:nobody")).unwrap().ready);
    for other in ["ext:bob", "ext:nobody", "uid:0"] {
        assert_eq!(
            refused(extension.require("spotify", Some(other))),
            WireError::Missing { expired: false },
            "{other}"
        );
        assert_eq!(refused(extension.declared("spotify", Some(other))), WireError::Missing { expired: false });
    }
    if is_root() {
        let user = as_uid(1001, || rig.client());
        assert_eq!(gate(&user).unmet, [key]);
        assert_eq!(refused(user.require("spotify", Some("ext:alice"))), WireError::Missing { expired: false });
        let names = user.declared("spotify", None).unwrap();
        assert!(names.iter().all(|status| status.name != "client_id"), "{names:?}");
    }
}

#[test]
fn a_webhook_is_verified_and_its_secret_stays() {
    let rig = Rig::new();
    let (panel, extension) = (rig.acting(Role::Panel, "ext:alice"), rig.acting(Role::Extension, "ext:alice"));
    // GitHub's published example.
    let signature = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";
    let sent = |body: &[u8]| Webhook::new(KEY, WebhookScheme::Github {}, body).header("X-Hub-Signature-256", signature);
    let genuine = || sent(b"Hello, World!");
    assert_eq!(refused(extension.verify_webhook(genuine())), WireError::Missing { expired: false });
    panel.set(KEY, b"It's a Secret to Everybody").unwrap();
    assert_eq!(extension.verify_webhook(genuine()).unwrap(), None, "the scheme tells no time");
    let reason = |webhook| match refused(extension.verify_webhook(webhook)) {
        WireError::WebhookRefused { reason } => reason,
        other => panic!("{other:?}"),
    };
    assert_eq!(reason(sent(b"Hello, World?")), WebhookReason::BadSignature);
    assert_eq!(reason(Webhook::new(KEY, WebhookScheme::Github {}, b"Hello, World!")), WebhookReason::NoHeader);
    let cut = Webhook::new(KEY, WebhookScheme::Github {}, b"x").header("X-Hub-Signature-256", &signature[..20]);
    assert_eq!(reason(cut), WebhookReason::BadHeader);
    extension.verify_webhook(genuine().once("delivery-1")).unwrap();
    assert_eq!(reason(genuine().once("delivery-1")), WebhookReason::Replayed);
    extension.verify_webhook(genuine().once("delivery-2")).unwrap();
    // Not for a panel, not for the user, not for another user of the same app.
    for client in [&panel, &rig.client()] {
        assert!(matches!(refused(client.verify_webhook(genuine())), WireError::Forbidden { needs: Some(_) }));
    }
    let of_bob = rig.acting(Role::Extension, "ext:bob");
    assert_eq!(refused(of_bob.verify_webhook(genuine())), WireError::Missing { expired: false });
    assert_eq!(extension.describe(KEY).unwrap().last_read_at, None, "a use is not a read");
}

#[test]
fn a_callback_without_a_session_finds_the_user_who_began() {
    let rig = Rig::new();
    let panel = rig.acting(Role::Panel, "ext:alice");
    let token = rig.token(Role::Extension, ActsFor::Any, None).token;
    let held = rig.client().presenting(token);
    let callback = held.acting("spotify", None);
    let flow =
        || OauthFlow { redirect: Some("https://example.org/done".into()), ..OauthFlow::new("spotify", "accounts") };
    let begun = panel.oauth_begin(flow()).unwrap();
    // Neither who began it, nor who acts for another, nor another app.
    assert!(matches!(refused(panel.oauth_redeem("spotify", begun.state.expose())), WireError::Forbidden { .. }));
    assert!(matches!(refused(rig.client().oauth_redeem("spotify", begun.state.expose())), WireError::Forbidden { .. }));
    let for_bob = held.acting("spotify", Some("ext:bob"));
    assert_eq!(refused(for_bob.oauth_redeem("spotify", begun.state.expose())), WireError::StateRefused {});
    let redeemed = callback.oauth_redeem("spotify", begun.state.expose()).unwrap();
    assert_eq!((redeemed.user.as_str(), redeemed.provider.as_str()), ("ext:alice", "accounts"));
    assert_eq!(redeemed.redirect.as_deref(), Some("https://example.org/done"));
    // RFC 7636 section 4.2.
    let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(redeemed.code_verifier.expose()));
    assert_eq!(challenge, begun.code_challenge);
    // Used, forged, cut, of nobody: one answer.
    let mut forged = panel.oauth_begin(flow()).unwrap().state.expose().to_vec();
    forged[60] = if forged[60] == b'A' { b'B' } else { b'A' };
    for state in [begun.state.expose(), &forged, &forged[..74], b"x", b""] {
        assert_eq!(refused(callback.oauth_redeem("spotify", state)), WireError::StateRefused {});
    }
    assert!(matches!(refused(callback.oauth_begin(flow())), WireError::Invalid { .. }), "for whom?");
    // What it was for: the app stores what it got, by the version it read.
    let alice = held.acting("spotify", Some(&redeemed.user));
    let token = ("spotify", "refresh_token");
    assert_eq!(alice.set_if(token, b"r-1", 0).unwrap(), 1);
    assert_eq!(refused(alice.set_if(token, b"r-0", 0)), WireError::Conflict { current: 1 });
    let short = OauthFlow { expires_after_s: Some(1), ..flow() };
    let begun = panel.oauth_begin(short).unwrap();
    std::thread::sleep(std::time::Duration::from_millis(1_100));
    assert_eq!(refused(callback.oauth_redeem("spotify", begun.state.expose())), WireError::StateRefused {});
}

#[test]
fn a_local_account_begins_and_a_token_for_gateways_users_does_not_redeem_it() {
    needs!(is_root(), "needs root");
    let rig = Rig::new();
    let begun = as_uid(1001, || rig.client().oauth_begin(OauthFlow::new("spotify", "accounts"))).unwrap();
    let by = |acts_for, user: Option<&str>| {
        rig.client().presenting(rig.token(Role::Extension, acts_for, None).token).acting("spotify", user)
    };
    let any = by(ActsFor::Any, None);
    assert_eq!(refused(any.oauth_redeem("spotify", begun.state.expose())), WireError::StateRefused {});
    let fixed = by(ActsFor::Fixed("uid:1001".into()), None);
    assert_eq!(fixed.oauth_redeem("spotify", begun.state.expose()).unwrap().user, "uid:1001");
}
