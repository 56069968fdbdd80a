//! Stripe: <https://docs.stripe.com/webhooks/signature>, and what its libraries do.
//!
//! `Stripe-Signature: t=1700000000,v1=<hex>,v1=<hex>,v0=<hex>`; HMAC-SHA-256 over
//! `t.body`. The key is the text of the signing secret with its `whsec_`: unlike
//! Standard Webhooks, which uses the same word, nothing in it is decoded. While a
//! secret is rolled there are two v1; v0 is for test events of another kind and is
//! not looked at, so that nobody can fall back to it. A v1 that cannot be read is
//! one that does not fit, as in Stripe's own libraries.

use super::freshness::{Genuine, seconds};
use super::signature::{Candidates, mac};
use super::{Delivery, WebhookError};
use crate::hex;

pub(super) fn verify(secret: &[u8], delivery: &Delivery<'_>) -> Result<Genuine, WebhookError> {
    let bad = WebhookError::BadHeader { header: HEADER, expected: EXPECTED };
    let mut timestamp = None;
    let mut candidates = Candidates::new();
    for item in delivery.header(HEADER)?.split(|byte| *byte == b',') {
        let Some(equals) = item.iter().position(|byte| *byte == b'=') else { return Err(bad) };
        let (key, value) = (&item[..equals], &item[equals + 1..]);
        match key {
            b"t" if timestamp.is_some() => return Err(bad),
            b"t" => timestamp = Some((value, seconds(value).ok_or(bad)?)),
            b"v1" => candidates.add(hex::decode(value))?,
            _ => {}
        }
    }
    let (text, timestamp_s) = timestamp.ok_or(bad)?;
    let mac = mac(secret, &[text, b".", delivery.body])?;
    candidates.some(HEADER, EXPECTED)?.fit(&mac)?;
    Ok(Genuine { timestamp_s: Some(timestamp_s), id: None, fingerprint: mac })
}

const HEADER: &str = "Stripe-Signature";
const EXPECTED: &str = "t=SECONDS,v1=HEX, the timestamp once and at least one v1 of 64 lower-case digits";

#[cfg(test)]
mod tests {
    use super::*;

    fn check(header: &str, secret: &[u8]) -> Result<Option<u64>, WebhookError> {
        let delivery = Delivery { headers: &[("stripe-signature", header.as_bytes())], body: BODY };
        verify(secret, &delivery).map(|genuine| genuine.timestamp_s)
    }

    /// Stripe publishes no body with its example header; these are by Python's
    /// hmac, under the secret of Stripe's own tests.
    #[test]
    fn known_answers() {
        assert_eq!(check(&format!("t=1700000000,v1={V1}"), SECRET), Ok(Some(1_700_000_000)));
        assert_eq!(check(&format!("v1={V1},t=1700000000"), SECRET), Ok(Some(1_700_000_000)));
        assert_eq!(check(&format!("t=1700000000,v1={V1}"), b"test_secret"), Err(WebhookError::BadSignature));
        assert_eq!(check(&format!("t=1700000000,v1={V1}"), b"whsec_test_secret\n"), Err(WebhookError::BadSignature));
        assert_eq!(check(&format!("t=1700000001,v1={V1}"), SECRET), Err(WebhookError::BadSignature));
    }

    #[test]
    fn a_rolled_secret_fits_either_of_two_signatures() {
        for header in [format!("t=1700000000,v1={V1},v1={V1_OLD}"), format!("t=1700000000,v1={V1_OLD},v1={V1}")] {
            assert!(check(&header, SECRET).is_ok());
            assert!(check(&header, b"whsec_older_secret").is_ok());
            assert_eq!(check(&header, b"whsec_third_secret"), Err(WebhookError::BadSignature));
        }
    }

    /// v0 is made with the same key; whoever takes it takes a weaker promise.
    #[test]
    fn no_fall_back_to_another_version() {
        let bad = Err(WebhookError::BadHeader { header: HEADER, expected: EXPECTED });
        assert_eq!(check(&format!("t=1700000000,v0={V1}"), SECRET), bad);
        assert_eq!(check(&format!("t=1700000000,v2={V1}"), SECRET), bad);
        assert_eq!(check(&format!("t=1700000000, v1={V1}"), SECRET), bad);
        assert_eq!(check(&format!("t=1700000000,v0={V1},v1={V1_OLD}"), SECRET), Err(WebhookError::BadSignature));
    }

    /// The cases of stripe-go's test file.
    #[test]
    fn what_stripe_calls_an_invalid_header() {
        let bad = Err(WebhookError::BadHeader { header: HEADER, expected: EXPECTED });
        for header in ["", "t=", "v1,t=1", "t=1700000000", "t=1700000000,v1=", "t=1700000000,v1=zz", "t=x,v1=00"] {
            assert_eq!(check(header, SECRET), bad, "{header}");
        }
        assert_eq!(check(&format!("v1={V1}"), SECRET), bad);
        assert_eq!(check(&format!("t=1700000000,t=1700000000,v1={V1}"), SECRET), bad);
        assert!(check(&format!("t=1700000000,v1={V1},v1=bad_signature"), SECRET).is_ok());
    }

    const SECRET: &[u8] = b"whsec_test_secret";
    const BODY: &[u8] = br#"{"id":"evt_test_webhook","object":"event"}"#;
    const V1: &str = "d95c6b7477fbd7e9f90b1b0ef5f9c7ac25abca5382460e0d988c2b2a5b71b990";
    const V1_OLD: &str = "1cb6dcc976031545f12b68de4b5ef6f6806a4532dd1b5244e0bd1461a486a7f9";
}
