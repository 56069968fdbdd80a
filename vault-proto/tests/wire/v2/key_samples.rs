//! At least one message of every kind about keys and access keys; the frozen
//! vectors of version 2's second part are these.

use vault_proto::v2::*;

use super::key_calls::{access_key_calls, key_calls};
use super::samples::{secret, stamp};
use crate::Wire;

pub(crate) fn all() -> Vec<(String, Wire)> {
    let mut all = Vec::new();
    for (name, operation) in key_calls() {
        let call = Call::Key(KeyRequest { dry_run: false, operation });
        all.push((format!("request/{name}"), Wire::Request2(Request { id: 7, acting: None, call })));
    }
    let call = Call::Key(KeyRequest { dry_run: true, operation: KeyCall::Enable { key: ID.into() } });
    all.push(("request/dry_run".into(), Wire::Request2(Request { id: 7, acting: None, call })));
    for (name, call) in access_key_calls() {
        let request = Request { id: 7, acting: None, call: Call::AccessKey(call) };
        all.push((format!("request/{name}"), Wire::Request2(request)));
    }
    for (name, reply) in replies() {
        let response = Response { id: 7, stamp: Some(stamp()), result: Ok(reply) };
        all.push((format!("reply/{name}"), Wire::Response2(response)));
    }
    for (name, error) in errors() {
        all.push((format!("error/{name}"), Wire::Response2(Response { id: 7, stamp: None, result: Err(error) })));
    }
    all
}

pub(super) fn pair(key: &str, value: &str) -> ContextPair {
    ContextPair { key: key.into(), value: value.into() }
}

pub(super) fn tag() -> KeyTag {
    KeyTag { name: "team".into(), value: "payments".into() }
}

fn replies() -> Vec<(&'static str, Reply)> {
    let key = |reply| Reply::Key(reply);
    let sealed = || Encrypted { key: ID.into(), version: 2, ciphertext: vec![1, 2, 3, 255] };
    let access_key = |last_used_at: Option<u64>| AccessKeyInfo {
        id: "VLTK0123456789ABCDEF".into(),
        user: "ext:alice".into(),
        description: "ci".into(),
        made_at: 1_790_000_000_000,
        expires_at: Some(1_799_000_000_000),
        last_used_at,
    };
    let census = VersionCensus {
        info: material(None),
        stored: true,
        current: true,
        made: 300,
        opened: 5,
        last_used_at: Some(1_790_000_000_001),
    };
    vec![
        ("info", key(KeyReply::Info(info(Some(KeyVersion { version: 3, material: [0xab; 32] }))))),
        ("info_waiting", key(KeyReply::Info(info(None)))),
        ("keys", key(KeyReply::Keys { ids: vec![ID.into(), ID.into()], more: true })),
        ("deletion", key(KeyReply::Deletion { at: 1_790_600_000_000 })),
        ("tags", key(KeyReply::Tags { items: vec![tag()] })),
        (
            "aliases",
            key(KeyReply::Aliases {
                items: vec![AliasInfo { alias: "alias/orders".into(), key: ID.into(), made_at: 1, updated_at: 300 }],
                more: false,
            }),
        ),
        ("encrypted", key(KeyReply::Encrypted(sealed()))),
        (
            "decrypted",
            key(KeyReply::Decrypted(Decrypted { key: ID.into(), version: 1, plaintext: secret("4111 1111") })),
        ),
        (
            "re_encrypted",
            key(KeyReply::ReEncrypted(ReEncrypted { source_key: ID.into(), source_version: 1, sealed: sealed() })),
        ),
        ("data_key", key(KeyReply::DataKey { plaintext: secret("data key"), sealed: sealed() })),
        (
            "data_key_pair",
            key(KeyReply::DataKeyPair { private: secret("private"), public: vec![4, 5], sealed: sealed() }),
        ),
        ("sealed_data_key_pair", key(KeyReply::SealedDataKeyPair { public: vec![4, 5], sealed: sealed() })),
        ("random", key(KeyReply::Random { bytes: secret("random") })),
        ("mac", key(KeyReply::Mac { key: ID.into(), mac: secret("mac") })),
        ("verified", key(KeyReply::Verified { key: ID.into() })),
        ("signature", key(KeyReply::Signature { key: ID.into(), signature: vec![0x30, 0x06] })),
        (
            "public_key",
            key(KeyReply::PublicKey(PublicKey {
                key: ID.into(),
                spec: KeySpec::EccSecgP256k1,
                usage: KeyUsage::SignVerify,
                spki: vec![0x30, 0x2a],
            })),
        ),
        ("shared_secret", key(KeyReply::SharedSecret { secret: secret("shared") })),
        ("rotated", key(KeyReply::Rotated { version: 300 })),
        (
            "rotation_status",
            key(KeyReply::RotationStatus(RotationStatus {
                period_days: Some(365),
                next_at: Some(1_790_000_000_000),
                on_demand: 2,
            })),
        ),
        (
            "rotations",
            key(KeyReply::Rotations { items: vec![material(None), material(Some(1_790_000_000_000))], more: true }),
        ),
        (
            "import_parameters",
            key(KeyReply::ImportParameters(ImportParameters {
                key: ID.into(),
                token: [9; 32],
                public: vec![0x30, 0x82],
                valid_until: 1_790_086_400_000,
            })),
        ),
        ("material_deleted", key(KeyReply::MaterialDeleted { erasure_pending: true })),
        ("material", key(KeyReply::Material { bytes: secret("material") })),
        ("granted", key(KeyReply::Granted { grant: [7; 32] })),
        ("grants", key(KeyReply::Grants { items: vec![grant(), bare_grant()], more: true })),
        ("policy", key(KeyReply::Policy { statements: vec![PolicyStatement::OWNER] })),
        (
            "census",
            key(KeyReply::Census(KeyCensus { versions: vec![census], aliases: 1, grants: 2, import_pending: true })),
        ),
        (
            "access_key_created",
            Reply::AccessKeyCreated(AccessKeyCreated {
                access_key_id: "VLTK0123456789ABCDEF".into(),
                secret_access_key: secret("secret half"),
                expires_at: None,
            }),
        ),
        ("access_keys", Reply::AccessKeys { items: vec![access_key(None), access_key(Some(1_790_000_000_002))] }),
    ]
}

fn errors() -> Vec<(&'static str, WireError)> {
    vec![
        ("no_key", WireError::NotFound { what: Thing::Key }),
        ("no_alias", WireError::NotFound { what: Thing::Alias }),
        ("no_grant", WireError::NotFound { what: Thing::Grant }),
        ("no_access_key", WireError::NotFound { what: Thing::AccessKey }),
        ("enabled", WireError::KeyState { state: KeyState::Enabled }),
        ("disabled", WireError::KeyState { state: KeyState::Disabled }),
        ("pending_deletion", WireError::KeyState { state: KeyState::PendingDeletion }),
        ("pending_import", WireError::KeyState { state: KeyState::PendingImport }),
        ("wrong_usage", WireError::WrongUsage { usage: KeyUsage::KeyAgreement }),
        ("invalid_ciphertext", WireError::InvalidCiphertext {}),
        ("incorrect_key", WireError::IncorrectKey {}),
        ("invalid_signature", WireError::InvalidSignature {}),
        ("invalid_mac", WireError::InvalidMac {}),
        ("incorrect_material", WireError::IncorrectMaterial { expected: "32 bytes of key material".into() }),
        ("invalid_import_token", WireError::InvalidImportToken {}),
        ("expired_import_token", WireError::ExpiredImportToken {}),
        ("already_exists", WireError::AlreadyExists { what: Thing::Alias }),
        ("limit_exceeded", WireError::LimitExceeded { limit: "keys".into(), max: 10_000 }),
        ("policy_not_enforced", WireError::PolicyNotEnforced { statement: 1 }),
        ("key_cannot", WireError::KeyCannot { what: "be rotated".into() }),
        ("dry_run", WireError::DryRun {}),
    ]
}

fn info(current: Option<KeyVersion>) -> KeyInfo {
    KeyInfo {
        id: ID.into(),
        made_by: "uid:1000".into(),
        made_at: 1_790_000_000_000,
        own: true,
        spec: KeySpec::SymmetricDefault,
        usage: KeyUsage::EncryptDecrypt,
        origin: if current.is_some() { KeyOrigin::Internal } else { KeyOrigin::External },
        state: if current.is_some() { KeyState::Enabled } else { KeyState::PendingImport },
        exportable: false,
        description: "for \"orders\"".into(),
        current,
        deletion_at: None,
        expires_at: Some(1_799_000_000_000),
    }
}

fn material(gone_at: Option<u64>) -> KeyMaterialInfo {
    KeyMaterialInfo {
        version: 128,
        material: [0xcd; 32],
        source: if gone_at.is_some() { MaterialSource::Imported } else { MaterialSource::Automatic },
        gone: gone_at.is_some(),
        made_at: 1_790_000_000_000,
        gone_at,
        expires_at: None,
    }
}

fn grant() -> GrantInfo {
    GrantInfo {
        id: [7; 32],
        key: ID.into(),
        number: 1,
        grantee: Principal { user: "uid:1001".into(), login: Some("bob".into()) },
        retiring: Some(Principal { user: "ext:alice".into(), login: None }),
        operations: vec![GrantOperation::Decrypt, GrantOperation::DeriveSharedSecret],
        constraint: Some(GrantConstraint::Subset(vec![pair("tenant", "blue")])),
        name: Some("batch".into()),
        made_at: 1_790_000_000_000,
        made_by: "uid:1000".into(),
    }
}

fn bare_grant() -> GrantInfo {
    let constraint = Some(GrantConstraint::Equals(vec![]));
    GrantInfo { retiring: None, constraint, name: None, operations: vec![], ..grant() }
}

pub(super) const ID: &str = "01234567-89ab-4cde-8f01-23456789abcd";
