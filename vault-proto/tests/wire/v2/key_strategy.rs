//! Arbitrary messages about keys and access keys: arbitrary parts, and one
//! message of each kind made of them.

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;
use vault_proto::v2::*;

use crate::v1::strategy::{number, secret, text};

/// What messages are made of.
#[derive(Debug)]
struct Parts {
    text: String,
    other: String,
    maybe: Option<String>,
    maybe_more: Option<String>,
    context: Vec<ContextPair>,
    more_context: Vec<ContextPair>,
    secret: SecretBytes,
    more_secret: SecretBytes,
    bytes: Vec<u8>,
    id: [u8; 32],
    small: u32,
    maybe_small: Option<u32>,
    number: u64,
    maybe_number: Option<u64>,
    flag: bool,
    words: Words,
}

#[derive(Debug)]
struct Words {
    spec: KeySpec,
    usage: KeyUsage,
    origin: KeyOrigin,
    state: KeyState,
    encryption: EncryptionAlgorithm,
    more_encryption: EncryptionAlgorithm,
    signing: SigningAlgorithm,
    mac: MacAlgorithm,
    wrapping: Wrapping,
    source: MaterialSource,
    operations: Vec<GrantOperation>,
    thing: Thing,
}

pub(super) fn access_key_call() -> BoxedStrategy<AccessKeyCall> {
    let call = |(which, p): (u8, Parts)| match which {
        0 => AccessKeyCall::Create { user: p.maybe, description: p.text, expires_at: p.maybe_number },
        1 => AccessKeyCall::List { user: p.maybe },
        _ => AccessKeyCall::Revoke { id: p.text },
    };
    (0..3_u8, parts()).prop_map(call).boxed()
}

pub(super) fn key_request() -> BoxedStrategy<KeyRequest> {
    let call = |(which, p): (u8, Parts)| {
        let dry_run = p.flag;
        KeyRequest { dry_run, operation: if which < 24 { managing(which, p) } else { using(which, p) } }
    };
    (0..46_u8, parts()).prop_map(call).boxed()
}

pub(super) fn reply() -> BoxedStrategy<Reply> {
    let reply = |(which, p): (u8, Parts)| match which {
        0 => Reply::AccessKeyCreated(AccessKeyCreated {
            access_key_id: p.text,
            // As long as a token may be.
            secret_access_key: SecretBytes::new(p.bytes),
            expires_at: p.maybe_number,
        }),
        1 => {
            let (description, made_at, expires_at) = (p.text, p.number, p.maybe_number);
            let (id, user) = (p.other.clone(), p.other);
            let info = AccessKeyInfo { id, user, description, made_at, expires_at, last_used_at: p.maybe_number };
            Reply::AccessKeys { items: vec![info.clone(), info] }
        }
        _ => Reply::Key(key_reply(which - 2, p)),
    };
    (0..30_u8, parts()).prop_map(reply).boxed()
}

pub(super) fn error() -> BoxedStrategy<WireError> {
    let error = |(which, p): (u8, Parts)| match which {
        0 => WireError::NotFound { what: p.words.thing },
        1 => WireError::KeyState { state: p.words.state },
        2 => WireError::WrongUsage { usage: p.words.usage },
        3 => WireError::InvalidCiphertext {},
        4 => WireError::IncorrectKey {},
        5 => WireError::InvalidSignature {},
        6 => WireError::InvalidMac {},
        7 => WireError::IncorrectMaterial { expected: p.text },
        8 => WireError::InvalidImportToken {},
        9 => WireError::ExpiredImportToken {},
        10 => WireError::AlreadyExists { what: p.words.thing },
        11 => WireError::LimitExceeded { limit: p.text, max: p.number },
        12 => WireError::PolicyNotEnforced { statement: p.small },
        13 => WireError::KeyCannot { what: p.text },
        _ => WireError::DryRun {},
    };
    (0..15_u8, parts()).prop_map(error).boxed()
}

fn managing(which: u8, p: Parts) -> KeyCall {
    let tags = vec![KeyTag { name: p.other.clone(), value: p.text.clone() }];
    let key = p.text.clone();
    match which {
        0 => KeyCall::Create {
            spec: p.words.spec,
            usage: p.words.usage,
            origin: p.words.origin,
            exportable: p.flag,
            description: p.text,
            tags,
        },
        1 => KeyCall::Describe { key },
        2 => KeyCall::List { after: p.maybe, limit: p.small },
        3 => KeyCall::Enable { key },
        4 => KeyCall::Disable { key },
        5 => KeyCall::ScheduleDeletion { key, days: p.small },
        6 => KeyCall::CancelDeletion { key },
        7 => KeyCall::UpdateDescription { key, description: p.other },
        8 => KeyCall::Tag { key, tags },
        9 => KeyCall::Untag { key, names: vec![p.other, p.text] },
        10 => KeyCall::ListTags { key },
        11 => KeyCall::CreateAlias { alias: p.other, key },
        12 => KeyCall::UpdateAlias { alias: p.other, key },
        13 => KeyCall::DeleteAlias { alias: p.other },
        14 => KeyCall::ListAliases { key: p.maybe, after: p.maybe_more, limit: p.small },
        15 => KeyCall::Rotate { key },
        16 => KeyCall::EnableRotation { key, days: p.small },
        17 => KeyCall::DisableRotation { key },
        18 => KeyCall::GetRotationStatus { key },
        19 => KeyCall::ListRotations { key, after: p.maybe_small, limit: p.small },
        20 => KeyCall::GetParametersForImport { key, wrapping: p.words.wrapping, spec: p.words.spec },
        21 => KeyCall::ImportMaterial { key, token: p.id, wrapped: p.bytes, expires_at: p.maybe_number },
        22 => KeyCall::DeleteImportedMaterial { key },
        _ => KeyCall::Export { key },
    }
}

fn using(which: u8, p: Parts) -> KeyCall {
    let (key, context) = (p.text, p.context);
    match which {
        24 => KeyCall::Encrypt { key, plaintext: p.secret, context, algorithm: p.words.encryption },
        25 => KeyCall::Decrypt { key: p.maybe, ciphertext: p.bytes, context, algorithm: p.words.encryption },
        26 => KeyCall::ReEncrypt {
            source_key: p.maybe,
            ciphertext: p.bytes,
            source_context: p.more_context,
            source_algorithm: p.words.more_encryption,
            key,
            context,
            algorithm: p.words.encryption,
        },
        27 => KeyCall::GenerateDataKey { key, context, len: p.small },
        28 => KeyCall::GenerateDataKeyWithoutPlaintext { key, context, len: p.small },
        29 => KeyCall::GenerateDataKeyPair { key, context, spec: p.words.spec },
        30 => KeyCall::GenerateDataKeyPairWithoutPlaintext { key, context, spec: p.words.spec },
        31 => KeyCall::GenerateRandom { len: p.small },
        32 => KeyCall::GenerateMac { key, message: p.secret, algorithm: p.words.mac },
        33 => KeyCall::VerifyMac { key, message: p.secret, algorithm: p.words.mac, mac: p.more_secret },
        34 => KeyCall::Sign { key, message: p.secret, digest: p.flag, algorithm: p.words.signing },
        35 => {
            KeyCall::Verify { key, message: p.secret, digest: p.flag, algorithm: p.words.signing, signature: p.bytes }
        }
        36 => KeyCall::GetPublicKey { key },
        37 => KeyCall::DeriveSharedSecret { key, peer: p.bytes },
        38 => KeyCall::CreateGrant {
            key,
            grantee: p.other,
            retiring: p.maybe,
            operations: p.words.operations,
            constraint: p.maybe_small.map(|_| constraint(p.flag, context)),
            name: p.maybe_more,
        },
        39 => KeyCall::ListGrants { key, after: p.maybe_number, limit: p.small },
        40 => {
            let after_grant = p.maybe_number.map(|number| GrantPlace { key, number });
            KeyCall::ListRetirableGrants { after_grant, limit: p.small }
        }
        41 => KeyCall::RevokeGrant { key, grant: p.id },
        42 => KeyCall::RetireGrant { key, grant: p.id },
        43 => KeyCall::GetPolicy { key },
        44 => KeyCall::PutPolicy { key, statements: vec![statement(p.flag); 2] },
        _ => KeyCall::Census { key },
    }
}

fn key_reply(which: u8, p: Parts) -> KeyReply {
    let sealed = Encrypted { key: p.text.clone(), version: p.small, ciphertext: p.bytes.clone() };
    let info = KeyMaterialInfo {
        version: p.small,
        material: p.id,
        source: p.words.source,
        gone: p.flag,
        made_at: p.number,
        gone_at: p.maybe_number,
        expires_at: p.maybe_number,
    };
    let (key, more) = (p.text, p.flag);
    match which {
        0 => KeyReply::Info(KeyInfo {
            id: key,
            made_by: p.other.clone(),
            made_at: p.number,
            own: p.flag,
            spec: p.words.spec,
            usage: p.words.usage,
            origin: p.words.origin,
            state: p.words.state,
            exportable: p.flag,
            description: p.other,
            current: p.maybe_small.map(|version| KeyVersion { version, material: p.id }),
            deletion_at: p.maybe_number,
            expires_at: p.maybe_number,
        }),
        1 => KeyReply::Keys { ids: vec![key, p.other], more },
        2 => KeyReply::Deletion { at: p.number },
        3 => KeyReply::Tags { items: vec![KeyTag { name: key, value: p.other }] },
        4 => {
            let alias = AliasInfo { alias: p.other, key, made_at: p.number, updated_at: p.number };
            KeyReply::Aliases { items: vec![alias.clone(), alias], more }
        }
        5 => KeyReply::Encrypted(sealed),
        6 => KeyReply::Decrypted(Decrypted { key, version: p.small, plaintext: p.secret }),
        7 => KeyReply::ReEncrypted(ReEncrypted { source_key: key, source_version: p.small, sealed }),
        8 => KeyReply::DataKey { plaintext: p.secret, sealed },
        9 => KeyReply::DataKeyPair { private: p.secret, public: p.bytes, sealed },
        10 => KeyReply::SealedDataKeyPair { public: p.bytes, sealed },
        11 => KeyReply::Random { bytes: p.secret },
        12 => KeyReply::Mac { key, mac: p.secret },
        13 => KeyReply::Verified { key },
        14 => KeyReply::Signature { key, signature: p.bytes },
        15 => KeyReply::PublicKey(PublicKey { key, spec: p.words.spec, usage: p.words.usage, spki: p.bytes }),
        16 => KeyReply::SharedSecret { secret: p.secret },
        17 => KeyReply::Rotated { version: p.small },
        18 => KeyReply::RotationStatus(RotationStatus {
            period_days: p.maybe_small,
            next_at: p.maybe_number,
            on_demand: p.id[0],
        }),
        19 => KeyReply::Rotations { items: vec![info.clone(), info], more },
        20 => KeyReply::ImportParameters(ImportParameters { key, token: p.id, public: p.bytes, valid_until: p.number }),
        21 => KeyReply::MaterialDeleted { erasure_pending: more },
        22 => KeyReply::Material { bytes: p.secret },
        23 => KeyReply::Granted { grant: p.id },
        24 => KeyReply::Grants {
            items: vec![GrantInfo {
                id: p.id,
                key,
                number: p.number,
                grantee: Principal { user: p.other.clone(), login: p.maybe.clone() },
                retiring: p.maybe.clone().map(|user| Principal { user, login: p.maybe_more }),
                operations: p.words.operations,
                constraint: p.maybe_small.map(|_| constraint(p.flag, p.context)),
                name: p.maybe,
                made_at: p.number,
                made_by: p.other,
            }],
            more,
        },
        25 => KeyReply::Policy { statements: vec![statement(more)] },
        26 => KeyReply::Verified { key: p.other },
        _ => KeyReply::Census(KeyCensus {
            versions: vec![VersionCensus {
                info,
                stored: p.flag,
                current: !p.flag,
                made: p.number,
                opened: p.number,
                last_used_at: p.maybe_number,
            }],
            aliases: p.number,
            grants: p.number,
            import_pending: p.flag,
        }),
    }
}

fn constraint(exactly: bool, context: Vec<ContextPair>) -> GrantConstraint {
    if exactly { GrantConstraint::Equals(context) } else { GrantConstraint::Subset(context) }
}

fn statement(allows: bool) -> PolicyStatement {
    PolicyStatement { allows, ..PolicyStatement::OWNER }
}

fn parts() -> impl Strategy<Value = Parts> {
    let texts = (text(), text(), option::of(text()), option::of(text()));
    let context = || vec((text(), text()).prop_map(|(key, value)| ContextPair { key, value }), 0..4);
    let bytes = (context(), context(), secret(), secret(), vec(any::<u8>(), 0..=128), any::<[u8; 32]>());
    let numbers = (any::<u32>(), option::of(any::<u32>()), number(), option::of(number()), any::<bool>());
    (texts, bytes, numbers, words()).prop_map(|(texts, bytes, numbers, words)| {
        let (text, other, maybe, maybe_more) = texts;
        let (context, more_context, secret, more_secret, bytes, id) = bytes;
        let (small, maybe_small, number, maybe_number, flag) = numbers;
        Parts {
            text,
            other,
            maybe,
            maybe_more,
            context,
            more_context,
            secret,
            more_secret,
            bytes,
            id,
            small,
            maybe_small,
            number,
            maybe_number,
            flag,
            words,
        }
    })
}

fn words() -> impl Strategy<Value = Words> {
    use EncryptionAlgorithm as E;
    use GrantOperation as G;
    use SigningAlgorithm as S;
    let encryption = || select(&[E::SymmetricDefault, E::RsaesOaepSha1, E::RsaesOaepSha256][..]);
    let signing = select(
        &[
            S::RsassaPssSha256,
            S::RsassaPssSha384,
            S::RsassaPssSha512,
            S::RsassaPkcs1Sha256,
            S::RsassaPkcs1Sha384,
            S::RsassaPkcs1Sha512,
            S::EcdsaSha256,
            S::EcdsaSha384,
            S::EcdsaSha512,
            S::Ed25519Sha512,
        ][..],
    );
    let operation = select(
        &[
            G::Encrypt,
            G::Decrypt,
            G::GenerateDataKey,
            G::GenerateDataKeyWithoutPlaintext,
            G::GenerateDataKeyPair,
            G::GenerateDataKeyPairWithoutPlaintext,
            G::ReEncryptFrom,
            G::ReEncryptTo,
            G::Sign,
            G::Verify,
            G::GetPublicKey,
            G::CreateGrant,
            G::RetireGrant,
            G::DescribeKey,
            G::GenerateMac,
            G::VerifyMac,
            G::DeriveSharedSecret,
        ][..],
    );
    let of_key = (spec(), usage(), origin(), state());
    let algorithms = (encryption(), encryption(), signing, mac(), wrapping());
    (of_key, algorithms, source(), vec(operation, 0..4), thing()).prop_map(
        |(of_key, algorithms, source, operations, thing)| {
            let (spec, usage, origin, state) = of_key;
            let (encryption, more_encryption, signing, mac, wrapping) = algorithms;
            Words {
                spec,
                usage,
                origin,
                state,
                encryption,
                more_encryption,
                signing,
                mac,
                wrapping,
                source,
                operations,
                thing,
            }
        },
    )
}

fn spec() -> impl Strategy<Value = KeySpec> {
    use KeySpec as K;
    select(
        &[
            K::SymmetricDefault,
            K::Hmac224,
            K::Hmac256,
            K::Hmac384,
            K::Hmac512,
            K::Ed25519,
            K::EccNistP256,
            K::EccNistP384,
            K::EccNistP521,
            K::EccSecgP256k1,
            K::Rsa2048,
            K::Rsa3072,
            K::Rsa4096,
        ][..],
    )
}

fn usage() -> impl Strategy<Value = KeyUsage> {
    select(&[KeyUsage::EncryptDecrypt, KeyUsage::Mac, KeyUsage::SignVerify, KeyUsage::KeyAgreement][..])
}

fn origin() -> impl Strategy<Value = KeyOrigin> {
    select(&[KeyOrigin::Internal, KeyOrigin::External][..])
}

fn state() -> impl Strategy<Value = KeyState> {
    use KeyState as K;
    select(&[K::Enabled, K::Disabled, K::PendingDeletion, K::PendingImport][..])
}

fn mac() -> impl Strategy<Value = MacAlgorithm> {
    use MacAlgorithm as M;
    select(&[M::HmacSha224, M::HmacSha256, M::HmacSha384, M::HmacSha512][..])
}

fn wrapping() -> impl Strategy<Value = Wrapping> {
    use Wrapping as W;
    select(&[W::RsaesOaepSha1, W::RsaesOaepSha256, W::RsaAesKeyWrapSha1, W::RsaAesKeyWrapSha256][..])
}

fn source() -> impl Strategy<Value = MaterialSource> {
    use MaterialSource as M;
    select(&[M::Created, M::OnDemand, M::Automatic, M::Imported][..])
}

fn thing() -> impl Strategy<Value = Thing> {
    select(&[Thing::Key, Thing::Alias, Thing::Grant, Thing::AccessKey][..])
}
