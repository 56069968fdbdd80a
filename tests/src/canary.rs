//! A value that is nowhere else in the world, and where it shows.

use std::collections::HashSet;
use std::fs::{self, File};
use std::io;
use std::ops::{Add, Range};
use std::os::unix::fs::FileExt;
use std::path::Path;

use vault_core::host::Host;

/// Bytes to be searched for, whole and in pieces of eight: what is freed often
/// loses its beginning first, and a search for the whole would miss the rest.
#[derive(Debug)]
pub struct Canary {
    whole: Vec<u8>,
    fragments: HashSet<[u8; FRAGMENT]>,
    /// Which two bytes a fragment may begin with; most places are ruled out by it.
    beginnings: Vec<bool>,
}

/// What a search has found.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Found {
    /// The whole of it.
    pub whole: usize,
    /// Pieces of eight bytes, those of the whole among them.
    pub fragments: usize,
}

impl Add for Found {
    type Output = Self;

    fn add(self, more: Self) -> Self {
        Self { whole: self.whole + more.whole, fragments: self.fragments + more.fragments }
    }
}

impl Canary {
    /// A new one: hex digits, so that it is a legal name after a letter.
    #[must_use]
    pub fn new(len: usize) -> Self {
        Self::random(b"0123456789abcdef", len)
    }

    /// A new one of these characters, a power of two of them.
    #[must_use]
    pub fn random(alphabet: &[u8], len: usize) -> Self {
        assert!(alphabet.len().is_power_of_two() && alphabet.len() <= 256, "each as likely as any other");
        let host = Host::system();
        let mut text = Vec::with_capacity(len + 16);
        while text.len() < len {
            let random: [u8; 16] = host.random().unwrap();
            text.extend(random.iter().map(|byte| alphabet[usize::from(*byte) % alphabet.len()]));
        }
        text.truncate(len);
        Self::of(&text)
    }

    /// These bytes: another form of a canary, such as its base64.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        let fragments: HashSet<_> =
            bytes.windows(FRAGMENT).map(|part| <[u8; FRAGMENT]>::try_from(part).unwrap()).collect();
        let mut beginnings = vec![false; 1 << 16];
        fragments.iter().for_each(|part| beginnings[usize::from(part[0]) << 8 | usize::from(part[1])] = true);
        Self { whole: bytes.to_vec(), fragments, beginnings }
    }

    /// The bytes.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.whole
    }

    /// The bytes as text.
    #[must_use]
    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.whole).unwrap()
    }

    /// Where it shows in these bytes.
    #[must_use]
    pub fn search(&self, bytes: &[u8]) -> Found {
        let mut found = Found::default();
        let (mut at, end) = (0, bytes.len().saturating_sub(FRAGMENT - 1));
        while at < end {
            // Most of a process is memory that it has never touched.
            if bytes[at..].starts_with(&ZEROS) {
                at += ZEROS.len() - (FRAGMENT - 1);
                continue;
            }
            let stop = end.min(at + ZEROS.len());
            found = found + self.search_part(bytes, at..stop);
            at = stop;
        }
        found
    }

    /// Pieces that begin in this part.
    fn search_part(&self, bytes: &[u8], part: Range<usize>) -> Found {
        let mut found = Found::default();
        for at in part {
            if !self.beginnings[usize::from(bytes[at]) << 8 | usize::from(bytes[at + 1])] {
                continue;
            }
            if self.fragments.contains(&bytes[at..at + FRAGMENT]) {
                found.fragments += 1;
                found.whole += usize::from(bytes[at..].starts_with(&self.whole));
            }
        }
        found
    }

    /// Panics when it, or a piece of it, is in any file below a directory.
    pub fn assert_in_no_file(&self, directory: &Path) {
        for entry in fs::read_dir(directory).unwrap().flatten() {
            let path = entry.path();
            assert_eq!(self.search(path.as_os_str().as_encoded_bytes()), Found::default(), "{}", path.display());
            let kind = entry.file_type().unwrap();
            if kind.is_dir() {
                self.assert_in_no_file(&path);
            } else if kind.is_file() {
                let found = self.search(&fs::read(&path).unwrap());
                assert_eq!(found, Found::default(), "{}", path.display());
            }
        }
    }

    /// Searches what a process can write to: heap, stacks, its own data. Needs root.
    #[must_use]
    pub fn search_memory(&self, pid: u32) -> Vec<(String, Found)> {
        let memory = File::open(format!("/proc/{pid}/mem")).unwrap();
        let maps = fs::read_to_string(format!("/proc/{pid}/maps")).unwrap();
        let mut places = Vec::new();
        let mut searched = 0;
        for map in maps.lines() {
            let (range, rest) = map.split_once(' ').unwrap();
            if !rest.starts_with("rw") {
                continue;
            }
            let (from, to) = range.split_once('-').unwrap();
            let (from, to) = (u64::from_str_radix(from, 16).unwrap(), u64::from_str_radix(to, 16).unwrap());
            let found = self.search(&read(&memory, from, to));
            searched += to - from;
            if found != Found::default() {
                places.push((map.to_owned(), found));
            }
        }
        assert!(searched > 1 << 20, "the memory could not be read");
        places
    }
}

/// What of a range there is; pages that cannot be read hold nothing.
fn read(memory: &File, from: u64, to: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut page = vec![0; 1 << 16];
    let mut at = from;
    while at < to {
        let want = page.len().min(usize::try_from(to - at).unwrap());
        match memory.read_at(&mut page[..want], at) {
            Ok(0) => break,
            Ok(read) => {
                bytes.extend_from_slice(&page[..read]);
                at += read as u64;
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(_) => at += 1 << 12,
        }
    }
    bytes
}

const FRAGMENT: usize = 8;
const ZEROS: [u8; 4_096] = [0; 4_096];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_whole_and_pieces_and_nothing_else() {
        let canary = Canary::new(64);
        assert_eq!(canary.search(b"nothing of it here, though 0123456789abcdef"), Found::default());
        let around = [b"before ", canary.bytes(), b" after"].concat();
        assert_eq!(canary.search(&around), Found { whole: 1, fragments: 57 });
        assert_eq!(canary.search(&canary.bytes()[16..24]), Found { whole: 0, fragments: 1 });
        assert_eq!(canary.search(&canary.bytes()[16..23]), Found::default());
        // Also behind, between and at the very edge of what was never touched.
        for zeros in [1, 4_095, 4_096, 4_097, 8_185, 20_000] {
            let among = [&vec![0; zeros], canary.bytes(), &vec![0; zeros], &canary.bytes()[8..16]].concat();
            assert_eq!(canary.search(&among), Found { whole: 1, fragments: 58 }, "{zeros}");
        }
    }

    #[test]
    fn finds_itself_in_the_memory_of_this_process() {
        let canary = Canary::new(64);
        let found = canary.search_memory(std::process::id());
        assert!(found.iter().any(|(_, found)| found.whole > 0));
    }
}
