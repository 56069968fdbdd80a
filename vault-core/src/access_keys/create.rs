//! Making an access key.

use super::record::AccessKeyRecord;
use super::{all, place, text};
use crate::barrier::{Barrier, Fault};
use crate::keys::SecretBytes;
use crate::limits;
use crate::names::{User, is_label};
use crate::secrets::{Account, Refusal, Shelf};

/// What an access key shall be.
#[derive(Debug, Default)]
pub struct NewAccessKey {
    /// Whose; none = the caller's own.
    pub user: Option<User>,
    /// For people: at most 64 printable ASCII characters.
    pub description: String,
    /// How long it lasts, in milliseconds; none = until it is revoked.
    pub life_ms: Option<u64>,
    /// Id and secret, when they are not to be drawn: for development vaults only.
    pub given: Option<(String, SecretBytes)>,
}

/// An access key that was made. The secret is not shown again.
#[derive(Debug)]
pub struct AccessKeyPair {
    /// What requests show.
    pub id: String,
    /// What signs them.
    pub secret: SecretBytes,
    /// When it expires, in milliseconds since 1970; none = never.
    pub expires_ms: Option<u64>,
}

/// What is asked for, once it is known who may.
pub(crate) struct Wanted<'a> {
    pub(crate) account: Account,
    pub(crate) made_by: &'a User,
    pub(crate) new: NewAccessKey,
}

pub(crate) fn create(barrier: &Barrier, shelf: &Shelf, wanted: Wanted<'_>) -> Result<AccessKeyPair, Refusal> {
    let Wanted { account, made_by, new: NewAccessKey { description, life_ms, given, .. } } = wanted;
    if !is_label(&description) {
        return Err(Refusal::Invalid { field: "description", expected: "at most 64 printable ASCII characters" });
    }
    if life_ms.is_some_and(|life| life == 0 || life > limits::TOKEN_LIFE_MAX_MS) {
        return Err(Refusal::Invalid { field: "expires", expected: "a time to come, within ten years" });
    }
    if account.login.as_ref().is_some_and(|login| login.len() > limits::LOGIN_MAX) {
        return Err(Refusal::Invalid { field: "login", expected: "a login name of at most 64 bytes" });
    }
    let host = barrier.host();
    let (id, secret) = match given {
        Some((id, secret)) if text::is_id(&id) && text::is_secret(secret.expose()) => (id, secret),
        Some(_) => {
            let expected = "an id of 4 to 64 letters, digits, _ or -, and a secret of 4 to 128 printable characters";
            return Err(Refusal::Invalid { field: "access key", expected });
        }
        None => (text::make_id(host).map_err(Fault::from)?, text::make_secret(host).map_err(Fault::from)?),
    };
    if all(barrier, shelf, Some(&account.user))?.len() >= limits::ACCESS_KEYS_MAX {
        let limit = limits::ACCESS_KEYS_MAX as u64;
        return Err(Refusal::OverQuota { quota: "access keys of a user", limit });
    }
    let place = place(barrier, &id);
    let mut txn = barrier.begin()?;
    if txn.exists(&place.key())? {
        return Err(Refusal::Invalid { field: "access key", expected: "an id that is not taken" });
    }
    let made_ms = txn.now_ms();
    let expires_ms = life_ms.map_or(0, |life| made_ms.saturating_add(life));
    let record = AccessKeyRecord { id, account, made_by: made_by.clone(), description, made_ms, expires_ms, secret };
    txn.write(&place, record.encode().expose())?;
    txn.commit()?;
    let AccessKeyRecord { id, secret, .. } = record;
    Ok(AccessKeyPair { id, secret, expires_ms: (expires_ms != 0).then_some(expires_ms) })
}
