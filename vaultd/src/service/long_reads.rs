//! Work that may take long, on threads of its own.

use std::sync::Arc;
use std::sync::mpsc::Receiver;

use vault_proto::latest::WireError;

use super::dispatch::LongRead;
use super::shared::Shared;
use super::waiter::Waiter;
use super::worker::{Task, Worker};

/// A read, and who waits for it.
pub(super) struct Job {
    pub(super) id: u64,
    pub(super) read: LongRead,
    pub(super) waiter: Waiter,
}

impl Job {
    /// Reads, records, answers.
    fn run(self, shared: &Shared) {
        let Self { id, read, waiter } = self;
        let result = read(shared);
        let result = match shared.flush_now() {
            Ok(()) => result,
            Err(_) => Err(WireError::ReadOnly { reason: "audit full".to_owned() }),
        };
        let _nobody_waits = waiter.answer(id, result, || shared.stamp());
    }
}

/// The same as a task of another thread.
impl From<Job> for Task {
    fn from(job: Job) -> Self {
        Box::new(move |shared| job.run(shared))
    }
}

/// Starts the thread.
pub(super) fn start(name: &str, shared: Arc<Shared>) -> std::io::Result<Worker<Job>> {
    Worker::start(name, move |jobs| run(&shared, &jobs))
}

fn run(shared: &Shared, jobs: &Receiver<Job>) {
    while let Ok(job) = jobs.recv() {
        job.run(shared);
    }
}
