//! Making, listing and ending tokens.

use super::Access;
use super::record::About;
use crate::apps::{self, ActsFor};
use crate::names::App;
use crate::policy::Verb;
use crate::secrets::Refusal;
use crate::tokens::{self, NewToken, Role, TokenInfo, Wanted};
use crate::vault::Open;

impl Access<'_> {
    /// Makes a token; owner only. `life_ms`: none = 90 days, 0 = for ever.
    pub fn token_create(
        &self,
        app: &App,
        role: Role,
        acts_for: ActsFor,
        life_ms: Option<u64>,
        label: &str,
    ) -> Result<NewToken, Refusal> {
        self.alone("token.create", Some(app), |open| {
            self.as_user()?;
            let record = apps::find(&open.barrier, &open.shelf, app)?;
            self.owns(&record)?;
            let made_by = self.caller.user();
            tokens::create(&open.barrier, &open.shelf, Wanted { app, role, acts_for, life_ms, label, made_by })
        })
    }

    /// The tokens of one app, or of every app of the caller's (for an operator
    /// with the verb `apps`: of every app).
    pub fn tokens(&self, app: Option<&App>) -> Result<Vec<TokenInfo>, Refusal> {
        let result = self.do_tokens(app);
        self.record("token.list", About { app, ..About::default() }, result)
    }

    /// Ends a token at its next call; false when it was revoked before.
    pub fn token_revoke(&self, id: &str) -> Result<bool, Refusal> {
        self.alone("token.revoke", None, |open| {
            let expected = "32 hex digits, as `token ls` shows";
            let id = tokens::parse_id(id).ok_or(Refusal::Invalid { field: "id", expected })?;
            let missing = Refusal::Missing { expired: false };
            let record = open.shelf.token_at(&open.barrier, &tokens::place(&id))?.ok_or(missing)?;
            // Another's token looks like one that is not there.
            self.managed(open, &record.app).map_err(|refusal| match refusal {
                Refusal::Forbidden { .. } => Refusal::Missing { expired: false },
                refusal => refusal,
            })?;
            tokens::revoke(&open.barrier, &record)
        })
    }

    fn do_tokens(&self, app: Option<&App>) -> Result<Vec<TokenInfo>, Refusal> {
        let open = &self.vault.0;
        let Open { barrier, shelf, reads, .. } = open;
        self.as_user()?;
        if let Some(app) = app {
            self.managed(open, app)?;
            return Ok(tokens::list(barrier, shelf, reads, Some(app))?);
        }
        let mut tokens = tokens::list(barrier, shelf, reads, None)?;
        if !self.caller.verbs().has(Verb::Apps) {
            tokens.retain(|token| self.managed(open, &token.app).is_ok());
        }
        Ok(tokens)
    }
}
