//! Making a key. Its material is made before the writer is asked for: an RSA
//! key takes a second, and nobody else has to wait for it.

use std::collections::BTreeMap;

use super::KmsError;
use super::describe::{KeyInfo, info};
use super::desk::Desk;
use super::entry::{KeyEntry, entry_place};
use super::id::KeyId;
use super::material;
use super::places::{key_place, material_place};
use super::record::{KeyRecord, MaterialInfo, MaterialSource};
use super::save::save;
use super::spec::{KeySpec, KeyUsage, Origin};
use super::state::KeyState;
use super::tags::check_tags;
use crate::barrier::{Place, RecordKind, Txn};
use crate::host::Host;
use crate::keys::SecretBytes;
use crate::limits;
use crate::names::App;
use crate::secrets::{make_scope, scope_of};

/// A key to be made.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NewKey {
    /// What it is made of.
    pub spec: KeySpec,
    /// What it is for.
    pub usage: KeyUsage,
    /// Made here, or imported afterwards.
    pub origin: Origin,
    /// May its material be handed out? Cannot be changed afterwards.
    pub exportable: bool,
    /// For people.
    pub description: String,
    /// For programs.
    pub tags: BTreeMap<String, String>,
}

/// A request that has been looked over, and its material.
pub(crate) struct Prepared<'n> {
    new: &'n NewKey,
    material: Option<SecretBytes>,
}

impl NewKey {
    /// A key of the given spec, made here, not exportable, without description and tags.
    #[must_use]
    pub fn new(spec: KeySpec, usage: KeyUsage) -> Self {
        let (description, tags) = (String::new(), BTreeMap::new());
        Self { spec, usage, origin: Origin::Internal, exportable: false, description, tags }
    }

    /// The symmetric default, for encryption.
    #[must_use]
    pub fn symmetric() -> Self {
        Self::new(KeySpec::SymmetricDefault, KeyUsage::EncryptDecrypt)
    }
}

/// Looks a request over and makes the material.
pub(crate) fn prepare<'n>(host: &Host, new: &'n NewKey) -> Result<Prepared<'n>, KmsError> {
    if !new.spec.allows(new.usage) {
        return Err(KmsError::Invalid { field: "usage", expected: "a usage that keys of this spec have" });
    }
    check_description(&new.description)?;
    check_tags(&new.tags)?;
    let material = match new.origin {
        Origin::Internal => Some(material::make(new.spec, &*host.entropy)?),
        Origin::External => None,
    };
    Ok(Prepared { new, material })
}

pub(crate) fn create(desk: &Desk<'_>, txn: &mut Txn<'_>, prepared: &Prepared<'_>) -> Result<KeyInfo, KmsError> {
    let Prepared { new, material } = prepared;
    let app = App::personal();
    let scope = match scope_of(txn, desk.account, &app)? {
        Some(entry) => entry.scope,
        None => make_scope(txn, desk.account, &app)?.scope,
    };
    let keys = desk.barrier.keys(&Place::kind_prefix(&scope, RecordKind::KmsKey))?.len();
    if keys >= limits::KMS_KEYS_MAX {
        return Err(KmsError::LimitExceeded { limit: "keys", max: limits::KMS_KEYS_MAX as u64 });
    }
    let id = KeyId::make(desk.barrier.host())?;
    let now_ms = txn.now_ms();
    let ring = txn.keyring();
    let place = key_place(&ring, &scope, &id);
    let mut record = KeyRecord {
        id,
        made_ms: now_ms,
        made_by: desk.account.user.clone(),
        usage: new.usage,
        spec: new.spec,
        origin: new.origin,
        exportable: new.exportable,
        state: Some(if material.is_some() { KeyState::Enabled } else { KeyState::PendingImport }),
        description: new.description.clone(),
        tags: new.tags.clone(),
        current: 0,
        latest: 0,
        on_demand: 0,
        rotation_days: 0,
        next_rotation_ms: 0,
        deletion_ms: 0,
        grants_given: 0,
        import_until_ms: 0,
        materials: Vec::new(),
    };
    if let Some(material) = material {
        add_version(txn, &place, &mut record, material, MaterialSource::Created, 0)?;
    }
    txn.write(&entry_place(&ring, &id), &KeyEntry { id, scope }.encode())?;
    save(txn, &place, None, &record)?;
    desk.note(&place, Some(record.current));
    Ok(info(&record, now_ms, true))
}

/// A new version of the material, current from now on. The record is not
/// written here.
pub(crate) fn add_version(
    txn: &mut Txn<'_>,
    place: &Place,
    record: &mut KeyRecord,
    material: &SecretBytes,
    source: MaterialSource,
    expires_ms: u64,
) -> Result<(), KmsError> {
    if record.materials.len() >= limits::KMS_MATERIALS_MAX {
        return Err(KmsError::LimitExceeded { limit: "material versions", max: limits::KMS_MATERIALS_MAX as u64 });
    }
    record.latest += 1;
    record.current = record.latest;
    record.materials.push(MaterialInfo {
        version: record.latest,
        id: txn.keyring().material_id(record.id.as_bytes(), material.expose()),
        source,
        gone: false,
        made_ms: txn.now_ms(),
        gone_ms: 0,
        expires_ms,
    });
    txn.write(&material_place(place, record.latest), material::record(material.expose()).expose())?;
    Ok(())
}

pub(crate) fn check_description(text: &str) -> Result<(), KmsError> {
    let len = text.chars().count();
    if len > limits::KMS_DESCRIPTION_MAX {
        return Err(KmsError::TooLarge { what: "description", len, max: limits::KMS_DESCRIPTION_MAX });
    }
    Ok(())
}
