//! Frozen vectors: bytes of version 1 that every later program must read alike.
//! They lie in `tests/vectors` of the repository, with their inputs, so that
//! another implementation (`tests/python/open_vectors.py`) can check them.
//!
//! `VAULT_WRITE_VECTORS=1 cargo test -p vault-core vectors` writes files that
//! are missing. A file that exists is never written again: a vector that no
//! longer fits is a broken format, not a vector to renew.

mod header;
mod rows;
mod state;

use std::path::PathBuf;
use std::sync::Mutex;

use serde_json::Value;

use crate::host::{Entropy, EntropyError};

/// The vectors in `name`, made by `make` when they are wanted and not there.
pub(crate) fn frozen(name: &str, make: impl FnOnce() -> Value) -> Value {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../tests/vectors").join(name);
    if std::env::var_os("VAULT_WRITE_VECTORS").is_some() && !path.exists() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        let mut text = serde_json::to_string_pretty(&make()).unwrap();
        text.push('\n');
        std::fs::write(&path, text).unwrap();
    }
    serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap()
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The bytes of a member in hex.
pub(crate) fn bytes(value: &Value, member: &str) -> Vec<u8> {
    let text = value[member].as_str().unwrap_or_else(|| panic!("{member} is in {value}"));
    let digits = text.as_bytes().chunks_exact(2);
    assert!(digits.remainder().is_empty());
    digits.map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap()).collect()
}

pub(crate) fn array<const N: usize>(value: &Value, member: &str) -> [u8; N] {
    bytes(value, member).try_into().unwrap()
}

pub(crate) fn number(value: &Value, member: &str) -> u64 {
    value[member].as_u64().unwrap_or_else(|| panic!("{member} is in {value}"))
}

pub(crate) fn text<'v>(value: &'v Value, member: &str) -> &'v str {
    value[member].as_str().unwrap_or_else(|| panic!("{member} is in {value}"))
}

/// Entropy that hands out the given bytes in order, and no more.
pub(crate) struct Given(Mutex<Vec<u8>>);

impl Given {
    pub(crate) fn new(bytes: &[u8]) -> Self {
        Self(Mutex::new(bytes.to_vec()))
    }

    /// As many bytes as needed, counting up from `from`.
    pub(crate) fn counting(from: u8, len: usize) -> Self {
        Self(Mutex::new((0..len).map(|i| from.wrapping_add(i as u8)).collect()))
    }
}

impl Entropy for Given {
    fn fill(&self, buffer: &mut [u8]) -> Result<(), EntropyError> {
        let mut left = self.0.lock().unwrap();
        if left.len() < buffer.len() {
            return Err(EntropyError);
        }
        let rest = left.split_off(buffer.len());
        buffer.copy_from_slice(&left);
        *left = rest;
        Ok(())
    }
}
