//! Acting as an app: who may, and for whom. Looked at again for each call, so
//! that a token that was revoked, a binding that was taken back and an app that
//! was suspended stop at the next one, on open connections too.

use super::record::About;
use super::{Access, Caller};
use crate::apps;
use crate::names::{App, User};
use crate::secrets::{Account, Refusal};
use crate::tokens::{self, Role, TokenRecord};
use crate::vault::{Open, Vault};

/// As what a caller acts.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub enum Session {
    /// A user, for themself.
    #[default]
    User,
    /// An app, for a user; or for nobody, where no user's secret is meant.
    App {
        /// Which.
        app: App,
        /// What it may do.
        role: Role,
    },
    /// Somebody unknown, until a token says as what they act.
    Nobody,
}

/// A token that was presented and was good at that moment.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Presented {
    /// Names the token at later calls; see [`Access::act`].
    pub token: TokenId,
    /// Whom it acts as.
    pub app: App,
    /// What it may do.
    pub role: Role,
    /// For whom.
    pub acts_for: apps::ActsFor,
    /// When it expires, in milliseconds since 1970.
    pub expires_ms: Option<u64>,
}

/// Proof that a token's text was seen.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct TokenId([u8; 16]);

impl Access<'_> {
    /// Takes a token. Unknown, wrong, expired and revoked are one answer.
    pub fn present(&self, text: &[u8]) -> Result<Presented, Refusal> {
        let Open { barrier, shelf, .. } = &self.vault.0;
        let result = tokens::verify(barrier, shelf, text).map(|record| presented(&record));
        let app = result.as_ref().ok().map(|presented| presented.app.clone());
        self.record("token.present", About { app: app.as_ref(), ..About::default() }, result)
    }

    /// The caller as an app: by one of the tokens presented, or because its
    /// account is bound. `user` is whom it acts for; none is whom the token or
    /// binding implies, or nobody. A refusal is recorded; what is then done is
    /// recorded by itself.
    pub fn act(
        &self,
        presented: &[TokenId],
        app: &App,
        user: Option<&User>,
        login_of: &dyn Fn(u32) -> Option<String>,
    ) -> Result<Caller, Refusal> {
        match self.vault.admit(self.caller, presented, app, user, login_of) {
            Ok(caller) => Ok(caller),
            Err(refusal) => self.record("act", About { app: Some(app), ..About::default() }, Err(refusal)),
        }
    }
}

impl Vault<Open> {
    fn admit(
        &self,
        by: &Caller,
        presented: &[TokenId],
        app: &App,
        user: Option<&User>,
        login_of: &dyn Fn(u32) -> Option<String>,
    ) -> Result<Caller, Refusal> {
        let Open { barrier, shelf, reads, .. } = &self.0;
        let forbidden = Refusal::Forbidden { needs: Some("a token of that app, or an account bound to it") };
        let mut ended = None;
        for TokenId(id) in presented {
            match tokens::good(barrier, shelf, id) {
                Ok(record) if record.app == *app => match acting(&record.acts_for, None, user) {
                    Ok(acts_for) => {
                        self.is_served(app)?;
                        reads.note(&tokens::place(id), barrier.host().clock.now_ms());
                        return Ok(by.in_session(app, record.role, acts_for, login_of));
                    }
                    // The next one may be for this user: a connection holds several.
                    Err(refusal) => ended = Some(refusal),
                },
                Ok(_) => {}
                Err(refusal) => ended = Some(refusal),
            }
        }
        // Bound or not, there or not: one answer to whoever may not act.
        let record = shelf.app(barrier, app)?;
        let binding = record.as_ref().and_then(|record| record.binding(&by.account));
        let Some(binding) = binding else { return Err(ended.unwrap_or(forbidden)) };
        let acts_for = acting(&binding.acts_for, Some(by.user()), user)?;
        self.is_served(app)?;
        Ok(by.in_session(app, Role::Extension, acts_for, login_of))
    }

    fn is_served(&self, app: &App) -> Result<(), Refusal> {
        let Open { barrier, shelf, .. } = &self.0;
        // A token outlives its app only while a removal is under way.
        let record = shelf.app(barrier, app)?.ok_or(Refusal::BadToken)?;
        if record.suspended { Err(Refusal::Suspended) } else { Ok(()) }
    }
}

impl Caller {
    fn in_session(&self, app: &App, role: Role, user: User, login_of: &dyn Fn(u32) -> Option<String>) -> Self {
        let login = user.uid().and_then(login_of);
        Self {
            account: Account { user, login },
            uid: self.uid,
            pid: self.pid,
            verbs: crate::policy::Verbs::NONE,
            session: Session::App { app: app.clone(), role },
        }
    }
}

/// Whom a session acts for, when it may.
fn acting(acts_for: &apps::ActsFor, own: Option<&User>, user: Option<&User>) -> Result<User, Refusal> {
    match user {
        Some(user) if acts_for.allows(user, own) => Ok(user.clone()),
        Some(_) => Err(Refusal::Forbidden { needs: Some("a token or binding that acts for this user") }),
        None => Ok(acts_for.implied(own).cloned().unwrap_or(User::App)),
    }
}

fn presented(record: &TokenRecord) -> Presented {
    Presented {
        token: TokenId(record.id),
        app: record.app.clone(),
        role: record.role,
        acts_for: record.acts_for.clone(),
        expires_ms: (record.expires_ms != 0).then_some(record.expires_ms),
    }
}
