//! The data key, and what is derived from it.

use std::fmt;

use chacha20poly1305::{KeyInit as _, XChaCha20Poly1305};
use hkdf::Hkdf;
use sha2::{Digest as _, Sha256};
use zeroize::{Zeroize as _, Zeroizing};

use crate::chunk::PREFIX;

/// The key of one file. Erased on drop.
pub struct DataKey(Box<[u8; 32]>);

/// What a file's chunks are encrypted with, and what its header says of it.
pub(crate) struct Subkeys {
    pub(crate) cipher: XChaCha20Poly1305,
    pub(crate) prefix: [u8; PREFIX],
    pub(crate) commitment: [u8; 32],
}

impl DataKey {
    /// Takes a copy, where it stays.
    #[must_use]
    pub fn from_bytes(bytes: &[u8; 32]) -> Self {
        let mut key = Box::new([0; 32]);
        key.copy_from_slice(bytes);
        Self(key)
    }

    /// `fixed`: the part of the header that never changes, which has the file's
    /// id at its end.
    pub(crate) fn derive_subkeys(&self, fixed: &[u8], id: &[u8; 32]) -> Subkeys {
        let (mut prk, hkdf) = Hkdf::<Sha256>::extract(Some(id), &self.0[..]);
        prk.zeroize();
        let mut okm = Zeroizing::new([0; 32 + 32 + PREFIX]);
        if hkdf.expand_multi_info(&[LABEL, &Sha256::digest(fixed)], &mut *okm).is_err() {
            unreachable!("fewer bytes than 255 blocks");
        }
        let (key, rest) = okm.split_at(32);
        let (mut commitment, mut prefix) = ([0; 32], [0; PREFIX]);
        commitment.copy_from_slice(&rest[..32]);
        prefix.copy_from_slice(&rest[32..]);
        match XChaCha20Poly1305::new_from_slice(key) {
            Ok(cipher) => Subkeys { cipher, prefix, commitment },
            Err(_) => unreachable!("32 bytes are a key"),
        }
    }
}

impl Drop for DataKey {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl fmt::Debug for DataKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DataKey(..)")
    }
}

const LABEL: &[u8] = b"vault/v1/stream";
