//! Grants, the contexts they may ask for, and the policy every key has.

use serde::{Deserialize, Serialize};

use super::super::bounded as text;
use super::{GrantOperation, bounded};
use crate::v1::hex;

/// One pair of an encryption context.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ContextPair {
    /// Its name; no two of a context are alike.
    #[serde(deserialize_with = "bounded::context_text")]
    pub key: String,
    /// Its value.
    #[serde(deserialize_with = "bounded::context_text")]
    pub value: String,
}

/// Under which encryption contexts a grant allows something.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GrantConstraint {
    /// Exactly this one.
    Equals(#[serde(deserialize_with = "bounded::context")] Vec<ContextPair>),
    /// Any that has these pairs.
    Subset(#[serde(deserialize_with = "bounded::context")] Vec<ContextPair>),
}

/// Somebody, and the login name that a grant was given to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Principal {
    /// `uid:N` or `ext:ID`.
    #[serde(deserialize_with = "text::word")]
    pub user: String,
    /// Of a uid that had one. While it is not today's the grant allows nothing.
    #[serde(default, deserialize_with = "text::option_word")]
    pub login: Option<String>,
}

/// One grant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GrantInfo {
    /// To revoke or retire it by.
    #[serde(with = "hex")]
    pub id: [u8; 32],
    /// The key's id.
    #[serde(deserialize_with = "text::word")]
    pub key: String,
    /// The how many-th on this key.
    pub number: u64,
    /// Who may.
    pub grantee: Principal,
    /// Who may end it, beside the key's owner.
    pub retiring: Option<Principal>,
    /// What.
    #[serde(deserialize_with = "bounded::operations")]
    pub operations: Vec<GrantOperation>,
    /// Under which contexts.
    pub constraint: Option<GrantConstraint>,
    /// For people.
    #[serde(default, deserialize_with = "text::option_word")]
    pub name: Option<String>,
    /// Milliseconds since 1970, UTC.
    pub made_at: u64,
    /// `uid:N` or `ext:ID`.
    #[serde(deserialize_with = "text::word")]
    pub made_by: String,
}

/// Where a grant stands, to go on after it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GrantPlace {
    /// The key's id.
    #[serde(deserialize_with = "text::word")]
    pub key: String,
    /// The grant's number.
    pub number: u64,
}

/// One statement of a key's policy, as far as it matters here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PolicyStatement {
    /// It allows; else it denies.
    pub allows: bool,
    /// It is about the key's owner and nobody else.
    pub owner: bool,
    /// It is about every operation.
    pub every_operation: bool,
    /// It has conditions.
    pub conditional: bool,
}

impl PolicyStatement {
    /// The owner may do everything: the policy of every key.
    pub const OWNER: Self = Self { allows: true, owner: true, every_operation: true, conditional: false };
}
