//! OAuth state: who began an authorization, so that the callback, which arrives
//! with no session, is bound to that user (RFC 6749 section 10.12), and the PKCE
//! verifier, which stays in the vault until it is redeemed (RFC 7636).
//!
//! A state is single-use, expires, and belongs to one (app, user, provider).
//! What the browser carries is an address and 256 random bits; what is stored
//! is their SHA-256, in a sealed record. So a state cannot be forged by whoever
//! reads the file, and one that was redeemed is gone.

mod begin;
mod record;
mod redeem;
#[cfg(test)]
mod tests;

use crate::barrier::{Barrier, Fault, Place, RecordKind, SYSTEM};
use crate::keys::Keyring;
use crate::names::{App, User};
use crate::store::RecordKey;

pub use begin::Begun;
pub(crate) use begin::{Wanted, begin};
pub use redeem::Redeemed;
pub(crate) use redeem::redeem;

/// Everything one user has begun for one app lies together.
fn place(keyring: &Keyring, app: &App, user: &User, number: u64) -> Place {
    let user = user.to_string();
    let name = [app.as_str().as_bytes(), b"\0", user.as_bytes()].concat();
    Place { version: number, ..Place::system(keyring, RecordKind::Pending, &name) }
}

/// Removes what has expired.
pub(crate) fn purge(barrier: &Barrier) -> Result<(), Fault> {
    let now_ms = barrier.now_ms();
    let mut gone = Vec::new();
    for place in barrier.keys(&Place::kind_prefix(&SYSTEM, RecordKind::Pending))?.iter().filter_map(Place::of) {
        let Some(bytes) = barrier.read(&place)? else { continue };
        let record = record::Pending::parse(bytes.expose());
        if record.map_err(|_| Fault::Corrupt { what: "a begun authorization" })?.expires_ms <= now_ms {
            gone.push(place.key());
        }
    }
    for some in gone.chunks(PURGED_PER_COMMIT) {
        let mut txn = barrier.begin()?;
        some.iter().try_for_each(|key: &RecordKey| txn.delete(*key))?;
        txn.commit()?;
    }
    Ok(())
}

const PURGED_PER_COMMIT: usize = 64;
