//! The ceilings of what is said about keys.

use serde::{Deserialize, Deserializer};

use super::super::bounded::{Text, list};
use super::{
    AliasInfo, ContextPair, GrantInfo, GrantOperation, KeyMaterialInfo, KeyTag, PolicyStatement, VersionCensus,
};
use crate::limits;

pub(super) fn description<'de, D: Deserializer<'de>>(from: D) -> Result<String, D::Error> {
    from.deserialize_str(Text(limits::KEY_DESCRIPTION_MAX))
}

pub(super) fn context_text<'de, D: Deserializer<'de>>(from: D) -> Result<String, D::Error> {
    from.deserialize_str(Text(limits::CONTEXT_MAX))
}

pub(super) fn tag_name<'de, D: Deserializer<'de>>(from: D) -> Result<String, D::Error> {
    from.deserialize_str(Text(limits::KEY_TAG_NAME_MAX))
}

pub(super) fn tag_value<'de, D: Deserializer<'de>>(from: D) -> Result<String, D::Error> {
    from.deserialize_str(Text(limits::KEY_TAG_VALUE_MAX))
}

pub(super) fn context<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<ContextPair>, D::Error> {
    list(from, limits::CONTEXT_PAIRS_MAX)
}

pub(super) fn tags<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<KeyTag>, D::Error> {
    list(from, limits::KEY_TAGS_MAX)
}

pub(super) fn tag_names<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<String>, D::Error> {
    let names: Vec<TagName> = list(from, limits::KEY_TAGS_MAX)?;
    Ok(names.into_iter().map(|TagName(name)| name).collect())
}

pub(super) fn ids<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<String>, D::Error> {
    let ids: Vec<Id> = list(from, limits::KEY_PAGE_MAX)?;
    Ok(ids.into_iter().map(|Id(id)| id).collect())
}

pub(super) fn aliases<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<AliasInfo>, D::Error> {
    list(from, limits::KEY_PAGE_MAX)
}

pub(super) fn rotations<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<KeyMaterialInfo>, D::Error> {
    list(from, limits::KEY_PAGE_MAX)
}

pub(super) fn grants<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<GrantInfo>, D::Error> {
    list(from, limits::KEY_PAGE_MAX)
}

pub(super) fn census<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<VersionCensus>, D::Error> {
    list(from, limits::KEY_VERSIONS_MAX)
}

pub(super) fn operations<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<GrantOperation>, D::Error> {
    list(from, limits::GRANT_OPERATIONS_MAX)
}

pub(super) fn statements<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<PolicyStatement>, D::Error> {
    list(from, limits::POLICY_STATEMENTS_MAX)
}

#[derive(Deserialize)]
#[serde(transparent)]
struct TagName(#[serde(deserialize_with = "tag_name")] String);

#[derive(Deserialize)]
#[serde(transparent)]
struct Id(#[serde(deserialize_with = "super::super::bounded::word")] String);
