//! Begun and redeemed in any order, by anybody, at any time, against a plain
//! model: a state is good once, for its app, for who may act for its user,
//! until it expires or too many newer ones were begun.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use proptest::prelude::*;
use sha2::{Digest as _, Sha256};

use crate::access::Caller;
use crate::host::{At, Clock, Host};
use crate::limits::{OAUTH_LIFE_MAX_MS, OAUTH_LIFE_MS, OAUTH_PENDING_MAX};
use crate::names::{App, User};
use crate::policy::{Verb, Verbs};
use crate::secrets::Refusal;
use crate::tokens::Role;
use crate::vault::{Open, Vault};
use vault_manifest::{Manifest, Spec};

#[derive(Clone, Debug)]
enum Op {
    /// By this user for this app, to live so long; none = as long as is usual.
    Begin {
        user: usize,
        app: usize,
        life_ms: Option<u64>,
    },
    /// One of those begun, by an app's session that acts for this user, or for
    /// nobody in particular.
    Redeem {
        begun: usize,
        app: usize,
        by: Option<usize>,
    },
    /// The same with one character changed.
    Forge {
        begun: usize,
        at: usize,
        app: usize,
    },
    Pass {
        ms: u64,
    },
    Maintain,
}

fn op() -> impl Strategy<Value = Op> {
    // Most of it in one place, so that there is more than may be pending.
    let user = prop_oneof![3 => Just(0), 1 => 0..USERS.len()].boxed();
    let app = prop_oneof![3 => Just(0), 1 => 0..APPS.len()].boxed();
    let life = proptest::option::of(1..=OAUTH_LIFE_MAX_MS);
    let by = proptest::option::weighted(0.4, user.clone());
    prop_oneof![
        6 => (user, app.clone(), life).prop_map(|(user, app, life_ms)| Op::Begin { user, app, life_ms }),
        8 => (any::<usize>(), app.clone(), by).prop_map(|(begun, app, by)| Op::Redeem { begun, app, by }),
        2 => (any::<usize>(), 0..75_usize, app).prop_map(|(begun, at, app)| Op::Forge { begun, at, app }),
        2 => (1..OAUTH_LIFE_MS).prop_map(|ms| Op::Pass { ms }),
        1 => Just(Op::Maintain),
    ]
}

/// What was begun, as the model knows it.
struct Begun {
    state: Vec<u8>,
    challenge: String,
    user: usize,
    app: usize,
    expires_ms: u64,
    /// Not redeemed, not pushed out.
    good: bool,
}

struct Rig {
    vault: Vault<Open>,
    clock: Arc<At>,
    begun: Vec<Begun>,
}

impl Rig {
    fn new() -> Self {
        let clock = Arc::new(At(AtomicU64::new(1_700_000_000_000)));
        let vault = Vault::ephemeral_on(Host { clock: clock.clone(), ..Host::system() }).unwrap();
        let owner = Caller::new(User::Uid(1), None).with_verbs(Verbs::NONE.with(Verb::Apps));
        for app in APPS {
            let secrets = vec![Spec::new("refresh_token", "What it is for")];
            let manifest = Manifest { app: app.into(), description: String::new(), secrets };
            vault.caller(&owner).app_add(&manifest, None, false, false).unwrap();
        }
        Self { vault, clock, begun: Vec::new() }
    }

    fn step(&mut self, op: &Op) {
        let now = self.clock.now_ms();
        match *op {
            Op::Begin { user, app, life_ms } => {
                let caller = Caller::new(person(user), None);
                let begun = self.vault.caller(&caller).oauth_begin(&an_app(app), "p", None, life_ms).unwrap();
                assert_eq!(begun.expires_ms, now + life_ms.unwrap_or(OAUTH_LIFE_MS));
                let state = begun.state.into_vec();
                assert!(self.begun.iter().all(|known| known.state != state), "a state of another");
                self.push_out_the_oldest(user, app);
                let (challenge, expires_ms) = (begun.code_challenge, begun.expires_ms);
                self.begun.push(Begun { state, challenge, user, app, expires_ms, good: true });
            }
            Op::Redeem { begun, app, by } => {
                let Some(at) = begun.checked_rem(self.begun.len()) else { return };
                let told = self.redeem(&self.begun[at].state, app, by);
                let known = &mut self.begun[at];
                let is_for_whom = match by {
                    Some(by) => by == known.user,
                    None => USERS[known.user].starts_with("ext:"),
                };
                let may = known.good && known.app == app && is_for_whom;
                if may && known.expires_ms > now {
                    let (user, verifier) = told.unwrap();
                    assert_eq!(user, person(known.user));
                    assert_eq!(URL_SAFE_NO_PAD.encode(Sha256::digest(verifier)), known.challenge);
                } else {
                    assert!(matches!(told, Err(Refusal::StateRefused)), "{told:?}");
                }
                // Whoever may not have it does not use it up either.
                known.good &= !may;
            }
            Op::Forge { begun, at, app } => {
                let Some(of) = begun.checked_rem(self.begun.len()) else { return };
                let mut state = self.begun[of].state.clone();
                state[at] = if state[at] == b'A' { b'B' } else { b'A' };
                let told = self.redeem(&state, app, None);
                assert!(matches!(told, Err(Refusal::StateRefused)), "{told:?}");
            }
            Op::Pass { ms } => {
                self.clock.0.fetch_add(ms, Ordering::Relaxed);
            }
            Op::Maintain => {
                self.vault.maintain();
                self.begun.iter_mut().filter(|known| known.expires_ms <= now).for_each(|known| known.good = false);
            }
        }
    }

    fn redeem(&self, state: &[u8], app: usize, by: Option<usize>) -> Result<(User, Vec<u8>), Refusal> {
        let session = Caller::new(by.map_or(User::App, person), None).vouched_for(an_app(app), Role::Extension);
        let redeemed = self.vault.caller(&session).oauth_redeem(&an_app(app), state)?;
        Ok((redeemed.user, redeemed.code_verifier.into_vec()))
    }

    /// What is stored for one user and app counts, expired or not.
    fn push_out_the_oldest(&mut self, user: usize, app: usize) {
        let mut kept: Vec<_> =
            self.begun.iter_mut().filter(|known| known.good && (known.user, known.app) == (user, app)).collect();
        let excess = (kept.len() + 1).saturating_sub(OAUTH_PENDING_MAX);
        kept.iter_mut().take(excess).for_each(|known| known.good = false);
    }
}

fn person(number: usize) -> User {
    User::parse(USERS[number]).unwrap()
}

fn an_app(number: usize) -> App {
    App::parse(APPS[number]).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_order_of_beginning_and_redeeming(ops in proptest::collection::vec(op(), 1..120)) {
        let mut rig = Rig::new();
        ops.iter().for_each(|op| rig.step(op));
        // To the end: each that is good is redeemed, once.
        for begun in 0..rig.begun.len() {
            let Begun { user, app, .. } = rig.begun[begun];
            for _ in 0..2 {
                rig.step(&Op::Redeem { begun, app, by: Some(user) });
            }
        }
    }

    #[test]
    fn any_bytes_as_a_state(state in proptest::collection::vec(any::<u8>(), 0..90), text in "[A-Za-z0-9_-]{75}") {
        let rig = Rig::new();
        for state in [&state[..], text.as_bytes()] {
            prop_assert!(matches!(rig.redeem(state, 0, None), Err(Refusal::StateRefused)));
        }
    }
}

const USERS: [&str; 3] = ["ext:alice", "ext:bob", "uid:1000"];
const APPS: [&str; 2] = ["spotify", "stripe"];
