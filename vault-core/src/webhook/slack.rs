//! Slack: <https://docs.slack.dev/authentication/verifying-requests-from-slack>.
//!
//! `X-Slack-Signature: v0=<hex>`, `X-Slack-Request-Timestamp: 1531420618`;
//! HMAC-SHA-256 over `v0:timestamp:body` under the signing secret as text.

use super::freshness::{Genuine, seconds};
use super::signature::{Candidates, mac};
use super::{Delivery, WebhookError};
use crate::hex;

pub(super) fn verify(secret: &[u8], delivery: &Delivery<'_>) -> Result<Genuine, WebhookError> {
    let text = delivery.header(TIMESTAMP)?;
    let timestamp = WebhookError::BadHeader { header: TIMESTAMP, expected: "seconds since 1970 in digits" };
    let timestamp_s = seconds(text).ok_or(timestamp)?;
    let signature = delivery.header(SIGNATURE)?.strip_prefix(b"v0=").and_then(hex::decode);
    let signature = signature.ok_or(WebhookError::BadHeader { header: SIGNATURE, expected: EXPECTED })?;
    let mac = mac(secret, &[b"v0:", text, b":", delivery.body])?;
    Candidates::one(signature).fit(&mac)?;
    Ok(Genuine { timestamp_s: Some(timestamp_s), id: None, fingerprint: mac })
}

const TIMESTAMP: &str = "X-Slack-Request-Timestamp";
const SIGNATURE: &str = "X-Slack-Signature";
const EXPECTED: &str = "v0= and 64 lower-case digits";

#[cfg(test)]
mod tests {
    use super::*;

    fn check(timestamp: &str, signature: &str, body: &[u8]) -> Result<Option<u64>, WebhookError> {
        let headers =
            [("x-slack-request-timestamp", timestamp.as_bytes()), ("x-slack-signature", signature.as_bytes())];
        verify(b"8f742231b10e8888abcd99yyyzzz85a5", &Delivery { headers: &headers, body }).map(|g| g.timestamp_s)
    }

    /// The worked example of Slack's documentation.
    #[test]
    fn the_documented_example() {
        assert_eq!(check("1531420618", V0, BODY), Ok(Some(1_531_420_618)));
        assert_eq!(check("1531420619", V0, BODY), Err(WebhookError::BadSignature));
        assert_eq!(check("1531420618", V0, &BODY[1..]), Err(WebhookError::BadSignature));
    }

    #[test]
    fn what_is_not_spelled_as_slack_spells_it() {
        let bad = Err(WebhookError::BadHeader { header: SIGNATURE, expected: EXPECTED });
        for signature in ["", "v0=", &V0[3..], &V0.replace("v0", "v1"), &V0.to_uppercase(), &format!("{V0} ")] {
            assert_eq!(check("1531420618", signature, BODY), bad);
        }
        for timestamp in ["", "1531420618 ", "+1531420618", "1531420618.5", "soon"] {
            let refused = check(timestamp, V0, BODY);
            assert!(matches!(refused, Err(WebhookError::BadHeader { header: TIMESTAMP, .. })), "{timestamp}");
        }
    }

    const V0: &str = "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503";
    const BODY: &[u8] = b"token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow\
        &channel_id=G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner\
        &command=%2Fwebhook-collect&text=\
        &response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN\
        &trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c";
}
