//! What an application asks: the gate, a value, a webhook's proof, each by a
//! session that acts with a token; and a value by the gateway.

use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use vault_core::hex;
use vault_proto::Codec;
use vault_proto::latest::{
    ActsFor, AppCall, Call, Reply, Role, SecretBytes, SecretCall, SecretSpec, TokenCall, VaultCall, WebhookHeader,
    WebhookScheme, WriteMode,
};

use crate::aws;
use crate::daemon::{self, Site, VALUE, name};
use crate::echo::Echo;
use crate::http;
use crate::plain::Plain;
use crate::wire::{Place, Target, Wire};

use super::table::{Side, header, row};

pub(crate) fn measure() {
    over_the_socket();
    by_the_gateway("TCP", |_| "127.0.0.1:0".to_owned(), Plain::tcp);
    by_the_gateway("Unix", |directory| format!("unix:{}", gateway(directory).display()), Plain::unix);
}

fn over_the_socket() {
    let site = Site::new("apps");
    let daemon = site.serve();
    let echo = Echo::start(site.directory());
    let token = declare(&site);
    let session = presenting(&site, token);
    let user = site.target(Codec::Postcard);
    user.connect().ask(&daemon::set(Codec::Postcard, &name(0)));

    let gate = |user: &'static str| {
        move || acting(user, Call::Secret(SecretCall::Require { app: APP.to_owned(), user: None }))
    };
    let get = || acting(USER, Call::Vault(VaultCall::Get { app: None, name: name(0), version: None }));
    let floor = |request: &dyn Fn() -> Vec<u8>| {
        let (request, mut session) = (request(), session.connect());
        echo.target(request.len(), session.ask(&request).len())
    };

    header("over the socket", "vault", "echo");
    let asked: [(&str, &(dyn Fn() -> Vec<u8> + Sync)); 4] = [
        ("require, 10 set", &gate(USER)),
        ("require, 10 missing", &gate(STRANGER)),
        ("get as the app", &get),
        ("verify_webhook, 1 KiB", &webhook),
    ];
    for (what, request) in asked {
        let (bare, asked) = (floor(request), |_: usize| request());
        row(what, Side(&session, &daemon, &asked), Side(&bare, &echo.process, &asked), "");
    }
    header("", "app", "user");
    let (acting, own) = (|_: usize| get(), |_: usize| daemon::get(Codec::Postcard, &name(0)));
    row("get, beside the user's own", Side(&session, &daemon, &acting), Side(&user, &daemon, &own), "");
    println!("\nresident after the load: {:.1} MiB", daemon.resident_mib());
}

fn by_the_gateway(door: &str, listen: impl FnOnce(&Path) -> String, floor: fn(&Path, &str) -> Plain) {
    let site = Site::with(&format!("apps-{door}"), |directory| {
        format!("[adapters.imperal]\nlisten = {:?}", listen(directory))
    });
    let daemon = site.serve();
    let token = String::from_utf8(declare(&site).expose().to_vec()).unwrap();
    let place = match door {
        "TCP" => Place::Tcp(site.listening("imperal gateway listening on http://")),
        _ => Place::Unix(gateway(site.directory())),
    };
    let target = Target::plain(place, Wire::Http);
    let read = format!(
        "GET /v1/secrets/{APP}/{} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\n\
         X-Acting-User: {}\r\nX-Ext-Id: {APP}\r\n\r\n",
        name(0),
        USER.trim_start_matches("ext:")
    )
    .into_bytes();
    let ours = target.connect().ask(&read);
    let plain = floor(site.directory(), &http::body(&ours));
    let theirs = plain.target.connect().ask(&read);
    assert_eq!(undated(&ours), undated(&theirs), "the floor answers the same");

    header(&format!("by the gateway, {door}"), "vault", "bare HTTP");
    let request = |_: usize| read.clone();
    row("GET a secret", Side(&target, &daemon, &request), Side(&plain.target, &plain.process, &request), "");
    println!("\nresident after the load: {:.1} MiB", daemon.resident_mib());
}

/// An app with ten secrets that it requires, which one user has and another has
/// not, and one that signs webhooks. Answers a token to act with.
fn declare(site: &Site) -> SecretBytes {
    let mut operator = site.target(Codec::Postcard).connect();
    let mut secrets: Vec<SecretSpec> = (0..REQUIRED).map(|number| spec(name(number), true)).collect();
    secrets.push(spec(SIGNING.to_owned(), false));
    let add = AppCall::Add {
        app: APP.to_owned(),
        description: String::new(),
        owner: None,
        secrets,
        prune: false,
        dry_run: false,
    };
    operator.ask(&daemon::frame(Codec::Postcard, Call::App(add)));
    let create = TokenCall::Create {
        app: APP.to_owned(),
        role: Role::Extension,
        acts_for: ActsFor::Any,
        expires_after_s: None,
        label: String::new(),
    };
    let Reply::TokenCreated(created) = operator.reply(&daemon::frame(Codec::Postcard, Call::Token(create))) else {
        panic!("no token")
    };
    let mut app = presenting(site, SecretBytes::new(created.token.expose().to_vec())).connect();
    for number in 0..REQUIRED {
        app.ask(&set(name(number), &[b'x'; VALUE]));
    }
    app.ask(&set(SIGNING.to_owned(), SECRET.as_bytes()));
    created.token
}

fn spec(name: String, required: bool) -> SecretSpec {
    let description = "The key of your account: Dashboard, Settings, API key".to_owned();
    SecretSpec { description, required, ..vault_tests::gateway::spec(&name, WriteMode::Both) }
}

/// The vault's own socket, with the token presented on each connection.
fn presenting(site: &Site, token: SecretBytes) -> Target {
    let present = daemon::frame(Codec::Postcard, Call::Token(TokenCall::Present { token }));
    Target { opening: present, ..site.target(Codec::Postcard) }
}

fn acting(user: &str, call: Call) -> Vec<u8> {
    daemon::frame_as(Codec::Postcard, APP, user, call)
}

fn set(name: String, value: &[u8]) -> Vec<u8> {
    let value = SecretBytes::new(value.to_vec());
    acting(USER, Call::Vault(VaultCall::Set { app: None, name, value, if_version: None }))
}

/// A delivery as Stripe signs it. It is good for some minutes, and again and again.
fn webhook() -> Vec<u8> {
    let body = "x".repeat(BODY);
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    let mac = hex::encode(&aws::hmac(SECRET.as_bytes(), &format!("{now}.{body}")));
    let header = WebhookHeader { name: "Stripe-Signature".to_owned(), value: format!("t={now},v1={mac}") };
    let verify = SecretCall::VerifyWebhook {
        app: None,
        name: SIGNING.to_owned(),
        scheme: WebhookScheme::Stripe {},
        headers: vec![header],
        body: SecretBytes::new(body.into_bytes()),
        replay_id: None,
        tolerance_s: None,
    };
    acting(USER, Call::Secret(verify))
}

/// An answer without the time of day, which two servers tell apart.
fn undated(answer: &[u8]) -> String {
    let answer = String::from_utf8(answer.to_vec()).unwrap();
    answer.split_inclusive('\n').filter(|line| !line.to_ascii_lowercase().starts_with("date:")).collect()
}

fn gateway(directory: &Path) -> PathBuf {
    directory.join("gateway.sock")
}

const APP: &str = "bench";
const USER: &str = "ext:alice";
/// Has set nothing.
const STRANGER: &str = "ext:bob";
const SIGNING: &str = "signing_secret";
const SECRET: &str = "whsec_1234567890abcdef1234567890abcdef";
const REQUIRED: usize = 10;
const BODY: usize = 1 << 10;
