//! Operations on access keys.

use vault_proto::latest::{AccessKeyCall, AccessKeyCreated, AccessKeyInfo, Call, Reply};

use super::{Operation, Read, done, only};
use crate::keys::NewAccessKey;

/// Makes an access key; its secret half is shown this once.
#[must_use]
pub fn access_key_create(new: NewAccessKey) -> Operation<AccessKeyCreated> {
    let NewAccessKey { user, description, expires_at } = new;
    on(
        AccessKeyCall::Create { user, description, expires_at },
        |reply| only!(reply, Reply::AccessKeyCreated(created) => created),
    )
}

/// Access keys of a user, or the caller's own.
#[must_use]
pub fn access_keys(user: Option<&str>) -> Operation<Vec<AccessKeyInfo>> {
    on(
        AccessKeyCall::List { user: user.map(str::to_owned) },
        |reply| only!(reply, Reply::AccessKeys { items } => items),
    )
}

/// Makes an access key worth nothing.
#[must_use]
pub fn access_key_revoke(id: &str) -> Operation<()> {
    Operation { call: Call::AccessKey(AccessKeyCall::Revoke { id: id.to_owned() }), read: Read::Vault(done) }
}

fn on<T>(call: AccessKeyCall, read: fn(Reply) -> Option<T>) -> Operation<T> {
    Operation { call: Call::AccessKey(call), read: Read::Own(read) }
}
