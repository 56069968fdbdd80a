//! The index: of every record what it takes to know it again, in key order.
//!
//! There is one entry for each record for as long as the vault is open, so its
//! size is most of what a large vault costs while idle. Entries are bytes
//! without gaps, side by side in runs of bounded length; a map of its own nodes
//! takes twice as much when it is filled in order, as it is at opening.

use crate::envelope::Kind;
use crate::integrity::Print;
use crate::store::RecordKey;

/// Complete and ordered.
#[derive(Default)]
pub(super) struct Index {
    /// In order, none empty, no two overlapping.
    runs: Vec<Run>,
    len: usize,
}

struct Run {
    /// The first entry's key, so that finding a run does not touch the runs.
    first: RecordKey,
    entries: Vec<Entry>,
}

/// A key and its print.
#[derive(Clone, Copy)]
struct Entry {
    key: RecordKey,
    revision: [u8; 8],
    commitment: [u8; 32],
    tag: [u8; 16],
    kind: Kind,
    key_version: [u8; 4],
    len: [u8; 4],
}

impl Index {
    pub(super) fn len(&self) -> usize {
        self.len
    }

    pub(super) fn get(&self, key: &RecordKey) -> Option<Print> {
        let entries = &self.runs.get(self.run_of(key)?)?.entries;
        let at = entries.binary_search_by(|entry| entry.key.cmp(key)).ok()?;
        Some(entries[at].print())
    }

    /// Adds or replaces. Keys that come in order fill their runs.
    pub(super) fn insert(&mut self, key: &RecordKey, print: &Print) {
        let entry = Entry::new(key, print);
        if let Some(run) = self.runs.last_mut().filter(|run| run.ends_below(key)) {
            // At opening, all of them.
            if run.entries.len() < RUN {
                run.put(run.entries.len(), entry)
            } else {
                self.runs.push(Run::of(entry))
            }
            self.len += 1;
            return;
        }
        let Some(number) = self.run_of(key) else {
            // Below every other: the first run takes it, when there is one.
            match self.runs.first_mut() {
                Some(run) if run.entries.len() < RUN => run.put(0, entry),
                _ => self.runs.insert(0, Run::of(entry)),
            }
            self.len += 1;
            return;
        };
        let run = &mut self.runs[number];
        match run.entries.binary_search_by(|entry| entry.key.cmp(key)) {
            Ok(at) => {
                run.entries[at] = entry;
                return;
            }
            Err(at) if run.entries.len() < RUN => run.put(at, entry),
            Err(at) => {
                let mut upper = run.split();
                let half = run.entries.len();
                if at <= half {
                    run.put(at, entry)
                } else {
                    upper.put(at - half, entry)
                }
                self.runs.insert(number + 1, upper);
            }
        }
        self.len += 1;
    }

    pub(super) fn remove(&mut self, key: &RecordKey) {
        let Some(number) = self.run_of(key) else { return };
        let run = &mut self.runs[number];
        let Ok(at) = run.entries.binary_search_by(|entry| entry.key.cmp(key)) else { return };
        run.entries.remove(at);
        self.len -= 1;
        match run.entries.first() {
            Some(first) => run.first = first.key,
            None => drop(self.runs.remove(number)),
        }
        self.join(number.saturating_sub(1));
    }

    /// From `from` to `to`, both included.
    pub(super) fn range(&self, from: RecordKey, to: RecordKey) -> impl DoubleEndedIterator<Item = (&RecordKey, Print)> {
        let begin = self.run_of(&from).unwrap_or(0);
        let end = self.runs.partition_point(|run| run.first <= to).max(begin);
        let runs = self.runs[begin..end].iter();
        runs.flat_map(move |run| run.within(&from, &to)).map(|entry| (&entry.key, entry.print()))
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&RecordKey, Print)> {
        self.runs.iter().flat_map(|run| &run.entries).map(|entry| (&entry.key, entry.print()))
    }

    /// The first key above another, which need not be there.
    pub(super) fn above(&self, key: &RecordKey) -> Option<&RecordKey> {
        let number = self.run_of(key).unwrap_or(0);
        let entries = &self.runs.get(number)?.entries;
        let at = entries.partition_point(|entry| entry.key <= *key);
        match entries.get(at) {
            Some(entry) => Some(&entry.key),
            None => Some(&self.runs.get(number + 1)?.first),
        }
    }

    /// The run that holds this key or would; none when it is below all.
    fn run_of(&self, key: &RecordKey) -> Option<usize> {
        self.runs.partition_point(|run| run.first <= *key).checked_sub(1)
    }

    /// Makes one run of two small neighbours, so that what deletions leave is
    /// not more than what is left.
    fn join(&mut self, number: usize) {
        let [run, next, ..] = &self.runs[number.min(self.runs.len())..] else { return };
        if run.entries.len() + next.entries.len() <= RUN / 2 {
            let next = self.runs.remove(number + 1);
            self.runs[number].entries.extend_from_slice(&next.entries);
        }
    }
}

impl Run {
    fn of(entry: Entry) -> Self {
        Self { first: entry.key, entries: vec![entry] }
    }

    fn ends_below(&self, key: &RecordKey) -> bool {
        self.entries.last().is_some_and(|top| top.key < *key)
    }

    fn put(&mut self, at: usize, entry: Entry) {
        if self.entries.len() == self.entries.capacity() {
            // Doubling would leave up to half of it empty for good.
            self.entries.reserve_exact(STEP.min(RUN - self.entries.len()));
        }
        self.entries.insert(at, entry);
        self.first = self.entries[0].key;
    }

    fn split(&mut self) -> Self {
        let upper = self.entries.split_off(RUN / 2);
        self.entries.shrink_to(RUN / 2 + STEP);
        Self { first: upper[0].key, entries: upper }
    }

    fn within(&self, from: &RecordKey, to: &RecordKey) -> &[Entry] {
        let begin = self.entries.partition_point(|entry| entry.key < *from);
        let end = self.entries.partition_point(|entry| entry.key <= *to);
        self.entries.get(begin..end).unwrap_or_default()
    }
}

impl Entry {
    fn new(key: &RecordKey, print: &Print) -> Self {
        Self {
            key: *key,
            revision: print.revision.to_be_bytes(),
            commitment: print.commitment,
            tag: print.tag,
            kind: print.kind,
            key_version: print.key_version.to_be_bytes(),
            len: print.len.to_be_bytes(),
        }
    }

    fn print(&self) -> Print {
        Print {
            revision: u64::from_be_bytes(self.revision),
            commitment: self.commitment,
            tag: self.tag,
            kind: self.kind,
            key_version: u32::from_be_bytes(self.key_version),
            len: u32::from_be_bytes(self.len),
        }
    }
}

/// Entries of a run: what an insertion moves at most, 7 KiB on average when full.
const RUN: usize = 128;
/// Room that a run grows by.
const STEP: usize = 16;
/// What a record costs. A field with an alignment would bring gaps with it.
const _: () = assert!(size_of::<Entry>() == 107);

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;
    use crate::store::Class;

    fn key(n: u16) -> RecordKey {
        RecordKey::new(Class::Scope, &[(n >> 8) as u8; 16], 2, &[n as u8; 16], 0)
    }

    fn print(revision: u64) -> Print {
        let byte = revision as u8;
        let (commitment, tag) = ([byte; 32], [byte ^ 1; 16]);
        Print { revision, commitment, tag, kind: Kind::Metadata, key_version: !(byte as u32), len: byte as u32 + 9 }
    }

    fn whole(index: &Index) {
        let keys: Vec<_> = index.runs.iter().flat_map(|run| &run.entries).map(|entry| entry.key).collect();
        assert!(keys.is_sorted_by(|a, b| a < b));
        assert_eq!(keys.len(), index.len());
        for run in &index.runs {
            assert!(run.entries.len() <= RUN && run.entries.first().is_some_and(|entry| entry.key == run.first));
        }
    }

    #[test]
    fn keys_in_order_fill_their_runs() {
        let mut index = Index::default();
        (0..10_000).for_each(|n| index.insert(&key(n), &print(u64::from(n))));
        whole(&index);
        assert_eq!(index.runs.len(), 10_000_usize.div_ceil(RUN));
        let room: usize = index.runs.iter().map(|run| run.entries.capacity()).sum();
        assert!(room < 10_000 + RUN);
    }

    #[test]
    fn what_deletions_leave_is_given_back() {
        let mut index = Index::default();
        (0..10_000).for_each(|n| index.insert(&key(n), &print(1)));
        (0..10_000).filter(|n| n % 50 != 0).for_each(|n| index.remove(&key(n)));
        whole(&index);
        assert_eq!(index.len(), 200);
        assert!(index.runs.len() <= 200 * 4 / RUN + 1, "{}", index.runs.len());
        (0..10_000).for_each(|n| index.remove(&key(n)));
        assert!(index.runs.is_empty() && index.len() == 0 && index.above(&key(0)).is_none());
    }

    proptest! {
        #[test]
        fn it_is_an_ordered_map(
            steps in proptest::collection::vec((any::<bool>(), 0..900_u16, 1..200_u16), 1..40),
            bounds in proptest::collection::vec((0..1_000_u16, 0..1_000_u16), 8),
        ) {
            let (mut index, mut model) = (Index::default(), BTreeMap::new());
            for (revision, (put, from, count)) in (0..).zip(&steps) {
                // Some in order and some against it.
                let keys: Vec<_> = (*from..from + count).map(|n| if revision % 2 == 0 { n } else { 2 * from + count - n }).collect();
                for n in keys {
                    if *put {
                        index.insert(&key(n), &print(revision));
                        model.insert(key(n), print(revision));
                    } else {
                        index.remove(&key(n));
                        model.remove(&key(n));
                    }
                }
                whole(&index);
            }
            let same = |found: Vec<(&RecordKey, Print)>, expected: Vec<(&RecordKey, &Print)>| {
                found.iter().map(|(key, print)| (*key, print)).eq(expected)
            };
            prop_assert!(same(index.iter().collect(), model.iter().collect()));
            for n in 0..1_100 {
                prop_assert_eq!(index.get(&key(n)), model.get(&key(n)).copied());
                prop_assert_eq!(index.above(&key(n)), model.range(key(n + 1)..).next().map(|(key, _)| key));
            }
            for (from, to) in bounds {
                let expected = if from <= to { model.range(key(from)..=key(to)).collect() } else { Vec::new() };
                prop_assert!(same(index.range(key(from), key(to)).collect(), expected.clone()));
                let last = index.range(key(from), key(to)).next_back().map(|(key, _)| *key);
                prop_assert_eq!(last, expected.last().map(|(key, _)| **key));
            }
        }
    }
}
