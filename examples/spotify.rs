//! `examples/spotify/` in Rust: the same extension with `vault-client`, so over the
//! vault's own protocol in every step.
//!
//! ```sh
//! cargo build -p vaultd
//! target/debug/vaultd dev --ephemeral -- cargo run --quiet -p vault-tests --example spotify
//! ```

#![allow(clippy::print_stdout, reason = "it shows what happens")]

use std::collections::{HashMap, HashSet};
use std::error::Error;
use std::sync::{Barrier, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::{Digest as _, Sha256};
use vault_client::blocking::Client;
use vault_client::store::manifest::{Manifest, Spec, WriteMode};
use vault_client::store::{DaemonSecretStore, SecretStore, SecretStoreError, Webhook, WebhookRefusal, WebhookScheme};
use vault_client::{ActsFor, NewApp, NewToken, OauthFlow, Options, Role, Secret};

type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

const APP: &str = "spotify";
const USER: &str = "ext:alice";
const WORKERS: usize = 6;
/// After so long whoever has the turn to refresh is given up, and a refusal is final.
const TURN: Duration = Duration::from_secs(30);
const PATIENCE: Duration = Duration::from_secs(60);
/// In this order: an access token can be had again, a refresh token cannot.
const TOKENS: [&str; 2] = ["refresh_token", "access_token"];

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
    let provider = Provider::default();

    println!("== the gate, before the handler runs");
    let asked = play(&store, &provider, "Blue Monday")?;
    println!("{asked}");
    expect(asked.starts_with("api_key is not set"))?;

    println!("== the user sets it, once, on a page that can write and not read");
    provider.key_is("sk-1");
    println!("stored as version {}", page.set("api_key", b"sk-1")?);
    expect(matches!(page.get("api_key"), Err(SecretStoreError::Forbidden { .. })))?;

    println!("== the handler reads it and calls the provider");
    expect_played(&play(&store, &provider, "Blue Monday")?, "playing Blue Monday")?;

    println!("== the user rotates it: the old key is worth nothing, the next call uses the new one");
    provider.key_is("sk-2");
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
    let user = callback(&service, &provider, begun.state.expose(), &code)?;
    println!("refresh_token stored for {user}");
    expect(user == USER && store.get("refresh_token")?.expose() == b"rt-1")?;
    expect(callback(&service, &provider, begun.state.expose(), &code).is_err())?;
    println!("the same state again: refused");
    // A slower worker that still holds version 0 does not win.
    let slower = store.set_if("refresh_token", b"older", 0);
    expect(matches!(slower, Err(SecretStoreError::Conflict { current: 1, .. })))?;
    println!("a slower worker's older token: conflict, what is stored stays");
    let account = profile(&store, &provider, None)?;

    println!("== the access token expires, and {WORKERS} workers see it at the same moment: one refreshes");
    for rotation in 1..=3 {
        provider.expire();
        let together = Barrier::new(WORKERS);
        let answers = std::thread::scope(|scope| {
            let work = || profile(&DaemonSecretStore::acting(&service, APP, USER), &provider, Some(&together));
            let workers: Vec<_> = (0..WORKERS).map(|_| scope.spawn(work)).collect();
            workers
                .into_iter()
                .map(|worker| worker.join().map_err(|_| "a worker panicked")?)
                .collect::<Outcome<Vec<_>>>()
        })?;
        expect(answers == vec![account.clone(); WORKERS])?;
        let version = store.get("refresh_token")?.version();
        expect((provider.refreshed(), version) == (rotation, rotation + 1))?;
        println!("{WORKERS} answers, {rotation} refreshed, refresh_token is version {version}");
    }
    provider.expire();
    expect(profile(&store, &provider, None)? == account)?;
    println!("the last refresh token is the one that is stored, and works");

    println!("== what a lost race would have cost: an old refresh token ends the authorization");
    expect(provider.refresh(b"rt-1").is_none())?;
    let ended = profile(&store, &provider, None).err().ok_or("an old refresh token was taken")?;
    println!("{ended}: the user has to authorize again");
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
        written("access_token", "Written when you authorize the extension, and whenever it has expired"),
        written("refresh_turn", "No secret: until when a worker of the extension is refreshing"),
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
fn callback(service: &Client, provider: &Provider, state: &[u8], code: &str) -> Outcome<String> {
    let redeemed = service.acting(APP, None).oauth_redeem(APP, state)?;
    let store = DaemonSecretStore::acting(service, APP, &redeemed.user);
    // Before the provider is asked: what is stored in between is newer than ours.
    let states = store.list()?;
    let versions = TOKENS.map(|name| states.iter().find(|state| state.name == name).and_then(|state| state.version));
    let tokens = provider.token(code, redeemed.code_verifier.expose()).ok_or("invalid grant")?;
    store_tokens(&store, &tokens, versions.map(Option::unwrap_or_default))?;
    Ok(redeemed.user)
}

/// Whose account it is, as the provider tells the user's access token. Those who
/// are to be refused at the same moment meet there.
fn profile(store: &dyn SecretStore, provider: &Provider, together: Option<&Barrier>) -> Outcome<String> {
    let token = store.get("access_token")?;
    if let Some(account) = provider.account(token.expose()) {
        return Ok(account);
    }
    together.map(Barrier::wait);
    let token = fresh_token(store, provider, token.version())?;
    provider.account(token.expose()).ok_or_else(|| "401".into())
}

/// An access token newer than the version that the provider refused.
///
/// Every worker sees the refusal, and one may refresh: a refresh token works once,
/// and one that comes twice counts as stolen and ends the authorization (RFC 9700,
/// section 4.14.2). Compare-and-set gives the turn to one of them, wherever they
/// run; the others wait for what it stores.
fn fresh_token(store: &dyn SecretStore, provider: &Provider, refused: u64) -> Outcome<Secret> {
    let begun = Instant::now();
    while begun.elapsed() < PATIENCE {
        let token = store.get("access_token")?;
        if token.version() > refused {
            return Ok(token);
        }
        let Some(turn) = take_turn(store)? else {
            std::thread::sleep(Duration::from_millis(20));
            continue;
        };
        let refreshed = refresh(store, provider, refused);
        // When that took too long the turn is another's by now.
        won(store.set_if("refresh_turn", b"0", turn))?;
        refreshed?;
    }
    Err("nobody has refreshed the access token".into())
}

/// What one worker at a time does.
fn refresh(store: &dyn SecretStore, provider: &Provider, refused: u64) -> Outcome<()> {
    let (old, known) = (store.get("refresh_token")?, store.get("access_token")?.version());
    // Whoever had the turn before has done it.
    if known > refused {
        return Ok(());
    }
    let tokens = provider.refresh(old.expose()).ok_or("the provider no longer takes the refresh token")?;
    Ok(store_tokens(store, &tokens, [old.version(), known])?)
}

/// Stores each by version: what somebody else stored meanwhile is newer, and stays.
fn store_tokens(store: &dyn SecretStore, tokens: &[Vec<u8>; 2], versions: [u64; 2]) -> Result<(), SecretStoreError> {
    for ((name, token), version) in TOKENS.into_iter().zip(tokens).zip(versions) {
        if won(store.set_if(name, token, version))?.is_none() {
            break;
        }
    }
    Ok(())
}

/// The version of one's turn; none when it is somebody else's.
fn take_turn(store: &dyn SecretStore) -> Outcome<Option<u64>> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH)?;
    let (until, version) = match store.get("refresh_turn") {
        Ok(turn) => (turn.expose_str().unwrap_or_default().parse()?, turn.version()),
        Err(SecretStoreError::NotSet { .. }) => (0, 0),
        Err(error) => return Err(error.into()),
    };
    if now.as_secs() < until {
        return Ok(None);
    }
    Ok(won(store.set_if("refresh_turn", (now + TURN).as_secs().to_string().as_bytes(), version))?)
}

/// The version that was stored; none when somebody else was faster.
fn won(stored: Result<u64, SecretStoreError>) -> Result<Option<u64>, SecretStoreError> {
    match stored {
        Ok(version) => Ok(Some(version)),
        Err(SecretStoreError::Conflict { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}

/// A stand-in for the provider; `examples/spotify/provider.py` is one over HTTP.
#[derive(Default)]
struct Provider(Mutex<Books>);

#[derive(Default)]
struct Books {
    key: String,
    signing: Vec<u8>,
    challenges: HashMap<String, String>,
    issued: u64,
    refreshed: u64,
    access: HashSet<Vec<u8>>,
    refresh: HashSet<Vec<u8>>,
    spent: HashSet<Vec<u8>>,
}

impl Provider {
    fn key_is(&self, key: &str) {
        self.books().key = key.into();
    }

    fn play(&self, key: &[u8], song: &str) -> String {
        if key == self.books().key.as_bytes() { format!("playing {song}") } else { "401".into() }
    }

    fn subscribe(&self) -> Vec<u8> {
        let signing = b"signed with this".to_vec();
        self.books().signing.clone_from(&signing);
        signing
    }

    fn sign(&self, body: &[u8]) -> Outcome<String> {
        let mac = Hmac::<Sha256>::new_from_slice(&self.books().signing)?.chain_update(body).finalize().into_bytes();
        let hex: String = mac.iter().map(|byte| format!("{byte:02x}")).collect();
        Ok(format!("sha256={hex}"))
    }

    fn authorize(&self, challenge: &str) -> String {
        let challenges = &mut self.books().challenges;
        let code = format!("code-{}", challenges.len());
        challenges.insert(code.clone(), challenge.to_owned());
        code
    }

    /// Tokens for a code, once, and for whoever began (RFC 7636, S256).
    fn token(&self, code: &str, verifier: &[u8]) -> Option<[Vec<u8>; 2]> {
        let mut books = self.books();
        let challenge = books.challenges.remove(code)?;
        (URL_SAFE_NO_PAD.encode(Sha256::digest(verifier)) == challenge).then(|| books.grant())
    }

    /// Tokens for a refresh token, once. One that comes twice was stolen from one of
    /// the two who sent it, and nobody knows from which: all tokens end.
    fn refresh(&self, token: &[u8]) -> Option<[Vec<u8>; 2]> {
        let mut books = self.books();
        if books.spent.contains(token) {
            books.access.clear();
            books.refresh.clear();
        }
        let token = books.refresh.take(token)?;
        books.spent.insert(token);
        books.refreshed += 1;
        Some(books.grant())
    }

    /// Whose account an access token is for; none is 401.
    fn account(&self, token: &[u8]) -> Option<String> {
        self.books().access.contains(token).then(|| "alice's account".to_owned())
    }

    /// Access tokens do not live long.
    fn expire(&self) {
        self.books().access.clear();
    }

    fn refreshed(&self) -> u64 {
        self.books().refreshed
    }

    fn books(&self) -> MutexGuard<'_, Books> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Books {
    /// In the order of `TOKENS`.
    fn grant(&mut self) -> [Vec<u8>; 2] {
        self.issued += 1;
        let tokens = ["rt", "at"].map(|kind| format!("{kind}-{}", self.issued).into_bytes());
        self.refresh.insert(tokens[0].clone());
        self.access.insert(tokens[1].clone());
        tokens
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
