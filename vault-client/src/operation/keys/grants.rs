//! Granting, and what is known about a key's use.

use vault_proto::latest::{GrantInfo, GrantPlace, KeyCall, KeyCensus, KeyReply, PolicyStatement, Reply};

use super::{Operation, no_more, on, only_key};
use crate::keys::{Listed, NewGrant};

/// Lets somebody do something with a key; answers the grant's id.
#[must_use]
pub fn create_grant(new: NewGrant) -> Operation<[u8; 32]> {
    let NewGrant { key, grantee, retiring, operations, constraint, name } = new;
    on(
        KeyCall::CreateGrant { key, grantee, retiring, operations, constraint, name },
        only_key!(KeyReply::Granted { grant } => grant),
    )
}

/// The grants on one of the caller's keys, oldest first, after a given number.
#[must_use]
pub fn grants(key: &str, after: Option<u64>, limit: u32) -> Operation<Listed<GrantInfo>> {
    on(KeyCall::ListGrants { key: key.to_owned(), after, limit }, listed)
}

/// The grants that the caller is named to retire, after a given one.
#[must_use]
pub fn retirable_grants(after: Option<&GrantInfo>, limit: u32) -> Operation<Listed<GrantInfo>> {
    let after_grant = after.map(|grant| GrantPlace { key: grant.key.clone(), number: grant.number });
    on(KeyCall::ListRetirableGrants { after_grant, limit }, listed)
}

/// Takes a grant on one of the caller's keys back.
#[must_use]
pub fn revoke_grant(key: &str, grant: &[u8; 32]) -> Operation<()> {
    no_more(KeyCall::RevokeGrant { key: key.to_owned(), grant: *grant })
}

/// Gives a grant up; the key is given by its id.
#[must_use]
pub fn retire_grant(key: &str, grant: &[u8; 32]) -> Operation<()> {
    no_more(KeyCall::RetireGrant { key: key.to_owned(), grant: *grant })
}

/// The key's policy, which is every key's.
#[must_use]
pub fn policy(key: &str) -> Operation<Vec<PolicyStatement>> {
    on(KeyCall::GetPolicy { key: key.to_owned() }, only_key!(KeyReply::Policy { statements } => statements))
}

/// Accepts the policy that every key has; refuses every other.
#[must_use]
pub fn put_policy(key: &str, statements: Vec<PolicyStatement>) -> Operation<()> {
    no_more(KeyCall::PutPolicy { key: key.to_owned(), statements })
}

/// What is there of each version of a key, and what used it since the vault
/// was opened.
#[must_use]
pub fn census(key: &str) -> Operation<KeyCensus> {
    on(KeyCall::Census { key: key.to_owned() }, only_key!(KeyReply::Census(census) => census))
}

fn listed(reply: Reply) -> Option<Listed<GrantInfo>> {
    only_key!(KeyReply::Grants { items, more } => Listed { items, more })(reply)
}
