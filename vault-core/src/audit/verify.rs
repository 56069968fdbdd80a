//! Walks the chain and says where it does not hold.

use std::io;

use super::chain::{Checkpoint, Link};
use super::line::{self, Parsed};
use super::lines::{Lines, Piece};
use super::sink::KeptFile;
use crate::keys::AuditKey;
use crate::limits::AUDIT_PROBLEMS_MAX;

/// What a verification of all kept files found.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
#[non_exhaustive]
pub struct Report {
    /// Files read.
    pub files: usize,
    /// Number of the oldest line kept.
    pub first: u64,
    /// Number of the newest.
    pub last: u64,
    /// Keyed lines that hold.
    pub verified: u64,
    /// Plain lines that hold and are covered by a keyed line after them.
    pub plain: u64,
    /// Plain lines at the end that no keyed line covers yet.
    pub uncovered: u64,
    /// Lines the log itself says were lost.
    pub lost: u64,
    /// Where; the first [`AUDIT_PROBLEMS_MAX`].
    pub gaps: Vec<Gap>,
    /// What does not hold; the first [`AUDIT_PROBLEMS_MAX`].
    pub problems: Vec<Problem>,
    /// Problems beyond those.
    pub more_problems: u64,
}

/// Lines that could not be written, as the log admitted afterwards.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Gap {
    /// The line before.
    pub after: u64,
    /// How many are missing.
    pub lost: u64,
}

/// One place where the chain does not hold.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Problem {
    /// 0 = the oldest file read.
    pub file: usize,
    /// Counted from 1; 0 = the end of the file.
    pub line: u64,
    /// What is wrong.
    pub kind: ProblemKind,
}

/// What is wrong with a place.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum ProblemKind {
    /// Not a line this program writes.
    NotALine,
    /// It, or what came before it, was changed, removed, inserted or moved.
    NotInChain {
        /// The number it claims.
        sequence: u64,
    },
    /// In the chain, but misnumbered.
    Misnumbered {
        /// The number it claims.
        sequence: u64,
        /// The number it should have.
        expected: u64,
    },
    /// One or more files between two kept ones are gone.
    FilesMissing {
        /// The last line before the hole.
        after: u64,
        /// The first line after it.
        next: u64,
    },
    /// The oldest file does not begin with the head before it.
    NoStart,
    /// Bytes without a line feed at the end of a file.
    Torn {
        /// How many.
        bytes: u64,
    },
    /// The last file does not end where the running log does.
    WrongEnd {
        /// The last line in the file.
        file: u64,
        /// The last line written.
        log: u64,
    },
}

/// Why nothing could be verified.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum VerifyError {
    /// The key is not in memory.
    #[error("the vault is sealed: unseal it to verify the audit log")]
    Sealed,
    /// A file could not be read.
    #[error("the audit log cannot be read")]
    Io(#[from] io::Error),
}

impl Report {
    /// Nothing is wrong. Gaps the log admits are no problem of the file's.
    #[must_use]
    pub fn holds(&self) -> bool {
        self.problems.is_empty()
    }

    /// Problems, the unlisted ones included.
    #[must_use]
    pub fn problem_count(&self) -> u64 {
        self.problems.len() as u64 + self.more_problems
    }
}

/// Follows the chain line by line. After a problem it goes on from what the
/// line claims, so that one change is reported once, not once a line.
pub(super) struct Walker<'k> {
    key: &'k AuditKey,
    at: Option<Checkpoint>,
    report: Report,
}

impl<'k> Walker<'k> {
    /// `at`: the place before the first line, where that is known.
    pub(super) fn new(key: &'k AuditKey, at: Option<Checkpoint>) -> Self {
        Self { key, at, report: Report::default() }
    }

    /// Goes on from this place.
    pub(super) fn stand_at(&mut self, at: Checkpoint) {
        self.at = Some(at);
    }

    /// Where the chain is.
    pub(super) fn at(&self) -> Checkpoint {
        self.at.unwrap_or_default()
    }

    pub(super) fn file(&mut self, index: usize, file: &KeptFile) -> io::Result<()> {
        self.report.files += 1;
        self.rest_of_file(index, 1, &mut Lines::new(file))
    }

    /// The lines not yet read, the first of which is line `number` of its file.
    pub(super) fn rest_of_file(&mut self, file: usize, number: u64, lines: &mut Lines<'_>) -> io::Result<()> {
        for line in number.. {
            match lines.next()? {
                Piece::Line => match line::parse(lines.line()) {
                    Some(parsed) => self.line(file, line, &parsed),
                    None => self.problem(file, line, ProblemKind::NotALine),
                },
                Piece::TooLong => self.problem(file, line, ProblemKind::NotALine),
                Piece::Torn(bytes) => self.problem(file, line, ProblemKind::Torn { bytes }),
                Piece::End => break,
            }
        }
        Ok(())
    }

    pub(super) fn line(&mut self, file: usize, line: u64, parsed: &Parsed<'_>) {
        let sequence = parsed.sequence;
        let before = self.at.replace(Checkpoint { sequence, head: parsed.link.head() });
        self.report.last = sequence;
        if self.report.first == 0 {
            self.report.first = sequence;
        }
        let head = match (before, parsed.prev) {
            (Some(at), Some(prev)) if prev != at.head => {
                let kind = ProblemKind::FilesMissing { after: at.sequence, next: sequence };
                self.problem(file, line, kind);
                prev
            }
            (Some(at), _) => at.head,
            (None, Some(prev)) => prev,
            (None, None) => return self.problem(file, line, ProblemKind::NoStart),
        };
        if !parsed.link.follows(self.key, &head, parsed.body) {
            return self.problem(file, line, ProblemKind::NotInChain { sequence });
        }
        let after = match before {
            Some(at) if at.head == head => Some(at.sequence),
            _ if head == [0; 32] => Some(0),
            _ => None,
        };
        let expected = after.map(|after| after.saturating_add(parsed.lost).saturating_add(1));
        if let Some(expected) = expected.filter(|&expected| expected != sequence) {
            return self.problem(file, line, ProblemKind::Misnumbered { sequence, expected });
        }
        self.good(parsed);
    }

    /// The report, compared with where the chain should end.
    pub(super) fn finish(mut self, end: Checkpoint) -> Report {
        if self.at() != end {
            let last = self.report.files.saturating_sub(1);
            let kind = ProblemKind::WrongEnd { file: self.at().sequence, log: end.sequence };
            self.problem(last, 0, kind);
        }
        self.report
    }

    fn good(&mut self, parsed: &Parsed<'_>) {
        let report = &mut self.report;
        match parsed.link {
            Link::Keyed(_) => {
                report.verified += 1;
                report.plain += std::mem::take(&mut report.uncovered);
            }
            Link::Plain(_) => report.uncovered += 1,
        }
        if parsed.lost > 0 {
            report.lost = report.lost.saturating_add(parsed.lost);
            if report.gaps.len() < AUDIT_PROBLEMS_MAX {
                let after = parsed.sequence.saturating_sub(parsed.lost).saturating_sub(1);
                report.gaps.push(Gap { after, lost: parsed.lost });
            }
        }
    }

    fn problem(&mut self, file: usize, line: u64, kind: ProblemKind) {
        if self.report.problems.len() < AUDIT_PROBLEMS_MAX {
            self.report.problems.push(Problem { file, line, kind });
        } else {
            self.report.more_problems += 1;
        }
    }
}
