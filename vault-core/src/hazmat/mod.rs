//! One primitive a file, nothing above them public. Whoever wants a ciphertext
//! of the vault's own goes through [`crate::envelope`].

pub(crate) mod aead;
pub(crate) mod aes_kwp;
pub(crate) mod argon2id;
pub(crate) mod ecdh;
pub(crate) mod ecdsa;
pub(crate) mod ed25519;
pub(crate) mod hkdf;
pub(crate) mod hmac;
pub(crate) mod hmac_sha2;
pub(crate) mod oaep;
pub(crate) mod rsa;
pub(crate) mod sha256;
mod stack;

/// AWS-LC did not do it: a key it does not take, input it refuses, or no memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Failed;

impl From<aws_lc_rs::error::Unspecified> for Failed {
    fn from(_: aws_lc_rs::error::Unspecified) -> Self {
        Self
    }
}

impl From<aws_lc_rs::error::KeyRejected> for Failed {
    fn from(_: aws_lc_rs::error::KeyRejected) -> Self {
        Self
    }
}

/// What is signed: a message, or a digest that somebody has made of it.
#[derive(Clone, Copy)]
pub(crate) enum Signed<'a> {
    Message(&'a [u8]),
    Digest(&'a [u8]),
}
