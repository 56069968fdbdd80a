//! Key material, ready for use: one type a family, erased on drop, printed as
//! nothing. The stored form is `1 | the material`, padded, under the scope's key.

use std::fmt;
use std::ops::RangeInclusive;

use super::algorithm::MacAlgorithm;
use super::spec::{KeySpec, KeyUsage};
use crate::codec::Malformed;
use crate::hazmat::hmac_sha2::{HmacKey, Sha2};
use crate::host::{Entropy, EntropyError};
use crate::keys::{SecretBytes, key_type};

key_type! {
    /// Seals messages of one version of a symmetric key.
    pub(crate) MessageKey
}

/// The material of one version of a key.
pub(crate) enum Material {
    Symmetric(MessageKey),
    Mac(HmacKey),
}

impl Material {
    /// From what is stored or was imported.
    pub(crate) fn parse(spec: KeySpec, _usage: KeyUsage, raw: &[u8]) -> Result<Self, Malformed> {
        match spec {
            KeySpec::SymmetricDefault => {
                let wrong = Malformed { expected: "32 bytes of key material" };
                let bytes: &[u8; 32] = raw.try_into().map_err(|_| wrong)?;
                MessageKey::fill_with(|key| {
                    key.copy_from_slice(bytes);
                    Ok(())
                })
                .map(Self::Symmetric)
            }
            KeySpec::Hmac224 => mac(Sha2::Sha224, raw, 28..=64),
            KeySpec::Hmac256 => mac(Sha2::Sha256, raw, 32..=64),
            KeySpec::Hmac384 => mac(Sha2::Sha384, raw, 48..=128),
            KeySpec::Hmac512 => mac(Sha2::Sha512, raw, 64..=128),
            _ => Err(Malformed { expected: "material of a known spec" }),
        }
    }
}

impl fmt::Debug for Material {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Material(..)")
    }
}

/// As long as the hash at least, as its block at most: what is imported may
/// choose between.
fn mac(hash: Sha2, raw: &[u8], lengths: RangeInclusive<usize>) -> Result<Material, Malformed> {
    if !lengths.contains(&raw.len()) {
        return Err(Malformed { expected: "an HMAC key as long as the hash, or up to its block" });
    }
    Ok(Material::Mac(HmacKey::new(hash, raw)))
}

/// New material.
pub(crate) fn make(spec: KeySpec, entropy: &dyn Entropy) -> Result<SecretBytes, EntropyError> {
    let len = spec.mac_algorithm().map_or(32, MacAlgorithm::output_len);
    random(len, entropy)
}

/// The stored form.
pub(crate) fn record(raw: &[u8]) -> SecretBytes {
    SecretBytes::new([&[RECORD_VERSION][..], raw].concat())
}

/// The material in the stored form.
pub(crate) fn raw(record: &[u8]) -> Result<&[u8], Malformed> {
    record.strip_prefix(&[RECORD_VERSION]).ok_or(Malformed { expected: "material record version 1" })
}

pub(crate) fn random(len: usize, entropy: &dyn Entropy) -> Result<SecretBytes, EntropyError> {
    // Filled through a holder that erases it when the kernel fails half-way.
    let mut bytes = zeroize::Zeroizing::new(vec![0; len]);
    entropy.fill(&mut bytes)?;
    Ok(SecretBytes::new(std::mem::take(&mut *bytes)))
}

const RECORD_VERSION: u8 = 1;
