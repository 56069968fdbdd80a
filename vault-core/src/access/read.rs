//! Reading: value, listing, history.

use super::record::About;
use super::resolve::{resolve, see};
use super::{Access, Session};
use crate::apps;
use crate::barrier::Place;
use crate::names::{App, SecretName, User};
use crate::policy::{Action, Secret, Standing, Verb, decide};
use crate::secrets::{self, Refusal, SecretInfo, Target, Value, VersionInfo};
use crate::tokens::Role;
use crate::vault::Open;

impl Access<'_> {
    /// The current version's value, or the version named.
    pub fn get(&self, app: &App, name: &SecretName, version: Option<u64>) -> Result<Value, Refusal> {
        let (place, result) = match resolve(&self.vault.0, self.caller, app, name, Action::Get) {
            Ok(resolved) => self.read(Target { account: &resolved.account, app, name }, version),
            Err(refusal) => (None, Err(refusal)),
        };
        let version = result.as_ref().ok().map(|value| value.version).or(version);
        self.record("get", About { app: Some(app), place, version }, result)
    }

    fn read(&self, target: Target<'_>, version: Option<u64>) -> (Option<Place>, Result<Value, Refusal>) {
        let Open { barrier, reads, recents, .. } = &self.vault.0;
        let now_ms = barrier.host().clock.now_ms();
        // Before anything is looked at.
        let edition = barrier.edition();
        if version.is_none()
            && let Some((found, fresh)) = recents.get(edition, target, now_ms)
            && let Some(result) = secrets::get_found(barrier, &found).transpose()
        {
            if fresh && result.is_ok() {
                reads.note(&found.place, now_ms);
            }
            return (Some(found.place), result);
        }
        self.find(target, |open, place| {
            let (value, found) = secrets::get(&open.barrier, &open.shelf, place, version)?;
            reads.note(place, now_ms);
            if version.is_none() {
                recents.put(edition, target, found, now_ms);
            }
            Ok(value)
        })
    }

    /// Every version known, newest first.
    pub fn history(&self, app: &App, name: &SecretName) -> Result<Vec<VersionInfo>, Refusal> {
        let (place, result) =
            self.at(app, name, Action::Look, |open, place| secrets::history(&open.barrier, &open.shelf, place));
        self.record("history", About { app: Some(app), place, version: None }, result)
    }

    /// Names and states of one app, or of every app of the user; the caller's
    /// own, or, for an operator, another user's. At most `limit`, after a given
    /// one; true when more follow.
    pub fn list(
        &self,
        app: Option<&App>,
        user: Option<&User>,
        after: Option<&(App, SecretName)>,
        limit: usize,
        deleted: bool,
    ) -> Result<(Vec<SecretInfo>, bool), Refusal> {
        let result = self.do_list(app, user, after, limit, deleted);
        self.record("list", About { app, ..About::default() }, result)
    }

    fn do_list(
        &self,
        app: Option<&App>,
        user: Option<&User>,
        after: Option<&(App, SecretName)>,
        limit: usize,
        deleted: bool,
    ) -> Result<(Vec<SecretInfo>, bool), Refusal> {
        let Open { barrier, shelf, reads, .. } = &self.vault.0;
        let owner = user.unwrap_or(self.caller.user());
        let own = owner == self.caller.user();
        let standing = match (own, self.caller.verbs().has(Verb::Users)) {
            (true, _) => Standing::Own,
            (false, true) => Standing::Operator,
            (false, false) => Standing::Other,
        };
        decide(standing, Secret::Personal, Action::Look)?;
        let apps = self.listed(app)?;
        if *owner == User::App && !self.is_extension() {
            return Err(Refusal::Invalid { field: "acting user", expected: "whom the app acts for" });
        }
        let mut infos = Vec::new();
        for app in apps {
            if let Some(entry) = shelf.scope(barrier, owner, &app)? {
                if own {
                    entry.admit(&self.caller.account)?;
                }
                infos.extend(secrets::list(barrier, shelf, reads, &entry, deleted)?);
            }
            // The app's own code also sees what the app has for everybody.
            let shared = own && *owner != User::App && self.is_extension();
            if shared && let Some(entry) = shelf.scope(barrier, &User::App, &app)? {
                infos.extend(secrets::list(barrier, shelf, reads, &entry, deleted)?);
            }
        }
        if let Some((after_app, after_name)) = after {
            infos.retain(|info| (&info.app, &info.name) > (after_app, after_name));
        }
        infos.sort_by(|a, b| (&a.app, &a.name).cmp(&(&b.app, &b.name)));
        let more = infos.len() > limit;
        infos.truncate(limit);
        Ok((infos, more))
    }

    fn is_extension(&self) -> bool {
        matches!(self.caller.session(), Session::App { role: Role::Extension, .. })
    }

    /// The apps a listing is about: one, or every one the caller can name.
    fn listed(&self, app: Option<&App>) -> Result<Vec<App>, Refusal> {
        let open = &self.vault.0;
        match (app, self.caller.session()) {
            (Some(app), _) => see(open, self.caller, app).map(|_| vec![app.clone()]),
            (None, Session::App { app, .. }) => Ok(vec![app.clone()]),
            (None, Session::Nobody) => Err(Refusal::Forbidden { needs: Some("a token") }),
            (None, Session::User) => {
                let declared = apps::infos(&open.barrier, &open.shelf)?;
                Ok([App::personal()].into_iter().chain(declared.into_iter().map(|info| info.app)).collect())
            }
        }
    }

    /// Decides, locates and runs; the place is for the record.
    pub(super) fn at<T>(
        &self,
        app: &App,
        name: &SecretName,
        action: Action,
        run: impl FnOnce(&Open, &Place) -> Result<T, Refusal>,
    ) -> (Option<Place>, Result<T, Refusal>) {
        let open = &self.vault.0;
        let resolved = match resolve(open, self.caller, app, name, action) {
            Ok(resolved) => resolved,
            Err(refusal) => return (None, Err(refusal)),
        };
        self.find(Target { account: &resolved.account, app, name }, run)
    }

    /// Locates and runs.
    fn find<T>(
        &self,
        target: Target<'_>,
        run: impl FnOnce(&Open, &Place) -> Result<T, Refusal>,
    ) -> (Option<Place>, Result<T, Refusal>) {
        let open = &self.vault.0;
        match open.shelf.locate(&open.barrier, target) {
            Ok(Some(place)) => (Some(place), run(open, &place)),
            Ok(None) => (None, Err(Refusal::Missing { expired: false })),
            Err(refusal) => (None, Err(refusal)),
        }
    }
}
