//! Standard Webhooks 1.0.0, which many senders share:
//! <https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md>.
//!
//! `webhook-id`, `webhook-timestamp`, `webhook-signature: v1,<base64> v1a,<base64>`
//! over `id.timestamp.body`. v1 is HMAC-SHA-256 under the bytes that `whsec_…`
//! encodes, 24 to 64 of them; v1a is Ed25519 under the public key `whpk_…`.
//!
//! The word before the secret decides which of the two is looked at, and it must
//! be there, although some libraries do without: a public key that lost its word
//! would be taken for an HMAC key, and a public key is known to whoever wants to
//! sign with it. An id with a full stop is refused, because `id.timestamp.body`
//! could be cut elsewhere and mean something else; the specification asks senders
//! for the same.

use base64ct::{Base64, Encoding as _};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use super::freshness::{Genuine, seconds};
use super::signature::{Candidates, base64, mac};
use super::{Delivery, WebhookError};
use crate::hazmat::ed25519::PublicKey;

pub(super) fn verify(secret: &[u8], delivery: &Delivery<'_>) -> Result<Genuine, WebhookError> {
    let key = Key::parse(secret)?;
    let id = id(delivery.header(ID)?).ok_or(WebhookError::BadHeader { header: ID, expected: ID_EXPECTED })?;
    let text = delivery.header(TIMESTAMP)?;
    let timestamp = WebhookError::BadHeader { header: TIMESTAMP, expected: "seconds since 1970 in digits" };
    let timestamp_s = seconds(text).ok_or(timestamp)?;
    let signatures = delivery.header(SIGNATURE)?;
    let signed: [&[u8]; 5] = [id.as_bytes(), b".", text, b".", delivery.body];
    let fingerprint = match key {
        Key::Shared { bytes, len } => {
            let mac = mac(bytes.get(..len).unwrap_or_default(), &signed)?;
            candidates(signatures, b"v1,", base64)?.some(SIGNATURE, V1)?.fit(&mac)?;
            mac
        }
        Key::Public(key) => {
            let message = signed.concat();
            candidates(signatures, b"v1a,", base64)?.some(SIGNATURE, V1A)?.fit_under(&key, &message)?;
            Sha256::digest(&message).into()
        }
    };
    Ok(Genuine { timestamp_s: Some(timestamp_s), id: Some(id.to_owned()), fingerprint })
}

enum Key {
    /// The first `len` bytes.
    Shared {
        bytes: Zeroizing<[u8; SHARED_MAX]>,
        len: usize,
    },
    Public(PublicKey),
}

impl Key {
    fn parse(secret: &[u8]) -> Result<Self, WebhookError> {
        let bad = WebhookError::BadSecret { expected: SECRET };
        if let Some(text) = secret.strip_prefix(b"whpk_") {
            return base64(text).and_then(PublicKey::parse).map(Self::Public).ok_or(bad);
        }
        let text = secret.strip_prefix(b"whsec_").ok_or(bad)?;
        // A secret is decoded without looking anything up by it, into memory that erases itself.
        let mut bytes = Zeroizing::new([0; SHARED_MAX]);
        let len = Base64::decode(text, &mut bytes[..]).map_err(|_| bad)?.len();
        if len < SHARED_MIN { Err(bad) } else { Ok(Self::Shared { bytes, len }) }
    }
}

fn candidates<const N: usize>(
    header: &[u8],
    version: &[u8],
    read: fn(&[u8]) -> Option<[u8; N]>,
) -> Result<Candidates<N>, WebhookError> {
    let mut candidates = Candidates::new();
    for text in header.split(|byte| *byte == b' ').filter_map(|item| item.strip_prefix(version)) {
        candidates.add(read(text))?;
    }
    Ok(candidates)
}

fn id(bytes: &[u8]) -> Option<&str> {
    let plain = !bytes.is_empty() && bytes.iter().all(|byte| byte.is_ascii_graphic() && *byte != b'.');
    if plain { std::str::from_utf8(bytes).ok() } else { None }
}

const ID: &str = "webhook-id";
const TIMESTAMP: &str = "webhook-timestamp";
const SIGNATURE: &str = "webhook-signature";
const ID_EXPECTED: &str = "visible ASCII characters without a full stop";
const V1: &str = "at least one v1, and 32 bytes of base64";
const V1A: &str = "at least one v1a, and 64 bytes of base64";
const SECRET: &str = "whsec_ and base64 of 24 to 64 bytes, or whpk_ and base64 of an Ed25519 public key";
/// What the specification asks of a shared secret, in bytes.
const SHARED_MIN: usize = 24;
const SHARED_MAX: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;

    fn check(id: &str, signatures: &str, secret: &str) -> Result<Option<String>, WebhookError> {
        let headers: [(&str, &[u8]); 3] =
            [(ID, id.as_bytes()), (TIMESTAMP, b"1614265330"), (SIGNATURE, signatures.as_bytes())];
        verify(secret.as_bytes(), &Delivery { headers: &headers, body: br#"{"test": 2432232314}"# }).map(|g| g.id)
    }

    /// "sign function works" of the reference libraries.
    #[test]
    fn the_reference_libraries_symmetric_example() {
        assert_eq!(check(MSG, SIGNED, WHSEC), Ok(Some(MSG.to_owned())));
        assert_eq!(check("msg_other", SIGNED, WHSEC), Err(WebhookError::BadSignature));
    }

    /// `TestAsymmetricWebhookSign` of the reference library in Go, which gives the
    /// seed; the public key that belongs to it is by Python's cryptography.
    #[test]
    fn the_reference_library_s_asymmetric_example() {
        assert_eq!(check(MSG, SIGNED_A, WHPK), Ok(Some(MSG.to_owned())));
        assert_eq!(check("msg_other", SIGNED_A, WHPK), Err(WebhookError::BadSignature));
    }

    /// "multi sig payload is valid" of the reference libraries.
    #[test]
    fn the_one_that_fits_may_stand_among_others() {
        const OTHER: &str = "Ceo5qEr07ixe2NLpvHk3FH9bwy/WavXrAFQ/9tdO6mc=";
        let signatures = format!("v1,{OTHER} v2,{OTHER} {SIGNED_A} {SIGNED} v1,{OTHER} v1,dawfeoifkpqwoekfpqoekf");
        assert!(check(MSG, &signatures, WHSEC).is_ok());
        assert!(check(MSG, &signatures, WHPK).is_ok());
        assert!(check(MSG, &format!(" {SIGNED}  "), WHSEC).is_ok());
        // The specification's example signature, which is of another message.
        const OTHER_A: &str =
            "hnO3f9T8Ytu9HwrXslvumlUpqtNVqkhqw/enGzPCXe5BdqzCInXqYXFymVJaA7AZdpXwVLPo3mNl8EM+m7TBAg==";
        assert!(check(MSG, &format!("v1a,{OTHER_A} {SIGNED_A} v1a,{OTHER_A}"), WHPK).is_ok());
        assert_eq!(check(MSG, &format!("v1a,{OTHER_A}"), WHPK), Err(WebhookError::BadSignature));
        assert_eq!(check(MSG, &format!("v1,{OTHER}"), WHSEC), Err(WebhookError::BadSignature));
    }

    #[test]
    fn a_signature_of_the_other_kind_is_not_looked_at() {
        let v1 = Err(WebhookError::BadHeader { header: SIGNATURE, expected: V1 });
        let v1a = Err(WebhookError::BadHeader { header: SIGNATURE, expected: V1A });
        assert_eq!(check(MSG, SIGNED_A, WHSEC), v1);
        assert_eq!(check(MSG, SIGNED, WHPK), v1a);
        for signatures in ["", "v1,", &SIGNED[..8], &SIGNED[3..], &SIGNED.replace("v1", "v2"), "v1,dawfeoifkpqwoekf"] {
            assert_eq!(check(MSG, signatures, WHSEC), v1, "{signatures}");
        }
    }

    /// Signed with the HMAC key that a public key without its word would be.
    #[test]
    fn a_public_key_is_never_taken_for_a_shared_one() {
        let public = base64::<32>(&WHPK.as_bytes()[5..]).unwrap();
        let forged = mac(&public, &[MSG.as_bytes(), br#".1614265330.{"test": 2432232314}"#]).unwrap();
        let mut text = [0; 44];
        let forged = format!("v1,{}", Base64::encode(&forged, &mut text).unwrap());
        let bad = Err(WebhookError::BadSecret { expected: SECRET });
        assert_eq!(check(MSG, &forged, &WHPK[5..]), bad);
        assert!(check(MSG, &forged, WHPK).is_err());
    }

    #[test]
    fn a_secret_is_taken_as_stored_or_not_at_all() {
        let bad = Err(WebhookError::BadSecret { expected: SECRET });
        for secret in [
            "",
            "whsec_",
            "whpk_",
            &WHSEC[6..],
            &format!("{WHSEC}\n"),
            &format!(" {WHSEC}"),
            &WHSEC.replace("whsec_", "whsk_"),
            &WHSEC.replace("whsec_", "whpk_"),
            &format!("{WHPK}\n"),
            // 23 bytes, and 65.
            "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
            &format!("whsec_{}AAA=", "A".repeat(84)),
            // A point of small order.
            "whpk_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
        ] {
            assert_eq!(check(MSG, SIGNED, secret), bad, "{secret}");
        }
        assert_eq!(check(MSG, SIGNED, &format!("whsec_{}AA==", "A".repeat(84))), Err(WebhookError::BadSignature));
        assert_eq!(check(MSG, SIGNED, &format!("whsec_{}", "A".repeat(32))), Err(WebhookError::BadSignature));
    }

    /// The same signed bytes, cut elsewhere: id `a`, timestamp `1614265330`, body
    /// `1614265330.…`, or id `a.1614265330`.
    #[test]
    fn an_id_with_a_full_stop_could_be_cut_elsewhere() {
        let bad = Err(WebhookError::BadHeader { header: ID, expected: ID_EXPECTED });
        for id in ["a.1614265330", ".", "", "a b", "a\n", "ä"] {
            assert_eq!(check(id, SIGNED, WHSEC), bad, "{id}");
        }
    }

    const MSG: &str = "msg_p5jXN8AQM9LWM0D4loKWxJek";
    const WHSEC: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    const SIGNED: &str = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";
    const WHPK: &str = "whpk_ZlN4eg7dSSqi0moX9hQUk3orrOouK3QVQSlJa248c/g=";
    const SIGNED_A: &str =
        "v1a,tQ9V2XOqn7jL/DQenEFpqIugdBVtiMmER5mhSkXBNwM0mkATuDe6KYYUuxqtaiHeYGb7KaaBRdM5WqyeFiL8Ag==";
}
