//! The door of a program that embeds the vault: no daemon, no socket.

use std::collections::HashMap;
use std::fmt::Write as _;

use vault_core::access::{Caller, TokenId, Write};
use vault_core::keys::SecretBytes;
use vault_core::manifest::Manifest;
use vault_core::names::{App, SecretName, User};
use vault_core::webhook::{Delivery, Scheme};
use vault_core::{ActsFor, Open, Refusal, Vault, Verb, Verbs};

use crate::doors::{Ask, BODY, Door, Held, Op, Role, SIGNATURE, Told};
use crate::world::{self, MANY, STRANGER};

pub(crate) struct InProcess {
    vault: Vault<Open>,
    owner: Caller,
    /// Whose process it is; nobody in particular.
    service: Caller,
    tokens: HashMap<Held, TokenId>,
}

impl InProcess {
    pub(crate) fn new() -> Self {
        let owner = Caller::new(User::Uid(1), Some("dev".into())).with_verbs(Verbs::NONE.with(Verb::Apps));
        let service = Caller::new(User::Uid(2), Some("service".into()));
        Self { vault: Vault::ephemeral().unwrap(), owner, service, tokens: HashMap::new() }
    }

    fn set(&self, caller: &Caller, app: usize, name: &str, value: &str) {
        let value = SecretBytes::from(value.as_bytes());
        self.vault.caller(caller).set(&parse_app(&world::app(app)), &secret(name), value, None).unwrap();
    }

    fn caller(&self, ask: Ask<'_>) -> Result<Caller, Refusal> {
        let Held { role, user, .. } = ask.held;
        if role == Role::User {
            return Ok(Caller::new(parse_user(&world::user(user)), None));
        }
        let (app, user) = (parse_app(ask.as_app), parse_user(ask.as_user));
        self.vault.caller(&self.service).act(&[self.tokens[&ask.held]], &app, Some(&user), &|_| None)
    }

    fn answer(&self, ask: Ask<'_>) -> Result<String, Refusal> {
        let caller = self.caller(ask)?;
        let (access, app) = (self.vault.caller(&caller), parse_app(ask.app));
        let other = |user: Option<&str>| user.map(parse_user);
        Ok(match ask.op {
            Op::Get(name) => {
                let value = access.get(&app, &secret(name), None)?;
                format!("{} {}", String::from_utf8(value.bytes.into_vec()).unwrap(), value.version)
            }
            Op::Set(name, value) => {
                format!("{}", access.set(&app, &secret(name), SecretBytes::from(value.as_bytes()), None)?)
            }
            Op::Delete(name) => format!("{}", access.delete(&app, &secret(name))?),
            Op::Describe(name) => format!("{:?}", access.describe(&app, &secret(name))?),
            Op::Promote(name) => format!("{:?}", access.write(&app, &secret(name), Write::Promote { version: 1 })?),
            Op::Webhook(name) => {
                let headers = [(SIGNATURE.0, SIGNATURE.1.as_bytes())];
                let delivery = Delivery { headers: &headers, body: BODY };
                format!("{:?}", access.verify_webhook(&app, &secret(name), &Scheme::Github, &delivery, None, None)?)
            }
            Op::Declared(user) => format!("{:?}", access.declared(&app, other(user).as_ref())?),
            Op::Require(user) => format!("{:?}", access.require(&app, other(user).as_ref())?),
            Op::List(user) => {
                let (infos, more) = access.list(Some(&app), other(user).as_ref(), None, 100, false)?;
                let mut text = format!("{more}");
                for info in infos {
                    write!(text, " {} {} {:?}", info.app, info.name, info.state).unwrap();
                }
                text
            }
        })
    }
}

impl Door for InProcess {
    fn declare(&mut self, manifest: &Manifest) {
        self.vault.caller(&self.owner).app_add(manifest, None, false, false).unwrap();
    }

    fn user_sets(&mut self, user: usize, app: usize, name: &str, value: &str) {
        self.set(&Caller::new(parse_user(&world::user(user)), None), app, name, value);
    }

    fn owner_sets(&mut self, app: usize, name: &str, value: &str) {
        self.set(&self.owner, app, name, value);
    }

    fn furnished(&mut self) {
        for app in 0..MANY {
            for user in (0..MANY).chain([STRANGER]) {
                for (role, as_role) in
                    [(Role::Extension, vault_core::Role::Extension), (Role::Panel, vault_core::Role::Panel)]
                {
                    let any = role == Role::Panel && !world::is_local(user);
                    let acts_for = if any { ActsFor::Any } else { ActsFor::Fixed(parse_user(&world::user(user))) };
                    let owner = self.vault.caller(&self.owner);
                    let made = owner.token_create(&parse_app(&world::app(app)), as_role, acts_for, None, "").unwrap();
                    let presented = self.vault.caller(&self.service).present(made.token.expose()).unwrap();
                    self.tokens.insert(Held { role, app, user }, presented.token);
                }
            }
        }
    }

    fn admits(&self, _: Held) -> bool {
        true
    }

    fn offers(&self, _: Op<'_>) -> bool {
        true
    }

    fn ask(&mut self, ask: Ask<'_>) -> Told {
        match self.answer(ask) {
            Ok(text) => Told { ok: true, bytes: text.into_bytes() },
            Err(refusal) => Told { ok: false, bytes: format!("{refusal} {refusal:?}").into_bytes() },
        }
    }
}

fn parse_app(text: &str) -> App {
    App::parse(text).unwrap()
}

fn parse_user(text: &str) -> User {
    User::parse(text).unwrap()
}

fn secret(text: &str) -> SecretName {
    SecretName::parse(text).unwrap()
}
