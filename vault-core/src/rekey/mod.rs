//! Replacing keys below the root, crash-safe and resumable. There is no cursor
//! to keep or to lose: every record names the key version it is sealed under,
//! so what is left to do can be read off the records, and two kept versions of
//! a key are the sign that a replacement is under way.

mod progress;
mod scope;
mod scope_wrap;

use crate::barrier::{Barrier, Fault};
use progress::Progress;

pub(crate) use scope::replace_scope_keys;
pub(crate) use scope_wrap::replace_scope_wrap;

/// Finishes whatever was interrupted; returns the records rewritten.
pub(crate) fn resume(barrier: &Barrier) -> Result<u64, Fault> {
    let (mut rewritten, mut first_fault, mut progress) = (0, None, Progress::default());
    let mut note = |done: Result<u64, Fault>| match done {
        Ok(records) => rewritten += records,
        // One spoiled record must not keep the other scopes from being finished.
        Err(fault) => first_fault = first_fault.take().or(Some(fault)),
    };
    note(scope_wrap::finish(barrier, &mut progress));
    for scope in barrier.scopes()? {
        note(scope::finish(barrier, &scope, &mut progress));
    }
    first_fault.map_or(Ok(rewritten), |fault| Err(progress.told(fault)))
}
