//! Making a token.

use super::record::{Role, TokenRecord};
use super::{all, place, text};
use crate::apps::ActsFor;
use crate::barrier::{Barrier, Fault};
use crate::keys::SecretBytes;
use crate::limits;
use crate::names::{App, User, is_label};
use crate::secrets::{Refusal, Shelf};

/// A token that was made. The text is shown once and kept nowhere.
#[derive(Debug)]
pub struct NewToken {
    /// What `token ls` and `token revoke` call it.
    pub id: String,
    /// The token.
    pub token: SecretBytes,
    /// When it expires, in milliseconds since 1970; none = never.
    pub expires_ms: Option<u64>,
}

/// What is asked for.
pub(crate) struct Wanted<'a> {
    pub(crate) app: &'a App,
    pub(crate) role: Role,
    pub(crate) acts_for: ActsFor,
    /// 0 = for ever; none = the default.
    pub(crate) life_ms: Option<u64>,
    pub(crate) label: &'a str,
    pub(crate) made_by: &'a User,
}

pub(crate) fn create(barrier: &Barrier, shelf: &Shelf, wanted: Wanted<'_>) -> Result<NewToken, Refusal> {
    let label = wanted.label;
    if !is_label(label) {
        return Err(Refusal::Invalid { field: "label", expected: "at most 64 printable ASCII characters" });
    }
    let life_ms = wanted.life_ms.unwrap_or(limits::TOKEN_LIFE_MS);
    if life_ms > limits::TOKEN_LIFE_MAX_MS {
        return Err(Refusal::Invalid { field: "expires", expected: "at most ten years, or 0 for never" });
    }
    let now_ms = barrier.now_ms();
    let known = all(barrier, shelf, Some(wanted.app))?;
    if known.len() >= limits::TOKENS_MAX {
        return Err(Refusal::OverQuota { quota: "tokens of an app", limit: limits::TOKENS_MAX as u64 });
    }
    let (id, token, hash) = text::make(barrier.host()).map_err(Fault::from)?;
    let expires_ms = if life_ms == 0 { 0 } else { now_ms.saturating_add(life_ms) };
    let record = TokenRecord {
        id,
        app: wanted.app.clone(),
        role: wanted.role,
        // A token has no user of its own: *self* is whoever makes it.
        acts_for: match wanted.acts_for {
            ActsFor::OwnUser => ActsFor::Fixed(wanted.made_by.clone()),
            acts_for => acts_for,
        },
        made_by: wanted.made_by.clone(),
        label: label.to_owned(),
        made_ms: now_ms,
        expires_ms,
        revoked_ms: 0,
        hash,
    };
    let mut txn = barrier.begin()?;
    txn.write(&place(&id), &record.encode())?;
    txn.commit()?;
    Ok(NewToken { id: text::id_text(&id), token, expires_ms: (expires_ms != 0).then_some(expires_ms) })
}
