//! What a peer may ask.

use std::fmt;

use serde::de::{Error as _, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

use super::SecretBytes;
use crate::limits;

/// One request. `id` comes back on the response; ids may be in flight in any
/// number and order, responses to one connection come back in request order.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Request {
    /// Chosen by the client, echoed by the server, recorded in the audit log.
    pub id: u64,
    /// What is asked.
    pub call: Call,
}

/// Every operation of version 1. `app: None` means the caller's personal app.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "snake_case")]
pub enum Call {
    /// State of the daemon and the vault; answered while sealed.
    Status {},
    /// Who the kernel says the caller is, and what that allows.
    #[serde(rename = "whoami")]
    WhoAmI {},

    /// Store a new version of a secret.
    Set {
        /// The app, or the personal app.
        app: Option<String>,
        /// `name` or `name/instance`.
        name: String,
        /// The value, 1 to 65,536 bytes.
        value: SecretBytes,
        /// Compare-and-set: the version that must be current, 0 = absent.
        if_version: Option<u64>,
    },
    /// Read a value: the current version unless one is named.
    Get {
        /// The app, or the personal app.
        app: Option<String>,
        /// `name` or `name/instance`.
        name: String,
        /// A kept older version.
        version: Option<u64>,
    },
    /// Names and states, never a value; ordered by (app, name).
    List {
        /// The app; none = every app of the user.
        app: Option<String>,
        /// Another user's, for an operator (`uid:1001`); none = the caller's own.
        user: Option<String>,
        /// Continue after this (app, name).
        after: Option<(String, String)>,
        /// At most this many, 1 to 1,000.
        limit: u32,
        /// Include deleted secrets that can still be undeleted.
        deleted: bool,
    },
    /// Delete (recoverable within retention), or destroy at once and for ever.
    Delete {
        /// The app, or the personal app.
        app: Option<String>,
        /// `name` or `name/instance`.
        name: String,
        /// Erase every version now.
        destroy: bool,
        /// Compare-and-set on the current version.
        if_version: Option<u64>,
    },
    /// Bring a deleted secret back.
    Undelete {
        /// The app, or the personal app.
        app: Option<String>,
        /// `name` or `name/instance`.
        name: String,
    },
    /// Every version of one secret with its state and times.
    History {
        /// The app, or the personal app.
        app: Option<String>,
        /// `name` or `name/instance`.
        name: String,
    },

    /// Open a sealed vault. Operator.
    Unseal {
        /// One slot's secret.
        secret: UnlockSecret,
    },
    /// Seal the vault: drain writes, drop every key. Operator.
    Seal {},
    /// The key slots. Operator.
    SlotList {},
    /// Add a key slot; needs an existing slot's secret. Operator.
    SlotAdd {
        /// An existing slot's secret.
        existing: UnlockSecret,
        /// What to add.
        new: NewSlot,
        /// A label for people, at most 64 printable ASCII characters.
        label: String,
    },
    /// Remove a key slot; the last one stays. Operator.
    SlotRemove {
        /// The slot id, 32 hex digits.
        id: String,
    },
    /// Replace the root key. Only slots whose secret is presented survive. Operator.
    RekeyRoot {
        /// The secrets of the slots to keep; at least one, at most 16.
        #[serde(deserialize_with = "at_most_slots")]
        keep: Vec<UnlockSecret>,
        /// Agree to losing the other slots.
        drop_slots: bool,
    },
    /// Replace the scope-wrap key, or one user's scope keys. Operator.
    RekeyScope {
        /// Only this user's scopes get new keys; none = the scope-wrap key is replaced.
        user: Option<String>,
    },
    /// Users with counts, sizes and held state. Operator.
    UserList {},
    /// Release a held user: the login name changed and that is right. Operator.
    UserConfirm {
        /// `uid:N`.
        user: String,
    },
    /// Give one user's scopes to another user. Operator.
    UserMove {
        /// From.
        from: String,
        /// To; must have no scope of the same app.
        to: String,
    },
    /// Shred everything a user has. Operator.
    UserRemove {
        /// `uid:N` or `ext:ID`.
        user: String,
    },
    /// The last lines of the audit log. Operator.
    AuditTail {
        /// How many, 1 to 1,000.
        lines: u32,
    },
    /// Verify the audit chain from the oldest kept file. Operator.
    AuditVerify {},
    /// Start a new audit file, the chain goes on. Operator.
    AuditRotate {},
    /// Make a consistent, verified copy to be read with `BackupRead`. Operator.
    BackupBegin {
        /// Verify the copy before offering it.
        verify: bool,
    },
    /// Read a piece of the copy. Operator.
    BackupRead {
        /// From `BackupBegin`.
        id: u64,
        /// Byte offset.
        offset: u64,
    },
    /// The copy has been kept (or given up): drop it. Operator.
    BackupEnd {
        /// From `BackupBegin`.
        id: u64,
        /// True when the client has it durably, so it counts as a backup.
        kept: bool,
    },
    /// Check every record under its key. Operator.
    Check {},
}

/// A secret that opens a key slot.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "snake_case")]
pub enum UnlockSecret {
    /// A passphrase, as typed, without the newline.
    Passphrase(SecretBytes),
    /// The content of a key file or of a systemd credential, 32 bytes.
    KeyFile(SecretBytes),
    /// The recovery key as printed.
    RecoveryKey(SecretBytes),
}

/// A key slot to add.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "snake_case")]
pub enum NewSlot {
    /// A passphrase.
    Passphrase(SecretBytes),
    /// The content of a key file, 32 bytes.
    KeyFile(SecretBytes),
    /// Make a recovery key; it comes back once in the reply.
    RecoveryKey {},
    /// The content of a systemd credential, 32 bytes.
    Credential(SecretBytes),
}

/// There are never more slots than this, and without the limit a frame of tiny
/// secrets would become a list many times its size.
fn at_most_slots<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<UnlockSecret>, D::Error> {
    struct Slots;

    impl<'de> Visitor<'de> for Slots {
        type Value = Vec<UnlockSecret>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            write!(f, "at most {} secrets", limits::SLOTS_MAX)
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut secrets: A) -> Result<Self::Value, A::Error> {
            let mut kept = Vec::new();
            while let Some(secret) = secrets.next_element()? {
                if kept.len() == limits::SLOTS_MAX {
                    return Err(A::Error::custom("too many secrets"));
                }
                kept.push(secret);
            }
            Ok(kept)
        }
    }

    from.deserialize_seq(Slots)
}
