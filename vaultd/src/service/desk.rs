//! The operators' desk: one thread for work that waits for a disk, for Argon2,
//! or for the whole vault. One at a time, so there is never more than one key
//! derivation.

use std::sync::Arc;
use std::sync::mpsc::Receiver;

use vault_core::access::Caller;
use vault_proto::Dialect;
use vault_proto::latest::{Reply, Response, WireError};
use vault_proto::v1;

use super::operate::Operator;
use super::shared::{Shared, State, encode};
use super::worker::Worker;
use super::{Answer, map};

/// An operator's request, permitted already, and where its answer goes.
pub(super) struct Job {
    pub(super) caller: Arc<Caller>,
    pub(super) connection: u64,
    pub(super) request: v1::Request,
    pub(super) dialect: Dialect,
    pub(super) answer: Answer,
}

/// Starts the thread.
pub(super) fn start(shared: Arc<Shared>) -> std::io::Result<Worker<Job>> {
    Worker::start("operators", move |jobs| run(&shared, &jobs))
}

fn run(shared: &Shared, jobs: &Receiver<Job>) {
    let mut operator = Operator::new();
    while let Ok(Job { caller, connection, request, dialect, answer }) = jobs.recv() {
        let id = request.id;
        let result = operator.run(shared, &caller, connection, dialect.codec, request).map(Reply::Vault);
        let result = match (shared.flush(), result) {
            (Ok(()), result) | (Err(_), result @ Err(_)) => result,
            // Done, perhaps, but not recorded, and configured not to say so then.
            (Err(_), Ok(_)) => Err(WireError::Indeterminate {}),
        };
        let stamp = match shared.read().as_deref() {
            Ok(State::Open(vault)) => vault.stamp().ok().map(map::stamp),
            _ => None,
        };
        let mut frame = Vec::new();
        encode(dialect, Response { id, stamp, result }, &mut frame);
        if !answer.send(frame) {
            // The connection went while we worked: so does a copy made for it.
            shared.backups().closed(connection);
        }
    }
}
