//! Adding, changing and removing apps. An app is public to whoever is served:
//! people have to see what asks for their secrets.

use vault_manifest::Manifest;

use super::record::About;
use super::{Access, Session};
use crate::apps::{self, ActsFor, AppChanged, AppDetail, AppInfo, AppRecord, How};
use crate::names::{App, User};
use crate::policy::{Verb, permit};
use crate::secrets::{Account, Refusal};
use crate::store::Erasure;
use crate::vault::Open;

impl Access<'_> {
    /// Adds an app or changes what it declares; adding the same again changes
    /// nothing. A new one needs the verb `apps`; after that it is its owner's.
    /// `owner` is whose it will be, with today's login name; none = the caller.
    pub fn app_add(
        &self,
        manifest: &Manifest,
        owner: Option<(&User, Option<String>)>,
        prune: bool,
        dry_run: bool,
    ) -> Result<AppChanged, Refusal> {
        let app = App::parse(&manifest.app).ok();
        self.alone("app.add", app.as_ref(), |open| {
            self.as_user()?;
            let before = app.as_ref().map(|app| open.shelf.app(&open.barrier, app)).transpose()?.flatten();
            match &before {
                Some(before) => self.owns(before)?,
                None => permit(self.caller.verbs(), Verb::Apps)?,
            }
            let owner = match (owner, &before) {
                (None, _) => self.caller.account.clone(),
                (Some((user, login)), None) => named(user, login)?,
                (Some((user, _)), Some(before)) if *user == before.owner.user => before.owner.clone(),
                (Some(_), Some(_)) => {
                    let expected = "the owner it has; `vaultctl app owner` gives it to another";
                    return Err(Refusal::Invalid { field: "owner", expected });
                }
            };
            apps::add(&open.barrier, &open.shelf, manifest, before.as_deref(), owner, How { prune, dry_run })
        })
    }

    /// Every app.
    pub fn apps(&self) -> Result<Vec<AppInfo>, Refusal> {
        let Open { barrier, shelf, .. } = &self.vault.0;
        let result = apps::infos(barrier, shelf).map_err(Refusal::from).map(|mut infos| {
            // A session knows of its own app only.
            match self.caller.session() {
                Session::App { app, .. } => infos.retain(|info| info.app == *app),
                Session::Nobody => infos.clear(),
                Session::User => {}
            }
            infos
        });
        self.record("app.list", About::default(), result)
    }

    /// One app and what it declares that the caller may look at; for its owner and
    /// operators all of it, and who is bound to it.
    pub fn app(&self, app: &App) -> Result<AppDetail, Refusal> {
        let open = &self.vault.0;
        let result = super::resolve::see(open, self.caller, app).and_then(|seen| match seen {
            super::resolve::Seen::Personal => Err(Refusal::NoSuchApp),
            super::resolve::Seen::Declared(record) => {
                let manages = self.manages(&record)?;
                let mut detail = apps::detail(&record, manages);
                if !manages {
                    detail.secrets.clear();
                    for spec in &record.manifest.secrets {
                        if self.may_look(self.caller.user(), &record, spec)? {
                            detail.secrets.push(spec.clone());
                        }
                    }
                    detail.info.secrets = detail.secrets.len();
                }
                Ok(detail)
            }
        });
        self.record("app.show", About { app: Some(app), ..About::default() }, result)
    }

    /// Removes an app; with `shred` also everything stored for it.
    pub fn app_remove(&self, app: &App, shred: bool) -> Result<(u64, Erasure), Refusal> {
        self.alone("app.remove", Some(app), |open| {
            let record = self.managed(open, app)?;
            apps::remove(&open.barrier, &open.shelf, &record, shred)
        })
    }

    /// Stops everybody who acts as the app, or lets them go on.
    pub fn app_suspend(&self, app: &App, suspended: bool) -> Result<(), Refusal> {
        let op = if suspended { "app.suspend" } else { "app.resume" };
        self.alone(op, Some(app), |open| {
            let record = self.managed(open, app)?;
            apps::suspend(&open.barrier, &record, suspended)
        })
    }

    /// Gives an app to another owner; every token and binding ends. By its owner,
    /// or by an operator with the verb `apps`, never to that operator: it would
    /// be a way to read what users stored for it.
    pub fn app_owner(&self, app: &App, owner: &User, login: Option<String>) -> Result<(), Refusal> {
        self.alone("app.owner", Some(app), |open| {
            self.as_user()?;
            let record = apps::find(&open.barrier, &open.shelf, app)?;
            let owns = record.is_owner(&self.caller.account).unwrap_or(false);
            if !owns {
                permit(self.caller.verbs(), Verb::Apps)?;
                if owner == self.caller.user() {
                    return Err(Refusal::Forbidden { needs: Some("another operator than the new owner") });
                }
            }
            apps::give(&open.barrier, &open.shelf, &record, named(owner, login)?)
        })
    }

    /// Lets a local account act as the app without a token. Owner only.
    pub fn app_bind(&self, app: &App, user: &User, login: Option<String>, acts_for: ActsFor) -> Result<(), Refusal> {
        self.alone("app.bind", Some(app), |open| {
            self.as_user()?;
            let record = apps::find(&open.barrier, &open.shelf, app)?;
            self.owns(&record)?;
            apps::bind(&open.barrier, &record, &Account { user: user.clone(), login }, acts_for)
        })
    }

    /// Takes a binding back; false when there was none. Owner or operator.
    pub fn app_unbind(&self, app: &App, user: &User) -> Result<bool, Refusal> {
        self.alone("app.unbind", Some(app), |open| {
            let record = self.managed(open, app)?;
            apps::unbind(&open.barrier, &record, user)
        })
    }

    /// Apps are managed by people, not by what acts as one.
    pub(super) fn as_user(&self) -> Result<(), Refusal> {
        match self.caller.session() {
            Session::User => Ok(()),
            Session::App { .. } | Session::Nobody => Err(Refusal::Forbidden { needs: Some("a user's session") }),
        }
    }

    /// Is the caller the owner?
    pub(super) fn owns(&self, record: &AppRecord) -> Result<(), Refusal> {
        match record.is_owner(&self.caller.account)? {
            true => Ok(()),
            false => Err(Refusal::Forbidden { needs: Some("the app's owner") }),
        }
    }

    /// The owner, or an operator with the verb `apps`?
    fn manages(&self, record: &AppRecord) -> Result<bool, Refusal> {
        Ok(*self.caller.session() == Session::User
            && (self.caller.verbs().has(Verb::Apps) || record.is_owner(&self.caller.account)?))
    }

    pub(super) fn managed(&self, open: &Open, app: &App) -> Result<std::sync::Arc<AppRecord>, Refusal> {
        self.as_user()?;
        let record = apps::find(&open.barrier, &open.shelf, app)?;
        match self.manages(&record)? {
            true => Ok(record),
            false => Err(Refusal::Forbidden { needs: Some("the app's owner, or the operator verb `apps`") }),
        }
    }
}

/// An owner by name. Somebody a gateway vouches for cannot come and manage it.
fn named(user: &User, login: Option<String>) -> Result<Account, Refusal> {
    match user {
        User::Uid(_) => Ok(Account { user: user.clone(), login }),
        User::Ext(_) | User::App => Err(Refusal::Invalid { field: "owner", expected: "a local account, `uid:N`" }),
    }
}
