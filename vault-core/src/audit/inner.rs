//! What the log's lock guards: the buffer, the chain, and what went wrong.

use std::io;
use std::sync::Arc;

use super::chain::Checkpoint;
use super::event::{Detail, Event};
use super::line::{self, Place};
use super::log::OnFull;
use super::sink::{AuditSink, Durable, KeptFile, Reserve};
use super::state::{Alarm, AuditState, Degraded};
use crate::keys::AuditKey;
use crate::limits::{AUDIT_LINE_MAX, AUDIT_PENDING_MAX};

pub(super) struct Inner {
    sink: Box<dyn AuditSink>,
    on_full: OnFull,
    /// Shared only with a verification under way.
    key: Option<Arc<AuditKey>>,
    /// After the last line, buffered ones included.
    chain: Checkpoint,
    /// After the last line the sink took.
    written: Checkpoint,
    /// After the last line known to be durable.
    synced: Checkpoint,
    buffer: Vec<u8>,
    /// Events and gap lines in the buffer.
    lines: u64,
    gap_lines: u64,
    /// Lost and not yet said so in a line.
    lost: u64,
    lost_ever: u64,
    /// How often lines were dropped.
    drops: u64,
    /// The next line is the first of a file.
    first: bool,
    /// The last write failed.
    full: Option<io::ErrorKind>,
    sync_failed: bool,
    sync_failures: u64,
    rotation_failed: bool,
    /// Files put aside and not yet made durable.
    unsynced: Vec<Arc<dyn Durable>>,
    alarms: Vec<Alarm>,
}

/// A sync that runs without the lock.
pub(super) struct SyncUnderWay {
    target: Checkpoint,
    pub(super) files: Vec<Arc<dyn Durable>>,
    failures: u64,
}

impl Inner {
    pub(super) fn new(sink: Box<dyn AuditSink>, place: Checkpoint, on_full: OnFull) -> Self {
        Self {
            first: sink.is_empty(),
            sink,
            on_full,
            key: None,
            chain: place,
            written: place,
            synced: Checkpoint::default(),
            buffer: Vec::new(),
            lines: 0,
            gap_lines: 0,
            lost: 0,
            lost_ever: 0,
            drops: 0,
            full: None,
            sync_failed: false,
            sync_failures: 0,
            rotation_failed: false,
            unsynced: Vec::new(),
            alarms: Vec::new(),
        }
    }

    /// The lines a start writes of its own accord.
    pub(super) fn begin(&mut self, now: u64) {
        let torn = self.sink.torn();
        if self.first {
            self.push_own(now, &Event::of("audit.begin", "ok"));
        }
        if torn > 0 {
            self.push_own(now, &Event { detail: Some(Detail::Number(torn)), ..Event::of("audit.torn", "set_aside") });
        }
        let _ = self.write(now);
    }

    pub(super) fn unlock(&mut self, now: u64, key: AuditKey, alarms: &[Alarm]) {
        self.key = Some(Arc::new(key));
        self.push_own(now, &Event::of("audit.unlock", if alarms.is_empty() { "ok" } else { "alarm" }));
        self.alarm_lines(now, alarms);
        let _ = self.write(now);
        if !alarms.is_empty() {
            // What is wrong with this file stays in it: the next opening looks at
            // the new one, and an alarm that was recorded is not raised for ever.
            let _ = self.rotate(now);
        }
    }

    /// Alarms that kept the log from taking the key.
    pub(super) fn alarm_sealed(&mut self, now: u64, alarms: &[Alarm]) {
        self.alarm_lines(now, alarms);
        let _ = self.write(now);
    }

    pub(super) fn lock(&mut self, now: u64) {
        if self.key.is_some() {
            self.push_own(now, &Event::of("audit.lock", "ok"));
            let _ = self.write(now);
            self.key = None;
        }
    }

    /// Buffers a line, after a gap line where one is due.
    pub(super) fn push(&mut self, now: u64, draft: &[u8]) {
        if self.buffer.len() + 2 * AUDIT_LINE_MAX > AUDIT_PENDING_MAX && self.full.is_none() {
            // A very large batch, not a full disk.
            let _ = self.write(now);
        }
        if self.buffer.len() + 2 * AUDIT_LINE_MAX > AUDIT_PENDING_MAX {
            return self.drop_one();
        }
        self.push_gap(now);
        self.push_line(draft, 0);
    }

    fn push_own(&mut self, now: u64, event: &Event<'_>) {
        self.push(now, &draft_of(now, event));
    }

    /// Hands the buffer to the sink; starts a new file when this one is large.
    pub(super) fn write(&mut self, now: u64) -> io::Result<()> {
        self.write_buffer()?;
        if self.lost > 0 {
            self.push_gap(now);
            self.write_buffer()?;
        }
        if self.sink.len() >= self.sink.file_max() && !self.rotation_failed {
            // The lines are written: a new file that could not be started is for the state to tell.
            let _ = self.rotate(now);
        }
        Ok(())
    }

    pub(super) fn rotate(&mut self, now: u64) -> io::Result<()> {
        self.write_buffer()?;
        if self.sink.is_empty() && !self.sync_failed {
            // Nothing to put aside: on a full disk, where a new file stays empty,
            // asking again and again would only push the real ones out.
            return Ok(());
        }
        let old = self.sink.durable();
        if let Err(error) = self.sink.rotate() {
            self.rotation_failed = true;
            return Err(error);
        }
        self.new_file(now, Some(old), &Event::of("audit.rotate", "ok"));
        Ok(())
    }

    pub(super) fn reopen(&mut self, now: u64, outcome: &'static str) -> io::Result<()> {
        // What cannot be written to the old file waits for the new one.
        let _ = self.write_buffer();
        let old = self.sink.durable();
        if self.sink.reopen()? {
            self.new_file(now, Some(old), &Event::of("audit.reopen", outcome));
        }
        Ok(())
    }

    pub(super) fn maintain(&mut self, now: u64) {
        if self.sink.maintain().moved {
            let _ = self.reopen(now, "moved");
        }
        if self.full.is_some() {
            let _ = self.write(now);
        }
        let too_large = self.rotation_failed && self.sink.len() >= self.sink.file_max();
        if too_large || self.sync_failed {
            let _ = self.rotate(now);
        }
    }

    /// What to make durable, and how far that gets. None after a failure.
    pub(super) fn begin_sync(&mut self, now: u64) -> Option<SyncUnderWay> {
        if self.full.is_none() {
            let _ = self.write(now);
        }
        if self.sync_failed {
            return None;
        }
        let mut files = self.unsynced.clone();
        files.push(self.sink.durable());
        Some(SyncUnderWay { target: self.written, files, failures: self.sync_failures })
    }

    /// Everything in `done` is durable. None when another thread's sync failed
    /// meanwhile: this one's success may be the lie that follows a failure.
    pub(super) fn synced(&mut self, done: &SyncUnderWay) -> Option<Checkpoint> {
        if self.sync_failures != done.failures {
            return None;
        }
        // Equal and another place only when numbers have run out, see `since`.
        if done.target.sequence >= self.synced.sequence {
            self.synced = done.target;
        }
        self.unsynced.retain(|file| !done.files.iter().any(|synced| Arc::ptr_eq(file, synced)));
        Some(self.synced)
    }

    /// After a failed sync the kernel may drop the pages and report success the
    /// next time: nothing is believed about this file any more.
    pub(super) fn sync_failed(&mut self) {
        self.sync_failed = true;
        self.sync_failures += 1;
    }

    pub(super) fn state(&self) -> AuditState {
        let mut degraded: Vec<Degraded> = self.full.map(Degraded::CannotWrite).into_iter().collect();
        match self.sink.reserve() {
            Reserve::Released => degraded.push(Degraded::ReserveInUse),
            Reserve::Absent => degraded.push(Degraded::NoReserve),
            Reserve::Whole | Reserve::NotNeeded => {}
        }
        if self.sync_failed {
            degraded.push(Degraded::SyncFailed);
        }
        if self.rotation_failed {
            degraded.push(Degraded::RotationFailed);
        }
        degraded.extend(self.alarms.iter().cloned().map(Degraded::Alarm));
        AuditState {
            degraded,
            keyed: self.key.is_some(),
            sequence: self.chain.sequence,
            synced: self.synced.sequence,
            pending: self.lines,
            lost: self.lost_ever,
            file_bytes: self.sink.len(),
        }
    }

    pub(super) fn writes_allowed(&self) -> bool {
        self.full.is_none() && !self.sync_failed
    }

    pub(super) fn is_full(&self) -> bool {
        self.full.is_some()
    }

    pub(super) fn drops(&self) -> u64 {
        self.drops
    }

    pub(super) fn key(&self) -> Option<Arc<AuditKey>> {
        self.key.clone()
    }

    pub(super) fn checkpoint(&self) -> Checkpoint {
        self.synced
    }

    /// The files, and the place they should end at.
    pub(super) fn snapshot(&self) -> (io::Result<Vec<KeptFile>>, Checkpoint) {
        (self.sink.kept(), self.written)
    }

    pub(super) fn fresh_snapshot(&mut self, now: u64) -> (io::Result<Vec<KeptFile>>, Checkpoint) {
        if self.full.is_none() {
            let _ = self.write(now);
        }
        self.snapshot()
    }

    fn alarm_lines(&mut self, now: u64, alarms: &[Alarm]) {
        for alarm in alarms {
            let detail = Some(Detail::Number(alarm.number()));
            let event = Event { detail, ..Event::of("audit.alarm", alarm.word()) };
            // Lines cut off the end leave a hole in the numbers, to be seen for ever.
            let cut_off = match alarm {
                Alarm::Behind { checkpoint, .. } => checkpoint.saturating_sub(self.chain.sequence),
                _ => 0,
            };
            self.push_line(&draft_of(now, &event), cut_off);
        }
        self.alarms = alarms.to_vec();
    }

    fn new_file(&mut self, now: u64, old: Option<Arc<dyn Durable>>, event: &Event<'_>) {
        self.first = true;
        self.rotation_failed = false;
        if self.sync_failed {
            // The failed file is left out: another sync of it would prove nothing.
            self.sync_failed = false;
            self.unsynced.clear();
            self.push_line(&draft_of(now, event), 0);
            let detail = Some(Detail::Number(self.synced.sequence));
            let failed = Event { detail, ..Event::of("audit.sync_failed", "new_file") };
            self.push_line(&draft_of(now, &failed), 0);
        } else {
            self.unsynced.extend(old);
            self.push_line(&draft_of(now, event), 0);
        }
        let _ = self.write_buffer();
        if self.unsynced.len() > UNSYNCED_MAX {
            // Nobody calls sync: do not collect descriptors for ever.
            let oldest = self.unsynced.remove(0);
            if oldest.sync().is_err() {
                self.sync_failed();
            }
        }
    }

    fn push_gap(&mut self, now: u64) {
        if self.lost > 0 {
            self.push_line(&draft_of(now, &Event::of("audit.gap", "lost")), self.lost);
            self.lost = 0;
            self.gap_lines += 1;
        }
    }

    fn push_line(&mut self, draft: &[u8], lost: u64) {
        let place = Place { lost, first: self.first };
        self.chain = line::append(&mut self.buffer, self.key.as_deref(), &self.chain, draft, &place);
        self.lines += 1;
        self.first = false;
    }

    fn write_buffer(&mut self) -> io::Result<()> {
        if self.buffer.is_empty() {
            return Ok(());
        }
        match self.sink.append(&self.buffer) {
            Ok(()) => {
                self.written = self.chain;
                self.full = None;
                self.empty_buffer();
                Ok(())
            }
            Err(error) => {
                self.full = Some(error.kind());
                if self.on_full == OnFull::Deny {
                    self.drop_buffer();
                }
                Err(error)
            }
        }
    }

    /// The operations of these lines are being refused: the lines would lie.
    /// The chain goes back to what is written; all that was lost is counted.
    fn drop_buffer(&mut self) {
        let numbers = self.chain.sequence - self.written.sequence;
        // A gap line is no event; the losses it told of are in its number.
        let events = numbers.saturating_sub(self.gap_lines);
        let untold = self.lost;
        self.lost_ever += self.lines.saturating_sub(self.gap_lines);
        self.lost = untold.saturating_add(events);
        self.chain = self.written;
        self.first = self.sink.is_empty();
        self.drops += 1;
        self.empty_buffer();
    }

    fn drop_one(&mut self) {
        self.lost += 1;
        self.lost_ever += 1;
        self.drops += 1;
    }

    fn empty_buffer(&mut self) {
        self.buffer.clear();
        // One huge batch must not hold its memory for ever.
        self.buffer.shrink_to(BUFFER_KEPT);
        self.lines = 0;
        self.gap_lines = 0;
    }
}

fn draft_of(now_ms: u64, event: &Event<'_>) -> Vec<u8> {
    let mut draft = Vec::new();
    line::draft(&mut draft, now_ms, event);
    draft
}

const UNSYNCED_MAX: usize = 4;
const BUFFER_KEPT: usize = 64 * 1024;
