//! Where a key lies, found by its id alone: ids are global, and a ciphertext
//! names nothing else. One record a key, in the system scope.
//!
//! `1 | key id 16 | scope id 16`
//!
//! The scope and not the user: scopes move with their users.

use super::id::KeyId;
use crate::barrier::{Place, RecordKind, SYSTEM};
use crate::codec::{Malformed, Reader};
use crate::keys::Keyring;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct KeyEntry {
    pub(crate) id: KeyId,
    pub(crate) scope: [u8; 16],
}

impl KeyEntry {
    pub(crate) fn encode(&self) -> Vec<u8> {
        [&[RECORD_VERSION][..], self.id.as_bytes(), &self.scope].concat()
    }

    pub(crate) fn parse(bytes: &[u8]) -> Result<Self, Malformed> {
        let mut reader = Reader::new(bytes);
        reader.literal(&[RECORD_VERSION], "key entry record version 1")?;
        let id = KeyId::from_bytes(reader.array("a key id")?);
        let scope = reader.array("a scope id")?;
        reader.end()?;
        Ok(Self { id, scope })
    }
}

/// Under a keyed index, as everything else: a copied file does not tell which
/// ciphertexts were made by its keys.
pub(crate) fn entry_place(keyring: &Keyring, id: &KeyId) -> Place {
    let name = [ENTRY_LABEL, &id.as_bytes()[..]].concat();
    Place { scope: SYSTEM, kind: RecordKind::KmsEntry, index: keyring.name_index(&SYSTEM, &name), version: 0 }
}

const ENTRY_LABEL: &[u8] = b"kms-entry/";
const RECORD_VERSION: u8 = 1;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn round_trips_and_refuses_truncation() {
        let entry = KeyEntry { id: KeyId::from_bytes([1; 16]), scope: [2; 16] };
        let bytes = entry.encode();
        assert_eq!(KeyEntry::parse(&bytes), Ok(entry));
        assert!((0..bytes.len()).all(|len| KeyEntry::parse(&bytes[..len]).is_err()));
        assert!(KeyEntry::parse(&[&bytes[..], &[0]].concat()).is_err());
    }
}
