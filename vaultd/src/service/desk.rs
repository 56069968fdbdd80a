//! The operators' desk: one thread for work that waits for a disk, for Argon2,
//! or for the whole vault. One at a time, so there is never more than one key
//! derivation.

use std::sync::Arc;
use std::sync::mpsc::Receiver;

use vault_core::access::Caller;
use vault_proto::Codec;
use vault_proto::latest::{Reply, WireError};
use vault_proto::v1;

use super::operate::Operator;
use super::shared::Shared;
use super::waiter::Waiter;
use super::worker::Worker;

/// An operator's request, permitted already, and who waits for it.
pub(super) struct Job {
    pub(super) caller: Arc<Caller>,
    pub(super) connection: u64,
    pub(super) request: v1::Request,
    /// What it was asked in: how much of a copy fits an answer depends on it.
    pub(super) codec: Codec,
    pub(super) waiter: Waiter,
}

/// Starts the thread.
pub(super) fn start(shared: Arc<Shared>) -> std::io::Result<Worker<Job>> {
    Worker::start("operators", move |jobs| run(&shared, &jobs))
}

fn run(shared: &Shared, jobs: &Receiver<Job>) {
    let mut operator = Operator::new();
    while let Ok(Job { caller, connection, request, codec, waiter }) = jobs.recv() {
        let id = request.id;
        let result = operator.run(shared, &caller, connection, codec, request).map(Reply::Vault);
        let result = match (shared.flush_now(), result) {
            (Ok(()), result) | (Err(_), result @ Err(_)) => result,
            // Done, perhaps, but not recorded, and configured not to say so then.
            (Err(_), Ok(_)) => Err(WireError::Indeterminate {}),
        };
        if !waiter.answer(id, result, || shared.stamp()) {
            // The connection went while we worked: so does a copy made for it.
            shared.backups().closed(connection);
        }
    }
}
