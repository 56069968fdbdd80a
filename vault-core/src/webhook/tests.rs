//! What holds for every scheme. The signers here are the tests' own, and the known
//! answers beside each scheme say that they sign as the provider does.

use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use base64ct::{Base64, Encoding as _};
use proptest::prelude::*;

use super::*;
use crate::hazmat::hmac::hmac_any;
use crate::limits::WEBHOOK_TOLERANCE_S;

/// A genuine delivery.
#[derive(Debug, Clone)]
struct Sample {
    scheme: Scheme,
    secret: Vec<u8>,
    headers: Vec<(&'static str, Vec<u8>)>,
    body: Vec<u8>,
    timed: bool,
}

impl Sample {
    fn verify(&self, now_s: u64) -> Result<Verified, WebhookError> {
        let headers: Vec<(&str, &[u8])> = self.headers.iter().map(|(name, value)| (*name, &value[..])).collect();
        let delivery = Delivery { headers: &headers, body: &self.body };
        verify(&self.scheme, &self.secret, &delivery, now_s, WEBHOOK_TOLERANCE_S)
    }
}

const KINDS: usize = 8;

fn sample(kind: usize, key: [u8; 32], body: &[u8], signed_s: u64) -> Sample {
    let time = signed_s.to_string().into_bytes();
    let pair = Ed25519KeyPair::from_seed_unchecked(&key).unwrap();
    let public: &[u8] = pair.public_key().as_ref();
    let mac = |parts: &[&[u8]]| hmac_any(&key, parts);
    let ed25519 = |message: &[u8]| pair.sign(message).as_ref().to_vec();
    let standard = |secret: String, signature: String| {
        let headers = vec![
            ("webhook-id", b"msg_1".to_vec()),
            ("webhook-timestamp", time.clone()),
            ("webhook-signature", signature.into_bytes()),
        ];
        (Scheme::Standard, secret.into_bytes(), headers, true)
    };
    let generic = |encoding, prefix: &str, text: String| {
        let scheme = Scheme::Hmac { header: "x-SIGNED".to_owned(), encoding, prefix: prefix.to_owned() };
        (scheme, key.to_vec(), vec![("X-Signed", format!("{prefix}{text}").into_bytes())], false)
    };
    let (scheme, secret, headers, timed) = match kind {
        0 => {
            let header = format!("t={signed_s},v1={}", hex(&mac(&[&time, b".", body])));
            (Scheme::Stripe, key.to_vec(), vec![("Stripe-Signature", header.into_bytes())], true)
        }
        1 => {
            let header = format!("sha256={}", hex(&mac(&[body])));
            (Scheme::Github, key.to_vec(), vec![("X-Hub-Signature-256", header.into_bytes())], false)
        }
        2 => {
            let header = format!("v0={}", hex(&mac(&[b"v0:", &time, b":", body]))).into_bytes();
            let headers = vec![("X-Slack-Request-Timestamp", time), ("X-Slack-Signature", header)];
            (Scheme::Slack, key.to_vec(), headers, true)
        }
        3 => {
            let signature = base64(&mac(&[b"msg_1.", &time, b".", body]));
            standard(format!("whsec_{}", base64(&key)), format!("v1,{signature}"))
        }
        4 => {
            let signature = base64(&ed25519(&[b"msg_1.", &time[..], b".", body].concat()));
            standard(format!("whpk_{}", base64(public)), format!("v1a,{signature}"))
        }
        5 => {
            let signature = hex(&ed25519(&[&time[..], body].concat())).into_bytes();
            let headers = vec![("X-Signature-Timestamp", time), ("X-Signature-Ed25519", signature)];
            (Scheme::Discord, hex(public).into_bytes(), headers, true)
        }
        6 => generic(Encoding::Hex, "", hex(&mac(&[body]))),
        _ => generic(Encoding::Base64, "hmac ", base64(&mac(&[body]))),
    };
    Sample { scheme, secret, headers, body: body.to_vec(), timed }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn base64(bytes: &[u8]) -> String {
    let mut text = [0; 128];
    Base64::encode(bytes, &mut text).unwrap().to_owned()
}

fn samples() -> impl Strategy<Value = Sample> {
    let body = prop::collection::vec(any::<u8>(), 0..200);
    (0..KINDS, any::<[u8; 32]>(), body, NOW - 300..=NOW + 300)
        .prop_map(|(kind, key, body, signed_s)| sample(kind, key, &body, signed_s))
}

proptest! {
    #[test]
    fn a_genuine_delivery_is_taken_and_named_by_what_was_signed(
        kind in 0..KINDS,
        key: [u8; 32],
        body in prop::collection::vec(any::<u8>(), 0..200),
        signed_s in NOW - 300..NOW + 300,
    ) {
        let genuine = sample(kind, key, &body, signed_s);
        let verified = genuine.verify(NOW).unwrap();
        prop_assert_eq!(verified.timestamp_s, genuine.timed.then_some(signed_s));
        prop_assert_eq!(verified.id.as_deref(), (genuine.scheme == Scheme::Standard).then_some("msg_1"));
        prop_assert_eq!(verified.window_s, if genuine.timed { signed_s + 301 - NOW } else { 301 });
        prop_assert_eq!(genuine.verify(NOW), Ok(verified.clone()));
        let later = sample(kind, key, &body, signed_s + 1).verify(NOW).unwrap();
        prop_assert_eq!(later.fingerprint != verified.fingerprint, genuine.timed);
        let longer = sample(kind, key, &[&body[..], b"!"].concat(), signed_s).verify(NOW).unwrap();
        prop_assert_ne!(longer.fingerprint, verified.fingerprint);
    }

    #[test]
    fn any_changed_byte_of_the_body_is_refused(sample in samples(), at in any::<prop::sample::Index>(), flip in 1_u8..) {
        let mut changed = sample.clone();
        if !changed.body.is_empty() {
            let at = at.index(changed.body.len());
            changed.body[at] ^= flip;
            prop_assert_eq!(changed.verify(NOW), Err(WebhookError::BadSignature));
        }
        changed.body = sample.body.clone();
        changed.body.push(flip);
        prop_assert_eq!(changed.verify(NOW), Err(WebhookError::BadSignature));
        changed.body = sample.body[..sample.body.len().saturating_sub(1)].to_vec();
        prop_assert!(sample.body.is_empty() || changed.verify(NOW) == Err(WebhookError::BadSignature));
    }

    /// Timestamps, ids, signatures and what stands between them.
    #[test]
    fn any_changed_byte_of_a_header_is_refused(
        sample in samples(),
        which in any::<prop::sample::Index>(),
        at in any::<prop::sample::Index>(),
        flip in 1_u8..,
    ) {
        let mut changed = sample.clone();
        let which = which.index(changed.headers.len());
        let value = &mut changed.headers[which].1;
        let at = at.index(value.len());
        value[at] ^= flip;
        // Only plain HMAC takes hex in either case.
        let respelled = matches!(sample.scheme, Scheme::Hmac { encoding: Encoding::Hex, .. })
            && value.eq_ignore_ascii_case(&sample.headers[which].1);
        prop_assert_eq!(changed.verify(NOW).is_ok(), respelled);
        // Cut short anywhere.
        changed.headers[which].1 = sample.headers[which].1[..at].to_vec();
        prop_assert!(changed.verify(NOW).is_err());
        changed.headers[which].1 = [&sample.headers[which].1[..], &[flip]].concat();
        // A list that ends in its separator is the same list.
        let same_list = sample.headers[which].0 == "webhook-signature" && flip == b' ';
        prop_assert_eq!(changed.verify(NOW).is_ok(), same_list);
    }

    #[test]
    fn any_changed_byte_of_the_secret_is_refused(sample in samples(), at in any::<prop::sample::Index>(), flip in 1_u8..) {
        let mut changed = sample.clone();
        let at = at.index(changed.secret.len());
        changed.secret[at] ^= flip;
        prop_assert!(changed.verify(NOW).is_err());
        changed.secret = sample.secret.clone();
        changed.secret.push(b'\n');
        let refused = changed.verify(NOW).unwrap_err();
        let by_the_format = matches!(refused, WebhookError::BadSecret { .. });
        prop_assert_eq!(by_the_format, matches!(sample.scheme, Scheme::Standard | Scheme::Discord));
        prop_assert!(by_the_format || refused == WebhookError::BadSignature);
        changed.secret.clear();
        let empty = matches!(changed.verify(NOW), Err(WebhookError::BadSecret { .. }));
        prop_assert!(empty);
    }

    /// Two proxies, two readings.
    #[test]
    fn a_header_that_is_there_twice_is_refused(sample in samples(), which in any::<prop::sample::Index>(), same: bool) {
        let mut changed = sample.clone();
        let (name, value) = changed.headers[which.index(changed.headers.len())].clone();
        changed.headers.insert(0, (name, if same { value } else { b"other".to_vec() }));
        let twice = matches!(changed.verify(NOW), Err(WebhookError::BadHeader { expected: "the header once", .. }));
        prop_assert!(twice);
        changed.headers.retain(|(known, _)| *known != name);
        let missing = matches!(changed.verify(NOW), Err(WebhookError::NoHeader { .. }));
        prop_assert!(missing);
    }

    #[test]
    fn the_age_counts_either_way(kind in 0..KINDS, key: [u8; 32], off in 301_u64..100_000) {
        let sample = sample(kind, key, b"body", NOW);
        prop_assert!(sample.verify(NOW - 300).is_ok() && sample.verify(NOW + 300).is_ok());
        let old = WebhookError::TooOld { age_s: off, tolerance_s: 300 };
        let new = WebhookError::TooNew { ahead_s: off, tolerance_s: 300 };
        prop_assert_eq!(sample.verify(NOW + off).err(), sample.timed.then_some(old));
        prop_assert_eq!(sample.verify(NOW - off).err(), sample.timed.then_some(new));
    }

    /// Under the names the schemes look for, so that each reader is reached.
    #[test]
    fn whatever_arrives_is_refused_without_a_panic(
        kind in 0..KINDS,
        headers in prop::collection::vec((0..NAMES.len(), prop::collection::vec(any::<u8>(), 0..100)), 0..6),
        secret in prop::collection::vec(any::<u8>(), 0..80),
        genuine_secret: bool,
        now_s: u64,
        tolerance_s: u64,
    ) {
        let mut sample = sample(kind, [1; 32], b"", NOW);
        if !genuine_secret {
            sample.secret = secret;
        }
        let headers: Vec<(&str, &[u8])> = headers.iter().map(|(name, value)| (NAMES[*name], &value[..])).collect();
        let delivery = Delivery { headers: &headers, body: b"body" };
        prop_assert!(verify(&sample.scheme, &sample.secret, &delivery, now_s, tolerance_s).is_err());
        prop_assert!(verify(&sample.scheme, &sample.secret, &delivery, now_s, 300).is_err());
    }

    /// What is nearly a header of the scheme gets further than noise does.
    #[test]
    fn nearly_a_header_is_refused_without_a_panic(
        stripe in "(t=[0-9]{0,21}|v[01]=[0-9a-f]{0,3}|v1=[0-9a-f]{64}|,|=){0,40}",
        standard in "(v1a?,[A-Za-z0-9+/]{43}=|v1a?,[A-Za-z0-9+/]{86}==| |v2,|v1,=){0,40}",
        time in "[0-9]{0,22}",
    ) {
        for kind in 0..KINDS {
            let mut sample = sample(kind, [1; 32], b"body", NOW);
            let headers = sample.headers.len();
            sample.headers[headers - 1].1 = if kind == 0 { stripe.clone() } else { standard.clone() }.into_bytes();
            prop_assert!(sample.verify(NOW).is_err());
            sample.headers[headers.saturating_sub(2)].1 = time.clone().into_bytes();
            prop_assert!(sample.verify(NOW).is_err());
        }
    }
}

/// A delivery of one scheme is none of another, whatever secret they share.
#[test]
fn a_delivery_of_one_scheme_is_none_of_another() {
    for kind in 0..KINDS {
        for other in (0..KINDS).filter(|other| *other != kind) {
            let mut mixed = sample(kind, [1; 32], b"body", NOW);
            let other = sample(other, [1; 32], b"body", NOW);
            (mixed.scheme, mixed.secret) = (other.scheme, other.secret);
            assert!(mixed.verify(NOW).is_err(), "{kind} {:?}", mixed.scheme);
        }
    }
}

#[test]
fn more_signatures_than_the_ceiling_are_refused_before_they_cost_anything() {
    let stripe = format!("t={NOW}{}", ",v1=00".repeat(17));
    let standard = |version: &str| format!("{version},AA== ").repeat(17);
    for (kind, header) in [(0, stripe), (3, standard("v1")), (4, standard("v1a"))] {
        let mut sample = sample(kind, [1; 32], b"body", NOW);
        sample.headers.last_mut().unwrap().1 = header.into_bytes();
        let refused = WebhookError::TooLarge { what: "signatures", found: 17, max: 16 };
        assert_eq!(sample.verify(NOW), Err(refused));
    }
}

#[test]
fn a_tolerance_over_the_ceiling_is_refused() {
    let sample = sample(1, [1; 32], b"body", NOW);
    let headers = [("x-hub-signature-256", &sample.headers[0].1[..])];
    let delivery = Delivery { headers: &headers, body: b"body" };
    let refused = WebhookError::TooLarge { what: "seconds of tolerance", found: 3_601, max: 3_600 };
    assert_eq!(verify(&Scheme::Github, &sample.secret, &delivery, NOW, 3_601), Err(refused));
    assert!(verify(&Scheme::Github, &sample.secret, &delivery, NOW, 3_600).is_ok());
}

/// Whole path: verified, remembered, and a respelled copy noticed.
#[test]
fn a_copy_with_other_headers_is_still_a_copy() {
    let replays = Replays::new();
    for kind in 0..KINDS {
        let mut sample = sample(kind, [1; 32], b"body", NOW);
        let first = sample.verify(NOW).unwrap();
        assert!(replays.first_seen([kind as u8; 16], &first.fingerprint, NOW, first.window_s));
        sample.headers.reverse();
        sample.headers.push(("X-Request-Id", b"another".to_vec()));
        match kind {
            0 => sample.headers[0].1.extend_from_slice(b",v1=ignored,v0=ignored"),
            3 | 4 => sample.headers[0].1.extend_from_slice(b" v2,ignored"),
            6 => sample.headers[0].1.make_ascii_uppercase(),
            _ => {}
        }
        let copy = sample.verify(NOW).unwrap();
        assert!(!replays.first_seen([kind as u8; 16], &copy.fingerprint, NOW, copy.window_s), "{kind}");
    }
}

/// Silence: an error holds no byte of what it refuses.
#[test]
fn errors_say_nothing_of_what_they_refuse() {
    const CANARY: &str = "cAnArY0123456789";
    for kind in 0..KINDS {
        let good = sample(kind, [1; 32], CANARY.as_bytes(), NOW);
        let mut spoiled = vec![good.clone(); 3];
        spoiled[0].secret = CANARY.as_bytes().to_vec();
        spoiled[1].body.push(b'!');
        let mut cases: Vec<_> = (0..good.headers.len())
            .map(|at| {
                let mut case = good.clone();
                case.headers[at].1 = CANARY.as_bytes().to_vec();
                case
            })
            .collect();
        if let Scheme::Hmac { header, .. } = &mut spoiled[2].scheme {
            *header = CANARY.to_owned();
            cases.push(spoiled[2].clone());
        }
        cases.extend_from_slice(&spoiled[..2]);
        for case in cases {
            let error = case.verify(NOW).unwrap_err();
            let text = format!("{error} {error:?}").to_lowercase();
            assert!(!text.contains(&CANARY.to_lowercase()[..8]), "{text}");
        }
    }
}

const NOW: u64 = 1_700_000_000;
const NAMES: [&str; 10] = [
    "Stripe-Signature",
    "X-Hub-Signature-256",
    "X-Slack-Request-Timestamp",
    "X-Slack-Signature",
    "webhook-id",
    "webhook-timestamp",
    "webhook-signature",
    "X-Signature-Ed25519",
    "X-Signature-Timestamp",
    "X-Signed",
];
