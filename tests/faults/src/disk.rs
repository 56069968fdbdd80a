//! What a power cut could have left.
//!
//! The model: what was synced is there. Of what was written since, any part may
//! be there and any may not, in sectors of 512 bytes; a new length may be there
//! or not; and a name entered or removed since its directory was synced may mean
//! what it meant before or what it means now. Files go by inode.

use std::collections::BTreeMap;

use crate::calls::Event;

/// A directory's files as far as they are certain, and what is not certain yet.
#[derive(Clone)]
pub struct Disk {
    directory: u64,
    files: BTreeMap<u64, File>,
    /// Every name, with the meanings it may have; the last is today's.
    names: BTreeMap<String, Vec<Option<u64>>>,
    /// Does a sync make anything certain? A disk that lies proves the tests.
    honest: bool,
}

#[derive(Clone, Default)]
struct File {
    durable: Vec<u8>,
    pending: Vec<Event>,
}

/// How much of what is uncertain came to the disk.
#[derive(Debug, Clone, Copy)]
pub enum Fate {
    /// Nothing.
    None,
    /// All of it.
    All,
    /// Some sectors and not others.
    Some,
}

impl Disk {
    /// A disk on which these files are safe.
    #[must_use]
    pub fn new(directory: u64, files: Vec<(String, u64, Vec<u8>)>) -> Self {
        let names = files.iter().map(|(name, inode, _)| (name.clone(), vec![Some(*inode)])).collect();
        let files =
            files.into_iter().map(|(_, inode, durable)| (inode, File { durable, pending: Vec::new() })).collect();
        Self { directory, files, names, honest: true }
    }

    /// The same disk, whose syncs do nothing.
    #[must_use]
    pub fn lying(self) -> Self {
        Self { honest: false, ..self }
    }

    /// One more call.
    pub fn apply(&mut self, event: &Event) {
        match event {
            Event::Write { inode, .. } | Event::Truncate { inode, .. } => {
                self.files.entry(*inode).or_default().pending.push(event.clone());
            }
            Event::Sync { .. } if !self.honest => {}
            Event::Sync { inode } if *inode == self.directory => {
                self.names.values_mut().for_each(|meanings| drop(meanings.drain(..meanings.len() - 1)));
            }
            Event::Sync { inode } => {
                let file = self.files.entry(*inode).or_default();
                for event in std::mem::take(&mut file.pending) {
                    change(&mut file.durable, &event, &mut |_| true);
                }
            }
            Event::Link { name, inode } => self.means(name, Some(*inode)),
            Event::Unlink { name } => self.means(name, None),
        }
    }

    fn means(&mut self, name: &str, inode: Option<u64>) {
        self.names.entry(name.to_owned()).or_insert_with(|| vec![None]).push(inode);
    }

    /// One way it may look after a power cut now.
    #[must_use]
    pub fn cut(&self, fate: Fate, dice: &mut Dice) -> BTreeMap<String, Vec<u8>> {
        let mut found = BTreeMap::new();
        for (name, meanings) in &self.names {
            let at = match fate {
                Fate::None => 0,
                Fate::All => meanings.len() - 1,
                Fate::Some => dice.below(meanings.len()),
            };
            let Some(file) = meanings[at].and_then(|inode| self.files.get(&inode)) else { continue };
            let mut bytes = file.durable.clone();
            let chance = 1 + dice.below(3);
            for event in &file.pending {
                change(&mut bytes, event, &mut |_| match fate {
                    Fate::None => false,
                    Fate::All => true,
                    Fate::Some => dice.below(4) < chance,
                });
            }
            found.insert(name.clone(), bytes);
        }
        found
    }
}

/// Applies those sectors of an event that reach the disk.
fn change(file: &mut Vec<u8>, event: &Event, reaches: &mut dyn FnMut(u64) -> bool) {
    match event {
        Event::Write { at, bytes, .. } => {
            let end = at + bytes.len() as u64;
            let mut from = *at;
            while from < end {
                let next = end.min((from / SECTOR + 1) * SECTOR);
                if reaches(from) {
                    if file.len() < next as usize {
                        file.resize(next as usize, 0);
                    }
                    file[from as usize..next as usize]
                        .copy_from_slice(&bytes[(from - at) as usize..(next - at) as usize]);
                }
                from = next;
            }
        }
        Event::Truncate { len, .. } if reaches(0) => file.resize(*len as usize, 0),
        _ => {}
    }
}

/// SplitMix64: the same falls for the same seed.
pub struct Dice(pub u64);

impl Dice {
    /// A number below `bound`.
    pub fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) % bound as u64) as usize
    }
}

const SECTOR: u64 = 512;
