//! What may be said of a failure: after a first commit of several, *nothing was
//! written* would be untrue.

use crate::barrier::{Fault, Txn};

/// Has anything been committed yet?
#[derive(Default)]
pub(super) struct Progress {
    committed: bool,
}

impl Progress {
    pub(super) fn commit(&mut self, txn: Txn<'_>) -> Result<(), Fault> {
        let changes = !txn.is_empty();
        txn.commit()?;
        self.committed |= changes;
        Ok(())
    }

    /// The failure as it is for the whole work.
    pub(super) fn told(&self, fault: Fault) -> Fault {
        if self.committed { Fault::Unfinished(Box::new(fault)) } else { fault }
    }
}
