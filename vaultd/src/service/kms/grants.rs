//! Granting, and what is known about a key's use.

use vault_core::access::Kms;
use vault_core::kms::{GrantId, NewGrant};
use vault_proto::latest::{GrantPlace, KeyCall, KeyReply, Reply, WireError};

use super::super::map::invalid;
use super::super::shared::Shared;
use super::answer::{done, key};
use super::{ask, map};

pub(super) fn answer(shared: &Shared, kms: Kms<'_>, call: KeyCall) -> Result<Reply, WireError> {
    match call {
        KeyCall::CreateGrant { key: name, grantee, retiring, operations, constraint, name: called } => {
            let new = NewGrant {
                key: &ask::key(&name)?,
                grantee: ask::principal(shared, &grantee)?,
                retiring: retiring.as_deref().map(|retiring| ask::principal(shared, retiring)).transpose()?,
                operations: ask::operations(&operations),
                constraint: constraint.map(ask::constraint).transpose()?,
                name: called,
            };
            key(kms.create_grant(&new), |id| KeyReply::Granted { grant: *id.as_bytes() })
        }
        KeyCall::ListGrants { key: name, after, limit } => {
            key(kms.list_grants(&ask::key(&name)?, after, limit as usize), map::grants)
        }
        KeyCall::ListRetirableGrants { after_grant, limit } => {
            let after = match &after_grant {
                Some(GrantPlace { key, number }) => Some((ask::id(key)?, *number)),
                None => None,
            };
            let after = after.as_ref().map(|(key, number)| (key, *number));
            key(kms.list_retirable_grants(after, limit as usize), map::grants)
        }
        KeyCall::RevokeGrant { key, grant } => done(kms.revoke_grant(&ask::key(&key)?, &GrantId::from_bytes(grant))),
        KeyCall::RetireGrant { key, grant } => done(kms.retire_grant(&ask::id(&key)?, &GrantId::from_bytes(grant))),
        KeyCall::GetPolicy { key: name } => key(kms.key_policy(&ask::key(&name)?), |statements| KeyReply::Policy {
            statements: statements.into_iter().map(map::statement).collect(),
        }),
        KeyCall::PutPolicy { key, statements } => {
            done(kms.put_key_policy(&ask::key(&key)?, &ask::statements(&statements)))
        }
        KeyCall::Census { key: name } => {
            key(kms.census(&ask::key(&name)?), |census| KeyReply::Census(map::census(census)))
        }
        _ => Err(invalid("call", "a call of another topic")),
    }
}
