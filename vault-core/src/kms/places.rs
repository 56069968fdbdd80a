//! Where the records of a key lie. All of them share the key's index; the rest
//! follows from the kind.

use super::id::{Alias, KeyId};
use crate::barrier::{Place, RecordKind};
use crate::keys::Keyring;

/// A key's own record.
pub(crate) fn key_place(keyring: &Keyring, scope: &[u8; 16], id: &KeyId) -> Place {
    Place { scope: *scope, kind: RecordKind::KmsKey, index: key_index(keyring, scope, id), version: 0 }
}

pub(crate) fn key_index(keyring: &Keyring, scope: &[u8; 16], id: &KeyId) -> [u8; 16] {
    keyring.name_index(scope, &[KEY_LABEL, &id.as_bytes()[..]].concat())
}

pub(crate) fn material_place(key: &Place, version: u32) -> Place {
    Place { kind: RecordKind::KmsMaterial, version: u64::from(version), ..*key }
}

pub(crate) fn due_place(key: &Place, due_ms: u64) -> Place {
    Place { kind: RecordKind::KmsDue, version: due_ms, ..*key }
}

pub(crate) fn grant_place(key: &Place, number: u64) -> Place {
    Place { kind: RecordKind::KmsGrant, version: number, ..*key }
}

pub(crate) fn import_place(key: &Place) -> Place {
    Place { kind: RecordKind::KmsImport, version: 0, ..*key }
}

pub(crate) fn alias_place(keyring: &Keyring, scope: &[u8; 16], alias: &Alias) -> Place {
    let name = [ALIAS_LABEL, alias.as_str().as_bytes()].concat();
    Place { scope: *scope, kind: RecordKind::KmsAlias, index: keyring.name_index(scope, &name), version: 0 }
}

/// The prefix of every record of one kind of one key.
pub(crate) fn of_key_prefix(key: &Place, kind: RecordKind) -> [u8; 34] {
    let mut prefix = [0; 34];
    prefix[..18].copy_from_slice(&Place::kind_prefix(&key.scope, kind));
    prefix[18..].copy_from_slice(&key.index);
    prefix
}

/// Labels keep the indexes of keys, aliases and secrets of one scope apart.
const KEY_LABEL: &[u8] = b"kms-key/";
const ALIAS_LABEL: &[u8] = b"kms-alias/";
