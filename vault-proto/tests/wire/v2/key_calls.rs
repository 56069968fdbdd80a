//! A sample of every call about keys and access keys.

use vault_proto::v2::*;

use super::key_samples::{ID, pair, tag};
use super::samples::secret;

pub(super) fn access_key_calls() -> [(&'static str, AccessKeyCall); 4] {
    [
        ("access_key_create", AccessKeyCall::Create { user: None, description: "laptop".into(), expires_at: None }),
        (
            "access_key_create_for",
            AccessKeyCall::Create {
                user: Some("ext:alice".into()),
                description: String::new(),
                expires_at: Some(1_799_000_000_000),
            },
        ),
        ("access_key_list", AccessKeyCall::List { user: Some("uid:1000".into()) }),
        ("access_key_revoke", AccessKeyCall::Revoke { id: "VLTK0123456789ABCDEF".into() }),
    ]
}

#[expect(clippy::too_many_lines, reason = "one sample each")]
pub(super) fn key_calls() -> Vec<(&'static str, KeyCall)> {
    let key = || "alias/orders".to_owned();
    let id = || ID.to_owned();
    let context = || vec![pair("tenant", "blue"), pair("a", "")];
    let symmetric = EncryptionAlgorithm::SymmetricDefault;
    vec![
        (
            "create",
            KeyCall::Create {
                spec: KeySpec::SymmetricDefault,
                usage: KeyUsage::EncryptDecrypt,
                origin: KeyOrigin::Internal,
                exportable: true,
                description: "for \"orders\"".into(),
                tags: vec![tag()],
            },
        ),
        (
            "create_external",
            KeyCall::Create {
                spec: KeySpec::Rsa4096,
                usage: KeyUsage::SignVerify,
                origin: KeyOrigin::External,
                exportable: false,
                description: String::new(),
                tags: vec![],
            },
        ),
        ("describe", KeyCall::Describe { key: id() }),
        ("key_list", KeyCall::List { after: Some(id()), limit: 1_000 }),
        ("enable", KeyCall::Enable { key: key() }),
        ("disable", KeyCall::Disable { key: key() }),
        ("schedule_deletion", KeyCall::ScheduleDeletion { key: key(), days: 30 }),
        ("cancel_deletion", KeyCall::CancelDeletion { key: key() }),
        ("update_description", KeyCall::UpdateDescription { key: key(), description: "\u{e4}".into() }),
        ("tag", KeyCall::Tag { key: key(), tags: vec![tag()] }),
        ("untag", KeyCall::Untag { key: key(), names: vec!["team".into(), "tier".into()] }),
        ("list_tags", KeyCall::ListTags { key: key() }),
        ("create_alias", KeyCall::CreateAlias { alias: key(), key: id() }),
        ("update_alias", KeyCall::UpdateAlias { alias: key(), key: id() }),
        ("delete_alias", KeyCall::DeleteAlias { alias: key() }),
        ("list_aliases", KeyCall::ListAliases { key: Some(id()), after: Some(key()), limit: 10 }),
        (
            "encrypt",
            KeyCall::Encrypt { key: key(), plaintext: secret("4111 1111"), context: context(), algorithm: symmetric },
        ),
        (
            "decrypt",
            KeyCall::Decrypt { key: None, ciphertext: vec![0, 1, 255], context: context(), algorithm: symmetric },
        ),
        (
            "decrypt_rsa",
            KeyCall::Decrypt {
                key: Some(id()),
                ciphertext: vec![],
                context: vec![],
                algorithm: EncryptionAlgorithm::RsaesOaepSha256,
            },
        ),
        (
            "re_encrypt",
            KeyCall::ReEncrypt {
                source_key: Some(id()),
                ciphertext: vec![0, 1, 255],
                source_context: context(),
                source_algorithm: EncryptionAlgorithm::RsaesOaepSha1,
                key: key(),
                context: vec![],
                algorithm: symmetric,
            },
        ),
        ("generate_data_key", KeyCall::GenerateDataKey { key: key(), context: context(), len: 32 }),
        (
            "generate_data_key_without_plaintext",
            KeyCall::GenerateDataKeyWithoutPlaintext { key: key(), context: vec![], len: 1_024 },
        ),
        (
            "generate_data_key_pair",
            KeyCall::GenerateDataKeyPair { key: key(), context: context(), spec: KeySpec::EccNistP384 },
        ),
        (
            "generate_data_key_pair_without_plaintext",
            KeyCall::GenerateDataKeyPairWithoutPlaintext { key: key(), context: vec![], spec: KeySpec::Ed25519 },
        ),
        ("generate_random", KeyCall::GenerateRandom { len: 300 }),
        (
            "generate_mac",
            KeyCall::GenerateMac { key: key(), message: secret("message"), algorithm: MacAlgorithm::HmacSha224 },
        ),
        (
            "verify_mac",
            KeyCall::VerifyMac {
                key: key(),
                message: secret("message"),
                algorithm: MacAlgorithm::HmacSha512,
                mac: secret("mac"),
            },
        ),
        (
            "sign",
            KeyCall::Sign {
                key: key(),
                message: secret("message"),
                digest: false,
                algorithm: SigningAlgorithm::Ed25519Sha512,
            },
        ),
        (
            "verify",
            KeyCall::Verify {
                key: key(),
                message: secret("digest"),
                digest: true,
                algorithm: SigningAlgorithm::RsassaPkcs1Sha384,
                signature: vec![0x30, 0x06],
            },
        ),
        ("get_public_key", KeyCall::GetPublicKey { key: key() }),
        ("derive_shared_secret", KeyCall::DeriveSharedSecret { key: key(), peer: vec![0x30, 0x59] }),
        ("rotate", KeyCall::Rotate { key: key() }),
        ("enable_rotation", KeyCall::EnableRotation { key: key(), days: 365 }),
        ("disable_rotation", KeyCall::DisableRotation { key: key() }),
        ("get_rotation_status", KeyCall::GetRotationStatus { key: key() }),
        ("list_rotations", KeyCall::ListRotations { key: key(), after: Some(128), limit: 10 }),
        (
            "get_parameters_for_import",
            KeyCall::GetParametersForImport {
                key: key(),
                wrapping: Wrapping::RsaAesKeyWrapSha256,
                spec: KeySpec::Rsa3072,
            },
        ),
        (
            "import_material",
            KeyCall::ImportMaterial {
                key: key(),
                token: [9; 32],
                wrapped: vec![1, 2, 3],
                expires_at: Some(1_799_000_000_000),
            },
        ),
        ("delete_imported_material", KeyCall::DeleteImportedMaterial { key: key() }),
        ("export", KeyCall::Export { key: key() }),
        (
            "create_grant",
            KeyCall::CreateGrant {
                key: key(),
                grantee: "uid:1001".into(),
                retiring: Some("ext:alice".into()),
                operations: vec![GrantOperation::Encrypt, GrantOperation::GenerateDataKeyWithoutPlaintext],
                constraint: Some(GrantConstraint::Equals(context())),
                name: Some("batch".into()),
            },
        ),
        ("list_grants", KeyCall::ListGrants { key: key(), after: Some(300), limit: 10 }),
        (
            "list_retirable_grants",
            KeyCall::ListRetirableGrants { after_grant: Some(GrantPlace { key: id(), number: 1 }), limit: 10 },
        ),
        ("revoke_grant", KeyCall::RevokeGrant { key: key(), grant: [7; 32] }),
        ("retire_grant", KeyCall::RetireGrant { key: id(), grant: [7; 32] }),
        ("get_policy", KeyCall::GetPolicy { key: key() }),
        ("put_policy", KeyCall::PutPolicy { key: key(), statements: vec![PolicyStatement::OWNER] }),
        ("census", KeyCall::Census { key: key() }),
    ]
}
