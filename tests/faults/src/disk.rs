//! What a power cut could have left.
//!
//! The model: what was synced is there. Of what was written since, any part may
//! be there and any may not, in sectors of 512 bytes; a new length may be there
//! or not. Of the names entered and removed since their directory was synced,
//! any may be there and any may not; a renaming is one act, and no renaming is
//! there without those before it. Files go by inode.

use std::collections::BTreeMap;

use crate::calls::Event;

/// The files beneath a directory as far as they are certain, and what is not certain yet.
#[derive(Clone)]
pub struct Disk {
    /// Directories by inode; the watched one has no name.
    directories: BTreeMap<u64, String>,
    files: BTreeMap<u64, File>,
    names: BTreeMap<String, u64>,
    /// Names entered, removed and changed since.
    moves: Vec<Event>,
    /// Syncs that make nothing certain: those of files whose name ends so. A
    /// disk that lies proves the tests.
    lies_about: Option<String>,
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
    pub fn new(directories: Vec<(u64, String)>, files: Vec<(String, u64, Vec<u8>)>) -> Self {
        let names = files.iter().map(|(name, inode, _)| (name.clone(), *inode)).collect();
        let files =
            files.into_iter().map(|(_, inode, durable)| (inode, File { durable, pending: Vec::new() })).collect();
        let directories = directories.into_iter().collect();
        Self { directories, files, names, moves: Vec::new(), lies_about: None }
    }

    /// The same disk, whose syncs do nothing for files whose name ends so;
    /// with nothing given, for no file and no directory.
    #[must_use]
    pub fn lying(self, about: &str) -> Self {
        Self { lies_about: Some(about.to_owned()), ..self }
    }

    /// One more call.
    pub fn apply(&mut self, event: &Event) {
        match event {
            Event::Write { inode, .. } | Event::Truncate { inode, .. } => {
                self.files.entry(*inode).or_default().pending.push(event.clone());
            }
            Event::Sync { inode } if self.lies(*inode) => {}
            Event::Sync { inode } => match self.directories.get(inode) {
                Some(directory) => {
                    let here = |event: &Event| directory_of(event) == directory.as_str();
                    let (settled, moves): (Vec<_>, _) = std::mem::take(&mut self.moves).into_iter().partition(here);
                    self.moves = moves;
                    settled.iter().for_each(|event| rename(&mut self.names, event));
                }
                None => {
                    let file = self.files.entry(*inode).or_default();
                    for event in std::mem::take(&mut file.pending) {
                        change(&mut file.durable, &event, &mut |_| true);
                    }
                }
            },
            Event::Link { .. } | Event::Unlink { .. } | Event::Rename { .. } => self.moves.push(event.clone()),
        }
    }

    fn lies(&self, inode: u64) -> bool {
        let Some(about) = &self.lies_about else { return false };
        let mut names = self.names.clone();
        self.moves.iter().for_each(|event| rename(&mut names, event));
        about.is_empty() || names.iter().any(|(name, of)| *of == inode && name.ends_with(about))
    }

    /// One way it may look after a power cut now.
    #[must_use]
    pub fn cut(&self, fate: Fate, dice: &mut Dice) -> BTreeMap<String, Vec<u8>> {
        let mut names = self.names.clone();
        let mut renames = true;
        for event in &self.moves {
            let mut reaches = match fate {
                Fate::None => false,
                Fate::All => true,
                Fate::Some => dice.below(2) == 0,
            };
            if let Event::Rename { .. } = event {
                renames &= reaches;
                reaches = renames;
            }
            if reaches {
                rename(&mut names, event);
            }
        }
        let mut found = BTreeMap::new();
        for (name, inode) in names {
            let file = self.files.get(&inode).cloned().unwrap_or_default();
            let mut bytes = file.durable;
            let chance = 1 + dice.below(3);
            for event in &file.pending {
                change(&mut bytes, event, &mut |_| match fate {
                    Fate::None => false,
                    Fate::All => true,
                    Fate::Some => dice.below(4) < chance,
                });
            }
            found.insert(name, bytes);
        }
        found
    }
}

/// The directory whose entries an event changes. Nothing here moves between two.
fn directory_of(event: &Event) -> &str {
    match event {
        Event::Link { name, .. } | Event::Unlink { name } | Event::Rename { to: name, .. } => {
            name.rsplit_once('/').map_or("", |(directory, _)| directory)
        }
        Event::Write { .. } | Event::Truncate { .. } | Event::Sync { .. } => "",
    }
}

fn rename(names: &mut BTreeMap<String, u64>, event: &Event) {
    match event {
        Event::Link { name, inode } => drop(names.insert(name.clone(), *inode)),
        Event::Unlink { name } => drop(names.remove(name)),
        Event::Rename { from, to, inode } => {
            names.retain(|name, of| name != from || of != inode);
            names.insert(to.clone(), *inode);
        }
        Event::Write { .. } | Event::Truncate { .. } | Event::Sync { .. } => {}
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
