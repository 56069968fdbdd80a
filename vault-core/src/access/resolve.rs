//! From what a caller names to where it lies and what holds for it: the app's
//! declaration, the holder of the value, the decision.

use std::borrow::Cow;
use std::sync::Arc;

use vault_manifest::{Scope, Spec};

use super::{Caller, Session};
use crate::apps::AppRecord;
use crate::names::{App, SecretName, User};
use crate::policy::{Action, Secret, Standing, Verb, decide};
use crate::secrets::{Account, Refusal, Rules};
use crate::tokens::Role;
use crate::vault::Open;

/// A secret that the caller may do with as asked.
pub(super) struct Resolved<'c> {
    /// Who holds the value.
    pub(super) account: Cow<'c, Account>,
    /// How it is kept.
    pub(super) rules: Rules,
    /// The app that declares it; none = the personal one.
    declared_by: Option<Arc<AppRecord>>,
}

impl Resolved<'_> {
    /// What is declared of the name it was resolved by.
    pub(super) fn spec(&self, name: &SecretName) -> Option<&Spec> {
        self.declared_by.as_ref()?.manifest.spec(name.parts().0)
    }
}

/// An app as a caller sees it: what was declared, or the open personal one.
pub(super) enum Seen {
    Personal,
    Declared(Arc<AppRecord>),
}

/// The app, when the caller's session is of it.
pub(super) fn see(open: &Open, caller: &Caller, app: &App) -> Result<Seen, Refusal> {
    match &caller.session {
        // A session never leaves its app, and is not told what else there is.
        Session::App { app: own, .. } if own != app => {
            return Err(Refusal::Forbidden { needs: Some("a session of that app") });
        }
        // The personal app is everybody's who is somebody.
        Session::Nobody => return Err(Refusal::Forbidden { needs: Some("a token of that app") }),
        Session::App { .. } | Session::User => {}
    }
    if app.is_personal() {
        return Ok(Seen::Personal);
    }
    open.shelf.app(&open.barrier, app)?.map(Seen::Declared).ok_or(Refusal::NoSuchApp)
}

/// Decides about one secret of the caller's.
pub(super) fn resolve<'c>(
    open: &Open,
    caller: &'c Caller,
    app: &App,
    name: &SecretName,
    action: Action,
) -> Result<Resolved<'c>, Refusal> {
    let record = match see(open, caller, app)? {
        Seen::Personal => {
            decide(Standing::Own, Secret::Personal, action)?;
            let account = Cow::Borrowed(&caller.account);
            return Ok(Resolved { account, rules: Rules::OPEN, declared_by: None });
        }
        Seen::Declared(record) => record,
    };
    let (base, instance) = name.parts();
    let spec = record.manifest.spec(base).ok_or(Refusal::NotDeclared)?;
    decide(standing(caller, caller.user(), &record, spec)?, Secret::of(spec), action)?;
    match (spec.instances, instance) {
        (true, None) => {
            return Err(Refusal::Invalid { field: "name", expected: "`name/instance`: it is declared with instances" });
        }
        (false, Some(_)) => return Err(Refusal::NotDeclared),
        _ => {}
    }
    if record.suspended && matches!(action, Action::Set | Action::Promote) {
        return Err(Refusal::Suspended);
    }
    let (account, rules) = (holder(caller, spec)?, Rules::of(spec));
    Ok(Resolved { account, rules, declared_by: Some(record) })
}

/// Where the caller stands towards a secret that `user` has, or the app itself.
pub(super) fn standing(caller: &Caller, user: &User, record: &AppRecord, spec: &Spec) -> Result<Standing, Refusal> {
    if let Session::App { role, .. } = &caller.session {
        return Ok(match role {
            _ if caller.user() != user => Standing::Other,
            Role::Extension => Standing::Extension,
            Role::Panel => Standing::Panel,
        });
    }
    let own = match spec.scope {
        Scope::User => caller.user() == user,
        Scope::App => false,
    };
    let owns_app = spec.scope == Scope::App && record.is_owner(&caller.account)?;
    Ok(match (own, owns_app) {
        (true, _) => Standing::Own,
        (_, true) => Standing::AppOwner,
        _ if caller.verbs().has(Verb::Users) => Standing::Operator,
        _ => Standing::Other,
    })
}

/// Who holds a value: the acting user, or the app for everybody.
pub(super) fn holder<'c>(caller: &'c Caller, spec: &Spec) -> Result<Cow<'c, Account>, Refusal> {
    match spec.scope {
        Scope::App => Ok(Cow::Owned(app_account())),
        Scope::User if caller.user() == &User::App => {
            Err(Refusal::Invalid { field: "acting user", expected: "whom the app acts for: `uid:N` or `ext:ID`" })
        }
        Scope::User => Ok(Cow::Borrowed(&caller.account)),
    }
}

/// The holder of an app's own values.
pub(super) fn app_account() -> Account {
    Account { user: User::App, login: None }
}
