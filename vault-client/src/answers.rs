//! What operations take and return beyond the protocol's own types.

use std::fmt;

use vault_proto::latest::{SecretBytes, SecretInfo, SlotInfo};
use vault_proto::limits;

/// A value and its version. Erased on drop; neither prints nor clones.
pub struct Secret {
    pub(crate) value: SecretBytes,
    pub(crate) version: u64,
}

impl Secret {
    /// For a store of one's own.
    #[must_use]
    pub fn new(value: SecretBytes, version: u64) -> Self {
        Self { value, version }
    }

    /// The bytes, for as long as the borrow lasts.
    #[must_use]
    pub fn expose(&self) -> &[u8] {
        self.value.expose()
    }

    /// The bytes as text, when they are UTF-8.
    #[must_use]
    pub fn expose_str(&self) -> Option<&str> {
        std::str::from_utf8(self.expose()).ok()
    }

    /// The version that was read.
    #[must_use]
    pub fn version(&self) -> u64 {
        self.version
    }

    /// The bytes alone, still erased on drop.
    #[must_use]
    pub fn into_bytes(self) -> SecretBytes {
        self.value
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Secret").field("version", &self.version).finish_non_exhaustive()
    }
}

/// Who the daemon says the caller is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// `uid:N`.
    pub user: String,
    /// The login name of that uid, when it has one.
    pub login: Option<String>,
    /// Operator verbs granted, sorted.
    pub operator: Vec<String>,
    /// The uid's login name no longer matches what is stored.
    pub held: bool,
}

/// Which secrets to list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListQuery {
    pub(crate) app: Option<String>,
    pub(crate) user: Option<String>,
    pub(crate) after: Option<(String, String)>,
    pub(crate) limit: u32,
    pub(crate) deleted: bool,
}

impl ListQuery {
    /// Everything of the caller, a full page at a time.
    #[must_use]
    pub fn new() -> Self {
        Self { app: None, user: None, after: None, limit: limits::LIST_MAX, deleted: false }
    }

    /// Of one app only.
    #[must_use]
    pub fn app(self, app: &str) -> Self {
        Self { app: Some(app.to_owned()), ..self }
    }

    /// Of another user; for an operator.
    #[must_use]
    pub fn user(self, user: &str) -> Self {
        Self { user: Some(user.to_owned()), ..self }
    }

    /// From the one after this on.
    #[must_use]
    pub fn after(self, last: &SecretInfo) -> Self {
        Self { after: Some((last.app.clone(), last.name.clone())), ..self }
    }

    /// At most this many on a page, 1 to 1,000.
    #[must_use]
    pub fn limit(self, limit: u32) -> Self {
        Self { limit, ..self }
    }

    /// With deleted secrets that can still be undeleted.
    #[must_use]
    pub fn deleted(self, deleted: bool) -> Self {
        Self { deleted, ..self }
    }
}

impl Default for ListQuery {
    fn default() -> Self {
        Self::new()
    }
}

/// Some of what a query asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// Ordered by app and name.
    pub secrets: Vec<SecretInfo>,
    /// More follow after the last one.
    pub more: bool,
}

impl Page {
    /// Does this page lie after where the query started, and does it hold
    /// anything when it promises more? A server that repeats itself would
    /// otherwise keep a paging client busy for ever.
    pub(crate) fn advances(&self, query: &ListQuery) -> bool {
        let begins_after = match (&query.after, self.secrets.first()) {
            (Some((app, name)), Some(first)) => (&first.app, &first.name) > (app, name),
            _ => true,
        };
        begins_after && !(self.more && self.secrets.is_empty())
    }
}

/// What a delete found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Deletion {
    /// False when it was absent already.
    pub was_set: bool,
    /// Readers held the old bytes past the deadline: erasure goes on later.
    pub erasure_pending: bool,
}

/// A slot that was added.
#[derive(Debug, PartialEq, Eq)]
pub struct SlotAddition {
    /// The new slot.
    pub slot: SlotInfo,
    /// The recovery key, when one was made: it is not shown again.
    pub recovery_key: Option<SecretBytes>,
}

/// What became of a user's scopes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UserChange {
    /// Scopes moved or shredded.
    pub scopes: u64,
    /// Erasure of old bytes still waits for readers.
    pub erasure_pending: bool,
}
