//! At least one message of every kind, with fixed content: the frozen vectors
//! are these.

use vault_proto::v1::*;

use crate::Wire;

pub(crate) fn all() -> Vec<(String, Wire)> {
    let mut all = Vec::new();
    for (name, call) in calls() {
        all.push((format!("request/{name}"), Wire::Request1(Request { id: 7, call })));
    }
    for (name, reply) in replies() {
        all.push((
            format!("reply/{name}"),
            Wire::Response1(Response { id: 7, stamp: Some(stamp()), result: Ok(reply) }),
        ));
    }
    for (name, error) in errors() {
        all.push((format!("error/{name}"), Wire::Response1(Response { id: 7, stamp: None, result: Err(error) })));
    }
    let largest = Request { id: u64::MAX, call: Call::Status {} };
    all.push(("request/largest_id".into(), Wire::Request1(largest)));
    let unnumbered = Response { id: 0, stamp: None, result: Err(WireError::Busy { retry_after_ms: u64::MAX }) };
    all.push(("error/without_request".into(), Wire::Response1(unnumbered)));
    all
}

pub(crate) fn secret(text: &str) -> SecretBytes {
    SecretBytes::new(text.as_bytes().to_vec())
}

fn calls() -> Vec<(&'static str, Call)> {
    let app = || Some("billing".to_owned());
    let name = || "api_token".to_owned();
    vec![
        ("status", Call::Status {}),
        ("whoami", Call::WhoAmI {}),
        ("set", Call::Set { app: None, name: name(), value: secret("hunter2"), if_version: None }),
        (
            "set_conditional",
            Call::Set { app: app(), name: "mail/bob@x.org".into(), value: secret("\0\u{7f}ff"), if_version: Some(300) },
        ),
        ("set_empty", Call::Set { app: None, name: name(), value: secret(""), if_version: Some(0) }),
        ("get", Call::Get { app: None, name: name(), version: None }),
        ("get_version", Call::Get { app: app(), name: name(), version: Some(2) }),
        ("list", Call::List { app: None, user: None, after: None, limit: 1000, deleted: false }),
        (
            "list_after",
            Call::List {
                app: app(),
                user: Some("uid:1001".into()),
                after: Some(("billing".into(), name())),
                limit: 1,
                deleted: true,
            },
        ),
        ("delete", Call::Delete { app: None, name: name(), destroy: false, if_version: None }),
        ("destroy", Call::Delete { app: app(), name: name(), destroy: true, if_version: Some(9) }),
        ("undelete", Call::Undelete { app: app(), name: name() }),
        ("history", Call::History { app: None, name: name() }),
        ("unseal_passphrase", Call::Unseal { secret: UnlockSecret::Passphrase(secret("correct horse")) }),
        ("unseal_key_file", Call::Unseal { secret: UnlockSecret::KeyFile(SecretBytes::new(vec![0xa5; 32])) }),
        ("unseal_recovery_key", Call::Unseal { secret: UnlockSecret::RecoveryKey(secret("AAAA-BBBB")) }),
        ("seal", Call::Seal {}),
        ("slot_list", Call::SlotList {}),
        (
            "slot_add_passphrase",
            Call::SlotAdd {
                existing: UnlockSecret::Passphrase(secret("old")),
                new: NewSlot::Passphrase(secret("new one")),
                label: "a \"label\" \\ of Ann".into(),
            },
        ),
        (
            "slot_add_key_file",
            Call::SlotAdd {
                existing: UnlockSecret::Passphrase(secret("old")),
                new: NewSlot::KeyFile(SecretBytes::new(vec![1; 32])),
                label: String::new(),
            },
        ),
        (
            "slot_add_recovery_key",
            Call::SlotAdd {
                existing: UnlockSecret::RecoveryKey(secret("K")),
                new: NewSlot::RecoveryKey {},
                label: "safe".into(),
            },
        ),
        (
            "slot_add_credential",
            Call::SlotAdd {
                existing: UnlockSecret::KeyFile(secret("K")),
                new: NewSlot::Credential(secret("c")),
                label: "tpm".into(),
            },
        ),
        ("slot_remove", Call::SlotRemove { id: "00112233445566778899aabbccddeeff".into() }),
        (
            "rekey_root",
            Call::RekeyRoot {
                keep: vec![UnlockSecret::Passphrase(secret("p")), UnlockSecret::RecoveryKey(secret("r"))],
                drop_slots: true,
            },
        ),
        ("rekey_scope", Call::RekeyScope { user: None }),
        ("rekey_scope_of", Call::RekeyScope { user: Some("ext:alice".into()) }),
        ("user_list", Call::UserList {}),
        ("user_confirm", Call::UserConfirm { user: "uid:1001".into() }),
        ("user_move", Call::UserMove { from: "uid:1001".into(), to: "uid:1002".into() }),
        ("user_remove", Call::UserRemove { user: "ext:alice".into() }),
        ("audit_tail", Call::AuditTail { lines: 20 }),
        ("audit_verify", Call::AuditVerify {}),
        ("audit_rotate", Call::AuditRotate {}),
        ("backup_begin", Call::BackupBegin { verify: true }),
        ("backup_read", Call::BackupRead { id: 3, offset: 1 << 33 }),
        ("backup_end", Call::BackupEnd { id: 3, kept: false }),
        ("check", Call::Check {}),
    ]
}

fn replies() -> Vec<(&'static str, Reply)> {
    vec![
        ("status", Reply::Status(status())),
        ("status_sealed", Reply::Status(sealed_status())),
        (
            "whoami",
            Reply::WhoAmI {
                user: "uid:1000".into(),
                login: Some("ann".into()),
                operator: vec!["backup".into(), "seal".into()],
                held: false,
            },
        ),
        ("set", Reply::Set { version: 128 }),
        ("value", Reply::Value(ValueReply { value: secret("hunter2"), version: 1 })),
        ("list", Reply::List { secrets: vec![secret_info(), other_secret_info()], more: true }),
        ("list_empty", Reply::List { secrets: vec![], more: false }),
        ("deleted", Reply::Deleted { was_set: true, erasure_pending: false }),
        ("undeleted", Reply::Undeleted { version: 4 }),
        ("history", Reply::History { versions: versions() }),
        ("done", Reply::Done {}),
        ("slots", Reply::Slots { slots: vec![slot()] }),
        ("slot_added", Reply::SlotAdded { slot: slot(), recovery_key: Some(secret("AAAA-BBBB")) }),
        ("slot_added_plain", Reply::SlotAdded { slot: slot(), recovery_key: None }),
        ("rekeyed", Reply::Rekeyed(RekeyReport { version: 2, rewritten: 5, dropped_slots: vec![slot()] })),
        ("users", Reply::Users { users: vec![user()] }),
        ("user_changed", Reply::UserChanged { scopes: 2, erasure_pending: true }),
        (
            "audit_tail",
            Reply::AuditTail { lines: vec![AuditLine { line: "{\"seq\":1}".into(), name: Some("api_token".into()) }] },
        ),
        ("audit_verified", Reply::AuditVerified(AuditReport { verified: 9, gaps: 1, problems: vec!["line 3".into()] })),
        (
            "backup_ready",
            Reply::BackupReady(BackupInfo { id: 3, bytes: 40_960, sha256: [0xab; 32], verified: true, sequence: 17 }),
        ),
        ("backup_chunk", Reply::BackupChunk { bytes: vec![0, 1, 254, 255] }),
        ("backup_chunk_end", Reply::BackupChunk { bytes: vec![] }),
        ("checked", Reply::Checked(CheckReport { records: 12, problems: vec![] })),
    ]
}

fn errors() -> Vec<(&'static str, WireError)> {
    vec![
        ("sealed", WireError::Sealed {}),
        ("missing", WireError::Missing { expired: false }),
        ("expired", WireError::Missing { expired: true }),
        ("forbidden", WireError::Forbidden { needs: Some("operator backup".into()) }),
        ("forbidden_untold", WireError::Forbidden { needs: None }),
        ("held", WireError::Held { user: "uid:1000".into() }),
        ("conflict", WireError::Conflict { current: 3 }),
        ("too_large", WireError::TooLarge { len: 65_537, max: 65_536 }),
        ("over_quota", WireError::OverQuota { quota: "secrets_per_user".into(), limit: 1000 }),
        ("busy", WireError::Busy { retry_after_ms: 250 }),
        ("corrupt", WireError::Corrupt { what: "record".into() }),
        ("read_only", WireError::ReadOnly { reason: "disk full".into() }),
        ("indeterminate", WireError::Indeterminate {}),
        ("unavailable", WireError::Unavailable { reason: "shutting down".into() }),
        ("unsupported", WireError::Unsupported { what: "kms".into() }),
        ("invalid", WireError::Invalid { field: "name".into(), expected: "a lower-case letter first".into() }),
        ("wrong_secret", WireError::WrongSecret {}),
    ]
}

fn stamp() -> Stamp {
    Stamp { incarnation: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 255], sequence: 1_000_000 }
}

fn status() -> StatusInfo {
    StatusInfo {
        version: "0.1.0".into(),
        sealed: false,
        degraded: vec!["audit reserve in use".into()],
        read_only: true,
        development: false,
        vault_id: Some("00112233445566778899aabbccddeeff".into()),
        epoch: Some(1),
        sequence: Some(1_000_000),
        slots: 2,
        last_backup_at: Some(1_790_000_000_000),
        last_backup_verified: Some(true),
        uptime_s: 3_600,
        hardening: vec!["no core dumps".into(), "memory locked".into()],
    }
}

fn sealed_status() -> StatusInfo {
    StatusInfo {
        version: "0.1.0".into(),
        sealed: true,
        degraded: vec![],
        read_only: false,
        development: true,
        vault_id: None,
        epoch: None,
        sequence: None,
        slots: 0,
        last_backup_at: None,
        last_backup_verified: None,
        uptime_s: 0,
        hardening: vec![],
    }
}

fn secret_info() -> SecretInfo {
    SecretInfo {
        app: "billing".into(),
        name: "api_token".into(),
        version: 3,
        state: VersionState::Live,
        set_at: 1_790_000_000_000,
        set_by: "uid:1000".into(),
        size_class: 256,
        last_read_at: Some(1_790_000_000_001),
        expires_at: None,
    }
}

fn other_secret_info() -> SecretInfo {
    SecretInfo {
        app: "personal".into(),
        name: "mail/work".into(),
        version: 1,
        state: VersionState::Expired,
        set_at: 0,
        set_by: "ext:alice".into(),
        size_class: 65_536,
        last_read_at: None,
        expires_at: Some(u64::MAX),
    }
}

fn versions() -> Vec<VersionInfo> {
    let version = |version, state, deleted_at| VersionInfo {
        version,
        state,
        set_at: 1_790_000_000_000,
        set_by: "uid:1000".into(),
        deleted_at,
    };
    vec![
        version(3, VersionState::Live, None),
        version(2, VersionState::Deleted, Some(1_790_000_000_500)),
        version(1, VersionState::Destroyed, Some(5)),
    ]
}

fn slot() -> SlotInfo {
    SlotInfo { id: "00112233445566778899aabbccddeeff".into(), kind: "recovery-key".into(), label: "safe".into() }
}

fn user() -> UserInfo {
    UserInfo { user: "uid:1001".into(), login: None, held: true, apps: 1, secrets: 4, bytes: 2_048 }
}
