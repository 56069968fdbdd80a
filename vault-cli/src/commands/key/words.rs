//! The words for what a key is and does, as they are typed and shown.

use clap::builder::{PossibleValuesParser, TypedValueParser};
use vault_client::{
    EncryptionAlgorithm, GrantOperation, KeyOrigin, KeySpec, KeyState, KeyUsage, MacAlgorithm, MaterialSource,
    SigningAlgorithm, Wrapping,
};

/// Something with a word for each of its values.
pub(super) trait Word: Copy + Send + Sync + 'static {
    /// All of them that can be typed.
    const ALL: &'static [Self];

    /// How it is typed and shown.
    fn word(self) -> &'static str;
}

/// Takes one of the words, and completes to them.
pub(super) fn one_of<T: Word>() -> impl TypedValueParser<Value = T> {
    PossibleValuesParser::new(T::ALL.iter().map(|value| value.word()))
        .try_map(|typed| T::ALL.iter().copied().find(|value| value.word() == typed).ok_or("not one of the words"))
}

/// Writes one `Word`: its values and their words.
macro_rules! words {
    ($type:ident { $($value:ident = $word:literal,)+ }) => {
        impl Word for $type {
            const ALL: &'static [Self] = &[$(Self::$value),+];

            fn word(self) -> &'static str {
                match self {
                    $(Self::$value => $word,)+
                }
            }
        }
    };
}

words! { KeySpec {
    SymmetricDefault = "symmetric",
    Hmac224 = "hmac-224",
    Hmac256 = "hmac-256",
    Hmac384 = "hmac-384",
    Hmac512 = "hmac-512",
    Ed25519 = "ed25519",
    EccNistP256 = "p256",
    EccNistP384 = "p384",
    EccNistP521 = "p521",
    EccSecgP256k1 = "secp256k1",
    Rsa2048 = "rsa-2048",
    Rsa3072 = "rsa-3072",
    Rsa4096 = "rsa-4096",
} }

words! { KeyUsage {
    EncryptDecrypt = "encrypt",
    Mac = "mac",
    SignVerify = "sign",
    KeyAgreement = "agree",
} }

words! { KeyOrigin {
    Internal = "vault",
    External = "external",
} }

words! { KeyState {
    Enabled = "enabled",
    Disabled = "disabled",
    PendingDeletion = "pending-deletion",
    PendingImport = "pending-import",
} }

words! { MaterialSource {
    Created = "created",
    OnDemand = "on-demand",
    Automatic = "automatic",
    Imported = "imported",
} }

words! { EncryptionAlgorithm {
    SymmetricDefault = "symmetric",
    RsaesOaepSha1 = "oaep-sha1",
    RsaesOaepSha256 = "oaep-sha256",
} }

words! { SigningAlgorithm {
    RsassaPssSha256 = "pss-sha256",
    RsassaPssSha384 = "pss-sha384",
    RsassaPssSha512 = "pss-sha512",
    RsassaPkcs1Sha256 = "pkcs1-sha256",
    RsassaPkcs1Sha384 = "pkcs1-sha384",
    RsassaPkcs1Sha512 = "pkcs1-sha512",
    EcdsaSha256 = "ecdsa-sha256",
    EcdsaSha384 = "ecdsa-sha384",
    EcdsaSha512 = "ecdsa-sha512",
    Ed25519Sha512 = "ed25519",
} }

words! { MacAlgorithm {
    HmacSha224 = "hmac-sha224",
    HmacSha256 = "hmac-sha256",
    HmacSha384 = "hmac-sha384",
    HmacSha512 = "hmac-sha512",
} }

words! { Wrapping {
    RsaesOaepSha1 = "oaep-sha1",
    RsaesOaepSha256 = "oaep-sha256",
    RsaAesKeyWrapSha1 = "aes-kwp-sha1",
    RsaAesKeyWrapSha256 = "aes-kwp-sha256",
} }

words! { GrantOperation {
    Encrypt = "encrypt",
    Decrypt = "decrypt",
    GenerateDataKey = "data-key",
    GenerateDataKeyWithoutPlaintext = "data-key-sealed",
    GenerateDataKeyPair = "data-key-pair",
    GenerateDataKeyPairWithoutPlaintext = "data-key-pair-sealed",
    ReEncryptFrom = "rewrap-from",
    ReEncryptTo = "rewrap-to",
    Sign = "sign",
    Verify = "verify",
    GetPublicKey = "public-key",
    CreateGrant = "grant",
    RetireGrant = "retire-grant",
    DescribeKey = "show",
    GenerateMac = "mac",
    VerifyMac = "verify-mac",
    DeriveSharedSecret = "shared-secret",
} }

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    fn are_different<T: Word>() {
        let words: HashSet<_> = T::ALL.iter().map(|value| value.word()).collect();
        assert_eq!(words.len(), T::ALL.len());
        let plain = |word: &str| word.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
        assert!(words.into_iter().all(plain));
    }

    #[test]
    fn no_word_means_two_things() {
        are_different::<KeySpec>();
        are_different::<KeyUsage>();
        are_different::<KeyState>();
        are_different::<MaterialSource>();
        are_different::<EncryptionAlgorithm>();
        are_different::<SigningAlgorithm>();
        are_different::<MacAlgorithm>();
        are_different::<Wrapping>();
        are_different::<GrantOperation>();
    }
}
