//! The disk is full.

use super::*;
use crate::limits::AUDIT_PENDING_MAX;

fn try_read(log: &AuditLog) -> Result<Flushed, AuditFull> {
    log.record(&Event::of("get", "ok"))
}

#[test]
fn gap_keeps_serving_and_loses_nothing_when_it_is_short() {
    let sink = MemorySink::new();
    let log = open_unlocked(&sink, OnFull::Gap);
    sink.set_room(Some(0));
    for _ in 0..5 {
        assert_eq!(try_read(&log), Ok(Flushed::Held));
    }
    assert!(!log.writes_allowed());
    let state = log.state();
    assert_eq!((state.pending, state.lost), (5, 0));
    assert_eq!(state.degraded, [Degraded::CannotWrite(std::io::ErrorKind::StorageFull)]);
    log.maintain();
    assert!(!log.writes_allowed());
    sink.set_room(None);
    log.maintain();
    assert!(log.writes_allowed() && log.state().degraded.is_empty());
    let report = log.verify().unwrap();
    assert!(report.holds(), "{report:?}");
    assert_eq!((report.last, report.lost), (7, 0));
}

#[test]
fn gap_counts_what_no_longer_fits_in_memory_and_says_so() {
    let sink = MemorySink::new();
    let log = open_unlocked(&sink, OnFull::Gap);
    sink.set_room(Some(0));
    let total = 12_000;
    for _ in 0..total {
        assert_eq!(try_read(&log), Ok(Flushed::Held));
    }
    let state = log.state();
    assert!(state.lost > 0 && state.pending * 150 < AUDIT_PENDING_MAX as u64, "{state:?}");
    assert_eq!(state.pending + state.lost, total);
    sink.set_room(None);
    log.maintain();
    assert_eq!(try_read(&log), Ok(Flushed::Written));
    let report = log.verify().unwrap();
    assert!(report.holds(), "{report:?}");
    assert_eq!(report.lost, state.lost);
    // Numbers count the lost ones too: begin, unlock, all of these, the gap line, the last one.
    assert_eq!(report.last, 2 + total + 1 + 1);
    let gap = text(&sink).lines().find(|line| line.contains("audit.gap")).map(|line| member(line, "lost"));
    assert_eq!(gap, Some(state.lost.to_string()));
}

#[test]
fn deny_refuses_what_it_cannot_record() {
    let sink = MemorySink::new();
    let log = open_unlocked(&sink, OnFull::Deny);
    assert_eq!(try_read(&log), Ok(Flushed::Written));
    sink.set_room(Some(0));
    for _ in 0..3 {
        assert_eq!(try_read(&log), Err(AuditFull));
    }
    assert!(!log.writes_allowed());
    assert_eq!((log.state().pending, log.state().lost), (0, 3));
    sink.set_room(None);
    assert_eq!(try_read(&log), Ok(Flushed::Written));
    assert!(log.writes_allowed());
    // No line tells of an operation that was refused; the gap line tells how many.
    assert_eq!(ops(&sink), ["audit.begin", "audit.unlock", "get", "audit.gap", "get"]);
    let report = log.verify().unwrap();
    assert!(report.holds(), "{report:?}");
    assert_eq!(report.gaps, [Gap { after: 3, lost: 3 }]);
}

#[test]
fn deny_recovers_by_maintenance_alone() {
    let sink = MemorySink::new();
    let log = open_unlocked(&sink, OnFull::Deny);
    sink.set_room(Some(10));
    assert_eq!(try_read(&log), Err(AuditFull));
    log.maintain();
    assert!(!log.writes_allowed());
    sink.set_room(None);
    log.maintain();
    assert!(log.writes_allowed());
    assert_eq!(log.verify().unwrap().lost, 1);
}

/// What is still a draft is nobody else's to lose.
#[test]
fn a_failure_of_one_batch_is_not_that_of_another() {
    let sink = MemorySink::new();
    let log = open_unlocked(&sink, OnFull::Deny);
    let mut mine = Drafts::default();
    log.draft(&mut mine, &Event::of("list", "ok"));
    sink.set_room(Some(0));
    assert_eq!(try_read(&log), Err(AuditFull));
    sink.set_room(None);
    assert_eq!(log.append(&mut mine), Ok(Flushed::Written));
    assert!(mine.is_empty());
    assert_eq!(ops(&sink), ["audit.begin", "audit.unlock", "audit.gap", "list"]);
    let report = log.verify().unwrap();
    assert!(report.holds() && report.lost == 1, "{report:?}");
}

/// A batch that is longer than the log holds in memory is written in parts. If
/// one of them is lost, all of it counts as unrecorded.
#[test]
fn deny_refuses_a_batch_of_which_a_part_was_dropped() {
    let sink = MemorySink::new();
    let log = open_unlocked(&sink, OnFull::Deny);
    let mut drafts = Drafts::default();
    for _ in 0..AUDIT_PENDING_MAX / 100 {
        log.draft(&mut drafts, &Event::of("get", "ok"));
    }
    // The first part, as much as is held in memory, does not fit; the rest of some 180 bytes a line does.
    sink.set_room(Some(AUDIT_PENDING_MAX as u64 * 9 / 10));
    assert_eq!(log.append(&mut drafts), Err(AuditFull));
    assert_eq!(try_read(&log), Ok(Flushed::Written));
    assert!(log.verify().unwrap().holds());
}

#[test]
fn a_first_line_that_did_not_fit_is_still_a_first_line_later() {
    for on_full in [OnFull::Gap, OnFull::Deny] {
        let sink = MemorySink::new();
        sink.set_room(Some(0));
        let log = AuditLog::open(sink.clone(), on_full, &host()).unwrap();
        assert_eq!(sink.contents(), b"");
        sink.set_room(None);
        log.maintain();
        log.unlock(key(), None).unwrap();
        let report = log.verify().unwrap();
        assert!(report.holds(), "{on_full:?} {report:?}");
        assert!(text(&sink).lines().next().unwrap().contains("\"prev\":\"000"));
    }
}

/// Room for every number of bytes: the log comes through, whole.
#[test]
fn full_at_every_byte() {
    for on_full in [OnFull::Gap, OnFull::Deny] {
        for room in 0..1_200 {
            let sink = MemorySink::new();
            let log = open_unlocked(&sink, on_full);
            sink.set_room(Some(room));
            let answered = (0..4).filter(|_| try_read(&log) == Ok(Flushed::Written)).count();
            sink.set_room(None);
            log.maintain();
            assert_eq!(try_read(&log), Ok(Flushed::Written));
            let report = log.verify().unwrap();
            assert!(report.holds(), "{room} {report:?}");
            let there = ops(&sink).iter().filter(|op| *op == "get").count();
            let expected = if on_full == OnFull::Deny { answered } else { 4 };
            assert_eq!(there, expected + 1, "{on_full:?} {room}");
        }
    }
}
