//! How access keys are written: `VLTK` and 80 bits in base32 (without the
//! letters that are taken for digits), so that they are as long as AWS's and
//! never taken for one; secrets are 240 bits in base64.

use base64ct::{Base64Unpadded, Encoding};

use crate::host::{EntropyError, Host};
use crate::keys::SecretBytes;

/// A new id.
pub(crate) fn make_id(host: &Host) -> Result<String, EntropyError> {
    let bits = host.random::<10>()?.iter().fold(0_u128, |bits, byte| bits << 8 | u128::from(*byte));
    let letters = (0..16).rev().map(|at| char::from(LETTERS[(bits >> (5 * at)) as usize & 31]));
    Ok(PREFIX.chars().chain(letters).collect())
}

/// A new secret.
pub(crate) fn make_secret(host: &Host) -> Result<SecretBytes, EntropyError> {
    let bits = SecretBytes::random(30, &*host.entropy)?;
    let mut text = vec![0; 40];
    // 30 bytes are 40 characters.
    let _written = Base64Unpadded::encode(bits.expose(), &mut text).is_ok();
    Ok(SecretBytes::new(text))
}

/// Could this be an id? Given ones, of development vaults, are freer than ours.
pub(crate) fn is_id(text: &str) -> bool {
    (ID_MIN..=ID_MAX).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-')
}

/// Could this be a given secret?
pub(crate) fn is_secret(text: &[u8]) -> bool {
    (SECRET_MIN..=SECRET_MAX).contains(&text.len()) && text.iter().all(u8::is_ascii_graphic)
}

const PREFIX: &str = "VLTK";
const LETTERS: &[u8; 32] = b"ABCDEFGHJKMNPQRSTVWXYZ0123456789";
pub(super) const ID_MIN: usize = 4;
pub(super) const ID_MAX: usize = 64;
const SECRET_MIN: usize = 4;
pub(super) const SECRET_MAX: usize = 128;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_and_secrets_are_as_long_as_awss_and_never_the_same() {
        let host = Host::system();
        let ids: std::collections::BTreeSet<_> = (0..100).map(|_| make_id(&host).unwrap()).collect();
        assert_eq!(ids.len(), 100);
        assert!(ids.iter().all(|id| id.len() == 20 && is_id(id) && id.starts_with("VLTK")));
        let used: std::collections::BTreeSet<_> = ids.iter().flat_map(|id| id[4..].chars()).collect();
        assert_eq!(used.len(), 32, "every letter occurs");
        let secret = make_secret(&host).unwrap();
        assert!(secret.expose().len() == 40 && is_secret(secret.expose()));
        assert_ne!(secret.expose(), make_secret(&host).unwrap().expose());
        assert!(!is_id("a/b/c") && !is_id("abc") && !is_id(&"a".repeat(65)) && !is_secret(b"has space"));
    }
}
