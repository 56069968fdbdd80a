//! Tags.

use std::collections::BTreeMap;

use super::super::error::{Refused, TAG};
use super::super::marker::{Asked, Listed, cut};
use super::super::wire::{Input, Output};
use super::Request;

pub(super) fn tag(Request { kms, site, input }: Request<'_>) -> Result<Output, Refused> {
    let key = site.key_id(input, "KeyId")?.into();
    let tags = input.need("Tags", read(input)?)?;
    kms.tag_key(&key, &tags)?;
    Ok(Output::new())
}

pub(super) fn untag(Request { kms, site, input }: Request<'_>) -> Result<Output, Refused> {
    let key = site.key_id(input, "KeyId")?.into();
    let names = input.need("TagKeys", input.texts("TagKeys", NAME_MAX)?)?;
    let names: Vec<String> = names.into_iter().map(Into::into).collect();
    kms.untag_key(&key, &names)?;
    Ok(Output::new())
}

pub(super) fn list(Request { kms, site, input }: Request<'_>) -> Result<Output, Refused> {
    let asked = Asked::of(input, Listed::Tags, 50, 50)?;
    let key = site.key_id(input, "KeyId")?.into();
    let after = asked.after(|place| String::from_utf8(place.to_vec()).ok())?;
    let tags = kms.list_key_tags(&key)?;
    let rest = tags.into_iter().filter(|(name, _)| after.as_ref().is_none_or(|after| name > after));
    let show = |(name, value): (String, String)| Output::new().text("TagKey", &name).text("TagValue", &value);
    Ok(asked.page("Tags", cut(rest, asked.limit), |(name, _)| name.as_bytes().to_vec(), show))
}

/// The tags that a request gives.
pub(super) fn read(input: Input<'_>) -> Result<Option<BTreeMap<String, String>>, Refused> {
    let Some(given) = input.objects("Tags")? else { return Ok(None) };
    let mut tags = BTreeMap::new();
    for tag in given {
        let name = tag.need_text("TagKey", NAME_MAX)?.into_owned();
        let value = tag.need("TagValue", tag.text("TagValue", VALUE_MAX)?)?.into_owned();
        if name.to_ascii_lowercase().starts_with("aws:") {
            return Err(Refused::new(TAG, "a tag's name does not begin with aws:"));
        }
        if tags.insert(name, value).is_some() {
            return Err(Refused::new(TAG, "the same tag is given twice"));
        }
    }
    Ok(Some(tags))
}

const NAME_MAX: usize = 128;
const VALUE_MAX: usize = 256;
