//! Bytes that must not print and must not stay.
//!
//! In postcard they are a length and the bytes; in JSON a base64 string
//! (RFC 4648 section 4, padded, canonical: anything else is refused).

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
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

impl SecretBytes {
    /// Gives the bytes up to a holder that erases them itself.
    #[must_use]
    pub fn into_vec(mut self) -> Vec<u8> {
        std::mem::take(&mut self.0)
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

impl Serialize for SecretBytes {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        bytes::serialize(&self.0, to)
    }
}

impl<'de> Deserialize<'de> for SecretBytes {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        bytes::deserialize(from).map(Self)
    }
}

/// The same form for bytes that are not secret (`#[serde(with = ...)]`).
pub(crate) mod bytes {
    use std::fmt;

    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;
    use serde::de::Visitor;
    use serde::ser::Error as _;
    use serde::{Deserializer, Serializer};
    use zeroize::{Zeroize, Zeroizing};

    pub(crate) fn serialize<S: Serializer>(bytes: &[u8], to: S) -> Result<S::Ok, S::Error> {
        if !to.is_human_readable() {
            return to.serialize_bytes(bytes);
        }
        // Exactly sized and erased: the encoded form is as secret as the bytes.
        let mut text = Zeroizing::new(vec![0; bytes.len().div_ceil(3) * 4]);
        let len = STANDARD.encode_slice(bytes, &mut text).map_err(S::Error::custom)?;
        let text = text.get(..len).and_then(|text| std::str::from_utf8(text).ok());
        to.serialize_str(text.ok_or_else(|| S::Error::custom("base64"))?)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<u8>, D::Error> {
        if from.is_human_readable() { from.deserialize_str(Base64) } else { from.deserialize_bytes(Raw) }
    }

    /// Refuses in its own words: serde's own would quote the input.
    struct Base64;

    impl<'de> Visitor<'de> for Base64 {
        type Value = Vec<u8>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("padded base64 without escapes")
        }

        // Only this one: a string with escapes would have been copied into the
        // parser's scratch space, which is not erased.
        fn visit_borrowed_str<E: serde::de::Error>(self, text: &'de str) -> Result<Vec<u8>, E> {
            let padding = text.bytes().rev().take(2).take_while(|byte| *byte == b'=').count();
            let len = (text.len() / 4 * 3).saturating_sub(padding);
            let mut bytes = vec![0; len];
            match STANDARD.decode_slice(text, &mut bytes) {
                Ok(written) if written == len => Ok(bytes),
                _ => {
                    bytes.zeroize();
                    Err(E::custom("not padded base64"))
                }
            }
        }

        fn visit_str<E: serde::de::Error>(self, _: &str) -> Result<Vec<u8>, E> {
            Err(E::custom("escapes in base64"))
        }
    }

    struct Raw;

    impl<'de> Visitor<'de> for Raw {
        type Value = Vec<u8>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("bytes")
        }

        fn visit_bytes<E: serde::de::Error>(self, bytes: &[u8]) -> Result<Vec<u8>, E> {
            Ok(bytes.to_vec())
        }
    }
}
