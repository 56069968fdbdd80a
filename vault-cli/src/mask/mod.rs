//! Hiding values in a program's output as it flows.
//!
//! Every occurrence of a value becomes `***`, whatever the chunks it arrives in.
//! Bytes are held back only while they may still turn out to be a value, so a
//! prompt without a line feed comes through at once unless it ends like the
//! beginning of a secret. Held bytes are never let go by time: a program that
//! writes slowly would then write its secrets.
//!
//! Limit: these exact bytes, and the longer lines of a value of several lines.
//! A program that encodes, splits or abbreviates a value before it prints it is
//! not covered, and neither is one half on each of two streams.

mod trie;

use std::collections::VecDeque;
use std::sync::Arc;

use zeroize::{Zeroize as _, Zeroizing};

pub(crate) use trie::Trie;

/// One stream's masking.
pub(crate) struct Masker {
    trie: Arc<Trie>,
    state: u32,
    /// Bytes that may still become part of a value; the first is at `base`.
    pending: Zeroizing<Vec<u8>>,
    base: u64,
    /// Where values lie in the stream, ascending, apart, ending after `base`.
    masks: VecDeque<(u64, u64)>,
    /// The first of them has had its `***` already.
    shown: bool,
}

/// The patterns of these values: each as it is, without line feeds at its end,
/// and its longer lines, since programs print line by line.
pub(crate) fn patterns(values: &[&[u8]]) -> Trie {
    let mut all: Vec<&[u8]> = Vec::new();
    for value in values {
        all.push(value);
        let trimmed = value.trim_ascii_end();
        if trimmed.len() < value.len() {
            all.push(trimmed);
        }
        if trimmed.contains(&b'\n') {
            all.extend(
                trimmed.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii).filter(|line| line.len() >= LINE_MIN),
            );
        }
    }
    all.retain(|pattern| !pattern.is_empty());
    Trie::new(&all)
}

impl Masker {
    pub(crate) fn new(trie: Arc<Trie>) -> Self {
        // Room for the most that is ever held, so that no copy is left behind by growing.
        let pending = Zeroizing::new(Vec::with_capacity(trie.longest() + PIECE));
        Self { trie, state: Trie::ROOT, pending, base: 0, masks: VecDeque::new(), shown: false }
    }

    /// Takes the next bytes of the stream; appends what may be shown to `out`.
    pub(crate) fn push(&mut self, bytes: &[u8], out: &mut Vec<u8>) {
        for piece in bytes.chunks(PIECE) {
            for byte in piece {
                self.pending.push(*byte);
                self.state = self.trie.next(self.state, *byte);
                let end = self.base + self.pending.len() as u64;
                let found = self.trie.longest_match(self.state);
                if found > 0 {
                    self.mask(end - u64::from(found), end);
                }
            }
            let end = self.base + self.pending.len() as u64;
            self.release(end - u64::from(self.trie.depth(self.state)), out);
        }
    }

    /// The stream has ended: nothing can become a value any more.
    pub(crate) fn finish(&mut self, out: &mut Vec<u8>) {
        self.state = Trie::ROOT;
        self.release(self.base + self.pending.len() as u64, out);
    }

    /// Adds a place, joined with those it overlaps.
    fn mask(&mut self, mut start: u64, mut end: u64) {
        while let Some((last_start, last_end)) = self.masks.back().copied().filter(|(_, last_end)| *last_end > start) {
            start = start.min(last_start);
            end = end.max(last_end);
            self.masks.pop_back();
        }
        self.masks.push_back((start, end));
    }

    /// Shows what lies before `settled`, the first place a value may still begin.
    fn release(&mut self, settled: u64, out: &mut Vec<u8>) {
        let mut at = self.base;
        while at < settled {
            match self.masks.front().copied() {
                Some((start, end)) if at >= start => {
                    if !self.shown {
                        out.extend_from_slice(MASK);
                    }
                    at = end.min(settled);
                    self.shown = at < end;
                    if !self.shown {
                        self.masks.pop_front();
                    }
                }
                next => {
                    let until = next.map_or(settled, |(start, _)| start.min(settled));
                    let range = (at - self.base) as usize..(until - self.base) as usize;
                    out.extend_from_slice(self.pending.get(range).unwrap_or_default());
                    at = until;
                }
            }
        }
        let gone = (settled - self.base) as usize;
        let kept = self.pending.len().saturating_sub(gone);
        self.pending.copy_within(gone.., 0);
        if let Some(rest) = self.pending.get_mut(kept..) {
            rest.zeroize();
        }
        self.pending.truncate(kept);
        self.base = settled;
    }
}

const MASK: &[u8] = b"***";
/// Shorter lines of a value (a brace, a word) are no secret and are everywhere.
const LINE_MIN: usize = 8;
const PIECE: usize = 65_536;

#[cfg(test)]
mod tests;
