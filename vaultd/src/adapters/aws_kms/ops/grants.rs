//! Grants. They count from the next call on, so grant tokens are taken and not
//! needed; the one that is given out names the grant, for retiring it.

use vault_core::envelope::CallerContext;
use vault_core::hex;
use vault_core::kms::{Grant, GrantConstraint, GrantId, KeyId, KeyRef, KmsError, NewGrant, Operations};

use super::super::error::{INVALID_GRANT_ID, INVALID_GRANT_TOKEN, Refused};
use super::super::marker::{Asked, Listed, cut};
use super::super::names::Site;
use super::super::wire::{Input, Output, decode, encode_into};
use super::super::words::OPERATIONS;
use super::Request;

pub(super) fn create(Request { kms, site, input }: Request<'_>) -> Result<Output, Refused> {
    input.refuse(&["GranteeServicePrincipal", "RetiringServicePrincipal"])?;
    let key = site.key_id(input, "KeyId")?;
    let grantee = site.principal(&input.need_text("GranteePrincipal", PRINCIPAL_MAX)?)?;
    let retiring = input.text("RetiringPrincipal", PRINCIPAL_MAX)?;
    let operations = input.need("Operations", input.texts("Operations", 64)?)?;
    let operations = operations.iter().map(|word| OPERATIONS.find("Operations", word));
    let id = kms.create_grant(&NewGrant {
        key: &KeyRef::Id(key),
        grantee,
        retiring: retiring.map(|name| site.principal(&name)).transpose()?,
        operations: operations.collect::<Result<Operations, _>>()?,
        constraint: constraint(input)?,
        name: input.text("Name", 256)?.map(Into::into),
    })?;
    Ok(Output::new().text("GrantToken", &token(&key, &id)).text("GrantId", &hex::encode(id.as_bytes())))
}

pub(super) fn list(Request { kms, site, input }: Request<'_>) -> Result<Output, Refused> {
    input.refuse(&["GranteeServicePrincipal"])?;
    let asked = Asked::of(input, Listed::Grants, 50, 100)?;
    let key = KeyRef::Id(site.key_id(input, "KeyId")?);
    let id = if input.has("GrantId") { Some(grant_id(input)?) } else { None };
    let grantee = input.text("GranteePrincipal", PRINCIPAL_MAX)?.map(|name| site.principal(&name)).transpose()?;
    let after = asked.after(number)?;
    // As many as a key may have: those that are asked for may be the last.
    let grants = kms.list_grants(&key, after, 1_000)?.items.into_iter();
    let grants = grants
        .filter(|grant| id.is_none_or(|id| grant.id == id))
        .filter(|grant| grantee.as_ref().is_none_or(|grantee| grant.grantee.user == grantee.user));
    Ok(asked.page("Grants", cut(grants, asked.limit), |grant| grant.number.to_be_bytes().to_vec(), |g| shown(site, &g)))
}

/// Those that the caller may retire. Whoever else is named has none that the
/// caller may hear of.
pub(super) fn list_retirable(Request { kms, site, input }: Request<'_>) -> Result<Output, Refused> {
    input.refuse(&["RetiringServicePrincipal"])?;
    let asked = Asked::of(input, Listed::Retirable, 50, 100)?;
    let retiring = site.principal(&input.need_text("RetiringPrincipal", PRINCIPAL_MAX)?)?;
    let after = asked.after(|place| {
        let (key, rest) = place.split_at_checked(16)?;
        Some((KeyId::from_bytes(key.try_into().ok()?), number(rest)?))
    })?;
    let mut page = kms.list_retirable_grants(after.as_ref().map(|(key, number)| (key, *number)), asked.limit)?;
    let named = |grant: &Grant| grant.retiring.as_ref().is_some_and(|principal| principal.user == retiring.user);
    if !page.items.iter().all(named) {
        (page.items, page.more) = (Vec::new(), false);
    }
    let place = |grant: &Grant| [&grant.key.as_bytes()[..], &grant.number.to_be_bytes()].concat();
    Ok(asked.page("Grants", page, place, |grant| shown(site, &grant)))
}

pub(super) fn revoke(Request { kms, site, input }: Request<'_>) -> Result<Output, Refused> {
    let key = site.key_id(input, "KeyId")?;
    kms.revoke_grant(&KeyRef::Id(key), &grant_id(input)?).map_err(no_grant)?;
    Ok(Output::new())
}

pub(super) fn retire(Request { kms, site, input }: Request<'_>) -> Result<Output, Refused> {
    let (key, id) = match input.text("GrantToken", TOKEN_MAX)? {
        Some(token) if !input.has("KeyId") && !input.has("GrantId") => named_by(&token)?,
        Some(_) => return Err(Refused::validation("expected either GrantToken, or KeyId and GrantId")),
        None => (site.key_id(input, "KeyId")?, grant_id(input)?),
    };
    kms.retire_grant(&key, &id).map_err(no_grant)?;
    Ok(Output::new())
}

fn constraint(input: Input<'_>) -> Result<Option<GrantConstraint>, Refused> {
    let Some(given) = input.object("Constraints")? else { return Ok(None) };
    given.refuse(&["SourceArn"])?;
    match (given.has("EncryptionContextEquals"), given.has("EncryptionContextSubset")) {
        (true, true) => Err(Refused::invalid("Constraints", "EncryptionContextEquals or EncryptionContextSubset")),
        (true, false) => Ok(Some(GrantConstraint::Equals(given.context("EncryptionContextEquals")?))),
        (false, true) => Ok(Some(GrantConstraint::Subset(given.context("EncryptionContextSubset")?))),
        (false, false) => Ok(None),
    }
}

fn shown(site: &Site, grant: &Grant) -> Output {
    let retiring = grant.retiring.as_ref();
    let constraint = grant.constraint.as_ref().map(|constraint| match constraint {
        GrantConstraint::Equals(context) => Output::new().object("EncryptionContextEquals", pairs(context)),
        GrantConstraint::Subset(context) => Output::new().object("EncryptionContextSubset", pairs(context)),
    });
    Output::new()
        .text("KeyId", &site.key_arn(&grant.key))
        .text("GrantId", &hex::encode(grant.id.as_bytes()))
        .with(grant.name.as_ref(), |output, name| output.text("Name", name))
        .time("CreationDate", grant.made_ms)
        .text("GranteePrincipal", &site.user_arn(&grant.grantee.user))
        .with(retiring, |output, retiring| output.text("RetiringPrincipal", &site.user_arn(&retiring.user)))
        .text("IssuingAccount", &site.root_arn())
        .texts("Operations", grant.operations.iter().map(|operation| OPERATIONS.word(operation)))
        .with(constraint, |output, constraint| output.object("Constraints", constraint))
}

fn pairs(context: &CallerContext) -> Output {
    // A grant that the native protocol made may hold bytes that are no text.
    context.iter().fold(Output::new(), |output, (name, value)| {
        output.text(&String::from_utf8_lossy(name), &String::from_utf8_lossy(value))
    })
}

fn number(place: &[u8]) -> Option<u64> {
    Some(u64::from_be_bytes(place.try_into().ok()?))
}

fn token(key: &KeyId, id: &GrantId) -> String {
    let mut text = Vec::new();
    encode_into(&[&[TOKEN_FORMAT][..], key.as_bytes(), id.as_bytes()].concat(), &mut text);
    String::from_utf8_lossy(&text).into_owned()
}

fn named_by(token: &str) -> Result<(KeyId, GrantId), Refused> {
    let parse = |bytes: &[u8]| {
        let (format, rest) = bytes.split_first()?;
        let (key, id) = rest.split_at_checked(16).filter(|_| *format == TOKEN_FORMAT)?;
        Some((KeyId::from_bytes(key.try_into().ok()?), GrantId::from_bytes(id.try_into().ok()?)))
    };
    let found = decode(token.as_bytes()).and_then(|bytes| parse(&bytes));
    found.ok_or_else(|| Refused::new(INVALID_GRANT_TOKEN, "GrantToken is not one that CreateGrant gives out"))
}

fn grant_id(input: Input<'_>) -> Result<GrantId, Refused> {
    let id = hex::decode(input.need_text("GrantId", 128)?.as_bytes()).map(GrantId::from_bytes);
    id.ok_or_else(|| Refused::new(INVALID_GRANT_ID, "GrantId is not one that CreateGrant gives out"))
}

fn no_grant(error: KmsError) -> Refused {
    match error {
        KmsError::NotFound { what: "grant" } => Refused::new(INVALID_GRANT_ID, "the key has no such grant"),
        error => error.into(),
    }
}

const PRINCIPAL_MAX: usize = 256;
const TOKEN_MAX: usize = 8_192;
const TOKEN_FORMAT: u8 = 1;
