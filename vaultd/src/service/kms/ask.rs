//! Wire arguments to core arguments.

use std::collections::BTreeMap;

use vault_core::envelope::{CallerContext, CallerContextError};
use vault_core::kms::{Alias, GrantConstraint, KeyId, KeyRef, NewKey, Operations, PolicyStatement, Principal};
use vault_core::names::NameError;
use vault_proto::latest as wire;
use vault_proto::latest::{ContextPair, GrantOperation, KeyTag, WireError};

use super::super::dispatch::parse_user;
use super::super::map::invalid;
use super::super::shared::Shared;
use super::words;

/// An id or an alias of the caller's own.
pub(super) fn key(text: &str) -> Result<KeyRef, WireError> {
    if text.starts_with(ALIAS) { Ok(KeyRef::Alias(alias(text)?)) } else { Ok(KeyRef::Id(id(text)?)) }
}

pub(super) fn id(text: &str) -> Result<KeyId, WireError> {
    KeyId::parse(text).map_err(name)
}

pub(super) fn alias(text: &str) -> Result<Alias, WireError> {
    Alias::parse(text).map_err(name)
}

pub(super) fn context(pairs: &[ContextPair]) -> Result<CallerContext, WireError> {
    let pairs = pairs.iter().map(|pair| (pair.key.as_bytes(), pair.value.as_bytes()));
    CallerContext::new(pairs).map_err(|error| match error {
        CallerContextError::TooLarge { len, max, .. } => WireError::TooLarge { len: len as u64, max: max as u64 },
        _ => invalid("context", "no name twice"),
    })
}

pub(super) fn tags(tags: Vec<KeyTag>) -> Result<BTreeMap<String, String>, WireError> {
    let mut named = BTreeMap::new();
    for KeyTag { name, value } in tags {
        if named.insert(name, value).is_some() {
            return Err(invalid("tags", "no name twice"));
        }
    }
    Ok(named)
}

pub(super) fn new_key(
    spec: wire::KeySpec,
    usage: wire::KeyUsage,
    origin: wire::KeyOrigin,
    exportable: bool,
    description: String,
    tags: Vec<KeyTag>,
) -> Result<NewKey, WireError> {
    let (spec, usage, origin) = (words::spec(spec), words::usage(usage), words::origin(origin));
    Ok(NewKey { spec, usage, origin, exportable, description, tags: self::tags(tags)? })
}

pub(super) fn operations(operations: &[GrantOperation]) -> Operations {
    operations.iter().map(|operation| words::operation(*operation)).collect()
}

pub(super) fn constraint(constraint: wire::GrantConstraint) -> Result<GrantConstraint, WireError> {
    Ok(match constraint {
        wire::GrantConstraint::Equals(pairs) => GrantConstraint::Equals(context(&pairs)?),
        wire::GrantConstraint::Subset(pairs) => GrantConstraint::Subset(context(&pairs)?),
    })
}

/// Somebody by today's login name, which the grant then holds on to.
pub(super) fn principal(shared: &Shared, text: &str) -> Result<Principal, WireError> {
    let user = parse_user(text)?;
    let login = user.uid().and_then(|uid| shared.callers.login_now(uid));
    Ok(Principal { user, login })
}

pub(super) fn statements(statements: &[wire::PolicyStatement]) -> Vec<PolicyStatement> {
    let statement = |wire: &wire::PolicyStatement| {
        let wire::PolicyStatement { allows, owner, every_operation, conditional } = *wire;
        PolicyStatement { allows, owner, every_operation, conditional }
    };
    statements.iter().map(statement).collect()
}

fn name(rule: NameError) -> WireError {
    invalid(rule.field, rule.expected)
}

const ALIAS: &str = "alias/";
