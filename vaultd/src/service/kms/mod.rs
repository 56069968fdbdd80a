//! Calls about keys: which thread answers, then the core, then the wire.
//!
//! What only computes is answered at once. What commits waits for a disk, and an
//! RSA operation takes milliseconds that nobody behind it on a serving thread
//! should wait: both go to the keys' own thread. Making an RSA key takes seconds,
//! and has a thread besides, so that somebody who makes many holds up nobody's
//! commit.

mod answer;
mod ask;
mod crypto;
mod error;
mod grants;
mod map;
mod words;

use std::sync::Arc;
use std::sync::atomic::Ordering;

use vault_core::access::Caller;
use vault_proto::latest::{EncryptionAlgorithm, KeyCall, KeyRequest, KeySpec, SigningAlgorithm, WireError};

use super::apps::{later, now};
use super::dispatch::{Course, LongRead};
use super::shared::Shared;

/// The course of a call about keys.
pub(super) fn course(shared: &Shared, caller: &Arc<Caller>, id: u64, request: KeyRequest) -> Course {
    let KeyRequest { dry_run, operation } = request;
    match way(&operation) {
        Way::Now => now(shared, caller, id, |access| answer::answer(shared, access.kms().dry_run(dry_run), operation)),
        way => {
            let job = later(caller, id, move |shared, access| {
                answer::answer(shared, access.kms().dry_run(dry_run), operation)
            });
            match way {
                Way::Pairs => Course::KeyPairs(unless_ending(job)),
                Way::Long => Course::Later(job),
                Way::Keys | Way::Now => Course::Keys(job),
            }
        }
    }
}

/// Who does it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    /// The serving thread.
    Now,
    /// The keys' thread.
    Keys,
    /// The thread that makes RSA keys.
    Pairs,
    /// The thread that reads much.
    Long,
}

/// Written as a full list, so that a new call has to be placed.
fn way(call: &KeyCall) -> Way {
    match call {
        KeyCall::Create { spec, .. }
        | KeyCall::GenerateDataKeyPair { spec, .. }
        | KeyCall::GenerateDataKeyPairWithoutPlaintext { spec, .. }
            if is_rsa(*spec) =>
        {
            Way::Pairs
        }
        KeyCall::GetParametersForImport { .. } => Way::Pairs,
        KeyCall::Decrypt { algorithm, .. } | KeyCall::ReEncrypt { source_algorithm: algorithm, .. }
            if *algorithm != EncryptionAlgorithm::SymmetricDefault =>
        {
            Way::Keys
        }
        KeyCall::Sign { algorithm, .. } if is_rsa_signature(*algorithm) => Way::Keys,
        KeyCall::List { .. }
        | KeyCall::ListAliases { .. }
        | KeyCall::ListGrants { .. }
        | KeyCall::ListRetirableGrants { .. }
        | KeyCall::Census { .. } => Way::Long,
        KeyCall::Describe { .. }
        | KeyCall::ListTags { .. }
        | KeyCall::Encrypt { .. }
        | KeyCall::Decrypt { .. }
        | KeyCall::ReEncrypt { .. }
        | KeyCall::GenerateDataKey { .. }
        | KeyCall::GenerateDataKeyWithoutPlaintext { .. }
        | KeyCall::GenerateRandom { .. }
        | KeyCall::GenerateMac { .. }
        | KeyCall::VerifyMac { .. }
        | KeyCall::Sign { .. }
        | KeyCall::Verify { .. }
        | KeyCall::GetPublicKey { .. }
        | KeyCall::DeriveSharedSecret { .. }
        | KeyCall::GetRotationStatus { .. }
        | KeyCall::ListRotations { .. }
        | KeyCall::Export { .. }
        | KeyCall::GetPolicy { .. }
        | KeyCall::PutPolicy { .. } => Way::Now,
        KeyCall::Create { .. }
        | KeyCall::GenerateDataKeyPair { .. }
        | KeyCall::GenerateDataKeyPairWithoutPlaintext { .. }
        | KeyCall::Enable { .. }
        | KeyCall::Disable { .. }
        | KeyCall::ScheduleDeletion { .. }
        | KeyCall::CancelDeletion { .. }
        | KeyCall::UpdateDescription { .. }
        | KeyCall::Tag { .. }
        | KeyCall::Untag { .. }
        | KeyCall::CreateAlias { .. }
        | KeyCall::UpdateAlias { .. }
        | KeyCall::DeleteAlias { .. }
        | KeyCall::Rotate { .. }
        | KeyCall::EnableRotation { .. }
        | KeyCall::DisableRotation { .. }
        | KeyCall::ImportMaterial { .. }
        | KeyCall::DeleteImportedMaterial { .. }
        | KeyCall::CreateGrant { .. }
        | KeyCall::RevokeGrant { .. }
        | KeyCall::RetireGrant { .. } => Way::Keys,
    }
}

fn is_rsa(spec: KeySpec) -> bool {
    matches!(spec, KeySpec::Rsa2048 | KeySpec::Rsa3072 | KeySpec::Rsa4096)
}

fn is_rsa_signature(algorithm: SigningAlgorithm) -> bool {
    match algorithm {
        SigningAlgorithm::RsassaPssSha256
        | SigningAlgorithm::RsassaPssSha384
        | SigningAlgorithm::RsassaPssSha512
        | SigningAlgorithm::RsassaPkcs1Sha256
        | SigningAlgorithm::RsassaPkcs1Sha384
        | SigningAlgorithm::RsassaPkcs1Sha512 => true,
        SigningAlgorithm::EcdsaSha256
        | SigningAlgorithm::EcdsaSha384
        | SigningAlgorithm::EcdsaSha512
        | SigningAlgorithm::Ed25519Sha512 => false,
    }
}

/// A daemon that ends would otherwise make every RSA key that is still queued.
fn unless_ending(job: LongRead) -> LongRead {
    Box::new(move |shared| {
        if shared.ending.load(Ordering::Acquire) {
            return Err(WireError::Unavailable { reason: "the daemon is shutting down".to_owned() });
        }
        job(shared)
    })
}
