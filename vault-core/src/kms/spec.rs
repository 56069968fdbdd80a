//! What a key is made of and what it is for.

use super::algorithm::{EncryptionAlgorithm, MacAlgorithm, SigningAlgorithm};

/// What a key is for; fixed when it is made.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[repr(u8)]
pub enum KeyUsage {
    /// Encrypt and decrypt.
    EncryptDecrypt = 1,
    /// Make and verify MACs.
    Mac = 2,
    /// Sign and verify.
    SignVerify = 3,
    /// Derive shared secrets.
    KeyAgreement = 4,
}

/// What a key is made of; fixed when it is made.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[repr(u8)]
pub enum KeySpec {
    /// 256 bits for XChaCha20-Poly1305 envelopes.
    SymmetricDefault = 1,
    /// 224 bits for HMAC-SHA-224.
    Hmac224 = 2,
    /// 256 bits for HMAC-SHA-256.
    Hmac256 = 3,
    /// 384 bits for HMAC-SHA-384.
    Hmac384 = 4,
    /// 512 bits for HMAC-SHA-512.
    Hmac512 = 5,
    /// Ed25519.
    Ed25519 = 6,
    /// NIST P-256.
    EccNistP256 = 7,
    /// NIST P-384.
    EccNistP384 = 8,
    /// NIST P-521.
    EccNistP521 = 9,
    /// secp256k1.
    EccSecgP256k1 = 10,
    /// RSA, 2048 bits.
    Rsa2048 = 11,
    /// RSA, 3072 bits.
    Rsa3072 = 12,
    /// RSA, 4096 bits.
    Rsa4096 = 13,
}

/// Where a key's material comes from.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[repr(u8)]
pub enum Origin {
    /// Made here.
    Internal = 1,
    /// Imported.
    External = 2,
}

impl KeyUsage {
    /// Every usage.
    pub const ALL: [Self; 4] = [Self::EncryptDecrypt, Self::Mac, Self::SignVerify, Self::KeyAgreement];

    pub(crate) fn from_byte(byte: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|usage| *usage as u8 == byte)
    }
}

impl Origin {
    pub(crate) fn from_byte(byte: u8) -> Option<Self> {
        [Self::Internal, Self::External].into_iter().find(|origin| *origin as u8 == byte)
    }
}

impl KeySpec {
    /// Every spec.
    pub const ALL: [Self; 13] = [
        Self::SymmetricDefault,
        Self::Hmac224,
        Self::Hmac256,
        Self::Hmac384,
        Self::Hmac512,
        Self::Ed25519,
        Self::EccNistP256,
        Self::EccNistP384,
        Self::EccNistP521,
        Self::EccSecgP256k1,
        Self::Rsa2048,
        Self::Rsa3072,
        Self::Rsa4096,
    ];

    pub(crate) fn from_byte(byte: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|spec| *spec as u8 == byte)
    }

    /// May a key of this spec be for that?
    #[must_use]
    pub fn allows(self, usage: KeyUsage) -> bool {
        match usage {
            KeyUsage::EncryptDecrypt => self == Self::SymmetricDefault || self.is_rsa(),
            KeyUsage::Mac => self.mac_algorithm().is_some(),
            KeyUsage::SignVerify => {
                self.is_rsa() || self.is_nist() || matches!(self, Self::Ed25519 | Self::EccSecgP256k1)
            }
            KeyUsage::KeyAgreement => self.is_nist(),
        }
    }

    /// Is there a public half?
    #[must_use]
    pub fn is_asymmetric(self) -> bool {
        self != Self::SymmetricDefault && self.mac_algorithm().is_none()
    }

    /// One of the NIST curves.
    #[must_use]
    pub fn is_nist(self) -> bool {
        matches!(self, Self::EccNistP256 | Self::EccNistP384 | Self::EccNistP521)
    }

    /// RSA of any size.
    #[must_use]
    pub fn is_rsa(self) -> bool {
        self.modulus_len().is_some()
    }

    /// The modulus in bytes, for RSA.
    #[must_use]
    pub fn modulus_len(self) -> Option<usize> {
        match self {
            Self::Rsa2048 => Some(256),
            Self::Rsa3072 => Some(384),
            Self::Rsa4096 => Some(512),
            _ => None,
        }
    }

    /// The one MAC algorithm, for HMAC keys.
    #[must_use]
    pub fn mac_algorithm(self) -> Option<MacAlgorithm> {
        match self {
            Self::Hmac224 => Some(MacAlgorithm::HmacSha224),
            Self::Hmac256 => Some(MacAlgorithm::HmacSha256),
            Self::Hmac384 => Some(MacAlgorithm::HmacSha384),
            Self::Hmac512 => Some(MacAlgorithm::HmacSha512),
            _ => None,
        }
    }

    /// What a key of this spec for encryption can do.
    #[must_use]
    pub fn encryption_algorithms(self) -> &'static [EncryptionAlgorithm] {
        match self {
            Self::SymmetricDefault => &[EncryptionAlgorithm::SymmetricDefault],
            _ if self.is_rsa() => &[EncryptionAlgorithm::RsaesOaepSha1, EncryptionAlgorithm::RsaesOaepSha256],
            _ => &[],
        }
    }

    /// What a key of this spec for signatures can do.
    #[must_use]
    pub fn signing_algorithms(self) -> &'static [SigningAlgorithm] {
        use SigningAlgorithm as S;
        match self {
            Self::Ed25519 => &[S::Ed25519Sha512],
            Self::EccNistP256 | Self::EccSecgP256k1 => &[S::EcdsaSha256],
            Self::EccNistP384 => &[S::EcdsaSha384],
            Self::EccNistP521 => &[S::EcdsaSha512],
            _ if self.is_rsa() => &[
                S::RsassaPssSha256,
                S::RsassaPssSha384,
                S::RsassaPssSha512,
                S::RsassaPkcs1Sha256,
                S::RsassaPkcs1Sha384,
                S::RsassaPkcs1Sha512,
            ],
            _ => &[],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spec_has_a_use_and_every_use_an_algorithm() {
        for spec in KeySpec::ALL {
            assert_eq!(KeySpec::from_byte(spec as u8), Some(spec));
            assert!(KeyUsage::ALL.into_iter().any(|usage| spec.allows(usage)), "{spec:?}");
            assert_eq!(spec.allows(KeyUsage::EncryptDecrypt), !spec.encryption_algorithms().is_empty(), "{spec:?}");
            assert_eq!(spec.allows(KeyUsage::SignVerify), !spec.signing_algorithms().is_empty(), "{spec:?}");
            assert_eq!(spec.allows(KeyUsage::Mac), spec.mac_algorithm().is_some(), "{spec:?}");
        }
        assert_eq!(KeySpec::from_byte(0), None);
        assert_eq!(KeyUsage::from_byte(5), None);
        assert!(!KeySpec::EccSecgP256k1.allows(KeyUsage::KeyAgreement));
    }
}
