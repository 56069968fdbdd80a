//! Keys on the command line: what is made, used, given to others and taken away.

#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests, outside a test function")]

mod keys_cli {
    mod asymmetric;
    mod damage;
    mod files;
    mod keeping;
    mod material;
    mod others;
    mod rewrap;
    mod small;
}

use std::path::{Path, PathBuf};

use vault_tests::site::text;
use vault_tests::{Ctl, Daemon, Dir, Site};

/// A daemon with one key, `alias/k`, and a directory for files.
struct Desk {
    ctl: Ctl,
    dir: Dir,
    daemon: Daemon,
    _site: Site,
}

impl Desk {
    fn new() -> Self {
        let desk = Self::empty();
        desk.ctl.ok(&["key", "create", "--alias", "k"], b"");
        desk
    }

    fn empty() -> Self {
        let site = Site::new();
        let daemon = site.serve();
        Self { ctl: Ctl::new(&daemon), dir: Dir::private(), daemon, _site: site }
    }

    /// A file with this in it; its path as text.
    fn file(&self, name: &str, bytes: &[u8]) -> String {
        text(&self.dir.write(name, bytes)).to_owned()
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn read(&self, name: &str) -> Vec<u8> {
        std::fs::read(self.path(name)).unwrap()
    }

    /// Names of the files that are there, sorted.
    fn names(&self) -> Vec<String> {
        names(self.dir.path())
    }

    /// Has `plain` encrypted as `f` to `f.vlt`.
    fn encrypted(&self, plain: &[u8]) -> String {
        let file = self.file("f", plain);
        self.ctl.ok(&["key", "encrypt", "--key", "k", "--force", &file], b"");
        file + ".vlt"
    }
}

fn names(directory: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(directory).unwrap();
    let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// Bytes that repeat with no period a chunk could have.
fn plaintext(len: usize) -> Vec<u8> {
    (0..len as u64).map(|i| ((i * i + 3 * i) % 251) as u8).collect()
}

/// What the chunks begin after.
const HEADER: usize = 1_536;
/// A whole chunk with its tag.
const CHUNK: usize = 65_552;
