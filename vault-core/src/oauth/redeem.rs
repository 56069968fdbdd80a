//! The callback has come: whose is it?

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::record::Pending;
use crate::barrier::{Barrier, Fault, Place, RecordKind, SYSTEM};
use crate::hazmat::sha256::sha256;
use crate::keys::SecretBytes;
use crate::names::{App, User};
use crate::secrets::Refusal;

/// Who began the authorization, and what finishes it.
#[derive(Debug)]
pub struct Redeemed {
    /// Who.
    pub user: User,
    /// Which provider.
    pub provider: String,
    /// For the token request.
    pub code_verifier: SecretBytes,
    /// Where the user wanted to come back to.
    pub redirect: Option<String>,
}

/// Takes a state back, once, for whom `acts_for` allows. Another app's, another
/// user's, an unknown, a used and an expired one are the same answer.
pub(crate) fn redeem(
    barrier: &Barrier,
    app: &App,
    state: &[u8],
    acts_for: impl FnOnce(&User) -> bool,
) -> Result<Redeemed, Refusal> {
    let place = located(state).ok_or(Refusal::StateRefused)?;
    // Reading and removing are one transaction: of two callbacks with one state
    // exactly one finds it.
    let mut txn = barrier.begin()?;
    let Some(bytes) = txn.read(&place)? else { return Err(Refusal::StateRefused) };
    let record = Pending::parse(bytes.expose()).map_err(|_| Fault::Corrupt { what: "a begun authorization" })?;
    if !record.is(&sha256(state)) || record.app != *app || !acts_for(&record.user) {
        return Err(Refusal::StateRefused);
    }
    let expired = record.expires_ms <= txn.now_ms();
    txn.delete(place.key())?;
    txn.commit()?;
    if expired {
        return Err(Refusal::StateRefused);
    }
    Ok(Redeemed {
        code_verifier: SecretBytes::from(record.verifier.as_bytes()),
        user: record.user,
        provider: record.provider,
        redirect: record.redirect,
    })
}

fn located(state: &[u8]) -> Option<Place> {
    let raw: [u8; 16 + 8 + 32] = (state.len() == LEN).then(|| URL_SAFE_NO_PAD.decode(state).ok())??.try_into().ok()?;
    let (index, rest) = raw.split_first_chunk::<16>()?;
    let (number, _) = rest.split_first_chunk::<8>()?;
    Some(Place { scope: SYSTEM, kind: RecordKind::Pending, index: *index, version: u64::from_be_bytes(*number) })
}

/// 56 bytes in base64url, unpadded.
const LEN: usize = 75;
