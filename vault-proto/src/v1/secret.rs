//! Bytes that must not print and must not stay.
//!
//! In postcard they are a length and the bytes; in JSON a base64 string
//! (RFC 4648 section 4, padded, canonical: anything else is refused).

use std::fmt;

use zeroize::Zeroize;

/// A secret on its way: erased on drop, redacted in `Debug`, not `Clone`.
#[derive(PartialEq, Eq, Default)]
pub struct SecretBytes(Vec<u8>);

impl SecretBytes {
    /// Takes ownership; no copy is left behind.
    #[must_use]
    pub fn new(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }

    /// The bytes, for as long as the borrow lasts.
    #[must_use]
    pub fn expose(&self) -> &[u8] {
        &self.0
    }
}

impl Drop for SecretBytes {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl fmt::Debug for SecretBytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretBytes(..)")
    }
}
