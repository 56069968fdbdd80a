//! What comes back.

use vault_proto::latest::{Encrypted, SecretBytes};

/// Some of what there is, and whether more follows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed<T> {
    /// At most what was asked for.
    pub items: Vec<T>,
    /// Ask again, after the last of these.
    pub more: bool,
}

/// A data key, in clear and sealed.
#[derive(Debug, PartialEq, Eq)]
pub struct DataKey {
    /// In clear: use it and forget it.
    pub plaintext: SecretBytes,
    /// To be kept beside what it encrypts.
    pub sealed: Encrypted,
}

/// A data key pair, its private half in clear and sealed.
#[derive(Debug, PartialEq, Eq)]
pub struct DataKeyPair {
    /// The private half in clear, PKCS#8: use it and forget it.
    pub private: SecretBytes,
    /// SubjectPublicKeyInfo, DER.
    pub public: Vec<u8>,
    /// The private half under the key.
    pub sealed: Encrypted,
}

/// A data key pair whose private half is sealed alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealedDataKeyPair {
    /// SubjectPublicKeyInfo, DER.
    pub public: Vec<u8>,
    /// The private half, PKCS#8, under the key.
    pub sealed: Encrypted,
}

/// A message's MAC. It may serve as a secret, so it does not print.
#[derive(Debug, PartialEq, Eq)]
pub struct Mac {
    /// The key's id.
    pub key: String,
    /// As long as the hash.
    pub mac: SecretBytes,
}

/// A message's signature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signature {
    /// The key's id.
    pub key: String,
    /// ECDSA's in DER.
    pub signature: Vec<u8>,
}
