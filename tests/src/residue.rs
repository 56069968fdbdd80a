//! What of a value stays in the memory of a process.

use std::thread::sleep;
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::canary::{Canary, Found};

/// A value in both forms it has on its way: bytes, and base64 as JSON carries it.
#[derive(Debug)]
pub struct Value {
    bytes: Canary,
    base64: Canary,
}

impl Value {
    /// A new one of this length.
    #[must_use]
    pub fn new(len: usize) -> Self {
        let bytes = Canary::random(ALPHABET, len);
        let base64 = Canary::of(STANDARD.encode(bytes.bytes()).as_bytes());
        Self { bytes, base64 }
    }

    /// The bytes.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        self.bytes.bytes()
    }

    /// The bytes as text.
    #[must_use]
    pub fn text(&self) -> &str {
        self.bytes.text()
    }

    /// Both forms.
    #[must_use]
    pub fn forms(&self) -> [&Canary; 2] {
        [&self.bytes, &self.base64]
    }

    /// Panics when it, or a piece of it, is in this process's memory. Needs root.
    pub fn assert_gone(&self, pid: u32, after: &str) {
        for (form, canary) in ["bytes", "base64"].into_iter().zip(self.forms()) {
            let found = settled(canary, pid);
            assert!(found.is_empty(), "{form} of {} after {after}: {found:?}", self.bytes().len());
        }
    }
}

/// What is found a second later, or nothing as soon as nothing is. A search may
/// take longer than that: the last one begins when the second is over.
#[must_use]
pub fn settled(canary: &Canary, pid: u32) -> Vec<(String, Found)> {
    let until = Instant::now() + Duration::from_secs(1);
    loop {
        let last = Instant::now() > until;
        let found = canary.search_memory(pid);
        if found.is_empty() || last {
            return found;
        }
        sleep(Duration::from_millis(50));
    }
}

/// What stands in no need of quotes. Not hex digits alone: of sixty thousand
/// pieces of eight of those, one or another is in any process that prints hex.
const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
