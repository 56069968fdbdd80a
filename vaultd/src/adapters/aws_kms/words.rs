//! AWS's words for what the vault has types for.

use vault_core::kms::{
    EncryptionAlgorithm, KeySpec, KeyState, KeyUsage, MacAlgorithm, Operation, Origin, SigningAlgorithm, Wrapping,
};

use super::error::{Refused, UNSUPPORTED};

/// A member's words.
pub(super) struct Words<T: 'static> {
    known: &'static [(&'static str, T)],
    /// AWS knows them, and the vault has nothing for them.
    elsewhere: &'static [&'static str],
}

impl<T: Copy + PartialEq> Words<T> {
    /// What a word stands for.
    pub(super) fn find(&self, member: &str, word: &str) -> Result<T, Refused> {
        match self.known.iter().find(|(known, _)| *known == word) {
            Some((_, value)) => Ok(*value),
            None if self.elsewhere.contains(&word) => Err(Refused::new(
                UNSUPPORTED,
                format!("{member}: that value is not offered here; these are: {}", self.list()),
            )),
            None => Err(Refused::invalid(member, &self.list())),
        }
    }

    /// The word for it. Every value has one: see the test.
    pub(super) fn word(&self, value: T) -> &'static str {
        self.known.iter().find(|(_, known)| *known == value).map_or("", |(word, _)| word)
    }

    fn list(&self) -> String {
        self.known.iter().map(|(word, _)| *word).collect::<Vec<_>>().join(", ")
    }
}

pub(super) const SPECS: Words<KeySpec> = Words {
    known: &[
        ("SYMMETRIC_DEFAULT", KeySpec::SymmetricDefault),
        ("HMAC_224", KeySpec::Hmac224),
        ("HMAC_256", KeySpec::Hmac256),
        ("HMAC_384", KeySpec::Hmac384),
        ("HMAC_512", KeySpec::Hmac512),
        ("ECC_NIST_EDWARDS25519", KeySpec::Ed25519),
        ("ECC_NIST_P256", KeySpec::EccNistP256),
        ("ECC_NIST_P384", KeySpec::EccNistP384),
        ("ECC_NIST_P521", KeySpec::EccNistP521),
        ("ECC_SECG_P256K1", KeySpec::EccSecgP256k1),
        ("RSA_2048", KeySpec::Rsa2048),
        ("RSA_3072", KeySpec::Rsa3072),
        ("RSA_4096", KeySpec::Rsa4096),
    ],
    elsewhere: &["SM2", "ML_DSA_44", "ML_DSA_65", "ML_DSA_87", "ML_KEM_512", "ML_KEM_768", "ML_KEM_1024"],
};

/// Of data key pairs.
pub(super) const PAIR_SPECS: Words<KeySpec> = Words {
    known: &[
        ("RSA_2048", KeySpec::Rsa2048),
        ("RSA_3072", KeySpec::Rsa3072),
        ("RSA_4096", KeySpec::Rsa4096),
        ("ECC_NIST_P256", KeySpec::EccNistP256),
        ("ECC_NIST_P384", KeySpec::EccNistP384),
        ("ECC_NIST_P521", KeySpec::EccNistP521),
        ("ECC_SECG_P256K1", KeySpec::EccSecgP256k1),
        ("ECC_NIST_EDWARDS25519", KeySpec::Ed25519),
    ],
    elsewhere: &["SM2", "ML_KEM_512", "ML_KEM_768", "ML_KEM_1024"],
};

/// Of the key that material is wrapped to.
pub(super) const WRAPPING_SPECS: Words<KeySpec> = Words {
    known: &[("RSA_2048", KeySpec::Rsa2048), ("RSA_3072", KeySpec::Rsa3072), ("RSA_4096", KeySpec::Rsa4096)],
    elsewhere: &["SM2"],
};

/// Of data keys, as their length.
pub(super) const DATA_KEY_SPECS: Words<u32> = Words { known: &[("AES_256", 32), ("AES_128", 16)], elsewhere: &[] };

pub(super) const USAGES: Words<KeyUsage> = Words {
    known: &[
        ("ENCRYPT_DECRYPT", KeyUsage::EncryptDecrypt),
        ("SIGN_VERIFY", KeyUsage::SignVerify),
        ("GENERATE_VERIFY_MAC", KeyUsage::Mac),
        ("KEY_AGREEMENT", KeyUsage::KeyAgreement),
    ],
    elsewhere: &["ENCAPSULATE_DECAPSULATE"],
};

pub(super) const ORIGINS: Words<Origin> = Words {
    known: &[("AWS_KMS", Origin::Internal), ("EXTERNAL", Origin::External)],
    elsewhere: &["AWS_CLOUDHSM", "EXTERNAL_KEY_STORE"],
};

pub(super) const STATES: Words<KeyState> = Words {
    known: &[
        ("Enabled", KeyState::Enabled),
        ("Disabled", KeyState::Disabled),
        ("PendingDeletion", KeyState::PendingDeletion),
        ("PendingImport", KeyState::PendingImport),
    ],
    elsewhere: &[],
};

pub(super) const ENCRYPTION: Words<EncryptionAlgorithm> = Words {
    known: &[
        ("SYMMETRIC_DEFAULT", EncryptionAlgorithm::SymmetricDefault),
        ("RSAES_OAEP_SHA_1", EncryptionAlgorithm::RsaesOaepSha1),
        ("RSAES_OAEP_SHA_256", EncryptionAlgorithm::RsaesOaepSha256),
    ],
    elsewhere: &["SM2PKE"],
};

pub(super) const SIGNING: Words<SigningAlgorithm> = Words {
    known: &[
        ("RSASSA_PSS_SHA_256", SigningAlgorithm::RsassaPssSha256),
        ("RSASSA_PSS_SHA_384", SigningAlgorithm::RsassaPssSha384),
        ("RSASSA_PSS_SHA_512", SigningAlgorithm::RsassaPssSha512),
        ("RSASSA_PKCS1_V1_5_SHA_256", SigningAlgorithm::RsassaPkcs1Sha256),
        ("RSASSA_PKCS1_V1_5_SHA_384", SigningAlgorithm::RsassaPkcs1Sha384),
        ("RSASSA_PKCS1_V1_5_SHA_512", SigningAlgorithm::RsassaPkcs1Sha512),
        ("ECDSA_SHA_256", SigningAlgorithm::EcdsaSha256),
        ("ECDSA_SHA_384", SigningAlgorithm::EcdsaSha384),
        ("ECDSA_SHA_512", SigningAlgorithm::EcdsaSha512),
        ("ED25519_SHA_512", SigningAlgorithm::Ed25519Sha512),
    ],
    elsewhere: &["SM2DSA", "ML_DSA_SHAKE_256", "ED25519_PH_SHA_512"],
};

pub(super) const MACS: Words<MacAlgorithm> = Words {
    known: &[
        ("HMAC_SHA_224", MacAlgorithm::HmacSha224),
        ("HMAC_SHA_256", MacAlgorithm::HmacSha256),
        ("HMAC_SHA_384", MacAlgorithm::HmacSha384),
        ("HMAC_SHA_512", MacAlgorithm::HmacSha512),
    ],
    elsewhere: &[],
};

/// Is it the digest that is sent?
pub(super) const MESSAGE_TYPES: Words<bool> =
    Words { known: &[("RAW", false), ("DIGEST", true)], elsewhere: &["EXTERNAL_MU"] };

pub(super) const AGREEMENT: Words<()> = Words { known: &[("ECDH", ())], elsewhere: &[] };

pub(super) const WRAPPINGS: Words<Wrapping> = Words {
    known: &[
        ("RSAES_OAEP_SHA_1", Wrapping::RsaesOaepSha1),
        ("RSAES_OAEP_SHA_256", Wrapping::RsaesOaepSha256),
        ("RSA_AES_KEY_WRAP_SHA_1", Wrapping::RsaAesKeyWrapSha1),
        ("RSA_AES_KEY_WRAP_SHA_256", Wrapping::RsaAesKeyWrapSha256),
    ],
    elsewhere: &["RSAES_PKCS1_V1_5", "SM2PKE"],
};

/// Does imported material expire?
pub(super) const EXPIRATION: Words<bool> =
    Words { known: &[("KEY_MATERIAL_EXPIRES", true), ("KEY_MATERIAL_DOES_NOT_EXPIRE", false)], elsewhere: &[] };

/// Is it material that the key has not had?
pub(super) const IMPORT_TYPES: Words<bool> =
    Words { known: &[("NEW_KEY_MATERIAL", true), ("EXISTING_KEY_MATERIAL", false)], elsewhere: &[] };

/// Rotations, and what was there before the first?
pub(super) const INCLUDED: Words<bool> =
    Words { known: &[("ROTATIONS_ONLY", false), ("ALL_KEY_MATERIAL", true)], elsewhere: &[] };

/// The caller's own keys?
pub(super) const OWNERS: Words<bool> =
    Words { known: &[("SELF", true), ("OTHER_ACCOUNTS_VIA_RAM", false)], elsewhere: &[] };

pub(super) const OPERATIONS: Words<Operation> = Words {
    known: &[
        ("Decrypt", Operation::Decrypt),
        ("Encrypt", Operation::Encrypt),
        ("GenerateDataKey", Operation::GenerateDataKey),
        ("GenerateDataKeyWithoutPlaintext", Operation::GenerateDataKeyWithoutPlaintext),
        ("ReEncryptFrom", Operation::ReEncryptFrom),
        ("ReEncryptTo", Operation::ReEncryptTo),
        ("Sign", Operation::Sign),
        ("Verify", Operation::Verify),
        ("GetPublicKey", Operation::GetPublicKey),
        ("CreateGrant", Operation::CreateGrant),
        ("RetireGrant", Operation::RetireGrant),
        ("DescribeKey", Operation::DescribeKey),
        ("GenerateDataKeyPair", Operation::GenerateDataKeyPair),
        ("GenerateDataKeyPairWithoutPlaintext", Operation::GenerateDataKeyPairWithoutPlaintext),
        ("GenerateMac", Operation::GenerateMac),
        ("VerifyMac", Operation::VerifyMac),
        ("DeriveSharedSecret", Operation::DeriveSharedSecret),
    ],
    elsewhere: &["Encapsulate", "Decapsulate"],
};

#[cfg(test)]
mod tests {
    use super::*;

    fn complete<T: Copy + PartialEq>(words: &Words<T>, values: impl IntoIterator<Item = T>) {
        for value in values {
            let word = words.word(value);
            assert!(words.find("x", word).ok() == Some(value), "{word}");
        }
    }

    #[test]
    fn everything_has_a_word_and_every_word_is_taken() {
        complete(&SPECS, KeySpec::ALL);
        complete(&PAIR_SPECS, KeySpec::ALL.into_iter().filter(|spec| spec.is_asymmetric()));
        complete(&USAGES, KeyUsage::ALL);
        complete(&STATES, KeyState::ALL);
        complete(&MACS, MacAlgorithm::ALL);
        complete(&OPERATIONS, Operation::ALL);
        complete(&ENCRYPTION, KeySpec::ALL.into_iter().flat_map(|spec| spec.encryption_algorithms().iter().copied()));
        complete(&SIGNING, KeySpec::ALL.into_iter().flat_map(|spec| spec.signing_algorithms().iter().copied()));
        assert!(SPECS.find("KeySpec", "SM2").is_err() && SPECS.find("KeySpec", "rsa_2048").is_err());
    }
}
