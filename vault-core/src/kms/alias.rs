//! Names for one's own keys. A name can be pointed to another key, so programs
//! that use the name go on.
//!
//! `1 | LP(alias) | key id 16 | made at u64be | updated at u64be`

use super::KmsError;
use super::desk::Desk;
use super::id::{Alias, KeyId, KeyRef};
use super::list::{Page, page, page_limit};
use super::places::alias_place;
use super::state::Needs;
use crate::barrier::{Place, RecordKind, Txn};
use crate::codec::{Malformed, Put, Reader};
use crate::limits;

/// An alias and the key it names.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AliasInfo {
    /// The alias.
    pub alias: Alias,
    /// The key.
    pub key: KeyId,
    /// When it was made.
    pub made_ms: u64,
    /// When it was last pointed to a key.
    pub updated_ms: u64,
}

impl AliasInfo {
    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut bytes = vec![RECORD_VERSION];
        bytes.put_lp(self.alias.as_str().as_bytes());
        bytes.extend_from_slice(self.key.as_bytes());
        bytes.put_u64(self.made_ms);
        bytes.put_u64(self.updated_ms);
        bytes
    }

    pub(crate) fn parse(bytes: &[u8]) -> Result<Self, Malformed> {
        let mut reader = Reader::new(bytes);
        reader.literal(&[RECORD_VERSION], "alias record version 1")?;
        let alias = reader.text(limits::KMS_ALIAS_MAX, "an alias")?;
        let alias = Alias::parse(alias).map_err(|rule| Malformed { expected: rule.expected })?;
        let key = KeyId::from_bytes(reader.array("a key id")?);
        let made_ms = reader.u64("a time")?;
        let updated_ms = reader.u64("a time")?;
        reader.end()?;
        Ok(Self { alias, key, made_ms, updated_ms })
    }
}

pub(crate) fn create_alias(desk: &Desk<'_>, txn: &mut Txn<'_>, alias: &Alias, key: &KeyId) -> Result<(), KmsError> {
    let found = desk.own(&KeyRef::Id(*key), Needs::Kept)?;
    let scope = found.place.scope;
    let place = alias_place(&txn.keyring(), &scope, alias);
    if txn.exists(&place.key())? {
        return Err(KmsError::AlreadyExists { what: "the alias" });
    }
    if desk.barrier.keys(&Place::kind_prefix(&scope, RecordKind::KmsAlias))?.len() >= limits::KMS_ALIASES_MAX {
        return Err(KmsError::LimitExceeded { limit: "aliases", max: limits::KMS_ALIASES_MAX as u64 });
    }
    let now_ms = txn.now_ms();
    let info = AliasInfo { alias: alias.clone(), key: *key, made_ms: now_ms, updated_ms: now_ms };
    Ok(txn.write(&place, &info.encode())?)
}

/// Points an alias to another key of the same usage and kind, so that nothing
/// that goes by the name meets a key that cannot do what the last one did.
pub(crate) fn update_alias(desk: &Desk<'_>, txn: &mut Txn<'_>, alias: &Alias, key: &KeyId) -> Result<(), KmsError> {
    let found = desk.own(&KeyRef::Id(*key), Needs::Kept)?;
    let (place, before) = desk.alias(alias)?.ok_or(NO_ALIAS)?;
    if let Ok(last) = desk.own(&KeyRef::Id(before.key), Needs::Nothing) {
        let alike = |a: &super::record::KeyRecord| (a.usage, a.spec.is_asymmetric());
        if alike(&last.record) != alike(&found.record) {
            return Err(KmsError::WrongUsage { usage: last.record.usage });
        }
    }
    let info = AliasInfo { key: *key, updated_ms: txn.now_ms(), ..AliasInfo::clone(&before) };
    Ok(txn.write(&place, &info.encode())?)
}

pub(crate) fn delete_alias(desk: &Desk<'_>, txn: &mut Txn<'_>, alias: &Alias) -> Result<(), KmsError> {
    let (place, _) = desk.alias(alias)?.ok_or(NO_ALIAS)?;
    Ok(txn.delete(place.key())?)
}

/// The caller's aliases, of one key or of all, after a given one.
pub(crate) fn list_aliases(
    desk: &Desk<'_>,
    key: Option<&KeyId>,
    after: Option<&Alias>,
    limit: usize,
) -> Result<Page<AliasInfo>, KmsError> {
    let limit = page_limit(limit)?;
    if let Some(key) = key {
        desk.own(&KeyRef::Id(*key), Needs::Nothing)?;
    }
    let Some(scope) = desk.own_scope()? else { return Ok(Page { items: Vec::new(), more: false }) };
    let after = after.map(|alias| alias_place(&desk.barrier.keyring(), &scope, alias).index);
    page(desk, &scope, RecordKind::KmsAlias, after, limit, |place| {
        let info = desk.room.alias(desk.barrier, place)?;
        Ok(info.filter(|info| key.is_none_or(|key| info.key == *key)).map(|info| AliasInfo::clone(&info)))
    })
}

const NO_ALIAS: KmsError = KmsError::NotFound { what: "alias" };
const RECORD_VERSION: u8 = 1;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn round_trips_and_refuses_truncation() {
        let alias = Alias::parse("alias/orders").unwrap();
        let info = AliasInfo { alias, key: KeyId::from_bytes([1; 16]), made_ms: 2, updated_ms: 3 };
        let bytes = info.encode();
        assert_eq!(AliasInfo::parse(&bytes), Ok(info));
        assert!((0..bytes.len()).all(|len| AliasInfo::parse(&bytes[..len]).is_err()));
    }
}
