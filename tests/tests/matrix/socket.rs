//! The daemon's socket, with tokens, and for users who have accounts as
//! themselves. Answers are compared as the bytes that were sent.

use std::collections::HashMap;

use vault_client::blocking::Client;
use vault_client::{ActsFor, Call as VaultCall, Codec, NewApp, NewToken, SecretBytes, WebhookHeader, WebhookScheme};
use vault_core::manifest::Manifest;
use vault_proto::Dialect;
use vault_proto::latest::{Acting, Call, Response, SecretCall, TokenCall};
use vault_tests::privileges::{as_uid, is_root};
use vault_tests::wire::Wire;
use vault_tests::{Daemon, Site};

use crate::doors::{Ask, BODY, Door, Held, Op, Role, SIGNATURE, Told};
use crate::world::{self, MANY, STRANGER};

pub(crate) struct Socket {
    daemon: Daemon,
    _site: Site,
    /// Operator and owner of every app.
    ours: Client,
    tokens: HashMap<Held, SecretBytes>,
    /// What is yet to be stored: one connection for each app and user.
    values: HashMap<(usize, usize), Vec<(String, String)>>,
    /// The connection of whoever asked last.
    last: Option<(Held, Wire)>,
}

impl Socket {
    pub(crate) fn new() -> Self {
        let site = Site::new();
        let daemon = site.serve();
        let ours = daemon.client();
        Self { daemon, _site: site, ours, tokens: HashMap::new(), values: HashMap::new(), last: None }
    }

    fn make_token(&self, role: Role, app: usize, acts_for: ActsFor) -> SecretBytes {
        let role = if role == Role::Panel { vault_client::Role::Panel } else { vault_client::Role::Extension };
        let (app, label) = (world::app(app), String::new());
        self.ours.token_create(NewToken { app, role, acts_for, expires_after_s: None, label }).unwrap().token
    }

    fn wire(&mut self, held: Held) -> &mut Wire {
        if self.last.as_ref().is_none_or(|(last, _)| *last != held) {
            // Both codecs come to every cell of a chessboard.
            let codec = if (held.app + held.user).is_multiple_of(2) { Codec::Postcard } else { Codec::Json };
            let connect = || Wire::speaking(self.daemon.socket(), Dialect::newest(codec));
            let wire = match self.tokens.get(&held) {
                None => as_uid(world::uid(held.user), connect),
                Some(token) => {
                    let mut wire = connect();
                    let token = copy(token);
                    wire.ask_any(None, Call::Token(TokenCall::Present { token })).unwrap();
                    wire
                }
            };
            self.last = Some((held, wire));
        }
        &mut self.last.as_mut().unwrap().1
    }
}

impl Door for Socket {
    fn declare(&mut self, manifest: &Manifest) {
        assert!(self.ours.app_add(NewApp::declaring(manifest)).unwrap().made);
    }

    fn user_sets(&mut self, user: usize, app: usize, name: &str, value: &str) {
        self.values.entry((user, app)).or_default().push((name.to_owned(), value.to_owned()));
    }

    fn owner_sets(&mut self, app: usize, name: &str, value: &str) {
        self.ours.set((world::app(app).as_str(), name), value.as_bytes()).unwrap();
    }

    fn furnished(&mut self) {
        for app in 0..MANY {
            let any = self.make_token(Role::Panel, app, ActsFor::Any);
            for user in (0..MANY).chain([STRANGER]) {
                let fixed = || ActsFor::Fixed(world::user(user));
                let extension = self.make_token(Role::Extension, app, fixed());
                let panel = match world::is_local(user) {
                    true => self.make_token(Role::Panel, app, fixed()),
                    false => copy(&any),
                };
                let page = self.daemon.client().presenting(copy(&panel));
                let page = page.acting(&world::app(app), Some(&world::user(user)));
                let values = self.values.remove(&(user, app)).unwrap_or_default();
                let calls = values.into_iter().map(|(name, value)| set(None, &name, &value)).collect();
                page.pipeline(calls).into_iter().for_each(|set| drop(set.unwrap()));
                self.tokens.insert(Held { role: Role::Extension, app, user }, extension);
                self.tokens.insert(Held { role: Role::Panel, app, user }, panel);
            }
        }
    }

    fn admits(&self, held: Held) -> bool {
        held.role != Role::User || (is_root() && world::is_local(held.user))
    }

    fn ask(&mut self, ask: Ask<'_>) -> Told {
        let acts = ask.held.role != Role::User;
        let acting = acts.then(|| Acting { app: ask.as_app.to_owned(), user: Some(ask.as_user.to_owned()) });
        let result = self.wire(ask.held).ask_any(acting, call(ask.app, ask.op));
        // A message has one form in this codec: equal here is equal as it was sent.
        let (ok, mut bytes) = (result.is_ok(), Vec::new());
        let answer = Response { id: 0, stamp: None, result };
        Dialect::newest(Codec::Postcard).encode_response_frame(&answer, &mut bytes).unwrap();
        Told { ok, bytes }
    }
}

fn call(app: &str, op: Op<'_>) -> Call {
    let (app, name) = (app.to_owned(), str::to_owned);
    let user = |user: Option<&str>| user.map(str::to_owned);
    match op {
        Op::Get(secret) => Call::Vault(VaultCall::Get { app: Some(app), name: name(secret), version: None }),
        Op::Set(secret, value) => Call::Vault(set(Some(app), secret, value)),
        Op::Delete(secret) => {
            Call::Vault(VaultCall::Delete { app: Some(app), name: name(secret), destroy: false, if_version: None })
        }
        Op::Describe(secret) => Call::Secret(SecretCall::Describe { app: Some(app), name: name(secret) }),
        Op::Promote(secret) => Call::Secret(SecretCall::Promote { app: Some(app), name: name(secret), version: 1 }),
        Op::Webhook(secret) => Call::Secret(SecretCall::VerifyWebhook {
            app: Some(app),
            name: name(secret),
            scheme: WebhookScheme::Github {},
            headers: vec![WebhookHeader { name: name(SIGNATURE.0), value: name(SIGNATURE.1) }],
            body: SecretBytes::new(BODY.to_vec()),
            replay_id: None,
            tolerance_s: None,
        }),
        Op::Declared(other) => Call::Secret(SecretCall::Declared { app, user: user(other) }),
        Op::Require(other) => Call::Secret(SecretCall::Require { app, user: user(other) }),
        Op::List(other) => {
            let (after, limit, deleted) = (None, 100, false);
            Call::Vault(VaultCall::List { app: Some(app), user: user(other), after, limit, deleted })
        }
    }
}

fn set(app: Option<String>, name: &str, value: &str) -> VaultCall {
    let value = SecretBytes::new(value.as_bytes().to_vec());
    VaultCall::Set { app, name: name.to_owned(), value, if_version: None }
}

fn copy(token: &SecretBytes) -> SecretBytes {
    SecretBytes::new(token.expose().to_vec())
}
