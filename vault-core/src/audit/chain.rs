//! One link of the chain, and a place in it.

use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use crate::keys::AuditKey;

/// A place in the chain: the last line's number and its MAC or hash. The vault
/// keeps the last one that is known to be on the disk.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Checkpoint {
    /// The line's number; 0 = before the first.
    pub sequence: u64,
    /// What the line ends with.
    pub head: [u8; 32],
}

/// What a line ends with.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Link {
    Keyed([u8; 32]),
    Plain([u8; 32]),
}

impl Link {
    /// The link that follows `head` with this body: keyed when there is a key.
    pub(super) fn make(key: Option<&AuditKey>, head: &[u8; 32], body: &[u8]) -> Self {
        // A body is at most AUDIT_LINE_MAX bytes.
        let length = (body.len() as u32).to_be_bytes();
        match key {
            Some(key) => {
                // In one piece: a hash takes many short ones slowly.
                let mut before = [0; 4 + KEYED.len() + 32 + 4];
                before[..4].copy_from_slice(&label_length(KEYED));
                before[4..4 + KEYED.len()].copy_from_slice(KEYED.as_bytes());
                before[4 + KEYED.len()..][..32].copy_from_slice(head);
                before[4 + KEYED.len() + 32..].copy_from_slice(&length);
                Self::Keyed(key.mac(&[&before, body]))
            }
            None => {
                let mut hash = Sha256::new();
                for part in [&label_length(PLAIN)[..], PLAIN.as_bytes(), head, &length, body] {
                    hash.update(part);
                }
                Self::Plain(hash.finalize().into())
            }
        }
    }

    /// Is this the link that follows `head` with this body?
    pub(super) fn follows(&self, key: &AuditKey, head: &[u8; 32], body: &[u8]) -> bool {
        let key = matches!(self, Self::Keyed(_)).then_some(key);
        Self::make(key, head, body).head().ct_eq(&self.head()).into()
    }

    pub(super) fn head(&self) -> [u8; 32] {
        match self {
            Self::Keyed(head) | Self::Plain(head) => *head,
        }
    }
}

const fn label_length(label: &str) -> [u8; 4] {
    (label.len() as u32).to_be_bytes()
}

const KEYED: &str = "vault/v1/audit";
const PLAIN: &str = "vault/v1/audit-plain";
