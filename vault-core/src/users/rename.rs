//! Giving one user's scopes to another. A scope has an id of its own, so no
//! record is sealed again.

use super::entries_of;
use crate::barrier::Barrier;
use crate::names::User;
use crate::secrets::{Refusal, ScopeEntry, directory_place};

/// `login` is the new owner's login name. All scopes move, or none.
pub(crate) fn rename(barrier: &Barrier, from: &User, to: &User, login: Option<&str>) -> Result<u64, Refusal> {
    if from == to {
        return Err(Refusal::Invalid { field: "user", expected: "two different users" });
    }
    let mut txn = barrier.begin()?;
    let entries = entries_of(&txn, from)?;
    if entries.is_empty() {
        return Err(Refusal::Missing { expired: false });
    }
    let moved = entries.len() as u64;
    for (old, entry) in entries {
        let new = directory_place(&barrier.keyring(), to, &entry.app);
        if txn.exists(&new.key())? {
            return Err(Refusal::Invalid {
                field: "user",
                expected: "a new owner without secrets in the same app; `user rm` or let them move theirs first",
            });
        }
        let entry = ScopeEntry { user: to.clone(), login: login.map(str::to_owned), ..entry };
        txn.delete(old.key())?;
        txn.write(&new, &entry.encode())?;
    }
    txn.commit()?;
    Ok(moved)
}
