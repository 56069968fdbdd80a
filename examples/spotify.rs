//! `examples/spotify/` in Rust: the same extension with `vault-client`, so over the
//! vault's own protocol in every step.
//!
//! ```sh
//! cargo build -p vaultd
//! target/debug/vaultd dev --ephemeral -- cargo run --quiet -p vault-tests --example spotify
//! ```

#![allow(clippy::print_stdout, reason = "it shows what happens")]

use std::collections::HashMap;
use std::error::Error;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::{Digest as _, Sha256};
use vault_client::blocking::Client;
use vault_client::store::manifest::{Manifest, Spec, WriteMode};
use vault_client::store::{DaemonSecretStore, SecretStore, SecretStoreError, Webhook, WebhookRefusal, WebhookScheme};
use vault_client::{ActsFor, NewApp, NewToken, OauthFlow, Options, Role};

type Outcome<T> = Result<T, Box<dyn Error>>;

const APP: &str = "spotify";
const USER: &str = "ext:alice";

fn main() -> Outcome<()> {
    // $VAULTD_SOCKET says where; whoever runs this is the operator there.
    let operator = Client::connect(Options::new())?;
    operator.app_add(NewApp::declaring(&manifest()))?;
    let token = |role| {
        let app = APP.to_owned();
        operator.token_create(NewToken {
            app,
            role,
            acts_for: ActsFor::Any,
            expires_after_s: None,
            label: "example".into(),
        })
    };
    // A service keeps one connection; a store for each user costs nothing.
    let service = operator.presenting(token(Role::Extension)?.token);
    let store = DaemonSecretStore::acting(&service, APP, USER);
    let page = operator.presenting(token(Role::Panel)?.token);
    let page = DaemonSecretStore::acting(&page, APP, USER);
    let mut provider = Provider::default();

    println!("== the gate, before the handler runs");
    let asked = play(&store, &provider, "Blue Monday")?;
    println!("{asked}");
    expect(asked.starts_with("api_key is not set"))?;

    println!("== the user sets it, once, on a page that can write and not read");
    provider.key = "sk-1".into();
    println!("stored as version {}", page.set("api_key", b"sk-1")?);
    expect(matches!(page.get("api_key"), Err(SecretStoreError::Forbidden { .. })))?;

    println!("== the handler reads it and calls the provider");
    expect_played(&play(&store, &provider, "Blue Monday")?, "playing Blue Monday")?;

    println!("== the user rotates it: the old key is worth nothing, the next call uses the new one");
    provider.key = "sk-2".into();
    expect_played(&play(&store, &provider, "Blue Monday")?, "401")?;
    println!("stored as version {}", page.set("api_key", b"sk-2")?);
    expect_played(&play(&store, &provider, "Temptation")?, "playing Temptation")?;

    println!("== a webhook is proven inside the vault, with a secret that stays there");
    store.set("signing_secret", &provider.subscribe())?;
    let body = br#"{"track":"Temptation"}"#;
    let signature = provider.sign(body)?;
    for (said, sent, wanted) in [
        ("changed on its way", &br#"{"track":"temptation"}"#[..], 401),
        ("genuine", &body[..], 200),
        ("the same again", &body[..], 401),
    ] {
        let status = changed(&store, &[("X-Hub-Signature-256", &signature), ("X-Delivery", "d-1")], sent);
        println!("{said}: {status}");
        expect(status == wanted)?;
    }

    println!("== the user authorizes the extension; the callback has no session, the state says whose it is");
    let begun = service.acting(APP, Some(USER)).oauth_begin(OauthFlow::new(APP, "spotify-accounts"))?;
    let code = provider.authorize(&begun.code_challenge);
    let user = callback(&service, &mut provider, begun.state.expose(), &code)?;
    println!("refresh_token stored for {user}");
    expect(user == USER && store.get("refresh_token")?.expose() == b"rt-1")?;
    expect(callback(&service, &mut provider, begun.state.expose(), &code).is_err())?;
    println!("the same state again: refused");
    // A slower worker that still holds version 0 does not win.
    let slower = store.set_if("refresh_token", b"older", 0);
    expect(matches!(slower, Err(SecretStoreError::Conflict { current: 1, .. })))?;
    println!("a slower worker's older token: conflict, what is stored stays");
    println!("== done");
    Ok(())
}

/// What the extension declares. A service would read it from `manifest.toml`.
fn manifest() -> Manifest {
    let written = |name, description| Spec { write_mode: WriteMode::Extension, ..Spec::new(name, description) };
    let secrets = vec![
        Spec { required: true, ..Spec::new("api_key", "The key of your Spotify account") },
        written("signing_secret", "Written when the extension subscribes to webhooks"),
        written("refresh_token", "Written when you authorize the extension"),
    ];
    Manifest { app: APP.into(), description: "Plays your music from a chat".into(), secrets }
}

/// The handler: what the user reads.
fn play(store: &dyn SecretStore, provider: &Provider, song: &str) -> Result<String, SecretStoreError> {
    let gate = store.require()?;
    if !gate.is_ready() {
        return Ok(gate.to_string());
    }
    let key = store.get("api_key")?;
    Ok(provider.play(key.expose(), song))
    // Here `key` is erased.
}

/// The status for a webhook. One that is no copy and no forgery is answered 200.
fn changed(store: &dyn SecretStore, headers: &[(&str, &str)], body: &[u8]) -> u16 {
    let delivery = headers.iter().find(|(name, _)| *name == "X-Delivery").map(|(_, value)| *value);
    let webhook = Webhook { replay_id: delivery, ..Webhook::new(&WebhookScheme::Github, headers, body) };
    match store.verify_webhook("signing_secret", &webhook) {
        Ok(_) => 200,
        Err(SecretStoreError::Webhook(WebhookRefusal::BadSecret)) => 503,
        Err(SecretStoreError::Webhook(_) | SecretStoreError::NotSet { .. }) => 401,
        Err(_) => 503,
    }
}

/// The user comes back from the provider: whose authorization was stored.
fn callback(service: &Client, provider: &mut Provider, state: &[u8], code: &str) -> Outcome<String> {
    let redeemed = service.acting(APP, None).oauth_redeem(APP, state)?;
    let store = DaemonSecretStore::acting(service, APP, &redeemed.user);
    // Before the provider is asked: what is stored in between is newer than ours.
    let states = store.list()?;
    let version = states.iter().find(|secret| secret.name == "refresh_token").and_then(|secret| secret.version);
    let token = provider.token(code, redeemed.code_verifier.expose()).ok_or("invalid grant")?;
    match store.set_if("refresh_token", &token, version.unwrap_or(0)) {
        // Somebody else was faster: theirs is the newer one, and stays.
        Ok(_) | Err(SecretStoreError::Conflict { .. }) => Ok(redeemed.user),
        Err(error) => Err(error.into()),
    }
}

/// A stand-in for the provider; `examples/spotify/provider.py` is one over HTTP.
#[derive(Default)]
struct Provider {
    key: String,
    signing: Vec<u8>,
    challenges: HashMap<String, String>,
    issued: usize,
}

impl Provider {
    fn play(&self, key: &[u8], song: &str) -> String {
        if key == self.key.as_bytes() { format!("playing {song}") } else { "401".into() }
    }

    fn subscribe(&mut self) -> Vec<u8> {
        self.signing = b"signed with this".to_vec();
        self.signing.clone()
    }

    fn sign(&self, body: &[u8]) -> Outcome<String> {
        let mac = Hmac::<Sha256>::new_from_slice(&self.signing)?.chain_update(body).finalize().into_bytes();
        let hex: String = mac.iter().map(|byte| format!("{byte:02x}")).collect();
        Ok(format!("sha256={hex}"))
    }

    fn authorize(&mut self, challenge: &str) -> String {
        let code = format!("code-{}", self.challenges.len());
        self.challenges.insert(code.clone(), challenge.to_owned());
        code
    }

    /// A refresh token for a code, once, and for whoever began (RFC 7636, S256).
    fn token(&mut self, code: &str, verifier: &[u8]) -> Option<Vec<u8>> {
        let challenge = self.challenges.remove(code)?;
        if URL_SAFE_NO_PAD.encode(Sha256::digest(verifier)) != challenge {
            return None;
        }
        self.issued += 1;
        Some(format!("rt-{}", self.issued).into_bytes())
    }
}

fn expect_played(found: &str, wanted: &str) -> Outcome<()> {
    println!("{found}");
    expect(found == wanted)
}

/// An example that goes on after something else happened shows nothing.
fn expect(as_it_should_be: bool) -> Outcome<()> {
    if as_it_should_be { Ok(()) } else { Err("not as it should be".into()) }
}
