//! Description and tags: what people and programs remember about a key.

use std::collections::BTreeMap;

use super::KmsError;
use super::create::check_description;
use super::desk::Desk;
use super::id::KeyRef;
use super::record::KeyRecord;
use super::save::save;
use super::state::Needs;
use crate::barrier::Txn;
use crate::limits;

pub(crate) fn describe_as(desk: &Desk<'_>, txn: &mut Txn<'_>, key: &KeyRef, text: &str) -> Result<(), KmsError> {
    check_description(text)?;
    let found = desk.own(key, Needs::Kept)?;
    let record = KeyRecord { description: text.to_owned(), ..KeyRecord::clone(&found.record) };
    Ok(save(txn, &found.place, Some(&found.record), &record)?)
}

/// Adds tags, replacing those of the same name.
pub(crate) fn tag(
    desk: &Desk<'_>,
    txn: &mut Txn<'_>,
    key: &KeyRef,
    tags: &BTreeMap<String, String>,
) -> Result<(), KmsError> {
    let found = desk.own(key, Needs::Kept)?;
    let mut record = KeyRecord::clone(&found.record);
    record.tags.extend(tags.iter().map(|(tag, value)| (tag.clone(), value.clone())));
    check_tags(&record.tags)?;
    Ok(save(txn, &found.place, Some(&found.record), &record)?)
}

/// Removes tags; one that is not there is none the less gone.
pub(crate) fn untag(desk: &Desk<'_>, txn: &mut Txn<'_>, key: &KeyRef, names: &[String]) -> Result<(), KmsError> {
    let found = desk.own(key, Needs::Kept)?;
    let mut record = KeyRecord::clone(&found.record);
    names.iter().for_each(|name| drop(record.tags.remove(name)));
    Ok(save(txn, &found.place, Some(&found.record), &record)?)
}

/// In order of their names.
pub(crate) fn list_tags(desk: &Desk<'_>, key: &KeyRef) -> Result<BTreeMap<String, String>, KmsError> {
    Ok(desk.own(key, Needs::Nothing)?.record.tags.clone())
}

/// Refuses tags over the limits.
pub(crate) fn check_tags(tags: &BTreeMap<String, String>) -> Result<(), KmsError> {
    if tags.len() > limits::KMS_TAGS_MAX {
        return Err(KmsError::LimitExceeded { limit: "tags", max: limits::KMS_TAGS_MAX as u64 });
    }
    for (tag, value) in tags {
        let (name, value) = (tag.chars().count(), value.chars().count());
        if name == 0 {
            return Err(KmsError::Invalid { field: "tag", expected: "a name of 1 to 128 characters" });
        }
        if name > limits::KMS_TAG_NAME_MAX {
            return Err(KmsError::TooLarge { what: "a tag's name", len: name, max: limits::KMS_TAG_NAME_MAX });
        }
        if value > limits::KMS_TAG_VALUE_MAX {
            return Err(KmsError::TooLarge { what: "a tag's value", len: value, max: limits::KMS_TAG_VALUE_MAX });
        }
    }
    Ok(())
}
