//! Tokens: what lets a program act as an app. One operation a file; the token
//! itself is shown once and only its hash is kept, inside a sealed record.

mod create;
mod list;
mod record;
mod revoke;
mod text;

use std::sync::Arc;

use crate::barrier::{Barrier, Fault, Place, RecordKind, SYSTEM};
use crate::names::App;
use crate::secrets::{Refusal, Shelf};

pub use create::NewToken;
pub(crate) use create::{Wanted, create};
pub use list::TokenInfo;
pub(crate) use list::list;
pub use record::Role;
pub(crate) use record::TokenRecord;
pub(crate) use revoke::{forget, purge, revoke, revoke_all};
pub(crate) use text::parse_id;

/// The record of a token that was presented as text, as long as it is good.
/// Unknown, wrong, expired and revoked are one answer.
pub(crate) fn verify(barrier: &Barrier, shelf: &Shelf, text: &[u8]) -> Result<Arc<TokenRecord>, Refusal> {
    let token = text::TokenText::parse(text).ok_or(Refusal::BadToken)?;
    let record = good(barrier, shelf, &token.id)?;
    if record.is(&token.hash()) { Ok(record) } else { Err(Refusal::BadToken) }
}

/// The record of a token that was verified before, as long as it is good still.
pub(crate) fn good(barrier: &Barrier, shelf: &Shelf, id: &[u8; 16]) -> Result<Arc<TokenRecord>, Refusal> {
    let record = shelf.token_at(barrier, &place(id))?.ok_or(Refusal::BadToken)?;
    if record.is_good(barrier.now_ms()) { Ok(record) } else { Err(Refusal::BadToken) }
}

/// Where a token's record lies; its index also names it among last uses. The id
/// is random, so it needs no keyed hash.
pub(crate) fn place(id: &[u8; 16]) -> Place {
    Place { scope: SYSTEM, kind: RecordKind::Token, index: *id, version: 0 }
}

/// Every token of one app, or of all.
fn all(barrier: &Barrier, shelf: &Shelf, app: Option<&App>) -> Result<Vec<(Place, Arc<TokenRecord>)>, Fault> {
    let mut found = Vec::new();
    for place in barrier.keys(&Place::kind_prefix(&SYSTEM, RecordKind::Token))?.iter().filter_map(Place::of) {
        let Some(record) = shelf.token_at(barrier, &place)? else { continue };
        if app.is_none_or(|app| *app == record.app) {
            found.push((place, record));
        }
    }
    Ok(found)
}
