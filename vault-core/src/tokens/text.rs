//! How a token is written: `vlt_` id `_` secret, both in lower-case hex. The id
//! finds the record, the secret is 256 bits from the kernel; what is stored is
//! the SHA-256 of the whole text. The prefix lets a scanner of repositories
//! recognise one.

use crate::hazmat::sha256::sha256;
use crate::hex;
use crate::host::{EntropyError, Host};
use crate::keys::SecretBytes;

/// What a token says it is; only its record can confirm that.
pub(crate) struct TokenText<'a> {
    pub(crate) id: [u8; 16],
    text: &'a [u8],
}

impl<'a> TokenText<'a> {
    /// Exactly one spelling; the secret is not looked at digit by digit.
    pub(crate) fn parse(text: &'a [u8]) -> Option<Self> {
        if text.len() != LEN || !text.starts_with(PREFIX) || text[PREFIX.len() + 32] != b'_' {
            return None;
        }
        let id = hex::decode(&text[PREFIX.len()..PREFIX.len() + 32])?;
        Some(Self { id, text })
    }

    pub(crate) fn hash(&self) -> [u8; 32] {
        sha256(self.text)
    }
}

/// A new token: its id, its text, its hash.
pub(crate) fn make(host: &Host) -> Result<([u8; 16], SecretBytes, [u8; 32]), EntropyError> {
    let id: [u8; 16] = host.random()?;
    let secret = SecretBytes::random(32, &*host.entropy)?;
    let mut text = Vec::with_capacity(LEN);
    text.extend_from_slice(PREFIX);
    hex::push(&mut text, &id);
    text.push(b'_');
    hex::push(&mut text, secret.expose());
    let hash = sha256(&text);
    Ok((id, SecretBytes::new(text), hash))
}

/// An id in hex, as people see it.
pub(crate) fn id_text(id: &[u8; 16]) -> String {
    hex::encode(id)
}

/// Back from what people see.
pub(crate) fn parse_id(text: &str) -> Option<[u8; 16]> {
    hex::decode(text.as_bytes())
}

const PREFIX: &[u8] = b"vlt_";
const LEN: usize = PREFIX.len() + 32 + 1 + 64;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_token_has_one_spelling() {
        let (id, text, hash) = make(&Host::system()).unwrap();
        let text = text.expose();
        let parsed = TokenText::parse(text).unwrap();
        assert_eq!((parsed.id, parsed.hash()), (id, hash));
        assert_eq!(parse_id(&id_text(&id)), Some(id));
        assert!((0..text.len()).all(|len| TokenText::parse(&text[..len]).is_none()));
        assert!(TokenText::parse(&[text, b"\n"].concat()).is_none());
        assert!(TokenText::parse(&text.to_ascii_uppercase()).is_none());
        let mut other = text.to_vec();
        other[100] ^= 1;
        assert!(TokenText::parse(&other).is_none_or(|parsed| parsed.hash() != hash));
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_without_a_slip(bytes in proptest::collection::vec(any::<u8>(), 0..120)) {
            prop_assert!(TokenText::parse(&bytes).is_none());
        }
    }
}
