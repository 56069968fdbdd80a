//! The one path: decide, do, record. The daemon, an in-process vault and a test
//! all come through here, so what one proves holds for the others.
//!
//! ```
//! use vault_core::access::{AuditBatch, Caller};
//! use vault_core::names::{App, SecretName, User};
//! use vault_core::{Vault, keys::SecretBytes};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let vault = Vault::ephemeral()?;
//! let alice = Caller::new(User::parse("uid:1000")?, Some("alice".into()));
//! let access = vault.caller(&alice);
//! let (app, name) = (App::personal(), SecretName::parse("api_key")?);
//! access.set(&app, &name, SecretBytes::new(b"s3cret".to_vec()), None)?;
//! assert_eq!(access.get(&app, &name, None)?.bytes.expose(), b"s3cret");
//! # Ok(())
//! # }
//! ```

mod access_keys;
mod apps;
mod declared;
mod kms;
mod oauth;
mod operator;
mod read;
mod record;
mod resolve;
mod session;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod tests_declared;
#[cfg(test)]
mod tests_drafts;
#[cfg(test)]
mod tests_recents;
mod tokens;
mod webhook;
mod write;

use crate::names::{App, User};
use crate::policy::Verbs;
use crate::secrets::{Account, Refusal};
use crate::tokens::Role;
use crate::vault::{Open, Vault};

pub use kms::Kms;
pub use operator::{CheckReport, NamedLine, OperatorError, Reopen};
pub use record::AuditBatch;
pub use session::{Presented, Session, TokenId};
pub use write::{Write, WriteRequest, Written};

/// Who is asking: fixed when the connection, or the session, began.
#[derive(Clone, Debug)]
pub struct Caller {
    /// Whose secrets are meant.
    account: Account,
    /// What the kernel said, whoever is acted for.
    uid: Option<u32>,
    pid: Option<i32>,
    verbs: Verbs,
    session: Session,
}

impl Caller {
    /// A user with today's login name, without an operator's verbs.
    #[must_use]
    pub fn new(user: User, login: Option<String>) -> Self {
        let uid = user.uid();
        Self { account: Account { user, login }, uid, pid: None, verbs: Verbs::NONE, session: Session::User }
    }

    /// Whoever comes through a door where the kernel vouches for nobody, such as
    /// TCP: has no uid and no secrets, and may only show a token
    /// ([`Access::present`]) and act by it ([`Access::act`]).
    #[must_use]
    pub fn nobody() -> Self {
        let account = Account { user: User::App, login: None };
        Self { account, uid: None, pid: None, verbs: Verbs::NONE, session: Session::Nobody }
    }

    /// With a process id, as a hint in the audit log.
    #[must_use]
    pub fn with_pid(self, pid: Option<i32>) -> Self {
        Self { pid, ..self }
    }

    /// With an operator's verbs.
    #[must_use]
    pub fn with_verbs(self, verbs: Verbs) -> Self {
        Self { verbs, ..self }
    }

    /// As an app, in a process that vouches for whom it serves, as one that embeds
    /// the vault does: it holds the keys. A daemon's callers are admitted instead,
    /// by a token or a binding: see [`Access::act`].
    #[must_use]
    pub fn vouched_for(self, app: App, role: Role) -> Self {
        Self { verbs: Verbs::NONE, session: Session::App { app, role }, ..self }
    }

    /// The user.
    #[must_use]
    pub fn user(&self) -> &User {
        &self.account.user
    }

    /// Today's login name.
    #[must_use]
    pub fn login(&self) -> Option<&str> {
        self.account.login.as_deref()
    }

    /// The operator's verbs.
    #[must_use]
    pub fn verbs(&self) -> Verbs {
        self.verbs
    }

    /// As what it acts.
    #[must_use]
    pub fn session(&self) -> &Session {
        &self.session
    }

    /// The process id hint.
    #[must_use]
    pub fn pid(&self) -> Option<i32> {
        self.pid
    }
}

/// A caller at an open vault.
#[derive(Clone, Copy)]
pub struct Access<'v> {
    vault: &'v Vault<Open>,
    caller: &'v Caller,
    request: u64,
    batch: Option<&'v AuditBatch>,
}

impl Vault<Open> {
    /// For in-process use: every operation is in the audit log before it answers.
    #[must_use]
    pub fn caller<'v>(&'v self, caller: &'v Caller) -> Access<'v> {
        Access { vault: self, caller, request: 0, batch: None }
    }

    /// For a daemon that answers many requests at once: operations gather in
    /// `batch`, which must be flushed before any of their answers goes out.
    #[must_use]
    pub fn access<'v>(&'v self, caller: &'v Caller, request: u64, batch: &'v AuditBatch) -> Access<'v> {
        Access { vault: self, caller, request, batch: Some(batch) }
    }
}

impl Access<'_> {
    /// Does the login name stored differ from today's?
    pub fn is_held(&self) -> Result<bool, Refusal> {
        let Open { barrier, shelf, .. } = &self.vault.0;
        let entry = shelf.scope(barrier, self.caller.user(), &App::personal())?;
        Ok(entry.is_some_and(|entry| entry.is_held(self.caller.login())))
    }
}
