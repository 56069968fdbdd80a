//! Every operation: from a request's body to the vault's one path, and back. No
//! socket, no clock, no lock of its own.

mod aliases;
mod crypto;
mod data_keys;
mod grants;
mod import;
mod keys;
mod mac;
mod policy;
mod rotation;
mod sign;
mod state;
mod tags;

use sha2::{Digest, Sha256};
use vault_core::access::Kms;
use vault_core::hex;
use vault_core::kms::KeyId;

use super::error::{Refused, SERIALIZATION, UNSUPPORTED};
use super::names::Site;
use super::wire::{Answer, BODY_MAX, Input, Output};

/// One caller's request.
#[derive(Clone, Copy)]
struct Request<'a> {
    kms: Kms<'a>,
    site: &'a Site,
    input: Input<'a>,
}

/// What a request costs the thread that serves it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Cost {
    /// Microseconds.
    Little,
    /// It changes the vault, makes an RSA key, walks a listing or asks the account database.
    Much,
}
use crate::adapters::json;
use Cost::{Little, Much};

type Run = for<'a> fn(Request<'a>) -> Result<Output, Refused>;

/// The table of contents.
const OPERATIONS: &[(&str, Cost, Run)] = &[
    ("CreateKey", Much, |r| keys::create(r)),
    ("DescribeKey", Little, |r| keys::describe(r)),
    ("ListKeys", Much, |r| keys::list(r)),
    ("UpdateKeyDescription", Much, |r| keys::update_description(r)),
    ("EnableKey", Much, |r| state::enable(r)),
    ("DisableKey", Much, |r| state::disable(r)),
    ("ScheduleKeyDeletion", Much, |r| state::schedule_deletion(r)),
    ("CancelKeyDeletion", Much, |r| state::cancel_deletion(r)),
    ("Encrypt", Little, |r| crypto::encrypt(r)),
    ("Decrypt", Little, |r| crypto::decrypt(r)),
    ("ReEncrypt", Little, |r| crypto::re_encrypt(r)),
    ("GenerateDataKey", Little, |r| data_keys::generate(r)),
    ("GenerateDataKeyWithoutPlaintext", Little, |r| data_keys::generate_sealed(r)),
    ("GenerateDataKeyPair", Much, |r| data_keys::generate_pair(r)),
    ("GenerateDataKeyPairWithoutPlaintext", Much, |r| data_keys::generate_sealed_pair(r)),
    ("GenerateRandom", Little, |r| data_keys::random(r)),
    ("GenerateMac", Little, |r| mac::generate(r)),
    ("VerifyMac", Little, |r| mac::verify(r)),
    ("Sign", Little, |r| sign::sign(r)),
    ("Verify", Little, |r| sign::verify(r)),
    ("GetPublicKey", Little, |r| sign::public_key(r)),
    ("DeriveSharedSecret", Little, |r| sign::derive_shared_secret(r)),
    ("CreateAlias", Much, |r| aliases::create(r)),
    ("UpdateAlias", Much, |r| aliases::update(r)),
    ("DeleteAlias", Much, |r| aliases::delete(r)),
    ("ListAliases", Much, |r| aliases::list(r)),
    ("EnableKeyRotation", Much, |r| rotation::enable(r)),
    ("DisableKeyRotation", Much, |r| rotation::disable(r)),
    ("GetKeyRotationStatus", Little, |r| rotation::status(r)),
    ("RotateKeyOnDemand", Much, |r| rotation::rotate(r)),
    ("ListKeyRotations", Little, |r| rotation::list(r)),
    ("TagResource", Much, |r| tags::tag(r)),
    ("UntagResource", Much, |r| tags::untag(r)),
    ("ListResourceTags", Little, |r| tags::list(r)),
    ("GetKeyPolicy", Little, |r| policy::get(r)),
    ("PutKeyPolicy", Little, |r| policy::put(r)),
    ("ListKeyPolicies", Little, |r| policy::list(r)),
    ("CreateGrant", Much, |r| grants::create(r)),
    ("ListGrants", Much, |r| grants::list(r)),
    ("ListRetirableGrants", Much, |r| grants::list_retirable(r)),
    ("RevokeGrant", Much, |r| grants::revoke(r)),
    ("RetireGrant", Much, |r| grants::retire(r)),
    ("GetParametersForImport", Much, |r| import::parameters(r)),
    ("ImportKeyMaterial", Much, |r| import::material(r)),
    ("DeleteImportedKeyMaterial", Much, |r| import::delete(r)),
];

/// Answers a request for an operation, as `X-Amz-Target` names it.
#[must_use]
pub fn answer(kms: &Kms<'_>, site: &Site, operation: &str, body: &[u8]) -> Answer {
    match run(*kms, site, operation, body) {
        Ok(output) => output.answer(),
        Err(refused) => refused.answer(),
    }
}

/// Where a request has to run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// On the serving thread.
    Here,
    /// Where it may wait for a disk, and where an RSA key may take its milliseconds.
    Keys,
    /// Where making RSA keys, which takes seconds, holds up nobody's commit.
    Pairs,
}

pub(super) fn place(operation: &str, body: &[u8]) -> Place {
    // A word of RSA's? To be wrong costs time, nothing else.
    let is_rsa = || body.windows(4).any(|word| word == b"\"RSA");
    match operation {
        "GetParametersForImport" => Place::Pairs,
        "CreateKey" | "GenerateDataKeyPair" | "GenerateDataKeyPairWithoutPlaintext" if is_rsa() => Place::Pairs,
        "Decrypt" | "ReEncrypt" | "Sign" if is_rsa() => Place::Keys,
        _ => match find(operation) {
            Some((Much, _)) => Place::Keys,
            Some((Little, _)) | None => Place::Here,
        },
    }
}

/// The names of all operations.
pub fn names() -> impl Iterator<Item = &'static str> {
    OPERATIONS.iter().map(|(name, ..)| *name)
}

fn run(kms: Kms<'_>, site: &Site, operation: &str, body: &[u8]) -> Result<Output, Refused> {
    let (_, run) = find(operation).ok_or_else(|| Refused::new(UNSUPPORTED, "this server has no such operation"))?;
    if body.len() > BODY_MAX {
        return Err(Refused::too_long("the request", body.len(), BODY_MAX, "bytes"));
    }
    let members = if body.is_empty() { Ok(json::Object::new()) } else { json::parse(body) };
    let members = members.map_err(|error| Refused::new(SERIALIZATION, error.to_string()))?;
    let input = Input::new(&members);
    // AWS has it on some operations only. Asked for on another, it is meant.
    let kms = kms.dry_run(input.flag("DryRun")?);
    run(Request { kms, site, input })
}

fn find(operation: &str) -> Option<(Cost, Run)> {
    OPERATIONS.iter().find(|(name, ..)| *name == operation).map(|(_, cost, run)| (*cost, *run))
}

/// What AWS calls a version of a key's material. Every caller may hear it who may
/// use the key, so it comes from what its ciphertexts say of themselves.
fn material_id(key: &KeyId, version: u32) -> String {
    let mut hash = Sha256::new();
    hash.update(MATERIAL_LABEL);
    hash.update(key.as_bytes());
    hash.update(version.to_be_bytes());
    hex::encode(&hash.finalize())
}

const MATERIAL_LABEL: &[u8] = b"vault aws-kms key material id/";

#[cfg(test)]
mod tests;
