//! Bytes that must not print and must not stay.

use std::fmt;

use zeroize::{Zeroize, Zeroizing};

use crate::host::{Entropy, EntropyError};

/// 32 key bytes in a box of their own, so that moving a key moves a pointer and
/// leaves no copy behind. Erased on drop, redacted in `Debug`, not `Clone`.
macro_rules! key_type {
    ($(#[$doc:meta])* $vis:vis $name:ident) => {
        $(#[$doc])*
        $vis struct $name(Box<[u8; 32]>);

        impl $name {
            /// A key filled in place.
            pub(crate) fn fill_with<E>(fill: impl FnOnce(&mut [u8; 32]) -> Result<(), E>) -> Result<Self, E> {
                let mut key = Self(Box::new([0; 32]));
                fill(&mut key.0)?;
                Ok(key)
            }

            /// The bytes, for the primitives only.
            pub(crate) fn expose(&self) -> &[u8; 32] {
                &self.0
            }
        }

        impl Drop for $name {
            fn drop(&mut self) {
                zeroize::Zeroize::zeroize(&mut *self.0);
            }
        }

        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(concat!(stringify!($name), "(..)"))
            }
        }
    };
}
pub(crate) use key_type;

/// A secret of any length: a value, a passphrase, an opened record. Erased on
/// drop, redacted in `Debug`, not `Clone`.
pub struct SecretBytes(Zeroizing<Vec<u8>>);

impl SecretBytes {
    /// Takes ownership; no copy is left behind.
    #[must_use]
    pub fn new(bytes: Vec<u8>) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// Random bytes, filled in place: as an array they would be moved, and copied on the way.
    pub(crate) fn random(len: usize, entropy: &dyn Entropy) -> Result<Self, EntropyError> {
        let mut bytes = Self(Zeroizing::new(vec![0; len]));
        entropy.fill(&mut bytes.0)?;
        Ok(bytes)
    }

    /// The bytes, for as long as the borrow lasts.
    #[must_use]
    pub fn expose(&self) -> &[u8] {
        &self.0
    }

    /// Gives the bytes up to a holder that erases them itself.
    #[must_use]
    pub fn into_vec(mut self) -> Vec<u8> {
        std::mem::take(&mut *self.0)
    }

    /// Shortens to the given range, erasing the rest.
    pub(crate) fn keep(&mut self, range: std::ops::Range<usize>) {
        let len = range.len();
        self.0.copy_within(range, 0);
        self.0[len..].zeroize();
        self.0.truncate(len);
    }

    /// The same where everything behind the range is known to be zeros.
    pub(crate) fn keep_before_zeros(&mut self, range: std::ops::Range<usize>) {
        self.0.truncate(range.end);
        self.keep(range);
    }
}

impl From<&[u8]> for SecretBytes {
    fn from(bytes: &[u8]) -> Self {
        Self::new(bytes.to_vec())
    }
}

impl fmt::Debug for SecretBytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretBytes(..)")
    }
}
