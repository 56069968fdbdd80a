use vault_proto::latest::{KeyState, KeyUsage, Thing, WebhookReason};

use super::*;

fn server(error: WireError) -> ClientError {
    ClientError::Server(error)
}

#[test]
fn exit_codes_keep_the_contract() {
    let broken = || Arc::new(io::Error::from(io::ErrorKind::BrokenPipe));
    let table = [
        (server(WireError::Unsupported { what: "kms".into() }), 1),
        (server(WireError::Invalid { field: "name".into(), expected: "x".into() }), 2),
        (server(WireError::Missing { expired: false }), 3),
        (server(WireError::Forbidden { needs: None }), 4),
        (server(WireError::Held { user: "uid:1".into() }), 4),
        (server(WireError::WrongSecret {}), 4),
        (server(WireError::Sealed {}), 5),
        (server(WireError::Conflict { current: 1 }), 6),
        (server(WireError::Unavailable { reason: "x".into() }), 7),
        (ClientError::NotRunning { path: "/x".into() }, 7),
        (ClientError::Unavailable(broken()), 7),
        (ClientError::Timeout { after: Duration::ZERO, may_have_happened: false }, 7),
        (server(WireError::Corrupt { what: "x".into() }), 8),
        (ClientError::Refused(Refusal::NoCommonVersion), 8),
        (ProtocolError::UnexpectedId.into(), 8),
        (server(WireError::Busy { retry_after_ms: 1 }), 9),
        (ClientError::Refused(Refusal::TooManyConnections), 9),
        (server(WireError::TooLarge { len: 2, max: 1 }), 10),
        (server(WireError::OverQuota { quota: "x".into(), limit: 1 }), 10),
        (server(WireError::ReadOnly { reason: "disk full".into() }), 11),
        (server(WireError::Indeterminate {}), 12),
        (ClientError::Indeterminate(broken()), 12),
        (ClientError::Timeout { after: Duration::ZERO, may_have_happened: true }, 12),
        (server(WireError::Missing { expired: true }), 13),
        (ClientError::RollbackSuspected { seen: 2, now: 1 }, 14),
        (server(WireError::NotDeclared { app: "a".into(), name: None }), 2),
        (server(WireError::NoSuchApp { app: "a".into() }), 3),
        (server(WireError::Suspended { app: "a".into() }), 4),
        (server(WireError::BadToken {}), 4),
        (server(WireError::WebhookRefused { reason: WebhookReason::Replayed }), 4),
        (server(WireError::Orphans { values: 1 }), 6),
        (server(WireError::StateRefused {}), 13),
        (EncodeError::NotInVersion { version: 1 }.into(), 1),
        (server(WireError::NotFound { what: Thing::Key }), 3),
        (server(WireError::NotFound { what: Thing::AccessKey }), 3),
        (server(WireError::KeyState { state: KeyState::Disabled }), 6),
        (server(WireError::WrongUsage { usage: KeyUsage::Mac }), 2),
        (server(WireError::InvalidCiphertext {}), 4),
        (server(WireError::IncorrectKey {}), 2),
        (server(WireError::InvalidSignature {}), 4),
        (server(WireError::InvalidMac {}), 4),
        (server(WireError::IncorrectMaterial { expected: "x".into() }), 2),
        (server(WireError::InvalidImportToken {}), 2),
        (server(WireError::ExpiredImportToken {}), 13),
        (server(WireError::AlreadyExists { what: Thing::Alias }), 6),
        (server(WireError::LimitExceeded { limit: "keys".into(), max: 1 }), 10),
        (server(WireError::PolicyNotEnforced { statement: 1 }), 2),
        (server(WireError::KeyCannot { what: "be rotated".into() }), 2),
        (server(WireError::DryRun {}), 0),
    ];
    for (error, code) in table {
        assert_eq!(error.exit_code(), code, "{error}");
        assert!(!error.code().is_empty() && !error.to_string().is_empty());
    }
}

#[test]
fn kinds_a_program_acts_on_are_told_apart() {
    let broken = || Arc::new(io::Error::from(io::ErrorKind::BrokenPipe));
    let frame = || EncodeError::Frame(vault_proto::frame::FrameError::Empty);
    let table = [
        (server(WireError::Missing { expired: false }), ErrorKind::NotSet),
        (server(WireError::Missing { expired: true }), ErrorKind::Expired),
        (server(WireError::NotDeclared { app: "a".into(), name: Some("n".into()) }), ErrorKind::NotDeclared),
        (server(WireError::NoSuchApp { app: "a".into() }), ErrorKind::NotDeclared),
        (server(WireError::Forbidden { needs: None }), ErrorKind::Forbidden),
        (server(WireError::BadToken {}), ErrorKind::Forbidden),
        (ClientError::Refused(Refusal::NotAllowed), ErrorKind::Forbidden),
        (server(WireError::TooLarge { len: 2, max: 1 }), ErrorKind::TooLarge),
        (frame().into(), ErrorKind::TooLarge),
        (server(WireError::Sealed {}), ErrorKind::Sealed),
        (server(WireError::Busy { retry_after_ms: 1 }), ErrorKind::Unavailable),
        (ClientError::NotRunning { path: "/x".into() }, ErrorKind::Unavailable),
        (ClientError::Unavailable(broken()), ErrorKind::Unavailable),
        (server(WireError::Corrupt { what: "x".into() }), ErrorKind::Corrupt),
        (ClientError::RollbackSuspected { seen: 2, now: 1 }, ErrorKind::Corrupt),
        (ClientError::Indeterminate(broken()), ErrorKind::Indeterminate),
        (server(WireError::WebhookRefused { reason: WebhookReason::BadSignature }), ErrorKind::NotGenuine),
        (server(WireError::Orphans { values: 2 }), ErrorKind::Conflict),
        (EncodeError::NotInVersion { version: 1 }.into(), ErrorKind::Invalid),
        (server(WireError::NotFound { what: Thing::Key }), ErrorKind::NotSet),
        (server(WireError::KeyState { state: KeyState::PendingImport }), ErrorKind::Conflict),
        (server(WireError::InvalidCiphertext {}), ErrorKind::NotGenuine),
        (server(WireError::InvalidMac {}), ErrorKind::NotGenuine),
        (server(WireError::ExpiredImportToken {}), ErrorKind::Expired),
        (server(WireError::LimitExceeded { limit: "keys".into(), max: 1 }), ErrorKind::TooLarge),
        (server(WireError::DryRun {}), ErrorKind::DryRun),
        (server(WireError::WrongUsage { usage: KeyUsage::Mac }), ErrorKind::Invalid),
    ];
    for (error, kind) in table {
        assert_eq!(error.kind(), kind, "{error}");
    }
}

#[test]
fn what_may_have_happened_is_not_retryable() {
    let timeout = |may_have_happened| ClientError::Timeout { after: Duration::ZERO, may_have_happened };
    assert!(timeout(false).retryable());
    assert!(!timeout(true).retryable());
    assert!(!server(WireError::Indeterminate {}).retryable());
    assert!(server(WireError::Busy { retry_after_ms: 1 }).retryable());
    assert!(!server(WireError::Conflict { current: 1 }).retryable());
}

#[test]
fn a_foreign_server_is_named_with_the_way_out() {
    let error = ClientError::ServerUid { uid: 1003, expected: None, path: "/s".into() };
    assert!(error.to_string().contains("1003"));
    assert!(error.hint().contains("--server-uid 1003"));
}
