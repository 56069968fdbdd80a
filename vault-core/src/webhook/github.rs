//! GitHub: <https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries>.
//!
//! `X-Hub-Signature-256: sha256=<hex>`; HMAC-SHA-256 over the body. The older
//! `X-Hub-Signature` with SHA-1 is not looked at. Nothing says when: a copy is
//! genuine for ever. `X-GitHub-Delivery` is not signed, so whoever replays can
//! change it, and it is no id here.

use super::freshness::Genuine;
use super::signature::{Candidates, mac};
use super::{Delivery, WebhookError};
use crate::hex;

pub(super) fn verify(secret: &[u8], delivery: &Delivery<'_>) -> Result<Genuine, WebhookError> {
    let signature = delivery.header(HEADER)?.strip_prefix(b"sha256=").and_then(hex::decode);
    let signature = signature.ok_or(WebhookError::BadHeader { header: HEADER, expected: EXPECTED })?;
    let mac = mac(secret, &[delivery.body])?;
    Candidates::one(signature).fit(&mac)?;
    Ok(Genuine { timestamp_s: None, id: None, fingerprint: mac })
}

const HEADER: &str = "X-Hub-Signature-256";
const EXPECTED: &str = "sha256= and 64 lower-case digits";

#[cfg(test)]
mod tests {
    use super::*;

    fn check(headers: &[(&str, &[u8])], secret: &[u8], body: &[u8]) -> Result<Option<u64>, WebhookError> {
        verify(secret, &Delivery { headers, body }).map(|genuine| genuine.timestamp_s)
    }

    /// The values GitHub gives for testing an implementation.
    #[test]
    fn the_documented_example() {
        let headers: &[(&str, &[u8])] = &[("x-hub-signature-256", SIGNATURE)];
        assert_eq!(check(headers, SECRET, b"Hello, World!"), Ok(None));
        assert_eq!(check(headers, SECRET, b"Hello, World?"), Err(WebhookError::BadSignature));
        assert_eq!(check(headers, b"It's a Secret to Everybody\n", b"Hello, World!"), Err(WebhookError::BadSignature));
    }

    #[test]
    fn sha1_and_other_spellings_are_no_signature() {
        let body = b"Hello, World!";
        assert_eq!(
            check(&[("X-Hub-Signature", SIGNATURE)], SECRET, body),
            Err(WebhookError::NoHeader { header: HEADER })
        );
        let bad = Err(WebhookError::BadHeader { header: HEADER, expected: EXPECTED });
        let upper = [b"sha256=", &SIGNATURE[7..].to_ascii_uppercase()[..]].concat();
        let two = [SIGNATURE, b",", SIGNATURE].concat();
        for value in [&SIGNATURE[7..], &SIGNATURE[..70], &upper, &two, b"sha1=00", b"sha256=", b""] {
            assert_eq!(check(&[(HEADER, value)], SECRET, body), bad);
        }
    }

    const SECRET: &[u8] = b"It's a Secret to Everybody";
    const SIGNATURE: &[u8] = b"sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";
}
