//! What is there of each version of a key, and what still uses it.
//!
//! Ciphertexts lie elsewhere, so nobody can count them from here. What can be
//! said is which versions have decrypted since the vault was opened: a version
//! that a day's work does not touch is one that nothing needs, or a backup.

use super::KmsError;
use super::desk::Desk;
use super::id::KeyRef;
use super::places::{material_place, of_key_prefix};
use super::record::MaterialInfo;
use super::state::Needs;
use crate::barrier::RecordKind;

/// How often a version was used since the vault was opened.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Uses {
    /// Encrypted, signed, authenticated or derived with it.
    pub made: u64,
    /// Decrypted or verified with it.
    pub opened: u64,
    /// When last.
    pub last_ms: u64,
}

/// One version.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct VersionCensus {
    /// What is known about it.
    pub material: MaterialInfo,
    /// Its material is stored.
    pub stored: bool,
    /// New ciphertexts are made with it.
    pub current: bool,
    /// Since the vault was opened.
    pub uses: Uses,
}

/// A key's rows and versions.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Census {
    /// Every version, oldest first.
    pub versions: Vec<VersionCensus>,
    /// Aliases that name the key.
    pub aliases: u64,
    /// Grants on it.
    pub grants: u64,
    /// Parameters for an import are out.
    pub import_pending: bool,
}

pub(crate) fn census(desk: &Desk<'_>, key: &KeyRef) -> Result<Census, KmsError> {
    let found = desk.own(key, Needs::Nothing)?;
    let record = &found.record;
    let mut versions = Vec::with_capacity(record.materials.len());
    for material in &record.materials {
        let place = material_place(&found.place, material.version).key();
        versions.push(VersionCensus {
            material: material.clone(),
            stored: desk.barrier.revision(&place)?.is_some(),
            current: material.version == record.current && !material.gone,
            uses: desk.room.uses(&place),
        });
    }
    let aliases = desk.aliases(&found.place.scope)?;
    Ok(Census {
        versions,
        aliases: aliases.iter().filter(|(_, info)| info.key == record.id).count() as u64,
        grants: desk.barrier.keys(&of_key_prefix(&found.place, RecordKind::KmsGrant))?.len() as u64,
        import_pending: record.import_until_ms > desk.barrier.now_ms(),
    })
}
