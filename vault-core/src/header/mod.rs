//! The header: what must be readable before any key is in memory.
//!
//! ```text
//! "VLTH" | format 1 | min reader u8 | vault id 16 | flags u32be | epoch u64be | generation u64be
//! | root version u32be | u8 n ‖ suites | u8 n ‖ slots | LP(keyring envelope) | HMAC-SHA-256 32
//! slot = id 16 | kind u8 | LP(label) | LP(KDF parameters) | LP(root key envelope)
//! ```
//!
//! Canonical: one value has one spelling. Two identical copies are written in
//! one transaction, the second against damage only. A parsed header proves
//! nothing until its MAC is checked; the state record then says whether it is
//! the newest one (an old header cannot come back and restore a removed slot).

mod slot;
#[cfg(test)]
mod tests;

use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use crate::codec::{Malformed, Put, Reader};
use crate::hazmat::hmac::hmac;
use crate::keys::{HeaderMacKey, KeyVersion};
use crate::limits;
use crate::store::{Class, RecordKey};

pub use slot::{Slot, SlotId, SlotKind};

/// A header as parsed or as about to be written.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Header {
    /// The vault's id, drawn once.
    pub vault: [u8; 16],
    /// Made by `vaultd dev`: not for production.
    pub development: bool,
    /// Raised by restores and by accepting damage.
    pub epoch: u64,
    /// Raised by every header write.
    pub generation: u64,
    /// Raised by every root replacement.
    pub root_version: KeyVersion,
    /// The ways to unseal.
    pub slots: Vec<Slot>,
    /// The sealed keyring.
    pub keyring: Vec<u8>,
}

/// A header's bytes failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum HeaderError {
    /// Not a header, or not one spelling.
    #[error("the header is {0}")]
    Malformed(#[from] Malformed),
    /// Written by a newer program.
    #[error("the vault needs a reader of version {needs}, this is {ours}: upgrade")]
    TooNew {
        /// In the header.
        needs: u8,
        /// Ours.
        ours: u8,
    },
    /// The MAC does not fit.
    #[error("the header cannot be proven genuine")]
    Forged,
}

impl Header {
    /// The two places a header lies in.
    #[must_use]
    pub fn places() -> [RecordKey; 2] {
        [0, 1].map(|copy| RecordKey::new(Class::Header, &[0; 16], 0, &[0; 16], copy))
    }

    /// Takes a header apart. Nothing in it is proven yet.
    pub fn parse(bytes: &[u8]) -> Result<Self, HeaderError> {
        let bounded = Malformed { expected: "a header within its size limit" };
        let body_len = bytes.len().checked_sub(MAC_LEN).filter(|_| bytes.len() <= limits::HEADER_MAX).ok_or(bounded)?;
        let mut reader = Reader::new(&bytes[..body_len]);
        reader.literal(MAGIC, "the header magic VLTH")?;
        let format = reader.u8("a header format")?;
        let needs = reader.u8("a reader version")?;
        if needs > READER || format > FORMAT {
            return Err(HeaderError::TooNew { needs: needs.max(format), ours: READER });
        }
        if format != FORMAT || needs != READER {
            return Err(Malformed { expected: "header format 1" }.into());
        }
        let vault = reader.array("a vault id")?;
        let flags = reader.u32("flags")?;
        if flags & !FLAG_DEVELOPMENT != 0 {
            return Err(Malformed { expected: "no unknown flags" }.into());
        }
        let epoch = reader.u64("an epoch")?;
        let generation = reader.u64("a generation")?;
        let root_version = reader.u32("a root version")?;
        reader.literal(SUITES, "the one suite this program knows")?;
        let count = usize::from(reader.u8("a slot count")?);
        if !(1..=limits::SLOTS_MAX).contains(&count) {
            return Err(Malformed { expected: "1 to 16 key slots" }.into());
        }
        let slots = (0..count).map(|_| Slot::parse(&mut reader)).collect::<Result<Vec<_>, _>>()?;
        if (1..count).any(|i| slots[..i].iter().any(|slot| slot.id == slots[i].id)) {
            return Err(Malformed { expected: "every slot id once" }.into());
        }
        let keyring = reader.lp(limits::HEADER_MAX, "a keyring")?.to_vec();
        reader.end()?;
        let development = flags & FLAG_DEVELOPMENT != 0;
        Ok(Self { vault, development, epoch, generation, root_version, slots, keyring })
    }

    /// Checks the MAC over the bytes the header was parsed from.
    pub(crate) fn verify(bytes: &[u8], key: &HeaderMacKey) -> Result<(), HeaderError> {
        let (body, mac) = bytes.split_last_chunk::<MAC_LEN>().ok_or(HeaderError::Forged)?;
        let genuine = hmac(key.expose(), &[body]).ct_eq(mac);
        if bool::from(genuine) { Ok(()) } else { Err(HeaderError::Forged) }
    }

    /// The bytes, with their MAC.
    pub(crate) fn encode(&self, key: &HeaderMacKey) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(1024);
        bytes.extend_from_slice(MAGIC);
        bytes.push(FORMAT);
        bytes.push(READER);
        bytes.extend_from_slice(&self.vault);
        bytes.put_u32(if self.development { FLAG_DEVELOPMENT } else { 0 });
        bytes.put_u64(self.epoch);
        bytes.put_u64(self.generation);
        bytes.put_u32(self.root_version);
        bytes.extend_from_slice(SUITES);
        bytes.push(u8::try_from(self.slots.len()).unwrap_or(u8::MAX));
        self.slots.iter().for_each(|slot| slot.encode(&mut bytes));
        bytes.put_lp(&self.keyring);
        let mac = hmac(key.expose(), &[&bytes]);
        bytes.extend_from_slice(&mac);
        bytes
    }
}

/// What the state record repeats of the header.
pub(crate) fn fingerprint(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

const MAGIC: &[u8; 4] = b"VLTH";
const FORMAT: u8 = 1;
const READER: u8 = 1;
const FLAG_DEVELOPMENT: u32 = 1;
/// u8 n ‖ n suites.
const SUITES: &[u8] = &[1, 1];
const MAC_LEN: usize = 32;
