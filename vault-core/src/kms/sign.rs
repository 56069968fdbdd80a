//! Signing and verifying, of a message or of a digest that the caller has made
//! of it. Ed25519 signs messages only.

use std::fmt;

use super::KmsError;
use super::algorithm::SigningAlgorithm;
use super::desk::{Desk, Found};
use super::grant::Operation;
use super::id::{KeyId, KeyRef};
use super::mac::check_message;
use super::material::Material;
use super::room::Use;
use super::spec::KeyUsage;
use super::state::Needs;
use crate::barrier::Fault;
use crate::hazmat::Signed;
use crate::hazmat::rsa::{Hash, Padding};

/// What is signed.
#[derive(Clone, Copy)]
pub enum Message<'r> {
    /// The message.
    Raw(&'r [u8]),
    /// Its digest, by the algorithm's hash.
    Digest(&'r [u8]),
}

impl fmt::Debug for Message<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Raw(message) => write!(f, "Raw({} bytes)", message.len()),
            Self::Digest(digest) => write!(f, "Digest({} bytes)", digest.len()),
        }
    }
}

/// A message to sign, or whose signature is to be verified.
#[derive(Debug)]
pub struct NewSignature<'r> {
    /// The key.
    pub key: &'r KeyRef,
    /// The message.
    pub message: Message<'r>,
    /// How.
    pub algorithm: SigningAlgorithm,
}

/// A message's signature.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Signature {
    /// The key.
    pub key: KeyId,
    /// The signature; ECDSA's in DER.
    pub signature: Vec<u8>,
}

pub(crate) fn sign(desk: &Desk<'_>, request: &NewSignature<'_>) -> Result<Signature, KmsError> {
    let found = desk.may(request.key, Operation::Sign, None, Needs::Enabled)?;
    let input = check(desk, &found, request)?;
    let (_, material) = desk.current(&found, Use::Make)?;
    let signature = match (&*material, rsa_parts(request.algorithm), input) {
        (Material::Ed25519(key), None, Signed::Message(message)) => key.sign(message),
        (Material::Ecdsa(key), None, input) => key.sign(input),
        (Material::Rsa(key), Some((padding, hash)), input) => key.sign(padding, hash, input),
        _ => return Err(Fault::Corrupt { what: "a key's material" }.into()),
    };
    Ok(Signature { key: found.record.id, signature: signature.map_err(Fault::from)? })
}

/// Says yes, or [`KmsError::InvalidSignature`].
pub(crate) fn verify(desk: &Desk<'_>, request: &NewSignature<'_>, signature: &[u8]) -> Result<KeyId, KmsError> {
    let found = desk.may(request.key, Operation::Verify, None, Needs::Enabled)?;
    let input = check(desk, &found, request)?;
    let (_, material) = desk.current(&found, Use::Open)?;
    let valid = match (&*material, rsa_parts(request.algorithm), input) {
        (Material::Ed25519(key), None, Signed::Message(message)) => key.verify(message, signature),
        (Material::Ecdsa(key), None, input) => key.verify(input, signature),
        (Material::Rsa(key), Some((padding, hash)), input) => key.verify(padding, hash, input, signature),
        _ => return Err(Fault::Corrupt { what: "a key's material" }.into()),
    };
    if valid { Ok(found.record.id) } else { Err(KmsError::InvalidSignature) }
}

fn check<'r>(desk: &Desk<'_>, found: &Found, request: &NewSignature<'r>) -> Result<Signed<'r>, KmsError> {
    desk.usable(found, KeyUsage::SignVerify)?;
    let algorithm = request.algorithm;
    if !found.record.spec.signing_algorithms().contains(&algorithm) {
        return Err(KmsError::WrongUsage { usage: found.record.usage });
    }
    match (request.message, algorithm.digest_len()) {
        (Message::Raw(message), _) => check_message(message).map(|()| Signed::Message(message)),
        (Message::Digest(_), None) => Err(KmsError::Unsupported { what: "sign a digest: Ed25519 signs the message" }),
        (Message::Digest(digest), Some(len)) if digest.len() == len => Ok(Signed::Digest(digest)),
        (Message::Digest(_), Some(_)) => {
            Err(KmsError::Invalid { field: "digest", expected: "as many bytes as the algorithm's hash has" })
        }
    }
}

fn rsa_parts(algorithm: SigningAlgorithm) -> Option<(Padding, Hash)> {
    match algorithm {
        SigningAlgorithm::RsassaPssSha256 => Some((Padding::Pss, Hash::Sha256)),
        SigningAlgorithm::RsassaPssSha384 => Some((Padding::Pss, Hash::Sha384)),
        SigningAlgorithm::RsassaPssSha512 => Some((Padding::Pss, Hash::Sha512)),
        SigningAlgorithm::RsassaPkcs1Sha256 => Some((Padding::Pkcs1, Hash::Sha256)),
        SigningAlgorithm::RsassaPkcs1Sha384 => Some((Padding::Pkcs1, Hash::Sha384)),
        SigningAlgorithm::RsassaPkcs1Sha512 => Some((Padding::Pkcs1, Hash::Sha512)),
        SigningAlgorithm::EcdsaSha256
        | SigningAlgorithm::EcdsaSha384
        | SigningAlgorithm::EcdsaSha512
        | SigningAlgorithm::Ed25519Sha512 => None,
    }
}
