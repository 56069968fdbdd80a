//! What a key can be asked to do with bytes.

/// How something is encrypted.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum EncryptionAlgorithm {
    /// Our envelope, kind 3: XChaCha20-Poly1305 under a subkey of the message's own.
    SymmetricDefault,
    /// RSAES-OAEP with SHA-1 and MGF1 with SHA-1, RFC 8017.
    RsaesOaepSha1,
    /// RSAES-OAEP with SHA-256 and MGF1 with SHA-256.
    RsaesOaepSha256,
}

/// How something is signed. ECDSA signatures are DER, as RFC 3279 has them.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum SigningAlgorithm {
    /// RSASSA-PSS, SHA-256, salt as long as the digest.
    RsassaPssSha256,
    /// RSASSA-PSS, SHA-384.
    RsassaPssSha384,
    /// RSASSA-PSS, SHA-512.
    RsassaPssSha512,
    /// RSASSA-PKCS1-v1_5, SHA-256.
    RsassaPkcs1Sha256,
    /// RSASSA-PKCS1-v1_5, SHA-384.
    RsassaPkcs1Sha384,
    /// RSASSA-PKCS1-v1_5, SHA-512.
    RsassaPkcs1Sha512,
    /// ECDSA with SHA-256: P-256 and secp256k1.
    EcdsaSha256,
    /// ECDSA with SHA-384: P-384.
    EcdsaSha384,
    /// ECDSA with SHA-512: P-521.
    EcdsaSha512,
    /// Pure Ed25519, RFC 8032: of the message, never of a digest.
    Ed25519Sha512,
}

/// How something is authenticated.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum MacAlgorithm {
    /// HMAC-SHA-224, RFC 2104 and RFC 4231.
    HmacSha224,
    /// HMAC-SHA-256.
    HmacSha256,
    /// HMAC-SHA-384.
    HmacSha384,
    /// HMAC-SHA-512.
    HmacSha512,
}

impl MacAlgorithm {
    /// Every one.
    pub const ALL: [Self; 4] = [Self::HmacSha224, Self::HmacSha256, Self::HmacSha384, Self::HmacSha512];

    /// Length of a MAC, and of the key made for it, in bytes.
    #[must_use]
    pub fn output_len(self) -> usize {
        match self {
            Self::HmacSha224 => 28,
            Self::HmacSha256 => 32,
            Self::HmacSha384 => 48,
            Self::HmacSha512 => 64,
        }
    }
}

impl SigningAlgorithm {
    /// Length of the digest it signs, in bytes; none when it signs the message itself.
    #[must_use]
    pub fn digest_len(self) -> Option<usize> {
        match self {
            Self::RsassaPssSha256 | Self::RsassaPkcs1Sha256 | Self::EcdsaSha256 => Some(32),
            Self::RsassaPssSha384 | Self::RsassaPkcs1Sha384 | Self::EcdsaSha384 => Some(48),
            Self::RsassaPssSha512 | Self::RsassaPkcs1Sha512 | Self::EcdsaSha512 => Some(64),
            Self::Ed25519Sha512 => None,
        }
    }
}
