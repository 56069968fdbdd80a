//! Beginning an authorization.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use zeroize::Zeroizing;

use super::place;
use super::record::Pending;
use crate::barrier::{Barrier, Fault, Place, RecordKind};
use crate::hazmat::sha256::sha256;
use crate::keys::SecretBytes;
use crate::limits;
use crate::names::{App, User};
use crate::secrets::Refusal;

/// What goes into the address the user is sent to.
#[derive(Debug)]
pub struct Begun {
    /// The `state` parameter.
    pub state: SecretBytes,
    /// The `code_challenge` parameter, for `code_challenge_method=S256`.
    pub code_challenge: String,
    /// When it ends, in milliseconds since 1970.
    pub expires_ms: u64,
}

pub(crate) struct Wanted<'a> {
    pub(crate) app: &'a App,
    pub(crate) user: &'a User,
    pub(crate) provider: &'a str,
    pub(crate) redirect: Option<&'a str>,
    pub(crate) life_ms: Option<u64>,
}

pub(crate) fn begin(barrier: &Barrier, wanted: Wanted<'_>) -> Result<Begun, Refusal> {
    let provider = wanted.provider;
    if !(1..=limits::PROVIDER_MAX).contains(&provider.len()) || !provider.bytes().all(|b| b.is_ascii_graphic()) {
        return Err(Refusal::Invalid { field: "provider", expected: "1 to 64 visible ASCII characters" });
    }
    let redirect = wanted.redirect.unwrap_or_default();
    if redirect.len() > limits::REDIRECT_MAX || redirect.chars().any(char::is_control) {
        return Err(Refusal::Invalid { field: "redirect", expected: "an address of at most 2,048 bytes" });
    }
    let life_ms = wanted.life_ms.unwrap_or(limits::OAUTH_LIFE_MS);
    if !(1..=limits::OAUTH_LIFE_MAX_MS).contains(&life_ms) {
        return Err(Refusal::Invalid { field: "expires", expected: "up to one hour" });
    }
    let host = barrier.host();
    let number = u64::from_be_bytes(host.random().map_err(Fault::from)?);
    let place = place(&barrier.keyring(), wanted.app, wanted.user, number);
    let secret = SecretBytes::random(32, &*host.entropy).map_err(Fault::from)?;
    let verifier = SecretBytes::random(32, &*host.entropy).map_err(Fault::from)?;
    let verifier = Zeroizing::new(URL_SAFE_NO_PAD.encode(verifier.expose()));
    let raw = Zeroizing::new([&place.index[..], &number.to_be_bytes(), secret.expose()].concat());
    let state = URL_SAFE_NO_PAD.encode(&*raw).into_bytes();
    let code_challenge = URL_SAFE_NO_PAD.encode(sha256(verifier.as_bytes()));

    let mut txn = barrier.begin()?;
    let expires_ms = txn.now_ms().saturating_add(life_ms);
    let record = Pending {
        app: wanted.app.clone(),
        user: wanted.user.clone(),
        provider: provider.to_owned(),
        redirect: wanted.redirect.map(str::to_owned),
        verifier,
        expires_ms,
        hash: sha256(&state),
    };
    // Somebody who begins and never comes back fills nothing.
    let mut begun = barrier.keys(&of_one(&place))?.iter().filter_map(Place::of).collect::<Vec<_>>();
    if begun.len() >= limits::OAUTH_PENDING_MAX {
        let age = |place: &Place| Ok::<_, Fault>(barrier.revision(&place.key())?.unwrap_or(0));
        let mut ages = begun.drain(..).map(|place| Ok((age(&place)?, place))).collect::<Result<Vec<_>, Fault>>()?;
        ages.sort_by_key(|(age, _)| *age);
        let excess = ages.len() + 1 - limits::OAUTH_PENDING_MAX;
        ages.iter().take(excess).try_for_each(|(_, place)| txn.delete(place.key()))?;
    }
    txn.write(&place, &record.encode())?;
    txn.commit()?;
    Ok(Begun { state: SecretBytes::new(state), code_challenge, expires_ms })
}

/// The prefix of everything one user has begun for one app.
fn of_one(place: &Place) -> Vec<u8> {
    [&Place::kind_prefix(&place.scope, RecordKind::Pending)[..], &place.index].concat()
}
