//! A new version of a symmetric key's material. What older versions have
//! encrypted stays readable; what is new is encrypted with the newest.

use super::KmsError;
use super::create::add_version;
use super::desk::Desk;
use super::id::KeyRef;
use super::material;
use super::record::{KeyRecord, MaterialSource};
use super::save::save;
use super::spec::{KeySpec, Origin};
use super::state::Needs;
use crate::barrier::{Place, Txn};
use crate::limits;

/// On demand; returns the new version.
pub(crate) fn rotate(desk: &Desk<'_>, txn: &mut Txn<'_>, key: &KeyRef) -> Result<u32, KmsError> {
    let found = desk.own(key, Needs::Enabled)?;
    check_rotates(&found.record)?;
    let mut record = KeyRecord::clone(&found.record);
    if record.on_demand >= limits::KMS_ON_DEMAND_MAX {
        let max = u64::from(limits::KMS_ON_DEMAND_MAX);
        return Err(KmsError::LimitExceeded { limit: "rotations on demand", max });
    }
    record.on_demand += 1;
    renew(txn, &found.place, &mut record, MaterialSource::OnDemand)?;
    save(txn, &found.place, Some(&found.record), &record)?;
    desk.note(&found.place, Some(record.current));
    Ok(record.current)
}

/// Adds fresh material; the record is not written here.
pub(super) fn renew(
    txn: &mut Txn<'_>,
    place: &Place,
    record: &mut KeyRecord,
    source: MaterialSource,
) -> Result<(), KmsError> {
    let entropy = &*txn.barrier().host().entropy;
    let fresh = material::make(record.spec, entropy)?;
    add_version(txn, place, record, &fresh, source, 0)
}

/// Only symmetric keys made here: nothing else says which version it was made with.
pub(super) fn check_rotates(record: &KeyRecord) -> Result<(), KmsError> {
    if record.spec != KeySpec::SymmetricDefault || record.origin != Origin::Internal {
        return Err(KmsError::Unsupported { what: "be rotated" });
    }
    Ok(())
}
