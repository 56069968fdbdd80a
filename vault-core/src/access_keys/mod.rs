//! Access keys: who one is at a door where the kernel vouches for nobody and
//! requests are signed. An id, which requests show, and a secret, which signs
//! them; the secret is shown once and kept sealed, because whoever checks an
//! HMAC needs it. One operation a file.

mod create;
mod end;
mod list;
mod record;
mod text;

use std::sync::Arc;

use crate::barrier::{Barrier, Fault, Place, RecordKind, SYSTEM};
use crate::names::User;
use crate::secrets::{Refusal, Shelf};

pub use create::{AccessKeyPair, NewAccessKey};
pub(crate) use create::{Wanted, create};
pub(crate) use end::{forget, purge, revoke};
pub use list::AccessKeyInfo;
pub(crate) use list::list;
pub(crate) use record::AccessKeyRecord;

/// The record of an access key, as long as it is good: unknown, revoked and expired are one answer, and so is one
/// whose user's login name is not what it was.
pub(crate) fn good(
    barrier: &Barrier,
    shelf: &Shelf,
    id: &str,
    login_of: &dyn Fn(u32) -> Option<String>,
) -> Result<(Place, Arc<AccessKeyRecord>), Refusal> {
    if !text::is_id(id) {
        return Err(Refusal::BadToken);
    }
    let place = place(barrier, id);
    let record = shelf.access_key_at(barrier, &place)?.ok_or(Refusal::BadToken)?;
    let login = record.account.user.uid().and_then(login_of);
    if record.is_good(barrier.now_ms()) && record.account.login == login {
        Ok((place, record))
    } else {
        Err(Refusal::BadToken)
    }
}

/// Where an access key's record lies; its index also names it among last uses.
pub(crate) fn place(barrier: &Barrier, id: &str) -> Place {
    Place::system(&barrier.keyring(), RecordKind::AccessKey, id.as_bytes())
}

/// Every access key of one user, or of all.
fn all(barrier: &Barrier, shelf: &Shelf, user: Option<&User>) -> Result<Vec<(Place, Arc<AccessKeyRecord>)>, Fault> {
    let mut found = Vec::new();
    for place in barrier.keys(&Place::kind_prefix(&SYSTEM, RecordKind::AccessKey))?.iter().filter_map(Place::of) {
        let Some(record) = shelf.access_key_at(barrier, &place)? else { continue };
        if user.is_none_or(|user| *user == record.account.user) {
            found.push((place, record));
        }
    }
    Ok(found)
}
