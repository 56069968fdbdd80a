//! Webhooks: whether a request comes from the provider it claims to come from,
//! found out with a secret that does not leave the vault for it.
//!
//! *The threat.* A webhook is a request from anybody. Applications verify it
//! themselves, each with the secret in its memory and its configuration, and
//! with the same mistakes: the body parsed and written again, a comparison that
//! stops at the first difference, no look at the timestamp, a public key taken
//! for an HMAC key, two headers of one name. Whoever finds one of them forges
//! payments and commands.
//!
//! *The choice.* One function without state and without a clock of its own; one
//! scheme a file. It takes what arrived as bytes and says what was signed. Every
//! signature of a delivery is compared, in constant time and to the end. What is
//! ambiguous is refused rather than interpreted: a header that is there twice, an
//! id with a full stop in it, a timestamp that is not digits. Ceilings are
//! checked first; what is said about age is said of genuine deliveries only.
//!
//! *The limit.* A copy of a genuine delivery is genuine. Within the tolerance
//! [`Replays`] notices it, by the fingerprint, as long as the vault is open. A
//! scheme without a timestamp (GitHub, plain HMAC) has no tolerance to be within:
//! there the application has to know what it has already done. And an HMAC secret
//! is known to both sides: who holds it can sign, not only the provider.

mod delivery;
mod discord;
mod error;
mod freshness;
mod github;
mod hmac;
mod replay;
mod signature;
mod slack;
mod standard;
mod stripe;
#[cfg(test)]
mod tests;

pub use delivery::Delivery;
pub use error::WebhookError;
pub use replay::Replays;

use crate::limits::WEBHOOK_TOLERANCE_MAX_S;

/// Whose signature it is. The secret's owner says so; a delivery cannot.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Scheme {
    /// `Stripe-Signature`; the secret is the whole text `whsec_…`.
    Stripe,
    /// `X-Hub-Signature-256`; no timestamp.
    Github,
    /// `X-Slack-Signature` and `X-Slack-Request-Timestamp`.
    Slack,
    /// `webhook-id`, `webhook-timestamp`, `webhook-signature`; the secret is
    /// `whsec_…` or the public key `whpk_…`.
    Standard,
    /// `X-Signature-Ed25519` and `X-Signature-Timestamp`; the secret is the
    /// application's public key in hex.
    Discord,
    /// HMAC-SHA-256 of the body alone; no timestamp.
    Hmac {
        /// The header's name, in any case.
        header: String,
        /// How the MAC is written.
        encoding: Encoding,
        /// What stands before it in the header, such as `sha256=`; may be empty.
        prefix: String,
    },
}

/// How a MAC is written in a header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Encoding {
    /// 64 digits, in either case.
    Hex,
    /// 44 characters of the standard alphabet, padded.
    Base64,
}

/// A delivery is genuine and fresh. All of this was signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    /// When it was sent, in seconds since 1970. None: the scheme does not say.
    pub timestamp_s: Option<u64>,
    /// The sender's id of the event, the same each time the sender tries again.
    /// For an application that wants to act once; no scheme but Standard signs one.
    pub id: Option<String>,
    /// Names what was signed: two deliveries that differ in anything signed have
    /// different ones, and a copy has the same however its headers are respelled.
    /// This is what [`Replays`] goes by and not the id, because a sender's second
    /// try is no replay: it is signed anew, with a new timestamp where there is one.
    pub fingerprint: [u8; 32],
    /// For how many seconds from now a copy would be taken as well. Where the
    /// scheme has no timestamp: for ever, and this is the tolerance.
    pub window_s: u64,
}

/// Verifies a delivery with the secret of its scheme, at `now_s` seconds since
/// 1970. A timestamp may lie up to `tolerance_s` before and after that.
///
/// The secret is taken as it was stored. It goes no further than this call; what
/// is made of it is the MAC of a delivery the caller already has.
pub fn verify(
    scheme: &Scheme,
    secret: &[u8],
    delivery: &Delivery<'_>,
    now_s: u64,
    tolerance_s: u64,
) -> Result<Verified, WebhookError> {
    WebhookError::over("seconds of tolerance", tolerance_s, WEBHOOK_TOLERANCE_MAX_S)?;
    delivery.bounded()?;
    let genuine = match scheme {
        Scheme::Stripe => stripe::verify(secret, delivery),
        Scheme::Github => github::verify(secret, delivery),
        Scheme::Slack => slack::verify(secret, delivery),
        Scheme::Standard => standard::verify(secret, delivery),
        Scheme::Discord => discord::verify(secret, delivery),
        Scheme::Hmac { header, encoding, prefix } => hmac::verify(header, *encoding, prefix, secret, delivery),
    }?;
    genuine.fresh(now_s, tolerance_s)
}
