//! What the server answers.

use serde::{Deserialize, Serialize};

use super::{
    AccessKeyCreated, AccessKeyInfo, AppChanged, AppDetail, AppInfo, Gate, KeyReply, OauthBegun, OauthRedeemed,
    Presented, SecretStatus, Stamp, TokenCreated, TokenInfo, WireError, bounded,
};
use crate::v1;

/// One response. `stamp` lets a client that remembers it notice a vault that
/// has been rolled back or replaced; it is absent only while sealed.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Response {
    /// The request's id; 0 answers something that had none (a bad frame).
    pub id: u64,
    /// Where the vault's history stands.
    pub stamp: Option<Stamp>,
    /// The answer; in JSON `{"ok":..}` or `{"err":..}`.
    #[serde(with = "crate::v1::outcome")]
    pub result: Result<Reply, WireError>,
}

/// The answers to each [`super::Call`]. A call with nothing more to say is
/// answered with version 1's `Done`.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "snake_case")]
pub enum Reply {
    /// To everything of version 1.
    Vault(v1::Reply),
    /// To `app list`.
    Apps {
        /// By name.
        #[serde(deserialize_with = "bounded::apps")]
        apps: Vec<AppInfo>,
    },
    /// To `app show`.
    App(AppDetail),
    /// To `app add` and `app remove`.
    AppChanged(AppChanged),
    /// To `token create`.
    TokenCreated(TokenCreated),
    /// To `token list`.
    Tokens {
        /// The newest last.
        #[serde(deserialize_with = "bounded::tokens")]
        tokens: Vec<TokenInfo>,
    },
    /// To `token present`.
    Presented(Presented),
    /// To `secret declared`.
    Declared {
        /// By name.
        #[serde(deserialize_with = "bounded::declared")]
        secrets: Vec<SecretStatus>,
    },
    /// To `secret describe`.
    Status(SecretStatus),
    /// To `secret require`.
    Gate(Gate),
    /// To `secret promote`.
    Promoted {
        /// The version that is current now.
        version: u64,
    },
    /// To `secret verify_webhook`: it is genuine.
    Webhook {
        /// When its sender says it was signed, in *seconds* since 1970; none
        /// when the scheme does not say.
        timestamp: Option<u64>,
    },
    /// To `secret oauth_begin`.
    OauthBegun(OauthBegun),
    /// To `secret oauth_redeem`.
    OauthRedeemed(OauthRedeemed),
    /// To `access_key create`.
    AccessKeyCreated(AccessKeyCreated),
    /// To `access_key list`.
    AccessKeys {
        /// The newest last.
        #[serde(deserialize_with = "bounded::access_keys")]
        items: Vec<AccessKeyInfo>,
    },
    /// To everything about keys.
    Key(KeyReply),
}
