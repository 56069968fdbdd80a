//! Everybody else: HMAC-SHA-256 of the body in a header, in hex or base64, after a
//! prefix or none. Shopify (`X-Shopify-Hmac-Sha256`, base64), Linear
//! (`Linear-Signature`, hex), and what people write themselves.
//!
//! Without a timestamp, as with GitHub. Hex is taken in either case, because not
//! all who write it themselves write it small; the fingerprint is of the bytes.

use super::freshness::Genuine;
use super::signature::{Candidates, base64, mac};
use super::{Delivery, Encoding, WebhookError};
use crate::hex;

pub(super) fn verify(
    header: &str,
    encoding: Encoding,
    prefix: &str,
    secret: &[u8],
    delivery: &Delivery<'_>,
) -> Result<Genuine, WebhookError> {
    let text = delivery.header_told_as(header, HEADER)?.strip_prefix(prefix.as_bytes());
    let (signature, expected) = match encoding {
        Encoding::Hex => (text.and_then(|text| hex::decode(&text.to_ascii_lowercase())), HEX),
        Encoding::Base64 => (text.and_then(base64), BASE64),
    };
    let signature = signature.ok_or(WebhookError::BadHeader { header: HEADER, expected })?;
    let mac = mac(secret, &[delivery.body])?;
    Candidates::one(signature).fit(&mac)?;
    Ok(Genuine { timestamp_s: None, id: None, fingerprint: mac })
}

const HEADER: &str = "the header this secret is configured with";
const HEX: &str = "the configured prefix and 64 digits";
const BASE64: &str = "the configured prefix and 44 characters of base64";

#[cfg(test)]
mod tests {
    use super::*;

    fn check(encoding: Encoding, prefix: &str, value: &str) -> Result<[u8; 32], WebhookError> {
        let delivery =
            Delivery { headers: &[("x-signature", value.as_bytes())], body: br#"{"id":820982911946154508}"# };
        verify("X-Signature", encoding, prefix, b"shpss_secret", &delivery).map(|genuine| genuine.fingerprint)
    }

    /// By Python's hmac.
    #[test]
    fn known_answers() {
        let mac = check(Encoding::Base64, "", BASE64_MAC).unwrap();
        assert_eq!(check(Encoding::Hex, "", HEX_MAC), Ok(mac));
        assert_eq!(check(Encoding::Hex, "", &HEX_MAC.to_uppercase()), Ok(mac));
        assert_eq!(check(Encoding::Hex, "sha256=", &format!("sha256={HEX_MAC}")), Ok(mac));
        assert_eq!(check(Encoding::Base64, "v1 ", &format!("v1 {BASE64_MAC}")), Ok(mac));
        assert_eq!(check(Encoding::Hex, "", &HEX_MAC.replace('8', "9")), Err(WebhookError::BadSignature));
    }

    #[test]
    fn what_is_not_as_configured() {
        let bad = |expected| Err(WebhookError::BadHeader { header: HEADER, expected });
        assert_eq!(check(Encoding::Hex, "", BASE64_MAC), bad(HEX));
        assert_eq!(check(Encoding::Base64, "", HEX_MAC), bad(BASE64));
        assert_eq!(check(Encoding::Hex, "sha256=", HEX_MAC), bad(HEX));
        assert_eq!(check(Encoding::Hex, "", &format!("sha256={HEX_MAC}")), bad(HEX));
        let elsewhere = Delivery { headers: &[("x-other", HEX_MAC.as_bytes())], body: b"" };
        let refused = verify("X-Signature", Encoding::Hex, "", b"shpss_secret", &elsewhere).map(|g| g.fingerprint);
        assert_eq!(refused, Err(WebhookError::NoHeader { header: HEADER }));
    }

    const HEX_MAC: &str = "8ea6da95b3b767c9839ab176ffec33337298bdb82acd5045f7af6f822232f342";
    const BASE64_MAC: &str = "jqbalbO3Z8mDmrF2/+wzM3KYvbgqzVBF969vgiIy80I=";
}
