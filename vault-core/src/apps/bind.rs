//! Who may act as an app without a token; and whether anybody may.

use super::{ActsFor, AppRecord, Binding, all, store};
use crate::barrier::Barrier;
use crate::limits;
use crate::names::User;
use crate::secrets::{Account, Refusal, Shelf};

/// Lets a uid's account act as the app; replaces what it was bound to before.
pub(crate) fn bind(barrier: &Barrier, app: &AppRecord, account: &Account, acts_for: ActsFor) -> Result<(), Refusal> {
    let Some(uid) = account.user.uid() else {
        return Err(Refusal::Invalid { field: "user", expected: "a local account, `uid:N`; others use a token" });
    };
    let mut bindings: Vec<_> = app.bindings.iter().filter(|binding| binding.uid != uid).cloned().collect();
    if bindings.len() >= limits::BINDINGS_MAX {
        return Err(Refusal::OverQuota { quota: "bindings of an app", limit: limits::BINDINGS_MAX as u64 });
    }
    bindings.push(Binding { uid, login: account.login.clone(), acts_for });
    bindings.sort_by_key(|binding| binding.uid);
    change(barrier, AppRecord { bindings, ..app.clone() })
}

/// Takes a uid's binding back; false when there was none.
pub(crate) fn unbind(barrier: &Barrier, app: &AppRecord, user: &User) -> Result<bool, Refusal> {
    let left: Vec<_> = app.bindings.iter().filter(|binding| user.uid() != Some(binding.uid)).cloned().collect();
    let was_bound = left.len() < app.bindings.len();
    if was_bound {
        change(barrier, AppRecord { bindings: left, ..app.clone() })?;
    }
    Ok(was_bound)
}

/// Stops everybody who acts as the app, or lets them go on.
pub(crate) fn suspend(barrier: &Barrier, app: &AppRecord, suspended: bool) -> Result<(), Refusal> {
    if app.suspended == suspended {
        return Ok(());
    }
    change(barrier, AppRecord { suspended, ..app.clone() })
}

/// An operator says that a uid's new login name is right: what it owns and what
/// it is bound to counts again. Returns the apps changed.
pub(crate) fn confirm(barrier: &Barrier, shelf: &Shelf, user: &User, login: Option<&str>) -> Result<u64, Refusal> {
    let Some(uid) = user.uid() else { return Ok(0) };
    let mut changed = 0;
    for app in all(barrier, shelf)? {
        let mut record = AppRecord::clone(&app);
        if record.owner.user == *user {
            record.owner.login = login.map(str::to_owned);
        }
        for binding in record.bindings.iter_mut().filter(|binding| binding.uid == uid) {
            binding.login = login.map(str::to_owned);
        }
        if record != *app {
            change(barrier, record)?;
            changed += 1;
        }
    }
    Ok(changed)
}

fn change(barrier: &Barrier, record: AppRecord) -> Result<(), Refusal> {
    let mut txn = barrier.begin()?;
    store(&mut txn, &record)?;
    txn.commit()?;
    Ok(())
}
