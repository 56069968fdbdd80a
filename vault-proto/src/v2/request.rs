//! What a peer may ask.

use serde::{Deserialize, Serialize};

use super::{AccessKeyCall, AppCall, KeyRequest, SecretCall, TokenCall, bounded};
use crate::v1;

/// One request. `id` comes back on the response.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Request {
    /// Chosen by the client, echoed by the server, recorded in the audit log.
    pub id: u64,
    /// As whom; none = as oneself.
    pub acting: Option<Acting>,
    /// What is asked.
    pub call: Call,
}

/// "I act as this app, for this user." Needs a binding of the peer's uid, or a
/// token presented on this connection.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Acting {
    /// The app.
    #[serde(deserialize_with = "bounded::word")]
    pub app: String,
    /// `uid:N` or `ext:ID`; none = the one user the binding or token is fixed
    /// to, or no user at all.
    #[serde(default, deserialize_with = "bounded::option_word")]
    pub user: Option<String>,
}

/// Every operation of version 2, by topic.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "snake_case")]
pub enum Call {
    /// Everything of version 1.
    Vault(v1::Call),
    /// Apps, what they declare and who may act as them.
    App(AppCall),
    /// Tokens: being an app without a uid of its own.
    Token(TokenCall),
    /// Declared secrets.
    Secret(SecretCall),
    /// Access keys: being a user at a door that asks for signatures.
    AccessKey(AccessKeyCall),
    /// Keys that are used and not seen.
    Key(KeyRequest),
}
