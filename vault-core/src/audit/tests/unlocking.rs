//! The file against what the vault remembers.

use super::*;

/// A sealed log with `lines` reads, its checkpoint in the middle.
fn sealed(before: u64, after: u64) -> (MemorySink, Checkpoint) {
    let sink = MemorySink::new();
    let log = open_unlocked(&sink, OnFull::Gap);
    reads(&log, before);
    let checkpoint = log.sync().unwrap();
    reads(&log, after);
    (sink, checkpoint)
}

fn alarms(sink: &MemorySink, checkpoint: Checkpoint) -> (AuditLog, Vec<Alarm>) {
    let log = open(sink);
    let report = log.unlock(key(), Some(checkpoint)).unwrap();
    (log, report.alarms)
}

fn cut_lines(sink: &MemorySink, keep: usize) {
    sink.edit(|files| {
        let kept: Vec<u8> = files[0].split_inclusive(|&b| b == b'\n').take(keep).flatten().copied().collect();
        files[0] = kept;
    });
}

#[test]
fn an_untouched_file_raises_nothing() {
    for (before, after) in [(0, 0), (3, 0), (3, 3), (0, 3)] {
        let (sink, checkpoint) = sealed(before, after);
        let (log, alarms) = alarms(&sink, checkpoint);
        assert_eq!((alarms, log.state().degraded), (vec![], vec![]));
        assert!(log.verify().unwrap().holds());
    }
}

#[test]
fn a_file_behind_its_checkpoint_alarms_and_serves() {
    let (sink, checkpoint) = sealed(5, 0);
    cut_lines(&sink, 4);
    let (log, alarms) = alarms(&sink, checkpoint);
    assert_eq!(alarms[0], Alarm::Behind { checkpoint: 7, file: 4 });
    assert_eq!(log.state().degraded[0], Degraded::Alarm(alarms[0].clone()));
    assert!(log.writes_allowed());
    reads(&log, 1);
    // The hole stays visible for ever, and nothing else is wrong with the file.
    let report = log.verify().unwrap();
    assert!(report.holds(), "{report:?}");
    assert_eq!(report.gaps, [Gap { after: 5, lost: 2 }]);
    assert!(ops(&sink).contains(&"audit.alarm".to_owned()));
    let checkpoint = log.sync().unwrap();
    drop(log);
    let (_, alarms) = self::alarms(&sink, checkpoint);
    assert_eq!(alarms, []);
}

#[test]
fn a_deleted_file_alarms() {
    let (sink, checkpoint) = sealed(2, 0);
    sink.edit(Vec::clear);
    let (_, alarms) = alarms(&sink, checkpoint);
    assert_eq!(alarms[0], Alarm::Behind { checkpoint: 4, file: 1 });
}

#[test]
fn a_file_made_longer_again_without_the_key_alarms() {
    let (sink, checkpoint) = sealed(3, 0);
    cut_lines(&sink, 3);
    let forged = open(&sink);
    for _ in 0..4 {
        assert_eq!(forged.record(&Event::of("status", "ok")), Ok(Flushed::Written));
    }
    drop(forged);
    let (_, alarms) = alarms(&sink, checkpoint);
    assert_eq!(alarms, [Alarm::Forked { sequence: 5 }]);
}

#[test]
fn a_change_after_the_checkpoint_alarms() {
    let (sink, checkpoint) = sealed(2, 3);
    sink.edit(|files| {
        let at = files[0].len() - 200;
        files[0][at] ^= 1;
    });
    let (_, alarms) = alarms(&sink, checkpoint);
    assert!(matches!(alarms[..], [Alarm::Broken { count: 1.., .. }]), "{alarms:?}");
}

#[test]
fn a_change_of_the_checkpoint_line_alarms() {
    let (sink, checkpoint) = sealed(2, 3);
    sink.edit(|files| {
        let line = files[0].split_inclusive(|&b| b == b'\n').take(3).map(<[u8]>::len).sum::<usize>();
        files[0][line + 20] ^= 1;
    });
    let (_, alarms) = alarms(&sink, checkpoint);
    assert!(!alarms.is_empty());
}

#[test]
fn the_checkpoint_is_found_in_an_older_file() {
    let sink = MemorySink::new();
    let log = open_unlocked(&sink, OnFull::Gap);
    reads(&log, 2);
    let checkpoint = log.sync().unwrap();
    reads(&log, 2);
    log.rotate().unwrap();
    reads(&log, 2);
    log.rotate().unwrap();
    drop(log);
    let log = open(&sink);
    let report = log.unlock(key(), Some(checkpoint)).unwrap();
    assert_eq!((report.alarms, report.verified), (vec![], 7));
    drop(log);

    sink.edit(|files| drop(files.drain(..2)));
    let (_, alarms) = alarms(&sink, checkpoint);
    assert_eq!(alarms, [Alarm::Gone { checkpoint: 4, oldest: 10 }]);
}

#[test]
fn deny_refuses_the_key_and_says_so_in_a_line() {
    let (sink, checkpoint) = sealed(3, 0);
    cut_lines(&sink, 2);
    let log = AuditLog::open(sink.clone(), OnFull::Deny, &host()).unwrap();
    let Err(UnlockError::Alarmed(report)) = log.unlock(key(), Some(checkpoint)) else { panic!("took the key") };
    assert!(matches!(report.alarms[0], Alarm::Behind { .. }));
    assert!(!log.state().keyed);
    assert_eq!(ops(&sink).last().map(String::as_str), Some("audit.alarm"));
}

#[test]
fn the_checkpoint_moves_only_with_a_sync() {
    let sink = MemorySink::new();
    let log = open_unlocked(&sink, OnFull::Gap);
    assert_eq!(log.checkpoint(), Checkpoint::default());
    reads(&log, 2);
    assert_eq!(log.checkpoint(), Checkpoint::default());
    let checkpoint = log.sync().unwrap();
    assert_eq!((checkpoint.sequence, log.checkpoint()), (4, checkpoint));
}

#[test]
fn after_a_failed_sync_only_a_new_file_is_believed() {
    let sink = MemorySink::new();
    let log = open_unlocked(&sink, OnFull::Gap);
    reads(&log, 1);
    sink.fail_sync(true);
    assert!(matches!(log.sync(), Err(SyncError::Io(_))));
    assert!(!log.writes_allowed());
    assert_eq!(log.state().degraded, [Degraded::SyncFailed]);
    sink.fail_sync(false);
    assert!(matches!(log.sync(), Err(SyncError::FailedBefore)));
    log.maintain();
    assert!(log.writes_allowed());
    assert_eq!(log.sync().unwrap().sequence, log.state().sequence);
    assert_eq!(ops(&sink)[3..], ["audit.rotate", "audit.sync_failed"]);
    assert!(log.verify().unwrap().holds());
}

/// The way out of `deny`: start once with gaps, which records the alarm.
#[test]
fn an_alarm_that_was_recorded_is_not_raised_for_ever() {
    // Lower than what follows, higher, and the highest, from which no number goes on.
    for sequence in ["1", "9000", "18446744073709551614", "18446744073709551615"] {
        // Where the log goes on from, and before lines with lower numbers.
        for line in [7, 5] {
            let (sink, checkpoint) = sealed(3, 3);
            sink.edit(|files| {
                let text = String::from_utf8(files[0].clone()).unwrap();
                let at = text.match_indices("{\"seq\":").nth(line).unwrap().0 + 7;
                let end = at + text[at..].find(',').unwrap();
                files[0].splice(at..end, sequence.bytes());
            });
            let log = open(&sink);
            assert!(!log.unlock(key(), Some(checkpoint)).unwrap().alarms.is_empty());
            reads(&log, 3);
            log.sync().unwrap();
            reads(&log, 3);
            let checkpoint = log.sync().unwrap();
            reads(&log, 1);
            drop(log);
            let log = AuditLog::open(sink.clone(), OnFull::Deny, &host()).unwrap();
            assert_eq!(log.unlock(key(), Some(checkpoint)).unwrap().alarms, [], "{sequence}");
            drop(log);
            // And what is wrong from there on is still noticed.
            sink.edit(|files| {
                let last = files.last_mut().unwrap();
                let at = last.windows(checkpoint.head.len() * 2).position(|w| w == hex(&checkpoint.head)).unwrap();
                last[at] ^= 1;
            });
            let log = AuditLog::open(sink.clone(), OnFull::Deny, &host()).unwrap();
            assert!(log.unlock(key(), Some(checkpoint)).is_err(), "{sequence}");
        }
    }
}

fn hex(bytes: &[u8]) -> Vec<u8> {
    bytes.iter().flat_map(|byte| format!("{byte:02x}").into_bytes()).collect()
}

/// Says of each read where it was.
struct Watched(Box<dyn ReadAt>, Arc<std::sync::Mutex<Vec<u64>>>);

impl ReadAt for Watched {
    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> std::io::Result<usize> {
        self.1.lock().unwrap().push(offset);
        self.0.read_at(offset, buffer)
    }
}

/// A log much longer than what is read at a time: where reads went, and the report.
fn check_watched(sink: &MemorySink, checkpoint: Checkpoint) -> (Vec<u64>, UnlockReport) {
    let log = open(sink);
    let end = Checkpoint { sequence: log.state().sequence, head: last_head(sink) };
    let reads = Arc::default();
    let watch = |file: KeptFile| KeptFile { reader: Box::new(Watched(file.reader, Arc::clone(&reads))), len: file.len };
    let kept = AuditSink::kept(sink).map(|kept| kept.into_iter().map(watch).collect());
    let report = since::check(&key(), kept, Some(checkpoint), end);
    let reads = reads.lock().unwrap().clone();
    (reads, report)
}

fn last_head(sink: &MemorySink) -> [u8; 32] {
    let text = text(sink);
    let line = text.lines().last().unwrap();
    let (_, link) = line.rsplit_once(":\"").unwrap();
    std::array::from_fn(|n| u8::from_str_radix(&link[2 * n..2 * n + 2], 16).unwrap())
}

#[test]
fn a_start_reads_the_end_of_a_long_log_only() {
    for after in [0, 3, 600] {
        let (sink, checkpoint) = sealed(3_000, after);
        let len = sink.contents().len() as u64;
        let (reads, report) = check_watched(&sink, checkpoint);
        // Beside its first lines, which say where it begins.
        let before_the_end = reads.iter().filter(|offset| (1..len / 2).contains(*offset)).count();
        assert_eq!((report.alarms, before_the_end), (vec![], 0), "{after}");
        assert_eq!(report.verified, after + 1, "from the remembered line on");
    }
}

#[test]
fn an_alarm_of_a_long_log_names_the_line_in_the_file() {
    let (sink, checkpoint) = sealed(3_000, 10);
    let line = text(&sink).lines().count() - 3;
    sink.edit(|files| {
        let mut lines: Vec<Vec<u8>> = files[0].split_inclusive(|&b| b == b'\n').map(<[u8]>::to_vec).collect();
        let at = lines[line - 1].windows(6).position(|word| word == b"\"uid\":").unwrap();
        lines[line - 1][at + 6] = b'2';
        files[0] = lines.concat();
    });
    let (_, report) = check_watched(&sink, checkpoint);
    let [Alarm::Broken { count: 1, first }] = report.alarms[..] else { panic!("{:?}", report.alarms) };
    assert_eq!((first.file, first.line), (0, line as u64));
}
