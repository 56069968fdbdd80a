//! Granting, and taking back.

use std::collections::BTreeMap;

use super::KmsError;
use super::desk::{Desk, Found};
use super::grant::{Grant, GrantConstraint, GrantId, Operation, Operations, Principal};
use super::id::{KeyId, KeyRef};
use super::list::{Page, page_limit};
use super::places::grant_place;
use super::record::KeyRecord;
use super::save::save;
use super::spec::{KeySpec, KeyUsage};
use super::state::Needs;
use crate::barrier::{Place, RecordKind, Txn};
use crate::limits;

/// A grant to be made.
#[derive(Clone, Debug)]
pub struct NewGrant<'r> {
    /// The key.
    pub key: &'r KeyRef,
    /// Who may.
    pub grantee: Principal,
    /// Who may end it, beside the key's owner.
    pub retiring: Option<Principal>,
    /// What; at least one.
    pub operations: Operations,
    /// Under which contexts; of symmetric keys only.
    pub constraint: Option<GrantConstraint>,
    /// For people; asking again for the very same grant of a name answers with
    /// the one there is.
    pub name: Option<String>,
}

/// The owner may grant; so may who has been granted that, and no more than that.
pub(crate) fn create_grant(desk: &Desk<'_>, txn: &mut Txn<'_>, new: &NewGrant<'_>) -> Result<GrantId, KmsError> {
    let found = desk.may(new.key, Operation::CreateGrant, None, Needs::Enabled)?;
    check(&found, new)?;
    if !found.own {
        let granted = desk.granted(&found.record.id)?.map(|(_, grants)| grants).unwrap_or_default();
        if !granted.iter().any(|grant| passes_on(grant, new)) {
            return Err(KmsError::Forbidden);
        }
    }
    let grants = desk.grants(&found.place)?;
    if let Some((_, same)) = grants.iter().find(|(_, grant)| is_same(grant, new)) {
        return Ok(same.id);
    }
    if grants.len() >= limits::KMS_GRANTS_MAX {
        return Err(KmsError::LimitExceeded { limit: "grants", max: limits::KMS_GRANTS_MAX as u64 });
    }
    let mut record = KeyRecord::clone(&found.record);
    record.grants_given += 1;
    let grant = Grant {
        id: GrantId::from_bytes(desk.barrier.host().random()?),
        key: record.id,
        number: record.grants_given,
        grantee: new.grantee.clone(),
        retiring: new.retiring.clone(),
        operations: new.operations,
        constraint: new.constraint.clone(),
        name: new.name.clone(),
        made_ms: txn.now_ms(),
        made_by: desk.account.user.clone(),
    };
    txn.write(&grant_place(&found.place, grant.number), &grant.encode())?;
    save(txn, &found.place, Some(&found.record), &record)?;
    Ok(grant.id)
}

/// The owner takes a grant back; from the next call on it allows nothing.
pub(crate) fn revoke_grant(desk: &Desk<'_>, txn: &mut Txn<'_>, key: &KeyRef, id: &GrantId) -> Result<(), KmsError> {
    let found = desk.own(key, Needs::Nothing)?;
    let (place, _) = find(desk, &found.place, id)?.ok_or(NO_GRANT)?;
    Ok(txn.delete(place.key())?)
}

/// Whom the grant names for it gives it up, or the grantee where the grant says
/// so, or the owner.
pub(crate) fn retire_grant(desk: &Desk<'_>, txn: &mut Txn<'_>, key: &KeyId, id: &GrantId) -> Result<(), KmsError> {
    let found = desk.anybodys(key)?.ok_or(KmsError::NO_KEY)?;
    let grant = find(desk, &found.place, id)?;
    if found.own {
        let (place, _) = grant.ok_or(NO_GRANT)?;
        return Ok(txn.delete(place.key())?);
    }
    let (place, grant) = grant.ok_or(KmsError::NO_KEY)?;
    let retiring = grant.retiring.as_ref().is_some_and(|retiring| retiring.is(desk.account));
    let grantee = grant.grantee.is(desk.account);
    match (retiring, grantee) {
        (true, _) => Ok(txn.delete(place.key())?),
        (false, true) if grant.operations.has(Operation::RetireGrant) => Ok(txn.delete(place.key())?),
        (false, true) => Err(KmsError::Forbidden),
        (false, false) => Err(KmsError::NO_KEY),
    }
}

/// The grants on one of the caller's keys, oldest first, after a given number.
pub(crate) fn list_grants(
    desk: &Desk<'_>,
    key: &KeyRef,
    after: Option<u64>,
    limit: usize,
) -> Result<Page<Grant>, KmsError> {
    let limit = page_limit(limit)?;
    let found = desk.own(key, Needs::Nothing)?;
    let grants = desk.grants(&found.place)?;
    let mut rest = grants.iter().filter(|(_, grant)| after.is_none_or(|after| grant.number > after));
    let items = rest.by_ref().take(limit).map(|(_, grant)| Grant::clone(grant)).collect();
    Ok(Page { items, more: rest.next().is_some() })
}

/// The grants on anybody's keys that the caller is named to retire, in the order
/// of their keys' ids. Looks at every grant there is: rare, and nothing else needs
/// an index by that name. Where to go on is compared and not looked up, or it
/// would tell whether there is a key of that id.
pub(crate) fn list_retirable(
    desk: &Desk<'_>,
    after: Option<(&KeyId, u64)>,
    limit: usize,
) -> Result<Page<Grant>, KmsError> {
    let limit = page_limit(limit)?;
    let after = after.map(|(key, number)| (*key, number));
    let mut first = BTreeMap::new();
    for scope in desk.barrier.scopes()? {
        if !super::desk::is_live(desk.barrier, &scope)? {
            continue;
        }
        let keys = desk.barrier.keys(&Place::kind_prefix(&scope, RecordKind::KmsGrant))?;
        for place in keys.iter().filter_map(Place::of) {
            let Some(grant) = desk.room.grant(desk.barrier, &place)? else { continue };
            let mine = grant.retiring.as_ref().is_some_and(|retiring| retiring.is(desk.account));
            let at = (grant.key, grant.number);
            if mine && after.is_none_or(|after| at > after) {
                first.insert(at, grant);
            }
            // One more than the page has room for says that there is more.
            if first.len() > limit + 1 {
                first.pop_last();
            }
        }
    }
    let more = first.len() > limit;
    Ok(Page { items: first.into_values().take(limit).map(|grant| Grant::clone(&grant)).collect(), more })
}

fn find(desk: &Desk<'_>, key: &Place, id: &GrantId) -> Result<Option<(Place, std::sync::Arc<Grant>)>, KmsError> {
    Ok(desk.grants(key)?.into_iter().find(|(_, grant)| grant.id == *id))
}

fn check(found: &Found, new: &NewGrant<'_>) -> Result<(), KmsError> {
    let record = &found.record;
    if new.operations == Operations::NONE {
        return Err(KmsError::Invalid { field: "operations", expected: "at least one" });
    }
    if !new.operations.within(operations_of(record.spec, record.usage)) {
        return Err(KmsError::Invalid { field: "operations", expected: "operations that the key has" });
    }
    if new.constraint.is_some() && record.spec != KeySpec::SymmetricDefault {
        return Err(KmsError::Invalid { field: "constraint", expected: "none: only symmetric keys have a context" });
    }
    if let Some(name) = &new.name
        && !(1..=limits::KMS_GRANT_NAME_MAX).contains(&name.len())
    {
        return Err(KmsError::Invalid { field: "name", expected: "1 to 256 bytes" });
    }
    let logins = [Some(&new.grantee), new.retiring.as_ref()].into_iter().flatten().filter_map(|p| p.login.as_ref());
    if logins.into_iter().any(|login| login.len() > limits::LOGIN_MAX) {
        return Err(KmsError::Invalid { field: "login", expected: "up to 64 bytes" });
    }
    Ok(())
}

/// What can be granted on a key.
fn operations_of(spec: KeySpec, usage: KeyUsage) -> Operations {
    use Operation as O;
    let always = [O::DescribeKey, O::CreateGrant, O::RetireGrant].into_iter().collect::<Operations>();
    let own: &[O] = match usage {
        KeyUsage::EncryptDecrypt if spec == KeySpec::SymmetricDefault => &[
            O::Encrypt,
            O::Decrypt,
            O::ReEncryptFrom,
            O::ReEncryptTo,
            O::GenerateDataKey,
            O::GenerateDataKeyWithoutPlaintext,
            O::GenerateDataKeyPair,
            O::GenerateDataKeyPairWithoutPlaintext,
        ],
        KeyUsage::EncryptDecrypt => &[O::Encrypt, O::Decrypt, O::ReEncryptFrom, O::ReEncryptTo, O::GetPublicKey],
        KeyUsage::SignVerify => &[O::Sign, O::Verify, O::GetPublicKey],
        KeyUsage::Mac => &[O::GenerateMac, O::VerifyMac],
        KeyUsage::KeyAgreement => &[O::DeriveSharedSecret, O::GetPublicKey],
    };
    own.iter().fold(always, |all, operation| all.with(*operation))
}

/// May who has `grant` make `new` of it? Nothing more, under no wider constraint.
fn passes_on(grant: &Grant, new: &NewGrant<'_>) -> bool {
    let narrower = match (&grant.constraint, &new.constraint) {
        (None, _) => true,
        (Some(_), None) => false,
        (Some(GrantConstraint::Equals(had)), Some(GrantConstraint::Equals(now))) => had == now,
        (Some(GrantConstraint::Equals(_)), Some(GrantConstraint::Subset(_))) => false,
        (Some(GrantConstraint::Subset(had)), Some(GrantConstraint::Equals(now) | GrantConstraint::Subset(now))) => {
            now.includes(had)
        }
    };
    narrower && grant.operations.has(Operation::CreateGrant) && new.operations.within(grant.operations)
}

fn is_same(grant: &Grant, new: &NewGrant<'_>) -> bool {
    new.name.is_some()
        && grant.name == new.name
        && grant.grantee == new.grantee
        && grant.retiring == new.retiring
        && grant.operations == new.operations
        && grant.constraint == new.constraint
}

const NO_GRANT: KmsError = KmsError::NotFound { what: "grant" };
