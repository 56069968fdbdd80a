//! Declared secrets: their status, the gate, two-step changes, and what is
//! proven or begun with them.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{SecretBytes, bounded};

/// Operations on declared secrets. `app: None` means the app acted as.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "snake_case")]
pub enum SecretCall {
    /// Every declared secret of an app with its status, never a value. Answers
    /// `Declared`.
    Declared {
        /// The app.
        #[serde(deserialize_with = "bounded::word")]
        app: String,
        /// Whose; none = the caller's own or the one acted for.
        #[serde(default, deserialize_with = "bounded::option_word")]
        user: Option<String>,
    },
    /// One secret's status; not a read. Answers `Status`.
    Describe {
        /// The app.
        #[serde(default, deserialize_with = "bounded::option_word")]
        app: Option<String>,
        /// `name` or `name/instance`.
        #[serde(deserialize_with = "bounded::word")]
        name: String,
    },
    /// The gate: is everything set that the app requires. Answers `Gate`.
    Require {
        /// The app.
        #[serde(deserialize_with = "bounded::word")]
        app: String,
        /// Whose; none = the caller's own or the one acted for.
        #[serde(default, deserialize_with = "bounded::option_word")]
        user: Option<String>,
    },
    /// Stores a version that is not served until it is promoted. Answers `Set`.
    SetPending {
        /// The app.
        #[serde(default, deserialize_with = "bounded::option_word")]
        app: Option<String>,
        /// `name` or `name/instance`.
        #[serde(deserialize_with = "bounded::word")]
        name: String,
        /// The value, 1 to 65,536 bytes and at most what is declared.
        value: SecretBytes,
        /// Compare-and-set: the version that must be current, 0 = absent.
        if_version: Option<u64>,
    },
    /// Makes the pending version the current one. Answers `Promoted`.
    Promote {
        /// The app.
        #[serde(default, deserialize_with = "bounded::option_word")]
        app: Option<String>,
        /// `name` or `name/instance`.
        #[serde(deserialize_with = "bounded::word")]
        name: String,
        /// The version that must be pending.
        version: u64,
    },
    /// Destroys the pending version. Answers `Done`.
    Reject {
        /// The app.
        #[serde(default, deserialize_with = "bounded::option_word")]
        app: Option<String>,
        /// `name` or `name/instance`.
        #[serde(deserialize_with = "bounded::word")]
        name: String,
        /// The version that must be pending.
        version: u64,
    },
    /// Proves a webhook with a secret that does not leave the vault. Answers
    /// `Webhook`, or the error `WebhookRefused`.
    VerifyWebhook {
        /// The app.
        #[serde(default, deserialize_with = "bounded::option_word")]
        app: Option<String>,
        /// The signing secret: `name` or `name/instance`.
        #[serde(deserialize_with = "bounded::word")]
        name: String,
        /// How the sender signs.
        scheme: WebhookScheme,
        /// The request's headers, at least those of the scheme.
        #[serde(deserialize_with = "bounded::headers")]
        headers: Vec<WebhookHeader>,
        /// The request's body, byte for byte.
        #[serde(deserialize_with = "bounded::body")]
        body: SecretBytes,
        /// Refuse a second webhook with this id.
        #[serde(default, deserialize_with = "bounded::option_word")]
        replay_id: Option<String>,
        /// How many seconds old it may be; none = what the scheme says.
        tolerance_s: Option<u32>,
    },
    /// Begins an OAuth flow. Answers `OauthBegun`.
    OauthBegin {
        /// The app.
        #[serde(deserialize_with = "bounded::word")]
        app: String,
        /// Whose authorisation it will be, for people and the audit log.
        #[serde(deserialize_with = "bounded::word")]
        provider: String,
        /// Seconds the person has.
        expires_after_s: Option<u32>,
        /// Kept with the flow and given back with it.
        #[serde(default, deserialize_with = "bounded::option_redirect")]
        redirect: Option<String>,
    },
    /// Ends it, once: whose flow it was. Answers `OauthRedeemed`, or the error
    /// `StateRefused`.
    OauthRedeem {
        /// The app.
        #[serde(deserialize_with = "bounded::word")]
        app: String,
        /// As it came back from the provider.
        #[serde(deserialize_with = "bounded::oauth")]
        state: SecretBytes,
    },
}

/// How a sender signs its webhooks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "snake_case")]
pub enum WebhookScheme {
    /// `Stripe-Signature`.
    Stripe {},
    /// `X-Hub-Signature-256`.
    Github {},
    /// `X-Slack-Signature`.
    Slack {},
    /// Standard Webhooks: `webhook-signature`.
    Standard {},
    /// `X-Signature-Ed25519`.
    Discord {},
    /// HMAC-SHA256 of the body in a header.
    Hmac {
        /// The header's name.
        #[serde(deserialize_with = "bounded::word")]
        header: String,
        /// How it is written there.
        encoding: HmacEncoding,
        /// What stands before it, such as `sha256=`.
        #[serde(deserialize_with = "bounded::word")]
        prefix: String,
    },
}

/// How a MAC is written in a header.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HmacEncoding {
    /// Hex.
    Hex,
    /// Base64.
    Base64,
}

/// One header of a webhook. Its value does not print: somebody may send all the
/// headers there are, and a session's cookie with them.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WebhookHeader {
    /// Its name, in any case.
    #[serde(deserialize_with = "bounded::word")]
    pub name: String,
    /// Its value.
    #[serde(deserialize_with = "bounded::header")]
    pub value: String,
}

impl fmt::Debug for WebhookHeader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WebhookHeader").field("name", &self.name).finish_non_exhaustive()
    }
}

/// An OAuth flow that was begun.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OauthBegun {
    /// For the authorisation request; comes back from the provider.
    #[serde(deserialize_with = "bounded::oauth")]
    pub state: SecretBytes,
    /// For the authorisation request: PKCE, S256.
    #[serde(deserialize_with = "bounded::word")]
    pub code_challenge: String,
    /// Milliseconds since 1970, UTC.
    pub expires_at: u64,
}

/// An OAuth flow that came back.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OauthRedeemed {
    /// Who began it: `uid:N` or `ext:ID`.
    #[serde(deserialize_with = "bounded::word")]
    pub user: String,
    /// As it was begun.
    #[serde(deserialize_with = "bounded::word")]
    pub provider: String,
    /// For the token request: PKCE.
    #[serde(deserialize_with = "bounded::oauth")]
    pub code_verifier: SecretBytes,
    /// As it was begun.
    #[serde(default, deserialize_with = "bounded::option_redirect")]
    pub redirect: Option<String>,
}
