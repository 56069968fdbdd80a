//! Operations on keys. A `key` is an id or an alias of the caller's own.

mod asymmetric;
mod crypto;
mod grants;
mod import;
mod manage;
mod rotation;

pub use asymmetric::{
    derive_shared_secret, generate_data_key_pair, generate_data_key_pair_without_plaintext, public_key, sign, verify,
};
pub use crypto::{
    decrypt, encrypt, export, generate_data_key, generate_data_key_without_plaintext, generate_mac, generate_random,
    re_encrypt, verify_mac,
};
pub use grants::{census, create_grant, grants, policy, put_policy, retirable_grants, retire_grant, revoke_grant};
pub use import::{delete_imported_material, import_material, parameters_for_import};
pub use manage::{
    aliases, cancel_deletion, create, create_alias, delete_alias, describe, disable, enable, list, schedule_deletion,
    tag, tags, untag, update_alias, update_description,
};
pub use rotation::{disable_rotation, enable_rotation, rotate, rotation_status, rotations};

use vault_proto::latest::{Call, KeyCall, KeyRequest, Reply};

use super::{Operation, Read, done};

impl<T> Operation<T> {
    /// An operation on keys that is decided and tried and not done: what would
    /// have succeeded ends with the error `dry_run`. Others stay as they are.
    #[must_use]
    pub fn dry_run(mut self, dry_run: bool) -> Self {
        if let Call::Key(request) = &mut self.call {
            request.dry_run = dry_run;
        }
        self
    }
}

/// The one reply about keys that fits, or nothing.
macro_rules! only_key {
    ($pattern:pat => $answer:expr) => {
        |reply| match reply {
            Reply::Key($pattern) => Some($answer),
            _ => None,
        }
    };
}
use only_key;

fn on<T>(operation: KeyCall, read: fn(Reply) -> Option<T>) -> Operation<T> {
    Operation { call: call(operation), read: Read::Own(read) }
}

fn no_more(operation: KeyCall) -> Operation<()> {
    Operation { call: call(operation), read: Read::Vault(done) }
}

fn call(operation: KeyCall) -> Call {
    Call::Key(KeyRequest { dry_run: false, operation })
}
