//! Operations on apps.

use vault_proto::latest::{ActsFor, AppCall, AppChanged, AppDetail, AppInfo, Call, Reply};

use super::{Operation, Read, done, only};
use crate::asks::NewApp;

/// Makes an app, or changes it into what is given.
#[must_use]
pub fn app_add(new: NewApp) -> Operation<AppChanged> {
    let NewApp { app, description, owner, secrets, prune, dry_run } = new;
    on(AppCall::Add { app, description, owner, secrets, prune, dry_run }, changed)
}

/// The apps the caller may know of.
#[must_use]
pub fn apps() -> Operation<Vec<AppInfo>> {
    on(AppCall::List {}, |reply| only!(reply, Reply::Apps { apps } => apps))
}

/// One app with all it declares.
#[must_use]
pub fn app(app: &str) -> Operation<AppDetail> {
    on(AppCall::Show { app: app.to_owned() }, |reply| only!(reply, Reply::App(detail) => detail))
}

/// Removes an app; with `shred`, every value stored for it.
#[must_use]
pub fn app_remove(app: &str, shred: bool) -> Operation<AppChanged> {
    on(AppCall::Remove { app: app.to_owned(), shred }, changed)
}

/// Lets nobody act as the app, or lets them again.
#[must_use]
pub fn app_suspend(app: &str, suspended: bool) -> Operation<()> {
    no_more(AppCall::Suspend { app: app.to_owned(), suspended })
}

/// Gives the app to another owner.
#[must_use]
pub fn app_owner(app: &str, owner: &str) -> Operation<()> {
    no_more(AppCall::Owner { app: app.to_owned(), owner: owner.to_owned() })
}

/// Lets a uid act as the app.
#[must_use]
pub fn app_bind(app: &str, user: &str, acts_for: ActsFor) -> Operation<()> {
    no_more(AppCall::Bind { app: app.to_owned(), user: user.to_owned(), acts_for })
}

/// Takes that back.
#[must_use]
pub fn app_unbind(app: &str, user: &str) -> Operation<()> {
    no_more(AppCall::Unbind { app: app.to_owned(), user: user.to_owned() })
}

fn on<T>(call: AppCall, read: fn(Reply) -> Option<T>) -> Operation<T> {
    Operation { call: Call::App(call), read: Read::Own(read) }
}

fn no_more(call: AppCall) -> Operation<()> {
    Operation { call: Call::App(call), read: Read::Vault(done) }
}

fn changed(reply: Reply) -> Option<AppChanged> {
    only!(reply, Reply::AppChanged(changed) => changed)
}
