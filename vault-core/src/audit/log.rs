//! The log itself: takes events from many threads, keeps the chain, and goes
//! on as well as it can when the disk does not.

use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::chain::Checkpoint;
use super::drafts::Drafts;
use super::event::Event;
use super::inner::Inner;
use super::lines::{Lines, Piece, last_place};
use super::since;
use super::sink::AuditSink;
use super::state::{AuditState, UnlockReport};
use super::verify::{Report, VerifyError, Walker};
use crate::host::{Clock, Host};
use crate::keys::AuditKey;
use crate::limits::{AUDIT_LINE_MAX, AUDIT_TAIL_MAX};

/// The audit log, shared by every thread.
///
/// The order of an answer: [`draft`](Self::draft) a line for each operation of
/// the batch, [`append`](Self::append) them, then reply.
pub struct AuditLog {
    inner: Mutex<Inner>,
    clock: Arc<dyn Clock>,
    on_full: OnFull,
}

/// What happens when lines cannot be written. Writes to the vault are refused
/// in both, see [`AuditLog::writes_allowed`].
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum OnFull {
    /// Reads go on; up to [`crate::limits::AUDIT_PENDING_MAX`] of lines wait in
    /// memory, what comes after is counted, and a gap line says so later.
    #[default]
    Gap,
    /// Nothing is answered that could not be recorded.
    Deny,
}

/// Where the lines are once they were appended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Flushed {
    /// Given to the system.
    Written,
    /// Kept in memory, or counted as lost: the log cannot be written now (only under [`OnFull::Gap`]).
    Held,
}

/// Under [`OnFull::Deny`]: an operation of this batch is not in the log. Refuse it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the audit log cannot be written, and is configured to refuse what it cannot record: make room on its disk")]
pub struct AuditFull;

/// Why the checkpoint did not move.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SyncError {
    /// The disk did not confirm.
    #[error("the audit log could not be made durable")]
    Io(#[from] io::Error),
    /// It did not confirm earlier. What it says about that file since proves
    /// nothing; a new file is tried by [`AuditLog::maintain`].
    #[error("the audit log could not be made durable earlier; a new file will be tried")]
    FailedBefore,
}

/// Why the log did not take the key.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum UnlockError {
    /// Alarms, under [`OnFull::Deny`]: whoever wants no operation unrecorded
    /// wants no record missing either.
    #[error("the audit log is not what the vault remembers, and is configured to refuse service then")]
    Alarmed(UnlockReport),
}

impl AuditLog {
    /// Continues the chain where the sink ends. The vault is sealed then:
    /// lines are plain until [`AuditLog::unlock`].
    pub fn open(sink: impl AuditSink + 'static, on_full: OnFull, host: &Host) -> io::Result<Self> {
        let mut place = Checkpoint::default();
        for file in sink.kept()?.iter().rev() {
            if let Some(last) = last_place(file)? {
                place = last;
                break;
            }
        }
        let log = Self {
            inner: Mutex::new(Inner::new(Box::new(sink), place, on_full)),
            clock: Arc::clone(&host.clock),
            on_full,
        };
        log.lock_inner().begin(log.clock.now_ms());
        Ok(log)
    }

    /// Takes the key: checks the file from what the vault remembers on, records
    /// every alarm, and covers all plain lines so far with `audit.unlock`.
    pub fn unlock(&self, key: AuditKey, checkpoint: Option<Checkpoint>) -> Result<UnlockReport, UnlockError> {
        let now = self.clock.now_ms();
        let mut inner = self.lock_inner();
        // Failure shows in the state; what is in the file is checked all the same.
        let _ = inner.write(now);
        let (kept, end) = inner.snapshot();
        let report = since::check(&key, kept, checkpoint, end);
        if self.on_full == OnFull::Deny && !report.alarms.is_empty() {
            inner.alarm_sealed(now, &report.alarms);
            return Err(UnlockError::Alarmed(report));
        }
        inner.unlock(now, key, &report.alarms);
        Ok(report)
    }

    /// Drops the key, after a last keyed line. The vault commits the
    /// [`checkpoint`](Self::checkpoint) of a [`sync`](Self::sync) before.
    pub fn lock(&self) -> Result<Checkpoint, SyncError> {
        self.lock_inner().lock(self.clock.now_ms());
        self.sync()
    }

    /// Writes out what happened just now. No lock is held and nothing is in the
    /// log yet: see [`append`](Self::append).
    pub fn draft(&self, drafts: &mut Drafts, event: &Event<'_>) {
        drafts.add(self.clock.now_ms(), event);
    }

    /// Gives the drafts their place in the chain, next to each other, and writes
    /// them with one write. On an error none of them counts as recorded.
    pub fn append(&self, drafts: &mut Drafts) -> Result<Flushed, AuditFull> {
        if drafts.is_empty() {
            return Ok(Flushed::Written);
        }
        let now = self.clock.now_ms();
        let mut inner = self.lock_inner();
        let drops = inner.drops();
        drafts.iter().for_each(|draft| inner.push(now, draft));
        drafts.clear();
        match self.on_full {
            // A full disk is not asked again by each batch: `maintain` does, each second.
            OnFull::Gap if inner.is_full() => Ok(Flushed::Held),
            OnFull::Gap => Ok(inner.write(now).map_or(Flushed::Held, |()| Flushed::Written)),
            OnFull::Deny => {
                let written = inner.write(now);
                // Of a large batch, a part may have gone before.
                if written.is_err() || inner.drops() != drops { Err(AuditFull) } else { Ok(Flushed::Written) }
            }
        }
    }

    /// Records one event by itself.
    pub fn record(&self, event: &Event<'_>) -> Result<Flushed, AuditFull> {
        let mut drafts = Drafts::default();
        self.draft(&mut drafts, event);
        self.append(&mut drafts)
    }

    /// Makes everything written durable and moves the checkpoint. The log is
    /// not held while the disk works: no reader waits for it.
    pub fn sync(&self) -> Result<Checkpoint, SyncError> {
        let under_way = self.lock_inner().begin_sync(self.clock.now_ms()).ok_or(SyncError::FailedBefore)?;
        for file in &under_way.files {
            if let Err(error) = file.sync() {
                self.lock_inner().sync_failed();
                return Err(error.into());
            }
        }
        self.lock_inner().synced(&under_way).ok_or(SyncError::FailedBefore)
    }

    /// The last line known to be on the disk: what the vault remembers.
    pub fn checkpoint(&self) -> Checkpoint {
        self.lock_inner().checkpoint()
    }

    /// May the vault change anything? Not while that could not be recorded.
    pub fn writes_allowed(&self) -> bool {
        self.lock_inner().writes_allowed()
    }

    /// How the log is doing.
    pub fn state(&self) -> AuditState {
        self.lock_inner().state()
    }

    /// Once a second: sets disk space aside again, retries what failed, notices
    /// that the file was moved away.
    pub fn maintain(&self) {
        self.lock_inner().maintain(self.clock.now_ms());
    }

    /// Starts a new file; the chain goes on in it.
    pub fn rotate(&self) -> io::Result<()> {
        self.lock_inner().rotate(self.clock.now_ms())
    }

    /// Opens the file anew by its name (HUP), for those who move it themselves.
    pub fn reopen(&self) -> io::Result<()> {
        self.lock_inner().reopen(self.clock.now_ms(), "ok")
    }

    /// The last `count` lines (at most [`AUDIT_TAIL_MAX`]), oldest first, as
    /// they are in the files.
    pub fn tail(&self, count: usize) -> io::Result<Vec<String>> {
        let count = count.min(AUDIT_TAIL_MAX);
        let kept = self.lock_inner().fresh_snapshot(self.clock.now_ms()).0?;
        let mut found: Vec<String> = Vec::new();
        for file in kept.iter().rev() {
            let missing = count - found.len();
            if missing == 0 {
                break;
            }
            let start = file.len.saturating_sub((missing * AUDIT_LINE_MAX) as u64);
            let mut lines = Lines::starting_at(file, start);
            let mut here = Vec::new();
            loop {
                match lines.next()? {
                    Piece::Line => here.push(String::from_utf8_lossy(lines.line()).into_owned()),
                    Piece::TooLong => {}
                    Piece::Torn(_) | Piece::End => break,
                }
            }
            // The first piece may be the end of a line that began earlier.
            let surplus = here.len().saturating_sub(missing);
            here.drain(..surplus);
            here.append(&mut found);
            found = here;
        }
        Ok(found)
    }

    /// Verifies every kept file, oldest first. Reads beside the running log,
    /// which goes on meanwhile; the key lives as long as this takes.
    pub fn verify(&self) -> Result<Report, VerifyError> {
        let (key, kept, end) = {
            let mut inner = self.lock_inner();
            let key = inner.key().ok_or(VerifyError::Sealed)?;
            let (kept, end) = inner.fresh_snapshot(self.clock.now_ms());
            (key, kept?, end)
        };
        let mut walker = Walker::new(&key, None);
        for (index, file) in kept.iter().enumerate() {
            walker.file(index, file)?;
        }
        Ok(walker.finish(end))
    }

    fn lock_inner(&self) -> MutexGuard<'_, Inner> {
        // A thread that panicked here must not stop the record of all others;
        // should it have left the chain wrong, verification shows it.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
