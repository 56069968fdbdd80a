//! What an app declared and what of it is there, for whoever may look.

use super::record::About;
use super::resolve::{Seen, app_account, holder, resolve, see, standing};
use super::{Access, Session};
use crate::apps::AppRecord;
use crate::names::{App, SecretName, User};
use crate::policy::{Action, Secret, decide};
use crate::secrets::{Account, Gate, Look, Refusal, SecretStatus, missing, status, statuses};
use crate::vault::Open;
use vault_manifest::{Scope, Spec};

impl Access<'_> {
    /// Every declared secret with its state, never a value: the caller's, or,
    /// for an operator, another user's.
    pub fn declared(&self, app: &App, user: Option<&User>) -> Result<Vec<SecretStatus>, Refusal> {
        let result = self.each(app, user, |_| true, |open, look, spec| statuses(look, &open.reads, spec));
        let result = result.map(|found| found.into_iter().flatten().collect());
        self.record("declared", About { app: Some(app), ..About::default() }, result)
    }

    /// One secret's state. Not a read: nothing is noted.
    pub fn describe(&self, app: &App, name: &SecretName) -> Result<SecretStatus, Refusal> {
        let result = self.do_describe(app, name);
        self.record("describe", About { app: Some(app), ..About::default() }, result)
    }

    /// The gate: what is required and missing, with what to do about it. Cheap
    /// enough to stand in front of every piece of work.
    pub fn require(&self, app: &App, user: Option<&User>) -> Result<Gate, Refusal> {
        let result = self.each(app, user, |spec| spec.required, |_, look, spec| missing(look, spec));
        let result = result.map(|found| Gate { missing: found.into_iter().flatten().collect() });
        self.record("require", About { app: Some(app), ..About::default() }, result)
    }

    fn do_describe(&self, app: &App, name: &SecretName) -> Result<SecretStatus, Refusal> {
        let open = &self.vault.0;
        let resolved = resolve(open, self.caller, app, name, Action::Look)?;
        let look = Look { barrier: &open.barrier, shelf: &open.shelf, account: &resolved.account, app };
        status(look, &open.reads, name, resolved.spec(name))
    }

    /// Runs over the specs of a declaration that the caller may look at.
    fn each<T>(
        &self,
        app: &App,
        user: Option<&User>,
        wanted: impl Fn(&Spec) -> bool,
        run: impl Fn(&Open, Look<'_>, &Spec) -> Result<T, Refusal>,
    ) -> Result<Vec<T>, Refusal> {
        let open = &self.vault.0;
        let record = match see(open, self.caller, app)? {
            Seen::Personal => {
                return Err(Refusal::Invalid { field: "app", expected: "an app that declares its secrets" });
            }
            Seen::Declared(record) => record,
        };
        let user = user.unwrap_or(self.caller.user());
        let mut found = Vec::new();
        for spec in record.manifest.secrets.iter().filter(|spec| wanted(spec)) {
            if !self.may_look(user, &record, spec)? {
                continue;
            }
            let account = self.holder_for(user, &record, spec)?;
            let look = Look { barrier: &open.barrier, shelf: &open.shelf, account: &account, app };
            found.push(run(open, look, spec)?);
        }
        Ok(found)
    }

    /// May the caller know that the app declares this, and how it stands for a user?
    pub(super) fn may_look(&self, user: &User, record: &AppRecord, spec: &Spec) -> Result<bool, Refusal> {
        match decide(standing(self.caller, user, record, spec)?, Secret::of(spec), Action::Look) {
            Ok(()) => Ok(true),
            Err(Refusal::NotDeclared) => Ok(false),
            Err(refusal) => Err(refusal),
        }
    }

    /// The caller's own account, the app's, or another user's as it was last seen.
    fn holder_for(&self, user: &User, record: &AppRecord, spec: &Spec) -> Result<Account, Refusal> {
        if spec.scope == Scope::App {
            return Ok(app_account());
        }
        if user == self.caller.user() {
            return holder(self.caller, spec).map(std::borrow::Cow::into_owned);
        }
        debug_assert!(*self.caller.session() == Session::User, "an app session looks at its own user");
        // An operator looks at names and states; whose login it is today does not matter to that.
        let entry = self.vault.0.shelf.scope(&self.vault.0.barrier, user, &record.app)?;
        Ok(Account { user: user.clone(), login: entry.and_then(|entry| entry.login.clone()) })
    }
}
