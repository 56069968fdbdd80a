//! What an app handles is nowhere but where it was asked for: values, tokens,
//! signing secrets, and what an authorization at a provider is made of.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "helpers of tests, outside a test function"
)]

use std::thread::sleep;
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha256};
use vault_client::blocking::Client;
use vault_client::{
    ActsFor, ClientError, Codec, NewApp, NewToken, OauthFlow, Role, SecretBytes, TokenCreated, Webhook, WebhookScheme,
};
use vault_core::manifest::{Manifest, Spec, WriteMode};
use vault_tests::canary::{Canary, Found};
use vault_tests::privileges::is_root;
use vault_tests::programs::{self, vaultctl};
use vault_tests::site::text;
use vault_tests::{Daemon, Dir, Site, needs};

const KEY: (&str, &str) = ("spotify", "api_key");

/// A daemon with one app.
struct Rig {
    site: Site,
    daemon: Daemon,
}

impl Rig {
    fn new() -> Self {
        let site = Site::new();
        let daemon = site.serve();
        let spec = |name: &str, write_mode| Spec { write_mode, max_bytes: 65_536, ..Spec::new(name, "For the test") };
        let secrets = vec![spec("api_key", WriteMode::Both), spec("signing", WriteMode::User)];
        let manifest = Manifest { app: "spotify".into(), description: String::new(), secrets };
        daemon.client().app_add(NewApp::declaring(&manifest)).unwrap();
        Self { site, daemon }
    }

    fn token(&self, codec: Codec, role: Role) -> TokenCreated {
        let (app, label) = ("spotify".to_owned(), String::new());
        let new = NewToken { app, role, acts_for: ActsFor::Any, expires_after_s: None, label };
        self.daemon.client_in(codec).token_create(new).unwrap()
    }

    fn acting(&self, codec: Codec, token: &SecretBytes, user: Option<&str>) -> Client {
        self.daemon.client_in(codec).presenting(SecretBytes::new(token.expose().to_vec())).acting("spotify", user)
    }

    fn panel(&self, codec: Codec, user: &str) -> Client {
        self.acting(codec, &self.token(codec, Role::Panel).token, Some(user))
    }

    /// None of the forms of it is left in the daemon, a second later.
    fn assert_gone(&self, what: &str, secret: &[u8]) {
        for canary in forms(secret) {
            let found = settled(&canary, self.daemon.pid());
            assert!(found.is_empty(), "{what}: {found:?}");
        }
    }
}

/// As it is, and as it stands in JSON.
fn forms(secret: &[u8]) -> [Canary; 2] {
    [Canary::of(secret), Canary::of(STANDARD.encode(secret).as_bytes())]
}

/// The part of a token that is secret: its id is shown in lists.
fn secret_of(token: &SecretBytes) -> Vec<u8> {
    token.expose().rsplit(|byte| *byte == b'_').next().unwrap().to_vec()
}

/// What is found a second later, or nothing as soon as nothing is.
fn settled(canary: &Canary, pid: u32) -> Vec<(String, Found)> {
    let until = Instant::now() + Duration::from_secs(1);
    loop {
        let found = canary.search_memory(pid);
        if found.is_empty() || Instant::now() > until {
            return found;
        }
        sleep(Duration::from_millis(50));
    }
}

/// As GitHub signs: HMAC-SHA-256 (RFC 2104), in hex.
fn signature(secret: &[u8], body: &[u8]) -> String {
    let mut key = [0; 64];
    key[..secret.len()].copy_from_slice(secret);
    let hashed = |pad: u8, message: &[u8]| Sha256::digest([&key.map(|byte| byte ^ pad)[..], message].concat());
    let mac = hashed(0x5c, &hashed(0x36, body));
    mac.iter().fold("sha256=".to_owned(), |text, byte| format!("{text}{byte:02x}"))
}

fn delivery(secret: &[u8], body: &[u8]) -> Webhook {
    Webhook::new(("spotify", "signing"), WebhookScheme::Github {}, body)
        .header("X-Hub-Signature-256", &signature(secret, body))
}

#[test]
fn what_an_app_has_read_is_gone_from_memory_after_the_reply() {
    needs!(is_root(), "needs root to read another process's memory");
    let rig = Rig::new();
    for codec in [Codec::Postcard, Codec::Json] {
        for len in [64, 60_000] {
            let value = Canary::new(len);
            rig.panel(codec, "ext:alice").set(KEY, value.bytes()).unwrap();
            let extension = rig.acting(codec, &rig.token(codec, Role::Extension).token, Some("ext:alice"));
            for _ in 0..3 {
                assert_eq!(extension.get(KEY).unwrap().expose(), value.bytes());
                extension.require("spotify", None).unwrap();
            }
            let tried = extension.set_pending(KEY, value.bytes()).unwrap();
            assert_eq!(extension.get_version(KEY, tried).unwrap().expose(), value.bytes());
            extension.promote(KEY, tried).unwrap();
            // The connection stays open: its buffers are part of the question.
            rig.assert_gone(&format!("a value of {len} bytes, {codec:?}"), value.bytes());
        }
    }
}

#[test]
fn a_token_is_gone_from_memory_once_it_was_made_or_presented() {
    needs!(is_root(), "needs root to read another process's memory");
    let rig = Rig::new();
    for codec in [Codec::Postcard, Codec::Json] {
        for role in [Role::Extension, Role::Panel] {
            let TokenCreated { token, id, .. } = rig.token(codec, role);
            let secret = secret_of(&token);
            rig.assert_gone("made", &secret);
            let client = rig.acting(codec, &token, Some("ext:alice"));
            client.describe(KEY).unwrap();
            assert_eq!(client.presented().unwrap().unwrap().role, role);
            rig.assert_gone("presented", &secret);
            let mut wrong = token.expose().to_vec();
            wrong[60] ^= 1;
            let refused = rig.acting(codec, &SecretBytes::new(wrong.clone()), Some("ext:alice"));
            assert_eq!(refused.describe(KEY).unwrap_err().code(), "bad_token");
            rig.assert_gone("refused", &wrong[37..]);
            rig.daemon.client().token_revoke(&id).unwrap();
            assert_eq!(client.describe(KEY).unwrap_err().code(), "bad_token");
            rig.assert_gone("revoked", &secret);
        }
    }
}

#[test]
fn a_signing_secret_is_gone_from_memory_after_it_was_used() {
    needs!(is_root(), "needs root to read another process's memory");
    let rig = Rig::new();
    for codec in [Codec::Postcard, Codec::Json] {
        let secret = Canary::new(64);
        rig.panel(codec, "ext:alice").set(("spotify", "signing"), secret.bytes()).unwrap();
        let extension = rig.acting(codec, &rig.token(codec, Role::Extension).token, Some("ext:alice"));
        for id in ["one", "two"] {
            extension.verify_webhook(delivery(secret.bytes(), b"body").once(&format!("{id} {codec:?}"))).unwrap();
        }
        assert_eq!(extension.verify_webhook(delivery(b"another", b"body")).unwrap_err().code(), "webhook_refused");
        rig.assert_gone("a signing secret", secret.bytes());
    }
}

#[test]
fn an_authorization_leaves_neither_verifier_nor_state_in_memory() {
    needs!(is_root(), "needs root to read another process's memory");
    let rig = Rig::new();
    for codec in [Codec::Postcard, Codec::Json] {
        let begun = rig.panel(codec, "ext:alice").oauth_begin(OauthFlow::new("spotify", "accounts")).unwrap();
        let callback = rig.acting(codec, &rig.token(codec, Role::Extension).token, None);
        rig.assert_gone("a state that was begun", begun.state.expose());
        let redeemed = callback.oauth_redeem("spotify", begun.state.expose()).unwrap();
        assert!(callback.oauth_redeem("spotify", begun.state.expose()).is_err());
        rig.assert_gone("a verifier", redeemed.code_verifier.expose());
        rig.assert_gone("a state that was redeemed", begun.state.expose());
    }
}

#[test]
fn nothing_an_app_handles_is_in_a_file_a_log_an_answer_or_an_error() {
    let rig = Rig::new();
    let ours = rig.daemon.client();
    let mut secrets = Vec::new();
    let mut said = Vec::new();
    for codec in [Codec::Postcard, Codec::Json] {
        let (value, signing) = (Canary::new(64), Canary::new(64));
        let panel = rig.panel(codec, "ext:alice");
        let TokenCreated { token, id, .. } = rig.token(codec, Role::Extension);
        let extension = rig.acting(codec, &token, Some("ext:alice"));
        panel.set(KEY, value.bytes()).unwrap();
        panel.set(("spotify", "signing"), signing.bytes()).unwrap();
        let mut tell = |told: &dyn std::fmt::Debug| said.push(format!("{told:?}"));
        tell(&extension.get(KEY).unwrap());
        tell(&delivery(signing.bytes(), b"body"));
        tell(&extension.verify_webhook(delivery(signing.bytes(), b"body")).unwrap());
        let begun = panel.oauth_begin(OauthFlow::new("spotify", "accounts")).unwrap();
        let callback = rig.acting(codec, &token, None);
        let redeemed = callback.oauth_redeem("spotify", begun.state.expose()).unwrap();
        tell(&begun);
        tell(&redeemed);
        tell(&(&token, extension.presented().unwrap(), ours.tokens(None).unwrap()));
        tell(&(extension.declared("spotify", None).unwrap(), extension.require("spotify", None).unwrap()));
        let other = rig.panel(codec, "ext:bob");
        let mut wrong_token = token.expose().to_vec();
        wrong_token[60] ^= 1;
        let impostor = rig.acting(codec, &SecretBytes::new(wrong_token), None);
        let long = value.bytes().repeat(1_100);
        let errors: Vec<ClientError> = vec![
            panel.get(KEY).unwrap_err(),
            other.get(KEY).unwrap_err(),
            other.set(("stripe", "api_key"), value.bytes()).unwrap_err(),
            extension.set(("spotify", "signing"), signing.bytes()).unwrap_err(),
            extension.set(KEY, &long).unwrap_err(),
            extension.set_pending_if(KEY, value.bytes(), 77).unwrap_err(),
            extension.verify_webhook(delivery(value.bytes(), b"body")).unwrap_err(),
            callback.oauth_redeem("spotify", begun.state.expose()).unwrap_err(),
            extension.oauth_redeem("stripe", begun.state.expose()).unwrap_err(),
            impostor.get(KEY).unwrap_err(),
        ];
        said.extend(errors.iter().map(|error| format!("{error} {error:?} {}", error.hint())));
        ours.token_revoke(&id).unwrap();
        let (state, verifier) = (begun.state.expose().to_vec(), redeemed.code_verifier.expose().to_vec());
        secrets.extend([value.bytes().to_vec(), signing.bytes().to_vec(), secret_of(&token), state, verifier]);
    }
    let backup = rig.site.dir().file("backup");
    said.push(command_line(&rig, &["backup", text(&backup)], b""));
    ours.audit_rotate().unwrap();
    ours.audit_verify().unwrap();
    said.push(format!("{:?}", ours.audit_tail(1_000).unwrap()));
    let quiet = |said: &[String]| {
        for secret in &secrets {
            for canary in forms(secret) {
                canary.assert_in_no_file(rig.site.dir().path());
                for said in said {
                    assert_eq!(canary.search(said.as_bytes()), Found::default(), "{said}");
                }
            }
        }
    };
    assert!(rig.daemon.log().contains("DEBUG"), "it says all it can");
    quiet(&said);
    ours.seal().unwrap();
    quiet(&[]);
}

/// What the command line says, on both outputs.
fn command_line(rig: &Rig, args: &[&str], input: &[u8]) -> String {
    let home = Dir::private();
    let mut command = programs::command(vaultctl());
    command.args(args).env("VAULTD_SOCKET", rig.daemon.socket()).env("HOME", home.path());
    let output = programs::run(command, input);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned()
}
