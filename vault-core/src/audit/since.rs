//! The part of a verification that runs at each unsealing: from the line the
//! vault remembers to the end.

use std::io;

use super::chain::Checkpoint;
use super::line;
use super::lines::{CHUNK, Lines, Piece, next_sequence};
use super::sink::KeptFile;
use super::state::{Alarm, UnlockReport};
use super::verify::Walker;
use crate::keys::AuditKey;

/// Checks `kept` from `checkpoint` on, and that it ends at `end`. Never fails:
/// what cannot be read is an alarm.
pub(super) fn check(
    key: &AuditKey,
    kept: io::Result<Vec<KeptFile>>,
    checkpoint: Option<Checkpoint>,
    end: Checkpoint,
) -> UnlockReport {
    let kept = match kept {
        Ok(kept) => kept,
        Err(error) => return UnlockReport { alarms: vec![Alarm::Unreadable(error.kind())], ..UnlockReport::default() },
    };
    let checked = |reach| {
        let mut report = UnlockReport::default();
        if let Err(error) = walk(key, &kept, checkpoint, end, reach, &mut report) {
            report.alarms.push(Alarm::Unreadable(error.kind()));
        }
        report
    };
    let report = checked(Reach::Near);
    // An alarm names lines by their number in the file, for which all of it is read.
    if report.alarms.is_empty() { report } else { checked(Reach::Whole) }
}

/// How much is read of the file that has the remembered line.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Reach {
    /// From shortly before that line.
    Near,
    /// From its first line on.
    Whole,
}

fn walk(
    key: &AuditKey,
    kept: &[KeptFile],
    checkpoint: Option<Checkpoint>,
    end: Checkpoint,
    reach: Reach,
    report: &mut UnlockReport,
) -> io::Result<()> {
    // Before the first line there is nothing to compare with.
    let mut checkpoint = checkpoint.filter(|checkpoint| checkpoint.sequence > 0);
    let mut start = 0;
    if let Some(remembered) = checkpoint {
        if end.sequence < remembered.sequence {
            report.alarms.push(Alarm::Behind { checkpoint: remembered.sequence, file: end.sequence });
        }
        match start_file(kept, remembered.sequence)? {
            Start::At(index) => start = index,
            Start::Gone { oldest } => {
                report.alarms.push(Alarm::Gone { checkpoint: remembered.sequence, oldest });
                checkpoint = None;
            }
            Start::Empty => {}
        }
    }

    let mut walker = Walker::new(key, None);
    for (index, file) in kept.iter().enumerate().skip(start) {
        if index > start {
            walker.file(index, file)?;
            continue;
        }
        let mut lines = match (reach, checkpoint) {
            (Reach::Near, Some(checkpoint)) => shortly_before(file, checkpoint.sequence)?,
            _ => Lines::new(file),
        };
        let line = match checkpoint {
            Some(checkpoint) => skip_to(&mut walker, &mut lines, &checkpoint, index, report)?,
            None => 1,
        };
        walker.rest_of_file(index, line, &mut lines)?;
    }

    let found = walker.finish(end);
    (report.verified, report.plain) = (found.verified, found.plain + found.uncovered);
    if let Some(&first) = found.problems.first() {
        report.alarms.push(Alarm::Broken { count: found.problem_count(), first });
    }
    Ok(())
}

enum Start {
    At(usize),
    Gone { oldest: u64 },
    Empty,
}

/// The newest file that begins at or before the line.
fn start_file(kept: &[KeptFile], sequence: u64) -> io::Result<Start> {
    let mut oldest = None;
    for (index, file) in kept.iter().enumerate().rev() {
        match next_sequence(&mut Lines::new(file))? {
            Some(first) if first <= sequence => return Ok(Start::At(index)),
            Some(first) => oldest = Some(first),
            None => {}
        }
    }
    Ok(oldest.map_or(Start::Empty, |oldest| Start::Gone { oldest }))
}

/// Where a line before the remembered one is still to come. That one is among the
/// last, unless the vault was not closed in order: a start must not wait for
/// 64 MiB to be read.
fn shortly_before(file: &KeptFile, sequence: u64) -> io::Result<Lines<'_>> {
    let mut reach = CHUNK as u64;
    while reach < file.len {
        let start = file.len - reach;
        let from_here = || {
            let mut lines = Lines::starting_at(file, start);
            // What is left of a line that began earlier.
            lines.next()?;
            io::Result::Ok(lines)
        };
        if next_sequence(&mut from_here()?)?.is_some_and(|next| next < sequence) {
            return from_here();
        }
        reach = reach.saturating_mul(4);
    }
    Ok(Lines::new(file))
}

/// Reads, unchecked, up to the line the vault remembers (older lines are the
/// business of a full verification), checks that one, and returns the number
/// of the next line. The walker is left standing at the line read last.
fn skip_to(
    walker: &mut Walker<'_>,
    lines: &mut Lines<'_>,
    checkpoint: &Checkpoint,
    file: usize,
    report: &mut UnlockReport,
) -> io::Result<u64> {
    let mut before = None;
    let mut ran_out = false;
    for line in 1.. {
        match lines.next()? {
            Piece::Line => {}
            Piece::TooLong => continue,
            Piece::Torn(_) | Piece::End => {
                if ran_out {
                    report.alarms.push(Alarm::Forked { sequence: checkpoint.sequence });
                }
                return Ok(line);
            }
        }
        let Some(parsed) = line::parse(lines.line()) else { continue };
        let place = Checkpoint { sequence: parsed.sequence, head: parsed.link.head() };
        // Somebody wrote the largest number there is into the log, and it went on
        // from there: every line since has that number, the remembered one too.
        let another = checkpoint.sequence == u64::MAX && place.sequence == u64::MAX && place != *checkpoint;
        ran_out |= another;
        if place.sequence < checkpoint.sequence || another {
            before = Some(place);
            walker.stand_at(place);
            continue;
        }
        if place != *checkpoint {
            report.alarms.push(Alarm::Forked { sequence: checkpoint.sequence });
        }
        if before.is_none() && parsed.prev.is_none() {
            // The oldest line of a file whose first line was damaged: nothing to check it against but the checkpoint.
            walker.stand_at(place);
        } else {
            walker.line(file, line, &parsed);
        }
        return Ok(line + 1);
    }
    Ok(1)
}
