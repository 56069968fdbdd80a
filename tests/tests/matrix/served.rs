//! A daemon, its apps, their tokens and what is stored there: the same for every
//! door of a daemon.

use std::collections::HashMap;

use vault_client::blocking::Client;
use vault_client::{ActsFor, Call, NewApp, NewToken, SecretBytes};
use vault_core::manifest::Manifest;
use vault_tests::site::Config;
use vault_tests::{Daemon, Site};

use crate::doors::{Held, Role};
use crate::world::{self, MANY, STRANGER};

pub(crate) struct Served {
    pub(crate) daemon: Daemon,
    _site: Site,
    /// Operator and owner of every app.
    ours: Client,
    tokens: HashMap<Held, SecretBytes>,
    /// What is yet to be stored: one connection for each app and user.
    values: HashMap<(usize, usize), Vec<(String, String)>>,
}

impl Served {
    pub(crate) fn with(config: &Config) -> Self {
        let site = Site::new();
        let daemon = site.serve_with(config);
        let ours = daemon.client();
        Self { daemon, _site: site, ours, tokens: HashMap::new(), values: HashMap::new() }
    }

    pub(crate) fn declare(&mut self, manifest: &Manifest) {
        assert!(self.ours.app_add(NewApp::declaring(manifest)).unwrap().made);
    }

    pub(crate) fn user_sets(&mut self, user: usize, app: usize, name: &str, value: &str) {
        self.values.entry((user, app)).or_default().push((name.to_owned(), value.to_owned()));
    }

    pub(crate) fn owner_sets(&mut self, app: usize, name: &str, value: &str) {
        self.ours.set((world::app(app).as_str(), name), value.as_bytes()).unwrap();
    }

    pub(crate) fn furnished(&mut self) {
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

    /// None for a user as themself.
    pub(crate) fn token(&self, held: Held) -> Option<&SecretBytes> {
        self.tokens.get(&held)
    }

    fn make_token(&self, role: Role, app: usize, acts_for: ActsFor) -> SecretBytes {
        let role = if role == Role::Panel { vault_client::Role::Panel } else { vault_client::Role::Extension };
        let (app, label) = (world::app(app), String::new());
        self.ours.token_create(NewToken { app, role, acts_for, expires_after_s: None, label }).unwrap().token
    }
}

pub(crate) fn set(app: Option<String>, name: &str, value: &str) -> Call {
    let value = SecretBytes::new(value.as_bytes().to_vec());
    Call::Set { app, name: name.to_owned(), value, if_version: None }
}

pub(crate) fn copy(token: &SecretBytes) -> SecretBytes {
    SecretBytes::new(token.expose().to_vec())
}
