//! The words of the wire and of the core for the same things.

use vault_core::kms as core;
use vault_proto::latest as wire;

/// One function a pair of types, from one side to the other: a full list.
macro_rules! same_words {
    ($name:ident: $from:ident::$ours:ident => $to:ident::$theirs:ident; $($word:ident),+ $(,)?) => {
        pub(super) fn $name(word: $from::$ours) -> $to::$theirs {
            match word {
                $($from::$ours::$word => $to::$theirs::$word,)+
            }
        }
    };
}

/// Both functions.
macro_rules! both_ways {
    ($down:ident, $up:ident: $wire:ident, $core:ident; $($word:ident),+ $(,)?) => {
        same_words! { $down: wire::$wire => core::$core; $($word),+ }
        same_words! { $up: core::$core => wire::$wire; $($word),+ }
    };
}

both_ways! { spec, told_spec: KeySpec, KeySpec;
    SymmetricDefault, Hmac224, Hmac256, Hmac384, Hmac512, Ed25519, EccNistP256, EccNistP384, EccNistP521,
    EccSecgP256k1, Rsa2048, Rsa3072, Rsa4096,
}

both_ways! { usage, told_usage: KeyUsage, KeyUsage; EncryptDecrypt, Mac, SignVerify, KeyAgreement }

both_ways! { origin, told_origin: KeyOrigin, Origin; Internal, External }

both_ways! { operation, told_operation: GrantOperation, Operation;
    Encrypt, Decrypt, GenerateDataKey, GenerateDataKeyWithoutPlaintext, GenerateDataKeyPair,
    GenerateDataKeyPairWithoutPlaintext, ReEncryptFrom, ReEncryptTo, Sign, Verify, GetPublicKey, CreateGrant,
    RetireGrant, DescribeKey, GenerateMac, VerifyMac, DeriveSharedSecret,
}

same_words! { encryption: wire::EncryptionAlgorithm => core::EncryptionAlgorithm;
    SymmetricDefault, RsaesOaepSha1, RsaesOaepSha256,
}

same_words! { signing: wire::SigningAlgorithm => core::SigningAlgorithm;
    RsassaPssSha256, RsassaPssSha384, RsassaPssSha512, RsassaPkcs1Sha256, RsassaPkcs1Sha384, RsassaPkcs1Sha512,
    EcdsaSha256, EcdsaSha384, EcdsaSha512, Ed25519Sha512,
}

same_words! { mac: wire::MacAlgorithm => core::MacAlgorithm; HmacSha224, HmacSha256, HmacSha384, HmacSha512 }

same_words! { wrapping: wire::Wrapping => core::Wrapping;
    RsaesOaepSha1, RsaesOaepSha256, RsaAesKeyWrapSha1, RsaAesKeyWrapSha256,
}

same_words! { told_state: core::KeyState => wire::KeyState; Enabled, Disabled, PendingDeletion, PendingImport }

same_words! { told_source: core::MaterialSource => wire::MaterialSource; Created, OnDemand, Automatic, Imported }
