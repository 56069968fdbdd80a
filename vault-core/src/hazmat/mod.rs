//! One primitive a file, nothing above them public. Whoever wants a ciphertext
//! goes through [`crate::envelope`].

pub(crate) mod aead;
pub(crate) mod argon2id;
pub(crate) mod ed25519;
pub(crate) mod hkdf;
pub(crate) mod hmac;
pub(crate) mod sha256;
