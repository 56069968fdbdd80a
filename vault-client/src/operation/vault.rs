//! Operations of the vault itself, which version 1 has.

use vault_proto::latest::{
    AuditLine, AuditReport, BackupInfo, CheckReport, NewSlot, RekeyReport, SecretBytes, SlotInfo, StatusInfo,
    UnlockSecret, UserInfo, VersionInfo,
};
use vault_proto::v1::{Call, Reply};

use super::{Operation, Read, done, only};
use crate::answers::{Deletion, Identity, ListQuery, Page, Secret, SlotAddition, UserChange};
use crate::target::Target;

/// State of the daemon and the vault.
#[must_use]
pub fn status() -> Operation<StatusInfo> {
    on(Call::Status {}, |reply| only!(reply, Reply::Status(status) => status))
}

/// Who the caller is.
#[must_use]
pub fn whoami() -> Operation<Identity> {
    on(
        Call::WhoAmI {},
        |reply| only!(reply, Reply::WhoAmI { user, login, operator, held } => Identity { user, login, operator, held }),
    )
}

/// Stores a new version; the answer is its number.
#[must_use]
pub fn set(target: Target, value: SecretBytes, if_version: Option<u64>) -> Operation<u64> {
    let Target { app, name } = target;
    on(Call::Set { app, name, value, if_version }, |reply| only!(reply, Reply::Set { version } => version))
}

/// Reads a value: the current version unless one is named.
#[must_use]
pub fn get(target: Target, version: Option<u64>) -> Operation<Secret> {
    let Target { app, name } = target;
    on(
        Call::Get { app, name, version },
        |reply| only!(reply, Reply::Value(read) => Secret { value: read.value, version: read.version }),
    )
}

/// One page of names and states.
#[must_use]
pub fn list(query: &ListQuery) -> Operation<Page> {
    let ListQuery { app, user, after, limit, deleted } = query.clone();
    on(
        Call::List { app, user, after, limit, deleted },
        |reply| only!(reply, Reply::List { secrets, more } => Page { secrets, more }),
    )
}

/// Deletes, or destroys at once and for ever.
#[must_use]
pub fn delete(target: Target, destroy: bool, if_version: Option<u64>) -> Operation<Deletion> {
    let Target { app, name } = target;
    on(
        Call::Delete { app, name, destroy, if_version },
        |reply| only!(reply, Reply::Deleted { was_set, erasure_pending } => Deletion { was_set, erasure_pending }),
    )
}

/// Brings a deleted secret back; the answer is the version that is current again.
#[must_use]
pub fn undelete(target: Target) -> Operation<u64> {
    let Target { app, name } = target;
    on(Call::Undelete { app, name }, |reply| only!(reply, Reply::Undeleted { version } => version))
}

/// Every version, newest first.
#[must_use]
pub fn history(target: Target) -> Operation<Vec<VersionInfo>> {
    let Target { app, name } = target;
    on(Call::History { app, name }, |reply| only!(reply, Reply::History { versions } => versions))
}

/// Opens a sealed vault.
#[must_use]
pub fn unseal(secret: UnlockSecret) -> Operation<()> {
    on(Call::Unseal { secret }, done)
}

/// Seals the vault.
#[must_use]
pub fn seal() -> Operation<()> {
    on(Call::Seal {}, done)
}

/// The key slots.
#[must_use]
pub fn slots() -> Operation<Vec<SlotInfo>> {
    on(Call::SlotList {}, |reply| only!(reply, Reply::Slots { slots } => slots))
}

/// Adds a key slot.
#[must_use]
pub fn slot_add(existing: UnlockSecret, new: NewSlot, label: &str) -> Operation<SlotAddition> {
    on(
        Call::SlotAdd { existing, new, label: label.to_owned() },
        |reply| only!(reply, Reply::SlotAdded { slot, recovery_key } => SlotAddition { slot, recovery_key }),
    )
}

/// Removes a key slot.
#[must_use]
pub fn slot_remove(id: &str) -> Operation<()> {
    on(Call::SlotRemove { id: id.to_owned() }, done)
}

/// Replaces the root key, keeping the slots whose secrets are given.
#[must_use]
pub fn rekey_root(keep: Vec<UnlockSecret>, drop_slots: bool) -> Operation<RekeyReport> {
    on(Call::RekeyRoot { keep, drop_slots }, rekeyed)
}

/// Replaces the scope-wrap key, or one user's scope keys.
#[must_use]
pub fn rekey_scope(user: Option<&str>) -> Operation<RekeyReport> {
    on(Call::RekeyScope { user: user.map(str::to_owned) }, rekeyed)
}

/// Every user that has a scope.
#[must_use]
pub fn users() -> Operation<Vec<UserInfo>> {
    on(Call::UserList {}, |reply| only!(reply, Reply::Users { users } => users))
}

/// Releases a held user.
#[must_use]
pub fn user_confirm(user: &str) -> Operation<()> {
    on(Call::UserConfirm { user: user.to_owned() }, done)
}

/// Gives one user's scopes to another.
#[must_use]
pub fn user_move(from: &str, to: &str) -> Operation<UserChange> {
    on(Call::UserMove { from: from.to_owned(), to: to.to_owned() }, user_changed)
}

/// Shreds everything a user has.
#[must_use]
pub fn user_remove(user: &str) -> Operation<UserChange> {
    on(Call::UserRemove { user: user.to_owned() }, user_changed)
}

/// The last lines of the audit log, oldest first.
#[must_use]
pub fn audit_tail(lines: u32) -> Operation<Vec<AuditLine>> {
    on(Call::AuditTail { lines }, |reply| only!(reply, Reply::AuditTail { lines } => lines))
}

/// Verifies the audit chain.
#[must_use]
pub fn audit_verify() -> Operation<AuditReport> {
    on(Call::AuditVerify {}, |reply| only!(reply, Reply::AuditVerified(report) => report))
}

/// Starts a new audit file.
#[must_use]
pub fn audit_rotate() -> Operation<()> {
    on(Call::AuditRotate {}, done)
}

/// Makes a consistent copy to be read.
#[must_use]
pub fn backup_begin(verify: bool) -> Operation<BackupInfo> {
    on(Call::BackupBegin { verify }, |reply| only!(reply, Reply::BackupReady(info) => info))
}

/// A piece of the copy; empty at its end.
#[must_use]
pub fn backup_read(id: u64, offset: u64) -> Operation<Vec<u8>> {
    on(Call::BackupRead { id, offset }, |reply| only!(reply, Reply::BackupChunk { bytes } => bytes))
}

/// Drops the copy; `kept` when the caller has it durably.
#[must_use]
pub fn backup_end(id: u64, kept: bool) -> Operation<()> {
    on(Call::BackupEnd { id, kept }, done)
}

/// Checks every record under its key.
#[must_use]
pub fn check() -> Operation<CheckReport> {
    on(Call::Check {}, |reply| only!(reply, Reply::Checked(report) => report))
}

fn on<T>(call: Call, read: fn(Reply) -> Option<T>) -> Operation<T> {
    Operation { call: call.into(), read: Read::Vault(read) }
}

fn rekeyed(reply: Reply) -> Option<RekeyReport> {
    only!(reply, Reply::Rekeyed(report) => report)
}

fn user_changed(reply: Reply) -> Option<UserChange> {
    only!(reply, Reply::UserChanged { scopes, erasure_pending } => UserChange { scopes, erasure_pending })
}
