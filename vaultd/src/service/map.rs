//! Core types to wire types. Wire types go no further down than this folder,
//! core types no further up.

use vault_core::access::{CheckReport, NamedLine, OperatorError};
use vault_core::audit::{Degraded, Report};
use vault_core::keys::SecretBytes as CoreBytes;
use vault_core::names::{App, SecretName};
use vault_core::seal::credential::Credential;
use vault_core::seal::key_file::KeyFile;
use vault_core::seal::recovery::RecoveryKey;
use vault_core::{
    Fault, OpenFault, Refusal, SecretInfo, SlotError, SlotInfo, Stamp, Unlock, UnsealError, UserInfo, Value,
    VersionInfo, VersionState,
};
use vault_proto::latest as wire;
use vault_proto::latest::{SecretBytes, UnlockSecret, WireError};

pub(super) fn stamp(stamp: Stamp) -> wire::Stamp {
    wire::Stamp { incarnation: stamp.incarnation, sequence: stamp.sequence }
}

pub(super) fn value(value: Value) -> wire::ValueReply {
    wire::ValueReply { value: SecretBytes::new(value.bytes.into_vec()), version: value.version }
}

pub(super) fn core_bytes(bytes: SecretBytes) -> CoreBytes {
    CoreBytes::new(bytes.into_vec())
}

pub(super) fn secret(info: SecretInfo) -> wire::SecretInfo {
    wire::SecretInfo {
        app: info.app.to_string(),
        name: info.name.to_string(),
        version: info.version,
        state: if info.expired { wire::VersionState::Expired } else { state(info.state) },
        set_at: info.set_ms,
        set_by: info.set_by.to_string(),
        size_class: info.size_class.into(),
        last_read_at: info.last_read_ms,
        expires_at: info.expires_ms,
    }
}

pub(super) fn version(info: VersionInfo) -> wire::VersionInfo {
    wire::VersionInfo {
        version: info.version,
        state: state(info.state),
        set_at: info.set_ms,
        set_by: info.set_by.to_string(),
        deleted_at: (info.deleted_ms != 0).then_some(info.deleted_ms),
    }
}

pub(super) fn slot(info: SlotInfo) -> wire::SlotInfo {
    wire::SlotInfo { id: info.id.to_string(), kind: info.kind.to_string(), label: info.label }
}

pub(super) fn user(info: UserInfo) -> wire::UserInfo {
    wire::UserInfo {
        user: info.user.to_string(),
        login: info.login,
        held: info.held,
        apps: info.apps,
        secrets: info.secrets,
        bytes: info.bytes,
    }
}

pub(super) fn audit_line(line: NamedLine) -> wire::AuditLine {
    wire::AuditLine { line: line.line, name: line.name }
}

pub(super) fn audit_report(report: &Report) -> wire::AuditReport {
    let mut problems: Vec<String> =
        report.problems.iter().map(|p| format!("file {}, line {}: {:?}", p.file, p.line, p.kind)).collect();
    if report.more_problems > 0 {
        problems.push(format!("and {} more", report.more_problems));
    }
    wire::AuditReport { verified: report.verified + report.plain, gaps: report.lost, problems }
}

pub(super) fn check_report(report: CheckReport) -> wire::CheckReport {
    wire::CheckReport { records: report.records, problems: report.problems }
}

/// What is wrong with the audit log, in words.
pub(super) fn degraded(degraded: &Degraded) -> String {
    match degraded {
        Degraded::CannotWrite(kind) => format!("the audit log cannot be written ({kind}): writes are refused"),
        Degraded::ReserveInUse => "the audit log's disk is full, its reserve is in use: make room".to_owned(),
        Degraded::NoReserve => "no space could be set aside for the audit log".to_owned(),
        Degraded::SyncFailed => "the disk did not confirm the audit log; a new file will be tried".to_owned(),
        Degraded::RotationFailed => "a new audit file could not be started; the old one goes on growing".to_owned(),
        Degraded::Alarm(alarm) => alarm.to_string(),
        other => format!("{other:?}"),
    }
}

/// The secrets of a wire message that could open a slot: 32 bytes may be a key
/// file's or a credential's.
pub(super) fn unlocks(secret: UnlockSecret) -> Result<Vec<Unlock>, WireError> {
    Ok(match secret {
        UnlockSecret::Passphrase(text) => vec![Unlock::Passphrase(core_bytes(text))],
        UnlockSecret::KeyFile(bytes) => {
            let refused = || invalid("secret", "32 bytes, the content of a key file or credential");
            let key = KeyFile::from_bytes(bytes.expose()).ok_or_else(refused)?;
            let credential = Credential::from_bytes(bytes.expose()).ok_or_else(refused)?;
            vec![Unlock::KeyFile(key), Unlock::Credential(credential)]
        }
        UnlockSecret::RecoveryKey(text) => vec![Unlock::RecoveryKey(recovery_key(text)?)],
    })
}

pub(super) fn recovery_key(text: SecretBytes) -> Result<RecoveryKey, WireError> {
    RecoveryKey::parse(&core_bytes(text)).map_err(|error| invalid("recovery key", &error.to_string()))
}

pub(super) fn invalid(field: &str, expected: &str) -> WireError {
    WireError::Invalid { field: field.to_owned(), expected: expected.to_owned() }
}

pub(super) fn refusal(refusal: Refusal) -> WireError {
    match refusal {
        Refusal::Missing { expired } => WireError::Missing { expired },
        Refusal::Forbidden { needs } => WireError::Forbidden { needs: needs.map(str::to_owned) },
        Refusal::Held { user } => WireError::Held { user: user.to_string() },
        Refusal::Conflict { current } => WireError::Conflict { current },
        Refusal::TooLarge { len, max } => WireError::TooLarge { len: len as u64, max: max as u64 },
        Refusal::OverQuota { quota, limit } => WireError::OverQuota { quota: quota.to_owned(), limit },
        Refusal::Invalid { field, expected } => invalid(field, expected),
        Refusal::NotDeclared => WireError::NotDeclared { app: String::new(), name: None },
        Refusal::NoSuchApp => WireError::NoSuchApp { app: String::new() },
        Refusal::Suspended => WireError::Suspended { app: String::new() },
        Refusal::Orphans { values } => WireError::Orphans { values },
        Refusal::BadToken => WireError::BadToken {},
        Refusal::StateRefused => WireError::StateRefused {},
        Refusal::Webhook(error) => super::map_apps::webhook_error(error),
        Refusal::AuditFull => WireError::ReadOnly { reason: "audit full".to_owned() },
        Refusal::Fault(error) => fault(error),
        other => WireError::Unavailable { reason: other.to_string() },
    }
}

/// A refusal that concerns one secret: says what the caller asked for.
pub(super) fn about(error: Refusal, app: &App, secret: &SecretName) -> WireError {
    match in_app(error, Some(app)) {
        WireError::NotDeclared { app, .. } => WireError::NotDeclared { app, name: Some(secret.to_string()) },
        other => other,
    }
}

/// A refusal that concerns one app.
pub(super) fn in_app(error: Refusal, named: Option<&App>) -> WireError {
    let name = || named.map(App::to_string).unwrap_or_default();
    match refusal(error) {
        WireError::NotDeclared { .. } => WireError::NotDeclared { app: name(), name: None },
        WireError::NoSuchApp { .. } => WireError::NoSuchApp { app: name() },
        WireError::Suspended { .. } => WireError::Suspended { app: name() },
        other => other,
    }
}

pub(super) fn fault(error: Fault) -> WireError {
    match error {
        Fault::Corrupt { what } => WireError::Corrupt { what: what.to_owned() },
        Fault::DiskFull => WireError::ReadOnly { reason: "disk full".to_owned() },
        Fault::ReadOnly => WireError::ReadOnly { reason: "read-only medium".to_owned() },
        Fault::Stopped => WireError::ReadOnly { reason: "write failed".to_owned() },
        // Not all of it and not nothing: as for any other unknown outcome, asking again is right.
        Fault::Indeterminate | Fault::Unfinished(_) => WireError::Indeterminate {},
        Fault::TooLarge { len, max, .. } => WireError::TooLarge { len: len as u64, max: max as u64 },
        Fault::Unsupported { what } => WireError::Unsupported { what: what.to_owned() },
        other => WireError::Unavailable { reason: other.to_string() },
    }
}

pub(super) fn operator_error(error: OperatorError) -> WireError {
    match error {
        OperatorError::Refusal(error) => refusal(error),
        OperatorError::Slot(error) => slot_error(error),
        OperatorError::Copy(error) => open_fault(error),
        other => WireError::Unavailable { reason: other.to_string() },
    }
}

pub(super) fn slot_error(error: SlotError) -> WireError {
    match error {
        SlotError::WrongSecret => WireError::WrongSecret {},
        SlotError::Fault(error) => fault(error),
        SlotError::NoSuchSlot => WireError::Missing { expired: false },
        SlotError::Passphrase(error) => invalid("passphrase", &error.to_string()),
        SlotError::Label => invalid("label", &error.to_string()),
        SlotError::LastSlot | SlotError::TooMany { .. } | SlotError::WouldDrop(_) => {
            invalid("slots", &error.to_string())
        }
        SlotError::Params(_) => WireError::Corrupt { what: error.to_string() },
        other => WireError::Unavailable { reason: other.to_string() },
    }
}

pub(super) fn open_fault(error: OpenFault) -> WireError {
    match error {
        OpenFault::Fault(error) => fault(error),
        other => WireError::Corrupt { what: other.to_string() },
    }
}

pub(super) fn unseal_error(error: UnsealError) -> WireError {
    match error {
        UnsealError::Slot(error) => slot_error(error),
        UnsealError::Header(error) => WireError::Corrupt { what: error.to_string() },
        UnsealError::Anchor(error) => WireError::Corrupt { what: error.to_string() },
        UnsealError::Rows(error) => open_fault(error),
        other => WireError::Unavailable { reason: other.to_string() },
    }
}

fn state(state: VersionState) -> wire::VersionState {
    match state {
        // Version 1 has no word for one that waits; it is not listed there.
        VersionState::Live | VersionState::Pending => wire::VersionState::Live,
        VersionState::Deleted => wire::VersionState::Deleted,
        VersionState::Destroyed => wire::VersionState::Destroyed,
    }
}
