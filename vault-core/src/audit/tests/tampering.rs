//! Somebody writes the file behind the log's back.

use super::*;

/// A log of two files, 4 + 4 lines, and its lines.
fn log() -> (MemorySink, AuditLog) {
    let sink = MemorySink::new();
    let log = open_unlocked(&sink, OnFull::Gap);
    reads(&log, 2);
    log.rotate().unwrap();
    reads(&log, 3);
    assert!(log.verify().unwrap().holds());
    (sink, log)
}

/// Changes the lines of the second file; verification must say `expected`, in order.
fn second_file(change: impl FnOnce(&mut Vec<Vec<u8>>), expected: &[ProblemKind]) {
    let (sink, log) = log();
    sink.edit(|files| {
        let mut lines: Vec<Vec<u8>> = files[1].split_inclusive(|&b| b == b'\n').map(<[u8]>::to_vec).collect();
        change(&mut lines);
        files[1] = lines.concat();
    });
    let found: Vec<ProblemKind> = log.verify().unwrap().problems.iter().map(|problem| problem.kind).collect();
    assert_eq!(found, expected);
}

fn replace(line: &mut Vec<u8>, from: &str, to: &str) {
    let changed = String::from_utf8(line.clone()).unwrap().replace(from, to);
    assert_ne!(changed.as_bytes(), line);
    *line = changed.into_bytes();
}

#[test]
fn an_edited_line_is_found_and_only_it() {
    second_file(|lines| replace(&mut lines[2], "uid:1000", "uid:1001"), &[ProblemKind::NotInChain { sequence: 7 }]);
}

#[test]
fn a_removed_line_is_found() {
    second_file(|lines| drop(lines.remove(2)), &[ProblemKind::NotInChain { sequence: 8 }]);
}

#[test]
fn a_removed_last_line_is_found_by_the_running_log() {
    second_file(|lines| drop(lines.pop()), &[ProblemKind::WrongEnd { file: 7, log: 8 }]);
}

#[test]
fn swapped_lines_are_found() {
    let moved = |sequence| ProblemKind::NotInChain { sequence };
    second_file(|lines| lines.swap(1, 2), &[moved(7), moved(6), moved(8)]);
}

#[test]
fn a_doubled_line_is_found() {
    second_file(|lines| lines.insert(2, lines[1].clone()), &[ProblemKind::NotInChain { sequence: 6 }]);
}

#[test]
fn appended_lines_are_found() {
    second_file(|lines| lines.push(b"{\"seq\":9}\n".to_vec()), &[ProblemKind::NotALine]);
    let copy = |lines: &mut Vec<Vec<u8>>| lines.push(lines[3].clone());
    second_file(copy, &[ProblemKind::NotInChain { sequence: 8 }]);
}

/// A plain line needs no key to make: one at the end must still be noticed.
#[test]
fn a_plain_line_made_without_the_key_is_found() {
    let (sink, log) = log();
    let forger = MemorySink::new();
    sink.edit(|files| {
        let stolen = files.clone();
        forger.edit(|copy| *copy = stolen);
    });
    let forged = open(&forger);
    assert_eq!(forged.record(&Event::of("get", "forbidden")), Ok(Flushed::Written));
    forger.edit(|files| {
        let stolen = files.clone();
        sink.edit(|target| *target = stolen);
    });
    let report = log.verify().unwrap();
    assert_eq!(report.uncovered, 1);
    assert_eq!(report.problems.last().map(|p| p.kind), Some(ProblemKind::WrongEnd { file: 9, log: 8 }));
    // The running log goes on, and its next keyed line does not take the forged one in.
    reads(&log, 1);
    assert_eq!(log.verify().unwrap().problems[0].kind, ProblemKind::NotInChain { sequence: 9 });
}

#[test]
fn a_sealed_line_cannot_be_changed_once_covered() {
    let sink = MemorySink::new();
    let log = open(&sink);
    assert_eq!(log.record(&Event::of("unseal", "wrong_passphrase")), Ok(Flushed::Written));
    log.unlock(key(), None).unwrap();

    // The attacker recomputes the hashes of both plain lines.
    let forger = MemorySink::new();
    let forged = open(&forger);
    assert_eq!(forged.record(&Event::of("unseal", "ok")), Ok(Flushed::Written));
    let plain = forger.contents();
    sink.edit(|files| {
        let keyed = files[0].split_inclusive(|&b| b == b'\n').next_back().unwrap().to_vec();
        files[0] = [plain, keyed].concat();
    });
    let problems = log.verify().unwrap().problems;
    assert_eq!(problems.iter().map(|p| p.kind).collect::<Vec<_>>(), [ProblemKind::NotInChain { sequence: 3 }]);
}

#[test]
fn a_removed_file_is_found() {
    let sink = MemorySink::new();
    let log = open_unlocked(&sink, OnFull::Gap);
    for _ in 0..2 {
        reads(&log, 2);
        log.rotate().unwrap();
    }
    sink.edit(|files| drop(files.remove(1)));
    let report = log.verify().unwrap();
    assert_eq!(report.problems.len(), 1);
    assert_eq!(report.problems[0].kind, ProblemKind::FilesMissing { after: 4, next: 8 });
}

#[test]
fn the_oldest_file_rotated_away_is_no_problem_but_its_head_is_checked() {
    let (sink, log) = log();
    sink.edit(|files| drop(files.remove(0)));
    let report = log.verify().unwrap();
    assert!(report.holds(), "{report:?}");
    assert_eq!((report.first, report.last, report.verified), (5, 8, 4));
    sink.edit(|files| {
        let at = files[0].windows(8).position(|w| w == b"\"prev\":\"").unwrap() + 8;
        files[0][at] = if files[0][at] == b'0' { b'1' } else { b'0' };
    });
    assert_eq!(log.verify().unwrap().problems[0].kind, ProblemKind::NotInChain { sequence: 5 });
    sink.edit(|files| {
        let first = files[0].iter().position(|&b| b == b'\n').unwrap();
        files[0].drain(..=first);
    });
    assert_eq!(log.verify().unwrap().problems[0].kind, ProblemKind::NoStart);
}

/// Every byte, every bit: 0 unnoticed.
#[test]
fn every_single_bit_is_covered() {
    let sink = MemorySink::new();
    let log = open_unlocked(&sink, OnFull::Gap);
    reads(&log, 2);
    let len = sink.contents().len();
    for at in 0..len {
        for bit in 0..8 {
            sink.edit(|files| files[0][at] ^= 1 << bit);
            assert!(!log.verify().unwrap().holds(), "byte {at} bit {bit}");
            sink.edit(|files| files[0][at] ^= 1 << bit);
        }
    }
    assert!(log.verify().unwrap().holds());
}

#[test]
fn truncation_at_every_byte_is_found() {
    let (sink, log) = log();
    let mut whole = Vec::new();
    sink.edit(|files| whole = files.clone());
    for len in 0..whole[1].len() {
        sink.edit(|files| files[1].truncate(len));
        assert!(!log.verify().unwrap().holds(), "{len}");
        sink.edit(|files| *files = whole.clone());
    }
}

#[test]
fn garbage_of_any_size_is_bounded() {
    let (sink, log) = log();
    sink.edit(|files| files[1].extend(std::iter::repeat_n(b'x', 300_000)));
    let kinds: Vec<_> = log.verify().unwrap().problems.iter().map(|p| p.kind).collect();
    assert_eq!(kinds, [ProblemKind::Torn { bytes: 300_000 }]);
    sink.edit(|files| files[1].extend(std::iter::repeat_n(b'\n', 5_000)));
    let report = log.verify().unwrap();
    assert_eq!((report.problems.len(), report.problem_count()), (100, 5_000));
    // A restart on such a file finds the last real line and goes on from it.
    let restarted = open(&sink);
    assert_eq!(restarted.state().sequence, 8);
}
