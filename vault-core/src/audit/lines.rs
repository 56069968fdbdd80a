//! Reads lines of bounded length from a kept file, whatever is in it.

use std::io;

use super::chain::Checkpoint;
use super::line;
use super::sink::{KeptFile, ReadAt};
use crate::limits::AUDIT_LINE_MAX;

/// What stands at the reading position.
pub(super) enum Piece {
    /// A line; its bytes are in [`Lines::line`].
    Line,
    /// A line longer than any of ours, skipped.
    TooLong,
    /// Bytes after the last line feed.
    Torn(u64),
    /// The end.
    End,
}

/// A forward reader over one file, up to the length it had when it was listed.
pub(super) struct Lines<'a> {
    from: &'a dyn ReadAt,
    position: u64,
    end: u64,
    buffer: Vec<u8>,
    used: usize,
    line: Vec<u8>,
}

impl<'a> Lines<'a> {
    pub(super) fn new(file: &'a KeptFile) -> Self {
        Self::starting_at(file, 0)
    }

    pub(super) fn starting_at(file: &'a KeptFile, position: u64) -> Self {
        Self { from: &*file.reader, position, end: file.len, buffer: Vec::new(), used: 0, line: Vec::new() }
    }

    /// The last line read, without its line feed.
    pub(super) fn line(&self) -> &[u8] {
        &self.line
    }

    pub(super) fn next(&mut self) -> io::Result<Piece> {
        self.line.clear();
        let mut skipped = 0_u64;
        loop {
            if self.used == self.buffer.len() && !self.refill()? {
                let left = skipped + self.line.len() as u64;
                return Ok(if left == 0 { Piece::End } else { Piece::Torn(left) });
            }
            let rest = &self.buffer[self.used..];
            let feed = rest.iter().position(|&byte| byte == b'\n');
            let part = &rest[..feed.unwrap_or(rest.len())];
            if self.line.len() + part.len() >= AUDIT_LINE_MAX || skipped > 0 {
                skipped += self.line.len() as u64 + part.len() as u64;
                self.line.clear();
            } else {
                self.line.extend_from_slice(part);
            }
            self.used += part.len();
            if feed.is_some() {
                self.used += 1;
                return Ok(if skipped > 0 { Piece::TooLong } else { Piece::Line });
            }
        }
    }

    fn refill(&mut self) -> io::Result<bool> {
        let want = usize::try_from(self.end.saturating_sub(self.position)).unwrap_or(CHUNK).min(CHUNK);
        self.buffer.resize(want, 0);
        self.used = 0;
        let read = if want == 0 { 0 } else { self.from.read_at(self.position, &mut self.buffer)? };
        self.buffer.truncate(read);
        self.position += read as u64;
        Ok(read > 0)
    }
}

/// The place of the last line in the file that is one. Looks at the end first:
/// a start must not wait for 64 MiB to be read.
pub(super) fn last_place(file: &KeptFile) -> io::Result<Option<Checkpoint>> {
    let near = file.len.saturating_sub(CHUNK as u64);
    for start in [near, 0] {
        let mut lines = Lines::starting_at(file, start);
        let mut last = None;
        loop {
            match lines.next()? {
                Piece::Line => {
                    if let Some(parsed) = line::parse(lines.line()) {
                        last = Some(Checkpoint { sequence: parsed.sequence, head: parsed.link.head() });
                    }
                }
                Piece::TooLong => {}
                Piece::Torn(_) | Piece::End => break,
            }
        }
        if last.is_some() || start == 0 {
            return Ok(last);
        }
    }
    Ok(None)
}

/// The number of the next line that is one; reads up to its end.
pub(super) fn next_sequence(lines: &mut Lines<'_>) -> io::Result<Option<u64>> {
    loop {
        match lines.next()? {
            Piece::Line => {
                if let Some(parsed) = line::parse(lines.line()) {
                    return Ok(Some(parsed.sequence));
                }
            }
            Piece::TooLong => {}
            Piece::Torn(_) | Piece::End => return Ok(None),
        }
    }
}

/// Bytes read at a time.
pub(super) const CHUNK: usize = 64 * 1024;
