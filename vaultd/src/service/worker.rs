//! A thread with a queue of its own: it finishes what was queued, then ends.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::JoinHandle;

use super::shared::Shared;

pub(super) struct Worker<J> {
    queue: Option<Sender<J>>,
    thread: Option<JoinHandle<()>>,
}

impl<J: Send + 'static> Worker<J> {
    /// Starts a thread that works until its queue is closed and empty.
    pub(super) fn start(name: &str, work: impl FnOnce(Receiver<J>) + Send + 'static) -> std::io::Result<Self> {
        let (queue, jobs) = channel();
        let thread = std::thread::Builder::new().name(name.to_owned()).spawn(move || work(jobs))?;
        Ok(Self { queue: Some(queue), thread: Some(thread) })
    }

    /// Queues a job. When the thread is gone the job is dropped, and with it
    /// its answer: the connection closes.
    pub(super) fn push(&self, job: J) {
        if let Some(queue) = &self.queue {
            let _gone = queue.send(job).is_err();
        }
    }

    /// Closes the queue and waits until the last job is done.
    pub(super) fn drain(&mut self) {
        self.queue = None;
        if let Some(thread) = self.thread.take() {
            let _panicked = thread.join().is_err();
        }
    }
}

/// Work of any kind: it answers by itself.
pub(super) type Task = Box<dyn FnOnce(&Shared) + Send>;

/// A thread that does one task after the other.
pub(super) fn start(name: &str, shared: Arc<Shared>) -> std::io::Result<Worker<Task>> {
    Worker::start(name, move |tasks: Receiver<Task>| {
        while let Ok(task) = tasks.recv() {
            task(&shared);
        }
    })
}
