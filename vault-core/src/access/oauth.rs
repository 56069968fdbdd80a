//! Authorizations at a provider: begun for a user, redeemed by the app.

use super::{Access, Session};
use crate::names::{App, User};
use crate::oauth::{self, Begun, Redeemed, Wanted};
use crate::secrets::Refusal;
use crate::tokens::Role;

impl Access<'_> {
    /// Begins one for the caller, or for the user the app or panel acts for.
    pub fn oauth_begin(
        &self,
        app: &App,
        provider: &str,
        redirect: Option<&str>,
        life_ms: Option<u64>,
    ) -> Result<Begun, Refusal> {
        self.alone("oauth.begin", Some(app), |open| {
            let super::resolve::Seen::Declared(record) = super::resolve::see(open, self.caller, app)? else {
                return Err(Refusal::NoSuchApp);
            };
            if record.suspended {
                return Err(Refusal::Suspended);
            }
            let user = self.caller.user();
            if *user == User::App {
                return Err(Refusal::Invalid { field: "acting user", expected: "the user who authorizes" });
            }
            oauth::begin(&open.barrier, Wanted { app, user, provider, redirect, life_ms })
        })
    }

    /// Takes a state back, once; by the app's own code only. A callback comes
    /// without a session, and the state says whose it is: a session that acts for
    /// nobody in particular redeems what any `ext:` user began, one that acts for
    /// a user only that user's.
    pub fn oauth_redeem(&self, app: &App, state: &[u8]) -> Result<Redeemed, Refusal> {
        self.alone("oauth.redeem", Some(app), |open| match self.caller.session() {
            Session::App { app: own, role: Role::Extension } if own == app => {
                oauth::redeem(&open.barrier, app, state, |user| match self.caller.user() {
                    User::App => matches!(user, User::Ext(_)),
                    own => own == user,
                })
            }
            _ => Err(Refusal::Forbidden { needs: Some("the app: a token of role extension, or a bound account") }),
        })
    }
}
