//! The words for what a key is, what it is for and how it is used.

use serde::{Deserialize, Serialize};

/// What a key is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeySpec {
    /// 256 bits for authenticated encryption.
    SymmetricDefault,
    /// 224 bits for HMAC-SHA-224.
    #[serde(rename = "hmac_224")]
    Hmac224,
    /// 256 bits for HMAC-SHA-256.
    #[serde(rename = "hmac_256")]
    Hmac256,
    /// 384 bits for HMAC-SHA-384.
    #[serde(rename = "hmac_384")]
    Hmac384,
    /// 512 bits for HMAC-SHA-512.
    #[serde(rename = "hmac_512")]
    Hmac512,
    /// Ed25519.
    Ed25519,
    /// NIST P-256.
    EccNistP256,
    /// NIST P-384.
    EccNistP384,
    /// NIST P-521.
    EccNistP521,
    /// secp256k1.
    EccSecgP256k1,
    /// RSA, 2048 bits.
    #[serde(rename = "rsa_2048")]
    Rsa2048,
    /// RSA, 3072 bits.
    #[serde(rename = "rsa_3072")]
    Rsa3072,
    /// RSA, 4096 bits.
    #[serde(rename = "rsa_4096")]
    Rsa4096,
}

/// What a key is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeyUsage {
    /// Encrypt and decrypt.
    EncryptDecrypt,
    /// Make and verify MACs.
    Mac,
    /// Sign and verify.
    SignVerify,
    /// Derive shared secrets.
    KeyAgreement,
}

/// Where a key's material comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeyOrigin {
    /// Made in the vault.
    Internal,
    /// Imported.
    External,
}

/// The state of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeyState {
    /// Can be used.
    Enabled,
    /// Cannot be used until it is enabled.
    Disabled,
    /// Will be deleted on its date unless that is cancelled.
    PendingDeletion,
    /// Waits for its material.
    PendingImport,
}

/// How something is encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EncryptionAlgorithm {
    /// An envelope that names key and version.
    SymmetricDefault,
    /// RSAES-OAEP with SHA-1.
    #[serde(rename = "rsaes_oaep_sha_1")]
    RsaesOaepSha1,
    /// RSAES-OAEP with SHA-256.
    #[serde(rename = "rsaes_oaep_sha_256")]
    RsaesOaepSha256,
}

/// How something is signed. ECDSA signatures are DER.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SigningAlgorithm {
    /// RSASSA-PSS with SHA-256.
    #[serde(rename = "rsassa_pss_sha_256")]
    RsassaPssSha256,
    /// RSASSA-PSS with SHA-384.
    #[serde(rename = "rsassa_pss_sha_384")]
    RsassaPssSha384,
    /// RSASSA-PSS with SHA-512.
    #[serde(rename = "rsassa_pss_sha_512")]
    RsassaPssSha512,
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    #[serde(rename = "rsassa_pkcs1_sha_256")]
    RsassaPkcs1Sha256,
    /// RSASSA-PKCS1-v1_5 with SHA-384.
    #[serde(rename = "rsassa_pkcs1_sha_384")]
    RsassaPkcs1Sha384,
    /// RSASSA-PKCS1-v1_5 with SHA-512.
    #[serde(rename = "rsassa_pkcs1_sha_512")]
    RsassaPkcs1Sha512,
    /// ECDSA with SHA-256.
    #[serde(rename = "ecdsa_sha_256")]
    EcdsaSha256,
    /// ECDSA with SHA-384.
    #[serde(rename = "ecdsa_sha_384")]
    EcdsaSha384,
    /// ECDSA with SHA-512.
    #[serde(rename = "ecdsa_sha_512")]
    EcdsaSha512,
    /// Ed25519, of the message itself.
    #[serde(rename = "ed25519_sha_512")]
    Ed25519Sha512,
}

/// How something is authenticated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MacAlgorithm {
    /// HMAC-SHA-224.
    #[serde(rename = "hmac_sha_224")]
    HmacSha224,
    /// HMAC-SHA-256.
    #[serde(rename = "hmac_sha_256")]
    HmacSha256,
    /// HMAC-SHA-384.
    #[serde(rename = "hmac_sha_384")]
    HmacSha384,
    /// HMAC-SHA-512.
    #[serde(rename = "hmac_sha_512")]
    HmacSha512,
}

/// How material is wrapped for an import.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Wrapping {
    /// RSAES-OAEP with SHA-1: short material.
    #[serde(rename = "rsaes_oaep_sha_1")]
    RsaesOaepSha1,
    /// RSAES-OAEP with SHA-256: short material.
    #[serde(rename = "rsaes_oaep_sha_256")]
    RsaesOaepSha256,
    /// An AES-256 key under RSAES-OAEP with SHA-1, then the material under it.
    #[serde(rename = "rsa_aes_key_wrap_sha_1")]
    RsaAesKeyWrapSha1,
    /// The same with SHA-256.
    #[serde(rename = "rsa_aes_key_wrap_sha_256")]
    RsaAesKeyWrapSha256,
}

/// How a version of a key's material came to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MaterialSource {
    /// With the key.
    Created,
    /// By a rotation that somebody asked for.
    OnDemand,
    /// By the automatic rotation.
    Automatic,
    /// Imported.
    Imported,
}

/// What a grant may allow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GrantOperation {
    /// Encrypt.
    Encrypt,
    /// Decrypt.
    Decrypt,
    /// Make a data key and see it.
    GenerateDataKey,
    /// Make a data key unseen.
    GenerateDataKeyWithoutPlaintext,
    /// Make a data key pair and see its private half.
    GenerateDataKeyPair,
    /// Make a data key pair, the private half unseen.
    GenerateDataKeyPairWithoutPlaintext,
    /// Move a ciphertext from this key to another.
    ReEncryptFrom,
    /// Move a ciphertext from another key to this one.
    ReEncryptTo,
    /// Sign.
    Sign,
    /// Verify a signature.
    Verify,
    /// See the public half.
    GetPublicKey,
    /// Grant on, no more than the grant allows.
    CreateGrant,
    /// Give the grant up.
    RetireGrant,
    /// See what is known about the key.
    DescribeKey,
    /// Make a MAC.
    GenerateMac,
    /// Verify a MAC.
    VerifyMac,
    /// Derive a shared secret.
    DeriveSharedSecret,
}

/// What is not there, or may not be known to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Thing {
    /// A key.
    Key,
    /// An alias.
    Alias,
    /// A grant.
    Grant,
    /// An access key.
    AccessKey,
}
