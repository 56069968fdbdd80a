//! Every operation once: the call it sends and how its reply is read. Both
//! clients run these, so neither can differ from the other.

mod access_keys;
mod apps;
pub mod keys;
mod secrets;
mod tokens;
mod vault;

pub use access_keys::{access_key_create, access_key_revoke, access_keys};
pub use apps::{app, app_add, app_bind, app_owner, app_remove, app_suspend, app_unbind, apps};
pub use secrets::{
    declared, describe, oauth_begin, oauth_redeem, promote, reject, require, set_pending, verify_webhook,
};
pub use tokens::{token_create, token_revoke, tokens};
pub use vault::{
    audit_rotate, audit_tail, audit_verify, backup_begin, backup_end, backup_read, check, delete, get, history, list,
    rekey_root, rekey_scope, seal, set, slot_add, slot_remove, slots, status, undelete, unseal, user_confirm,
    user_move, user_remove, users, whoami,
};

pub(crate) use tokens::present;

use vault_proto::latest::{Call, Reply, VaultReply};

/// A call, and how to read its reply.
#[derive(Debug)]
pub struct Operation<T> {
    pub(crate) call: Call,
    pub(crate) read: Read<T>,
}

/// How to read a reply; nothing when it does not belong to the call.
#[derive(Debug)]
pub(crate) enum Read<T> {
    /// One of version 1's.
    Vault(fn(VaultReply) -> Option<T>),
    /// One of version 2's own.
    Own(fn(Reply) -> Option<T>),
}

impl<T> Read<T> {
    pub(crate) fn read(&self, reply: Reply) -> Option<T> {
        match (self, reply) {
            (Self::Vault(read), Reply::Vault(reply)) => read(reply),
            (Self::Vault(_), _) => None,
            (Self::Own(read), reply) => read(reply),
        }
    }
}

/// The one reply that fits, or nothing.
macro_rules! only {
    ($reply:expr, $pattern:pat => $answer:expr) => {
        match $reply {
            $pattern => Some($answer),
            _ => None,
        }
    };
}
use only;

fn done(reply: VaultReply) -> Option<()> {
    only!(reply, VaultReply::Done {} => ())
}
