//! The reference: the `chacha20poly1305` crate, in Rust throughout.

use chacha20poly1305::aead::{AeadInOut, KeyInit};
use chacha20poly1305::{Tag, XChaCha20Poly1305, XNonce};

use super::{NONCE_LEN, TAG_LEN};

#[inline(never)]
pub(super) fn encrypt(key: &[u8; 32], nonce: &[u8; NONCE_LEN], aad: &[u8], buffer: &mut [u8]) -> [u8; TAG_LEN] {
    let cipher = XChaCha20Poly1305::new(key.into());
    match cipher.encrypt_inout_detached(&XNonce::from(*nonce), aad, buffer.into()) {
        Ok(tag) => tag.into(),
        Err(_) => unreachable!("plaintexts are bounded by limits::PLAINTEXT_MAX"),
    }
}

#[inline(never)]
pub(super) fn decrypt(
    key: &[u8; 32],
    nonce: &[u8; NONCE_LEN],
    aad: &[u8],
    buffer: &mut [u8],
    tag: &[u8; TAG_LEN],
) -> bool {
    let cipher = XChaCha20Poly1305::new(key.into());
    cipher.decrypt_inout_detached(&XNonce::from(*nonce), aad, buffer.into(), &Tag::from(*tag)).is_ok()
}

/// Nothing is worked out ahead here.
pub(super) fn prepare(key: &[u8; 32], _: &[u8; NONCE_LEN], prepared: &mut [u8; 32]) {
    prepared.copy_from_slice(key);
}

pub(super) use decrypt as decrypt_prepared;
