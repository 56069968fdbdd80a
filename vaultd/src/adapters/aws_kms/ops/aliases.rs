//! Aliases.

use vault_core::kms::{Alias, AliasInfo};

use super::super::error::{INVALID_ALIAS_NAME, INVALID_KEY_USAGE, Refused, VALIDATION};
use super::super::marker::{Asked, Listed};
use super::super::names::alias;
use super::super::wire::Output;
use super::Request;

pub(super) fn create(Request { kms, site, input }: Request<'_>) -> Result<Output, Refused> {
    let alias = alias(input, "AliasName")?;
    kms.create_alias(&alias, &site.key_id(input, "TargetKeyId")?)?;
    Ok(Output::new())
}

pub(super) fn update(Request { kms, site, input }: Request<'_>) -> Result<Output, Refused> {
    let alias = alias(input, "AliasName").map_err(|refused| refused.named(INVALID_ALIAS_NAME, VALIDATION))?;
    let updated = kms.update_alias(&alias, &site.key_id(input, "TargetKeyId")?);
    // Another kind of key than before: AWS has no name for that on this operation.
    updated.map_err(|error| Refused::from(error).named(INVALID_KEY_USAGE, VALIDATION))?;
    Ok(Output::new())
}

pub(super) fn delete(Request { kms, input, .. }: Request<'_>) -> Result<Output, Refused> {
    let alias = alias(input, "AliasName").map_err(|refused| refused.named(INVALID_ALIAS_NAME, VALIDATION))?;
    kms.delete_alias(&alias)?;
    Ok(Output::new())
}

pub(super) fn list(Request { kms, site, input }: Request<'_>) -> Result<Output, Refused> {
    let asked = Asked::of(input, Listed::Aliases, 50, 100)?;
    let key = if input.has("KeyId") { Some(site.key_id(input, "KeyId")?) } else { None };
    let after = asked.after(|place| Alias::parse(std::str::from_utf8(place).ok()?).ok())?;
    let page = kms.list_aliases(key.as_ref(), after.as_ref(), asked.limit)?;
    let show = |info: AliasInfo| {
        Output::new()
            .text("AliasName", info.alias.as_str())
            .text("AliasArn", &site.alias_arn(&info.alias))
            .text("TargetKeyId", &info.key.to_string())
            .time("CreationDate", info.made_ms)
            .time("LastUpdatedDate", info.updated_ms)
    };
    Ok(asked.page("Aliases", page, |info| info.alias.as_str().as_bytes().to_vec(), show))
}
