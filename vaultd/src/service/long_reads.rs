//! Work that may take long, on threads of its own.

use std::sync::Arc;
use std::sync::mpsc::Receiver;

use vault_proto::Dialect;
use vault_proto::latest::WireError;

use super::Answer;
use super::dispatch::LongRead;
use super::shared::Shared;
use super::worker::{Task, Worker};

/// A read, and where its answer goes.
pub(super) struct Job {
    pub(super) id: u64,
    pub(super) read: LongRead,
    pub(super) dialect: Dialect,
    pub(super) answer: Answer,
}

impl Job {
    /// Reads, records, answers.
    fn run(self, shared: &Shared) {
        let Self { id, read, dialect, answer } = self;
        let result = read(shared);
        let result = match shared.flush() {
            Ok(()) => result,
            Err(_) => Err(WireError::ReadOnly { reason: "audit full".to_owned() }),
        };
        let mut frame = Vec::new();
        shared.answer(dialect, id, result, &mut frame);
        let _nobody_waits = answer.send(frame);
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
