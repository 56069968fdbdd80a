//! The daemon's socket, with tokens, and for users who have accounts as
//! themselves. Answers are compared as the bytes that were sent.

use vault_client::{Call as VaultCall, Codec, SecretBytes, WebhookHeader, WebhookScheme};
use vault_core::manifest::Manifest;
use vault_proto::Dialect;
use vault_proto::latest::{Acting, Call, Response, SecretCall, TokenCall};
use vault_tests::privileges::{as_uid, is_root};
use vault_tests::site::Config;
use vault_tests::wire::Wire;

use crate::doors::{Ask, BODY, Door, Held, Op, Role, SIGNATURE, Told};
use crate::served::{Served, copy, set};
use crate::world;

pub(crate) struct Socket {
    served: Served,
    /// The connection of whoever asked last.
    last: Option<(Held, Wire)>,
}

impl Socket {
    pub(crate) fn new() -> Self {
        Self { served: Served::with(&Config::default()), last: None }
    }

    fn wire(&mut self, held: Held) -> &mut Wire {
        if self.last.as_ref().is_none_or(|(last, _)| *last != held) {
            // Both codecs come to every cell of a chessboard.
            let codec = if (held.app + held.user).is_multiple_of(2) { Codec::Postcard } else { Codec::Json };
            let connect = || Wire::speaking(self.served.daemon.socket(), Dialect::newest(codec));
            let wire = match self.served.token(held) {
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
        self.served.declare(manifest);
    }

    fn user_sets(&mut self, user: usize, app: usize, name: &str, value: &str) {
        self.served.user_sets(user, app, name, value);
    }

    fn owner_sets(&mut self, app: usize, name: &str, value: &str) {
        self.served.owner_sets(app, name, value);
    }

    fn furnished(&mut self) {
        self.served.furnished();
    }

    fn admits(&self, held: Held) -> bool {
        held.role != Role::User || (is_root() && world::is_local(held.user))
    }

    fn offers(&self, _: Op<'_>) -> bool {
        true
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
