//! Discord's interactions: <https://docs.discord.com/developers/interactions/overview#setting-up-an-endpoint-validating-security-request-headers>.
//!
//! `X-Signature-Ed25519: <hex>`, `X-Signature-Timestamp: 1700000000`; Ed25519 over
//! timestamp ‖ body with nothing between them. The "secret" is the application's
//! public key in hex: no secret, and yet whoever can exchange it can forge, which
//! is why it belongs here.
//!
//! Because nothing stands between them, digits could be moved from the front of a
//! body to the timestamp and back. Ten digits, no more and no fewer, are any time
//! between 2001 and 2286 and leave one place to cut. Discord asks nobody to look
//! at the time; the tolerance is applied all the same.

use sha2::{Digest, Sha256};

use super::freshness::{Genuine, seconds};
use super::signature::Candidates;
use super::{Delivery, WebhookError};
use crate::hazmat::ed25519::PublicKey;
use crate::hex;

pub(super) fn verify(public_key: &[u8], delivery: &Delivery<'_>) -> Result<Genuine, WebhookError> {
    let key = hex::decode(public_key).and_then(PublicKey::parse).ok_or(WebhookError::BadSecret { expected: SECRET })?;
    let text = delivery.header(TIMESTAMP)?;
    let timestamp = WebhookError::BadHeader { header: TIMESTAMP, expected: "seconds since 1970 in ten digits" };
    let timestamp_s = seconds(text).filter(|_| text.len() == 10).ok_or(timestamp)?;
    let signature = WebhookError::BadHeader { header: SIGNATURE, expected: "128 lower-case digits" };
    let signature = hex::decode(delivery.header(SIGNATURE)?).ok_or(signature)?;
    let message = [text, delivery.body].concat();
    Candidates::one(signature).fit_under(&key, &message)?;
    Ok(Genuine { timestamp_s: Some(timestamp_s), id: None, fingerprint: Sha256::digest(&message).into() })
}

const SIGNATURE: &str = "X-Signature-Ed25519";
const TIMESTAMP: &str = "X-Signature-Timestamp";
const SECRET: &str = "the application's public key, 64 lower-case digits";

#[cfg(test)]
mod tests {
    use super::*;

    fn check(key: &str, timestamp: &str, signature: &str, body: &[u8]) -> Result<Option<u64>, WebhookError> {
        let headers = [(SIGNATURE, signature.as_bytes()), (TIMESTAMP, timestamp.as_bytes())];
        verify(key.as_bytes(), &Delivery { headers: &headers, body }).map(|genuine| genuine.timestamp_s)
    }

    /// Discord publishes no example; by Python's cryptography, from the seed 0, 1, … 31.
    #[test]
    fn known_answer() {
        assert_eq!(check(KEY, "1700000000", SIGNED, br#"{"type":1}"#), Ok(Some(1_700_000_000)));
        assert_eq!(check(KEY, "1700000001", SIGNED, br#"{"type":1}"#), Err(WebhookError::BadSignature));
        assert_eq!(check(KEY, "1700000000", SIGNED, br#"{"type":2}"#), Err(WebhookError::BadSignature));
    }

    /// Genuine bytes, cut elsewhere.
    #[test]
    fn digits_cannot_move_between_timestamp_and_body() {
        for (timestamp, body) in
            [("170000000", &br#"0{"type":1}"#[..]), ("17", br#"00000000{"type":1}"#), ("", br#"1700000000{"type":1}"#)]
        {
            let refused = check(KEY, timestamp, SIGNED, body);
            assert!(matches!(refused, Err(WebhookError::BadHeader { header: TIMESTAMP, .. })), "{timestamp}");
        }
    }

    #[test]
    fn a_key_is_taken_as_stored_or_not_at_all() {
        let bad = Err(WebhookError::BadSecret { expected: SECRET });
        for key in ["", &KEY[1..], &format!("{KEY}\n"), &KEY.to_uppercase(), &"0".repeat(64)] {
            assert_eq!(check(key, "1700000000", SIGNED, br#"{"type":1}"#), bad, "{key}");
        }
        // The right shape, and no point of the curve or another's key.
        for key in ["02".to_owned() + &"00".repeat(31), "aa".repeat(32)] {
            assert_eq!(check(&key, "1700000000", SIGNED, br#"{"type":1}"#), Err(WebhookError::BadSignature));
        }
    }

    #[test]
    fn what_is_no_signature() {
        for signature in ["", &SIGNED[2..], &SIGNED.to_uppercase(), &format!("{SIGNED}00")] {
            let refused = check(KEY, "1700000000", signature, br#"{"type":1}"#);
            assert!(matches!(refused, Err(WebhookError::BadHeader { header: SIGNATURE, .. })), "{signature}");
        }
    }

    const KEY: &str = "03a107bff3ce10be1d70dd18e74bc09967e4d6309ba50d5f1ddc8664125531b8";
    const SIGNED: &str = "c1098e97d711377f30225d53d94b89d43537f92e5b3afaddc590781b1f9f9d4b\
        2eeab335d370be3b9a090bc61a85b86448bc140dcd195f1569c2bff181257607";
}
