//! The HTTP gateway, by hand. Answers are compared as they came: status, every
//! header but the date, body; and a refusal is the one docs/GATEWAY.md has for it.

use vault_core::manifest::Manifest;
use vault_tests::gateway::{self, Answer, address, request};

use crate::doors::{Ask, Door, Held, Op, Role, Told};
use crate::served::Served;
use crate::world::{self, MANY};

pub(crate) struct Http {
    served: Served,
    /// One for everybody: who asks is in each request.
    connection: gateway::Http,
}

impl Http {
    pub(crate) fn new() -> Self {
        let served = Served::with(&gateway::config());
        let connection = gateway::Http::connect(address(&served.daemon));
        Self { served, connection }
    }

    /// Without a token, and with one that is nobody's: one answer each in every
    /// cell, whether there is an app, a user and a secret or not.
    pub(crate) fn says_nothing_to_nobody(&mut self) {
        let held = Held { role: Role::Extension, app: 0, user: 0 };
        let mut wrong = self.served.token(held).unwrap().expose().to_vec();
        *wrong.last_mut().unwrap() ^= 1;
        let wrong = format!("Authorization: Bearer {}\r\n", String::from_utf8(wrong).unwrap());
        for (bearer, code) in [(String::new(), "TOKEN_MISSING"), (wrong, "TOKEN_REFUSED")] {
            let mut first = None;
            for app in (0..MANY).map(world::app).chain([world::NOWHERE.to_owned()]) {
                for user in (0..MANY).map(world::user).chain([world::NOBODY.to_owned()]) {
                    for op in [Op::Get("key"), Op::Get("absent"), Op::Set("key", "x"), Op::Declared(None)] {
                        let ask = Ask { held, as_app: &app, as_user: &user, app: &app, op };
                        let answer = self.connection.ask(&asked(ask, &bearer));
                        assert_eq!(answer.code(), (401, code.to_owned()), "{ask:?}");
                        let told = told(&answer);
                        assert_eq!(first.get_or_insert_with(|| told.clone()), &told, "{ask:?}");
                    }
                }
            }
        }
    }
}

impl Door for Http {
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

    /// The kernel's word counts for nothing here, on a Unix socket either.
    fn admits(&self, held: Held) -> bool {
        held.role != Role::User
    }

    /// What there are paths for. Whom it is about is said in a header, and not
    /// once more in the question.
    fn offers(&self, op: Op<'_>) -> bool {
        match op {
            Op::Get(_) | Op::Set(..) | Op::Delete(_) | Op::Describe(_) => true,
            Op::Declared(other) | Op::Require(other) => other.is_none(),
            Op::Promote(_) | Op::Webhook(_) | Op::List(_) => false,
        }
    }

    fn ask(&mut self, ask: Ask<'_>) -> Told {
        let token = std::str::from_utf8(self.served.token(ask.held).unwrap().expose()).unwrap();
        let answer = self.connection.ask(&asked(ask, &format!("Authorization: Bearer {token}\r\n")));
        if answer.status != 200 {
            let (status, code) = answer.code();
            let told = format!("{status} {code}");
            assert!(refusals(ask).contains(&told.as_str()), "{ask:?}: {told}");
        }
        told(&answer)
    }
}

fn asked(ask: Ask<'_>, bearer: &str) -> Vec<u8> {
    let Ask { held, as_app, as_user, app, op } = ask;
    // Their spelling of the users that are nobody's account.
    let user = as_user.strip_prefix("ext:").unwrap_or(as_user);
    // On every other field of a chessboard it is left out where the token says the same.
    let says_it = as_app != world::app(held.app) || (held.app + held.user).is_multiple_of(2);
    let ext = if says_it { format!("X-Ext-Id: {as_app}\r\n") } else { String::new() };
    let headers = format!("{bearer}X-Acting-User: {user}\r\n{ext}");
    let secret = |name: &str, meta: &str| match name.split_once('/') {
        None => format!("/v1/secrets/{app}/{name}{meta}"),
        Some((name, instance)) => format!("/v1/secrets/{app}/{name}{meta}?instance={instance}"),
    };
    let (method, path, body) = match op {
        Op::Get(name) => ("GET", secret(name, ""), String::new()),
        Op::Set(name, value) => ("PUT", secret(name, ""), format!("{{\"value\":\"{value}\"}}")),
        Op::Delete(name) => ("DELETE", secret(name, ""), String::new()),
        Op::Describe(name) => ("GET", secret(name, "/meta"), String::new()),
        Op::Declared(None) => ("GET", format!("/v1/secrets/{app}"), String::new()),
        Op::Require(None) => ("GET", format!("/v1/gate/{app}"), String::new()),
        other => panic!("not offered: {other:?}"),
    };
    request(method, &path, &headers, body.as_bytes())
}

/// What docs/GATEWAY.md says to whom this is refused.
fn refusals(ask: Ask<'_>) -> &'static [&'static str] {
    let Held { role, app, user } = ask.held;
    let its_app = world::app(app);
    if ask.as_app != its_app || ask.app != its_app {
        return &["403 EXT_FORBIDDEN"];
    }
    // A panel's token for any user acts for those who have no account.
    let any = role == Role::Panel && !world::is_local(user);
    if ask.as_user != world::user(user) && !(any && ask.as_user.starts_with("ext:")) {
        return &["403 ACTING_USER_FORBIDDEN"];
    }
    match ask.op {
        Op::Get(_) => &["404 SECRET_NOT_SET", "404 SECRET_NOT_DECLARED", "403 SECRET_READ_FORBIDDEN"],
        Op::Set(..) | Op::Delete(_) => &["404 SECRET_NOT_DECLARED", "403 SECRET_WRITE_FORBIDDEN"],
        Op::Describe(_) => &["404 SECRET_NOT_DECLARED"],
        _ => &[],
    }
}

fn told(answer: &Answer) -> Told {
    let head: String = answer.head.lines().filter(|line| !line.starts_with("date: ")).collect();
    Told { ok: answer.status == 200, bytes: [head.as_bytes(), &answer.body].concat() }
}
