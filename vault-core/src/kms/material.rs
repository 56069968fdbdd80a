//! Key material, ready for use: one type a family, erased on drop, printed as
//! nothing. The stored form is `1 | the material`, padded, under the scope's
//! key: 32 bytes, an HMAC key, or PKCS#8.

use std::fmt;
use std::ops::RangeInclusive;

use super::algorithm::MacAlgorithm;
use super::spec::{KeySpec, KeyUsage};
use crate::barrier::Fault;
use crate::codec::Malformed;
use crate::hazmat::Failed;
use crate::hazmat::ecdh::EcdhKey;
use crate::hazmat::ecdsa::{Curve, EcdsaKey};
use crate::hazmat::ed25519::Ed25519Key;
use crate::hazmat::hmac_sha2::{HmacKey, Sha2};
use crate::hazmat::oaep::OaepKey;
use crate::hazmat::rsa::RsaKey;
use crate::host::Entropy;
use crate::keys::{SecretBytes, key_type};

key_type! {
    /// Seals messages of one version of a symmetric key.
    pub(crate) MessageKey
}

/// The material of one version of a key.
pub(crate) enum Material {
    Symmetric(MessageKey),
    Mac(HmacKey),
    Ed25519(Ed25519Key),
    Ecdsa(EcdsaKey),
    Ecdh(Box<EcdhKey>),
    Rsa(RsaKey),
    Oaep(Box<OaepKey>),
}

impl Material {
    /// From what is stored or was imported.
    pub(crate) fn parse(spec: KeySpec, usage: KeyUsage, raw: &[u8]) -> Result<Self, Malformed> {
        let wrong = |_: Failed| Malformed { expected: "a PKCS#8 key pair of the key's spec" };
        match (spec, usage) {
            (KeySpec::SymmetricDefault, _) => symmetric(raw),
            (KeySpec::Hmac224, _) => mac(Sha2::Sha224, raw, 28..=64),
            (KeySpec::Hmac256, _) => mac(Sha2::Sha256, raw, 32..=64),
            (KeySpec::Hmac384, _) => mac(Sha2::Sha384, raw, 48..=128),
            (KeySpec::Hmac512, _) => mac(Sha2::Sha512, raw, 64..=128),
            (KeySpec::Ed25519, _) => Ed25519Key::from_pkcs8(raw).map(Self::Ed25519).map_err(wrong),
            (KeySpec::EccNistP256, usage) => ec(Curve::P256, usage, raw).map_err(wrong),
            (KeySpec::EccNistP384, usage) => ec(Curve::P384, usage, raw).map_err(wrong),
            (KeySpec::EccNistP521, usage) => ec(Curve::P521, usage, raw).map_err(wrong),
            (KeySpec::EccSecgP256k1, usage) => ec(Curve::Secp256k1, usage, raw).map_err(wrong),
            (KeySpec::Rsa2048, usage) => rsa(256, usage, raw).map_err(wrong),
            (KeySpec::Rsa3072, usage) => rsa(384, usage, raw).map_err(wrong),
            (KeySpec::Rsa4096, usage) => rsa(512, usage, raw).map_err(wrong),
        }
    }

    /// The public half as SubjectPublicKeyInfo; none when there is none.
    pub(crate) fn public_key(&self) -> Result<Option<Vec<u8>>, Failed> {
        Ok(match self {
            Self::Symmetric(_) | Self::Mac(_) => None,
            Self::Ed25519(key) => Some(key.public_key()?),
            Self::Ecdsa(key) => Some(key.public_key()?),
            Self::Ecdh(key) => Some(key.public_key()),
            Self::Rsa(key) => Some(key.public_key()?),
            Self::Oaep(key) => Some(key.public_key()),
        })
    }
}

impl fmt::Debug for Material {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Material(..)")
    }
}

/// New material. Symmetric keys, MAC keys and Ed25519 seeds come from the
/// host's entropy; EC and RSA pairs from AWS-LC's generator, which has its own
/// seed from the kernel: it takes no other.
pub(crate) fn make(spec: KeySpec, entropy: &dyn Entropy) -> Result<SecretBytes, Fault> {
    let len = spec.mac_algorithm().map_or(32, MacAlgorithm::output_len);
    let made = match spec {
        KeySpec::SymmetricDefault | KeySpec::Hmac224 | KeySpec::Hmac256 | KeySpec::Hmac384 | KeySpec::Hmac512 => {
            return Ok(SecretBytes::random(len, entropy)?);
        }
        KeySpec::Ed25519 => {
            let seed = MessageKey::fill_with(|seed| entropy.fill(seed))?;
            Ed25519Key::make(seed.expose())
        }
        KeySpec::EccNistP256 => EcdsaKey::make(Curve::P256),
        KeySpec::EccNistP384 => EcdsaKey::make(Curve::P384),
        KeySpec::EccNistP521 => EcdsaKey::make(Curve::P521),
        KeySpec::EccSecgP256k1 => EcdsaKey::make(Curve::Secp256k1),
        KeySpec::Rsa2048 => RsaKey::make(256),
        KeySpec::Rsa3072 => RsaKey::make(384),
        KeySpec::Rsa4096 => RsaKey::make(512),
    };
    Ok(made?)
}

/// The stored form.
pub(crate) fn record(raw: &[u8]) -> SecretBytes {
    SecretBytes::new([&[RECORD_VERSION][..], raw].concat())
}

/// The material in the stored form.
pub(crate) fn raw(record: &[u8]) -> Result<&[u8], Malformed> {
    record.strip_prefix(&[RECORD_VERSION]).ok_or(Malformed { expected: "material record version 1" })
}

fn symmetric(raw: &[u8]) -> Result<Material, Malformed> {
    let bytes: &[u8; 32] = raw.try_into().map_err(|_| Malformed { expected: "32 bytes of key material" })?;
    let key = MessageKey::fill_with(|key| {
        key.copy_from_slice(bytes);
        Ok(())
    });
    key.map(Material::Symmetric)
}

/// As long as the hash at least, as its block at most: what is imported may
/// choose between.
fn mac(hash: Sha2, raw: &[u8], lengths: RangeInclusive<usize>) -> Result<Material, Malformed> {
    if !lengths.contains(&raw.len()) {
        return Err(Malformed { expected: "an HMAC key as long as the hash, or up to its block" });
    }
    Ok(Material::Mac(HmacKey::new(hash, raw)))
}

fn ec(curve: Curve, usage: KeyUsage, raw: &[u8]) -> Result<Material, Failed> {
    match usage {
        KeyUsage::KeyAgreement => Ok(Material::Ecdh(Box::new(EcdhKey::from_pkcs8(curve, raw)?))),
        _ => Ok(Material::Ecdsa(EcdsaKey::from_pkcs8(curve, raw)?)),
    }
}

fn rsa(modulus_len: usize, usage: KeyUsage, raw: &[u8]) -> Result<Material, Failed> {
    match usage {
        KeyUsage::EncryptDecrypt => Ok(Material::Oaep(Box::new(OaepKey::from_pkcs8(modulus_len, raw)?))),
        _ => Ok(Material::Rsa(RsaKey::from_pkcs8(modulus_len, raw)?)),
    }
}

const RECORD_VERSION: u8 = 1;
