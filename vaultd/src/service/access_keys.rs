//! Calls about access keys.

use std::sync::Arc;

use vault_core::access::{Access, Caller};
use vault_core::{NewAccessKey, Refusal};
use vault_proto::latest::{
    AccessKeyCall, AccessKeyCreated, AccessKeyInfo, Reply, SecretBytes, Thing, VaultReply, WireError,
};

use super::apps;
use super::dispatch::{LongRead, parse_user};
use super::map::{self, invalid};
use super::shared::Shared;

/// They wait for a disk, or walk a list.
pub(super) fn later(caller: &Arc<Caller>, id: u64, call: AccessKeyCall) -> LongRead {
    apps::later(caller, id, move |shared, access| answer(shared, access, call))
}

fn answer(shared: &Shared, access: &Access<'_>, call: AccessKeyCall) -> Result<Reply, WireError> {
    match call {
        AccessKeyCall::Create { user, description, expires_at } => {
            let user = user.as_deref().map(parse_user).transpose()?;
            let now_ms = shared.host.clock.now_ms();
            let to_come = |at: u64| at.checked_sub(now_ms).filter(|life| *life > 0);
            let life_ms = expires_at.map(|at| to_come(at).ok_or_else(|| invalid("expires_at", "a time to come")));
            let new = NewAccessKey { user, description, life_ms: life_ms.transpose()?, given: None };
            let made = access.access_key_create(new).map_err(map::refusal)?;
            Ok(Reply::AccessKeyCreated(AccessKeyCreated {
                access_key_id: made.id,
                secret_access_key: SecretBytes::new(made.secret.expose().to_vec()),
                expires_at: made.expires_ms,
            }))
        }
        AccessKeyCall::List { user } => {
            let user = user.as_deref().map(parse_user).transpose()?;
            let listed = access.access_keys(user.as_ref()).map_err(map::refusal)?;
            let items = listed.into_iter().map(|info| AccessKeyInfo {
                id: info.id,
                user: info.user.to_string(),
                description: info.description,
                made_at: info.made_ms,
                expires_at: info.expires_ms,
                last_used_at: info.last_used_ms,
            });
            Ok(Reply::AccessKeys { items: items.collect() })
        }
        AccessKeyCall::Revoke { id } => match access.access_key_revoke(&id) {
            Ok(()) => Ok(Reply::Vault(VaultReply::Done {})),
            Err(Refusal::Missing { .. }) => Err(WireError::NotFound { what: Thing::AccessKey }),
            Err(refusal) => Err(map::refusal(refusal)),
        },
    }
}
