//! Group commit: one thread takes what has gathered, commits it together, and
//! answers when it is durable. Under load a commit carries many requests; alone
//! a request waits for nobody.

use std::sync::Arc;
use std::sync::mpsc::Receiver;

use vault_core::access::{AuditBatch, Caller, Write, WriteRequest, Written};
use vault_core::store::Erasure;
use vault_proto::latest::{Reply, VaultReply, WireError};

use super::map;
use super::shared::{Shared, State};
use super::waiter::Waiter;
use super::worker::Worker;

/// A write on its way, and who waits for it.
pub(super) struct Job {
    pub(super) request: WriteRequest<Arc<Caller>>,
    pub(super) waiter: Waiter,
}

/// Starts the thread.
pub(super) fn start(shared: Arc<Shared>) -> std::io::Result<Worker<Job>> {
    Worker::start("writer", move |jobs| run(&shared, &jobs))
}

fn run(shared: &Shared, jobs: &Receiver<Job>) {
    while let Ok(first) = jobs.recv() {
        let mut batch = vec![first];
        batch.extend(jobs.try_iter().take(BATCH_MAX - 1));
        commit(shared, batch);
    }
}

fn commit(shared: &Shared, jobs: Vec<Job>) {
    let (requests, waiters): (Vec<_>, Vec<_>) = jobs.into_iter().map(|job| (job.request, job.waiter)).unzip();
    let audit_batch = AuditBatch::new();
    let (results, stamp): (Vec<Result<Reply, WireError>>, _) = match shared.read().as_deref() {
        Ok(State::Open(vault)) => {
            let results = vault.apply(&requests, &audit_batch);
            let told = |(request, result): (&WriteRequest<_>, Result<Written, _>)| match result {
                Ok(written) => reply(request.write(), written),
                Err(refusal) => Err(map::about(refusal, request.app(), request.name())),
            };
            let results = requests.iter().zip(results).map(told).collect();
            (results, vault.stamp().ok().map(map::stamp))
        }
        _ => (requests.iter().map(|_| Err(WireError::Sealed {})).collect(), None),
    };
    if audit_batch.flush(&shared.audit).is_err() {
        // Done but not recorded, and configured to withhold then: the dropped
        // answers close their connections, which clients take as indeterminate.
        return;
    }
    for ((request, result), waiter) in requests.iter().zip(results).zip(waiters) {
        let _nobody_waits = waiter.answer(request.id(), result, || stamp);
    }
}

fn reply(write: &Write, written: Written) -> Result<Reply, WireError> {
    // Calls of version 2 have replies of their own.
    match (write, written) {
        (Write::Promote { .. }, Written::Set { version }) => return Ok(Reply::Promoted { version }),
        (Write::Reject { .. }, Written::Deleted { was_set: true, .. }) => return Ok(Reply::Vault(VaultReply::Done {})),
        (Write::Reject { .. }, _) => return Err(WireError::Missing { expired: false }),
        _ => {}
    }
    Ok(Reply::Vault(match written {
        Written::Set { version } => VaultReply::Set { version },
        Written::Deleted { was_set, erasure } => {
            VaultReply::Deleted { was_set, erasure_pending: erasure == Erasure::Pending }
        }
        Written::Undeleted { version } => VaultReply::Undeleted { version },
    }))
}

/// More would not fit one commit: three rows each, a hundred at most.
const BATCH_MAX: usize = 32;
