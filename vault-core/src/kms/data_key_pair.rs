//! Data key pairs: made here, kept by the caller, the private half sealed under
//! a symmetric key.

use super::KmsError;
use super::algorithm::EncryptionAlgorithm;
use super::desk::{Desk, Found};
use super::encrypt::{Encrypted, seal};
use super::grant::Operation;
use super::id::KeyRef;
use super::material::{self, Material};
use super::spec::{KeySpec, KeyUsage};
use super::state::Needs;
use crate::barrier::Fault;
use crate::envelope::CallerContext;
use crate::keys::SecretBytes;

/// A data key pair to be made.
#[derive(Debug)]
pub struct NewDataKeyPair<'r> {
    /// The symmetric key to seal it under.
    pub key: &'r KeyRef,
    /// What is authenticated with it.
    pub context: &'r CallerContext,
    /// Of which kind: an asymmetric one.
    pub spec: KeySpec,
}

/// A data key pair whose private half is sealed alone.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SealedDataKeyPair {
    /// SubjectPublicKeyInfo, DER.
    pub public: Vec<u8>,
    /// The private half, PKCS#8, under the key.
    pub sealed: Encrypted,
}

/// A data key pair.
#[derive(Debug)]
pub struct DataKeyPair {
    /// The private half in clear, PKCS#8: use it and forget it.
    pub private: SecretBytes,
    /// The rest.
    pub pair: SealedDataKeyPair,
}

pub(crate) fn data_key_pair(desk: &Desk<'_>, request: &NewDataKeyPair<'_>) -> Result<DataKeyPair, KmsError> {
    make(desk, request, Operation::GenerateDataKeyPair)
}

pub(crate) fn sealed_data_key_pair(
    desk: &Desk<'_>,
    request: &NewDataKeyPair<'_>,
) -> Result<SealedDataKeyPair, KmsError> {
    Ok(make(desk, request, Operation::GenerateDataKeyPairWithoutPlaintext)?.pair)
}

fn make(desk: &Desk<'_>, request: &NewDataKeyPair<'_>, operation: Operation) -> Result<DataKeyPair, KmsError> {
    let found = desk.may(request.key, operation, Some(request.context), Needs::Enabled)?;
    check(desk, &found, request)?;
    let private = material::make(request.spec, &*desk.barrier.host().entropy)?;
    let usage = KeyUsage::SignVerify;
    let pair = Material::parse(request.spec, usage, private.expose())
        .map_err(|_| Fault::Corrupt { what: "a key pair just made" })?;
    let public = pair.public_key().map_err(Fault::from)?.ok_or(Fault::Corrupt { what: "a key pair just made" })?;
    let algorithm = EncryptionAlgorithm::SymmetricDefault;
    let sealed = seal(desk, &found, private.expose(), request.context, algorithm)?;
    Ok(DataKeyPair { private, pair: SealedDataKeyPair { public, sealed } })
}

/// Before a second is spent on an RSA key.
fn check(desk: &Desk<'_>, found: &Found, request: &NewDataKeyPair<'_>) -> Result<(), KmsError> {
    if !request.spec.is_asymmetric() {
        return Err(KmsError::Invalid { field: "spec", expected: "an asymmetric one" });
    }
    desk.usable(found, KeyUsage::EncryptDecrypt)?;
    if found.record.spec != KeySpec::SymmetricDefault {
        return Err(KmsError::WrongUsage { usage: found.record.usage });
    }
    Ok(())
}
