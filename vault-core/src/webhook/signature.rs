//! Reading signatures and comparing them.
//!
//! A MAC is computed once and compared with every candidate, all of them to the
//! end: how long it takes tells neither which byte differed nor which candidate
//! was nearest. What the sender wrote is no secret and is decoded plainly.

use base64ct::{Base64, Encoding as _};
use subtle::{Choice, ConstantTimeEq};

use super::WebhookError;
use crate::hazmat::ed25519::PublicKey;
use crate::hazmat::hmac::hmac_any;
use crate::limits::WEBHOOK_SIGNATURES_MAX;

/// HMAC-SHA-256 under a stored secret, as it is: a line break at its end is part
/// of it, because what was stored is what the provider was told, and leaving a
/// byte out here would hide that it was not.
pub(super) fn mac(secret: &[u8], parts: &[&[u8]]) -> Result<[u8; 32], WebhookError> {
    if secret.is_empty() {
        // Everybody knows this key.
        return Err(WebhookError::BadSecret { expected: "one that is not empty" });
    }
    Ok(hmac_any(secret, parts))
}

/// The signatures of one delivery. Providers send two while a secret is replaced.
pub(super) struct Candidates<const N: usize> {
    seen: u64,
    readable: Vec<[u8; N]>,
}

impl<const N: usize> Candidates<N> {
    pub(super) fn new() -> Self {
        Self { seen: 0, readable: Vec::new() }
    }

    pub(super) fn one(signature: [u8; N]) -> Self {
        Self { seen: 1, readable: vec![signature] }
    }

    /// One more. None: not readable, so it fits nothing; it counts all the same.
    pub(super) fn add(&mut self, signature: Option<[u8; N]>) -> Result<(), WebhookError> {
        self.seen += 1;
        WebhookError::over("signatures", self.seen, WEBHOOK_SIGNATURES_MAX as u64)?;
        self.readable.extend(signature);
        Ok(())
    }

    /// Refuses a header without any readable one.
    pub(super) fn some(self, header: &'static str, expected: &'static str) -> Result<Self, WebhookError> {
        if self.readable.is_empty() { Err(WebhookError::BadHeader { header, expected }) } else { Ok(self) }
    }
}

impl Candidates<32> {
    pub(super) fn fit(&self, mac: &[u8; 32]) -> Result<(), WebhookError> {
        let fits = self.readable.iter().fold(Choice::from(0), |fits, candidate| fits | candidate.ct_eq(mac));
        if bool::from(fits) { Ok(()) } else { Err(WebhookError::BadSignature) }
    }
}

impl Candidates<64> {
    pub(super) fn fit_under(&self, key: &PublicKey, message: &[u8]) -> Result<(), WebhookError> {
        let fits = self.readable.iter().fold(false, |fits, candidate| fits | key.verify(message, candidate));
        if fits { Ok(()) } else { Err(WebhookError::BadSignature) }
    }
}

/// Exactly `N` bytes as padded base64 of the standard alphabet: one spelling each.
pub(super) fn base64<const N: usize>(text: &[u8]) -> Option<[u8; N]> {
    let mut bytes = [0; N];
    let decoded = Base64::decode(text, &mut bytes).ok()?.len();
    (decoded == N).then_some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_has_one_spelling() {
        assert_eq!(base64(b"AP8a"), Some([0, 0xff, 0x1a]));
        assert_eq!(base64(b"AP8="), Some([0, 0xff]));
        // Bits left over, no padding, padding too much, the other alphabet, white space.
        for text in ["AP9=", "AP8", "AP8==", "_-8=", "AP8=\n", " AP8=", "AP8a", "AA==", ""] {
            assert_eq!(base64::<2>(text.as_bytes()), None, "{text}");
        }
    }

    #[test]
    fn an_empty_secret_signs_nothing() {
        assert_eq!(mac(b"", &[b"body"]), Err(WebhookError::BadSecret { expected: "one that is not empty" }));
    }

    /// Wherever it stands, beside one that cannot be read; one more than the ceiling is refused.
    #[test]
    fn each_of_the_candidates_is_compared() {
        let right = [0xee; 32];
        for place in 0..WEBHOOK_SIGNATURES_MAX {
            let mut candidates = Candidates::new();
            for at in 0..WEBHOOK_SIGNATURES_MAX {
                let readable = at == place || at != 3;
                candidates.add(readable.then_some(if at == place { right } else { [at as u8; 32] })).unwrap();
            }
            assert_eq!(candidates.fit(&right), Ok(()), "{place}");
            assert_eq!(candidates.fit(&[0xef; 32]), Err(WebhookError::BadSignature));
            let max = WEBHOOK_SIGNATURES_MAX as u64;
            let refused = WebhookError::TooLarge { what: "signatures", found: max + 1, max };
            assert_eq!(candidates.add(None), Err(refused));
        }
    }

    #[test]
    fn a_byte_anywhere_makes_a_difference() {
        let mac: [u8; 32] = std::array::from_fn(|at| at as u8);
        for at in 0..32 {
            let mut other = mac;
            other[at] ^= 0x80;
            assert_eq!(Candidates::one(other).fit(&mac), Err(WebhookError::BadSignature));
        }
        assert_eq!(Candidates::one(mac).fit(&mac), Ok(()));
    }
}
