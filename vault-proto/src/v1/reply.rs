//! What the server answers.

use serde::{Deserialize, Serialize};

use super::{SecretBytes, WireError};

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
    #[serde(with = "super::outcome")]
    pub result: Result<Reply, WireError>,
}

/// Where a vault's history stands: a sequence never falls within one incarnation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Stamp {
    /// Drawn when the vault is made and by each restore.
    #[serde(with = "super::hex")]
    pub incarnation: [u8; 16],
    /// Commits so far.
    pub sequence: u64,
}

/// The answer to each [`super::Call`], in the same order of topics.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "snake_case")]
pub enum Reply {
    /// To `Status`.
    Status(StatusInfo),
    /// To `WhoAmI`.
    #[serde(rename = "whoami")]
    WhoAmI {
        /// `uid:N`.
        user: String,
        /// The login name the system gives that uid, when it has one.
        login: Option<String>,
        /// Operator verbs granted, sorted; empty for most people.
        operator: Vec<String>,
        /// True when the uid's login name no longer matches what is stored here.
        held: bool,
    },
    /// To `Set`.
    Set {
        /// The version stored, from 1.
        version: u64,
    },
    /// To `Get`.
    Value(ValueReply),
    /// To `List`.
    List {
        /// The page.
        secrets: Vec<SecretInfo>,
        /// More follow after the last one.
        more: bool,
    },
    /// To `Delete`: was there anything to delete.
    Deleted {
        /// False when it was absent already.
        was_set: bool,
        /// True when readers held the old bytes past the deadline: erasure goes on later.
        erasure_pending: bool,
    },
    /// To `Undelete`.
    Undeleted {
        /// The version that is current again.
        version: u64,
    },
    /// To `History`, newest first.
    History {
        /// The versions.
        versions: Vec<VersionInfo>,
    },
    /// To `Unseal` and to calls with nothing more to say.
    Done {},
    /// To `SlotList`.
    Slots {
        /// Every slot.
        slots: Vec<SlotInfo>,
    },
    /// To `SlotAdd`.
    SlotAdded {
        /// The new slot.
        slot: SlotInfo,
        /// The recovery key, when one was made; shown this once.
        recovery_key: Option<SecretBytes>,
    },
    /// To `RekeyRoot` and `RekeyScope`.
    Rekeyed(RekeyReport),
    /// To `UserList`.
    Users {
        /// Every user that has a scope.
        users: Vec<UserInfo>,
    },
    /// To `UserRemove` and `UserMove`.
    UserChanged {
        /// Scopes moved or shredded.
        scopes: u64,
        /// Erasure of old bytes still waits for readers.
        erasure_pending: bool,
    },
    /// To `AuditTail`, oldest first.
    AuditTail {
        /// The lines, names resolved when the vault is open.
        lines: Vec<AuditLine>,
    },
    /// To `AuditVerify`.
    AuditVerified(AuditReport),
    /// To `BackupBegin`.
    BackupReady(BackupInfo),
    /// To `BackupRead`: at most [`crate::Codec::backup_chunk`]; empty at the end.
    BackupChunk {
        /// The bytes.
        #[serde(with = "super::secret::bytes")]
        bytes: Vec<u8>,
    },
    /// To `Check`.
    Checked(CheckReport),
}

/// The state of the daemon and the vault.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StatusInfo {
    /// The daemon's version.
    pub version: String,
    /// No key is in memory.
    pub sealed: bool,
    /// Something needs an operator: the reasons, empty when all is well.
    pub degraded: Vec<String>,
    /// Writes are refused until reopen or until space returns.
    pub read_only: bool,
    /// A development vault.
    pub development: bool,
    /// The vault's id, hex; shown to operators only.
    pub vault_id: Option<String>,
    /// The vault's epoch; absent while sealed.
    pub epoch: Option<u64>,
    /// Commits so far; absent while sealed.
    pub sequence: Option<u64>,
    /// Number of key slots.
    pub slots: u32,
    /// Milliseconds since 1970, UTC.
    pub last_backup_at: Option<u64>,
    /// The last backup was verified before it was sent.
    pub last_backup_verified: Option<bool>,
    /// Seconds since the daemon started.
    pub uptime_s: u64,
    /// What hardening took effect, for operators.
    pub hardening: Vec<String>,
}

/// A value with its version.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ValueReply {
    /// The bytes as they were set.
    pub value: SecretBytes,
    /// The version read.
    pub version: u64,
}

/// One secret, never its value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SecretInfo {
    /// The app.
    pub app: String,
    /// The name.
    pub name: String,
    /// The current version.
    pub version: u64,
    /// State of the current version.
    pub state: VersionState,
    /// Milliseconds since 1970, UTC.
    pub set_at: u64,
    /// Who set it.
    pub set_by: String,
    /// The size class in bytes the value was padded to, not its length.
    pub size_class: u64,
    /// Milliseconds since 1970, UTC.
    pub last_read_at: Option<u64>,
    /// Milliseconds since 1970, UTC.
    pub expires_at: Option<u64>,
}

/// The state of a version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum VersionState {
    /// Readable.
    Live,
    /// Deleted, can be undeleted until retention ends.
    Deleted,
    /// Gone for ever.
    Destroyed,
    /// Past its expiry: kept, not served.
    Expired,
}

/// One version of a secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VersionInfo {
    /// From 1, never reused.
    pub version: u64,
    /// Its state.
    pub state: VersionState,
    /// Milliseconds since 1970, UTC.
    pub set_at: u64,
    /// Who set it.
    pub set_by: String,
    /// Milliseconds since 1970, UTC.
    pub deleted_at: Option<u64>,
}

/// One key slot.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SlotInfo {
    /// 32 hex digits.
    pub id: String,
    /// `passphrase`, `key-file`, `recovery-key` or `credential`.
    pub kind: String,
    /// For people.
    pub label: String,
}

/// What a rekey did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RekeyReport {
    /// The new key version.
    pub version: u32,
    /// Scopes re-wrapped or records re-sealed.
    pub rewritten: u64,
    /// Slots that were dropped.
    pub dropped_slots: Vec<SlotInfo>,
}

/// One user.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UserInfo {
    /// `uid:N` or `ext:ID`.
    pub user: String,
    /// The login name its scopes were made under.
    pub login: Option<String>,
    /// The login name changed: waits for `user confirm`.
    pub held: bool,
    /// Apps with a scope.
    pub apps: u64,
    /// Secrets.
    pub secrets: u64,
    /// Bytes of stored ciphertext.
    pub bytes: u64,
}

/// One audit line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AuditLine {
    /// The JSON line as it stands in the file.
    pub line: String,
    /// The secret's name when it could be resolved.
    pub name: Option<String>,
}

/// What verifying the audit chain found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AuditReport {
    /// Lines whose chain value is right.
    pub verified: u64,
    /// Losses the log itself admits to (gap lines).
    pub gaps: u64,
    /// What is wrong, in words; empty when the chain holds.
    pub problems: Vec<String>,
}

/// A copy ready to be read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BackupInfo {
    /// To be used in `BackupRead` and `BackupEnd`.
    pub id: u64,
    /// Total length.
    pub bytes: u64,
    /// SHA-256 of all of it.
    #[serde(with = "super::hex")]
    pub sha256: [u8; 32],
    /// The copy was checked in full under the vault's keys.
    pub verified: bool,
    /// The sequence it stands at.
    pub sequence: u64,
}

/// What a full check found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CheckReport {
    /// Records looked at.
    pub records: u64,
    /// What is wrong, in words; empty when all is well.
    pub problems: Vec<String>,
}
