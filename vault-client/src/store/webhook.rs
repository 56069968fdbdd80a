//! A webhook to be proven.

use std::fmt;
use std::time::Duration;

/// A request that claims to come from a provider.
#[derive(Clone, Copy)]
pub struct Webhook<'a> {
    /// How the provider signs. The application says so, the request cannot.
    pub scheme: &'a WebhookScheme,
    /// The request's headers, at least those of the scheme; names in any case.
    pub headers: &'a [(&'a str, &'a str)],
    /// The request's body, byte for byte as it came.
    pub body: &'a [u8],
    /// Refuse a second webhook with this id.
    pub replay_id: Option<&'a str>,
    /// How old it may be; none = what the scheme says.
    pub tolerance: Option<Duration>,
}

/// How a provider signs its webhooks.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum WebhookScheme {
    /// `Stripe-Signature`.
    Stripe,
    /// `X-Hub-Signature-256`.
    Github,
    /// `X-Slack-Signature` and `X-Slack-Request-Timestamp`.
    Slack,
    /// `webhook-id`, `webhook-timestamp`, `webhook-signature`.
    Standard,
    /// `X-Signature-Ed25519` and `X-Signature-Timestamp`.
    Discord,
    /// HMAC-SHA256 of the body in a header.
    Hmac {
        /// The header's name.
        header: String,
        /// How the MAC is written there.
        encoding: MacEncoding,
        /// What stands before it, such as `sha256=`; may be empty.
        prefix: String,
    },
}

/// How a MAC is written in a header.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum MacEncoding {
    /// Hex.
    Hex,
    /// Base64.
    Base64,
}

/// A webhook is genuine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct VerifiedWebhook {
    /// When its sender says it was signed, in seconds since 1970; none when the
    /// scheme does not say.
    pub timestamp_s: Option<u64>,
}

impl<'a> Webhook<'a> {
    /// With the scheme's own tolerance and no id.
    #[must_use]
    pub fn new(scheme: &'a WebhookScheme, headers: &'a [(&'a str, &'a str)], body: &'a [u8]) -> Self {
        Self { scheme, headers, body, replay_id: None, tolerance: None }
    }
}

/// Headers may hold a session, bodies anything: counts are shown.
impl fmt::Debug for Webhook<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Webhook")
            .field("scheme", self.scheme)
            .field("headers", &self.headers.len())
            .field("body", &self.body.len())
            .finish_non_exhaustive()
    }
}
