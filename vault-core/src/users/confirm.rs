//! Releasing a held user: the login name changed and that is right.

use super::entries_of;
use crate::barrier::Barrier;
use crate::names::User;
use crate::secrets::{Refusal, ScopeEntry};

/// Remembers today's login name; returns the scopes changed.
pub(crate) fn confirm(barrier: &Barrier, user: &User, login: Option<&str>) -> Result<u64, Refusal> {
    let mut txn = barrier.begin()?;
    let entries = entries_of(&txn, user)?;
    if entries.is_empty() {
        return Err(Refusal::Missing { expired: false });
    }
    let mut changed = 0;
    for (place, entry) in entries {
        if entry.is_held(login) {
            let confirmed = ScopeEntry { login: login.map(str::to_owned), ..entry };
            txn.write(&place, &confirmed.encode())?;
            changed += 1;
        }
    }
    txn.commit()?;
    Ok(changed)
}
