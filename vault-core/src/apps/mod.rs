//! Apps: what declares secrets. One operation a file, each on a [`Txn`] or on
//! the barrier; whether the caller may is decided in [`crate::access`].

mod add;
mod bind;
mod list;
mod record;
mod remove;

use std::sync::Arc;

use crate::barrier::{Barrier, Fault, Place, RecordKind, Txn};
use crate::keys::Keyring;
use crate::limits;
use crate::names::{App, User};
use crate::secrets::{Refusal, Shelf};

pub use add::AppChanged;
pub(crate) use add::{How, add};
pub(crate) use bind::{bind, confirm, suspend, unbind};
pub use list::{AppDetail, AppInfo};
pub(crate) use list::{detail, infos};
pub use record::{ActsFor, Binding};
pub(crate) use record::{AppRecord, USER_MAX};
pub(crate) use remove::{give, remove};

/// Where an app's record lies.
pub(crate) fn app_place(keyring: &Keyring, app: &App) -> Place {
    Place::system(keyring, RecordKind::App, app.as_str().as_bytes())
}

/// An app that was added.
pub(crate) fn find(barrier: &Barrier, shelf: &Shelf, app: &App) -> Result<Arc<AppRecord>, Refusal> {
    shelf.app(barrier, app)?.ok_or(Refusal::NoSuchApp)
}

/// Writes an app's record, within the ceiling of what one app may declare.
fn store(txn: &mut Txn<'_>, record: &AppRecord) -> Result<(), Refusal> {
    let bytes = record.encode();
    if bytes.len() > limits::DECLARATION_MAX {
        return Err(Refusal::TooLarge { len: bytes.len(), max: limits::DECLARATION_MAX });
    }
    let place = app_place(&txn.keyring(), &record.app);
    Ok(txn.write(&place, &bytes)?)
}

/// The apps of a vault.
fn all(barrier: &Barrier, shelf: &Shelf) -> Result<Vec<Arc<AppRecord>>, Fault> {
    let keys = barrier.keys(&Place::kind_prefix(&crate::barrier::SYSTEM, RecordKind::App))?;
    let records = keys.iter().filter_map(Place::of).map(|place| shelf.app_at(barrier, &place));
    records.filter_map(Result::transpose).collect()
}

/// Does the user own an app?
pub(crate) fn owned(barrier: &Barrier, shelf: &Shelf, user: &User) -> Result<bool, Fault> {
    Ok(all(barrier, shelf)?.iter().any(|app| app.owner.user == *user))
}
