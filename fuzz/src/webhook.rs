//! A webhook delivery as text: which scheme and when, the secret, headers, an
//! empty line, the body.

use vault_core::webhook::{Delivery, Encoding, Replays, Scheme, WebhookError, verify};

const TOLERANCE: u64 = 300;

/// Any secret, headers and body, under every scheme. What is taken has to be
/// refused once anything of it changes, and what is too old was genuine once.
pub fn webhook(data: &[u8]) {
    let mut rest = data;
    let Some((&kind, digits)) = line(&mut rest).split_first() else { return };
    let now = digits.iter().fold(0_u64, |now, byte| now.wrapping_mul(10).wrapping_add(u64::from(byte & 15)));
    let secret = line(&mut rest);
    let mut headers = Vec::new();
    loop {
        let header = line(&mut rest);
        if header.is_empty() {
            break;
        }
        let colon = header.iter().position(|byte| *byte == b':').unwrap_or(header.len());
        let (name, value) = header.split_at(colon);
        let value = value.strip_prefix(b":").unwrap_or(value);
        headers.push((std::str::from_utf8(name).unwrap_or("?"), value.strip_prefix(b" ").unwrap_or(value)));
    }
    let scheme = scheme(kind);
    let check = |secret: &[u8], headers: &[(&str, &[u8])], body: &[u8], now| {
        verify(&scheme, secret, &Delivery { headers, body }, now, TOLERANCE)
    };
    match check(secret, &headers, rest, now) {
        Ok(verified) => {
            let names: Vec<_> = headers.iter().map(|(name, _)| name.to_ascii_uppercase()).collect();
            let mut respelled: Vec<_> = names.iter().zip(&headers).map(|(name, (_, v))| (name.as_str(), *v)).collect();
            respelled.reverse();
            assert_eq!(check(secret, &respelled, rest, now).as_ref(), Ok(&verified));
            let longer = [rest, b"!"].concat();
            assert_eq!(check(secret, &headers, &longer, now), Err(WebhookError::BadSignature));
            assert!(matches!(check(b"", &headers, rest, now), Err(WebhookError::BadSecret { .. })));
            let doubled = [&headers[..], &headers[..]].concat();
            assert!(check(secret, &doubled, rest, now).is_err(), "which of two was signed?");
            assert!((1..=2 * TOLERANCE + 1).contains(&verified.window_s));
            let (last, after) = (now.checked_add(verified.window_s - 1), now.checked_add(verified.window_s));
            assert!(last.is_none_or(|last| check(secret, &headers, rest, last).is_ok()));
            assert!(
                verified.timestamp_s.is_none() || after.is_none_or(|now| check(secret, &headers, rest, now).is_err())
            );
            let replays = Replays::new();
            assert!(replays.first_seen([kind; 16], &verified.fingerprint, now, verified.window_s));
            let copy = last.is_some_and(|last| replays.first_seen([kind; 16], &verified.fingerprint, last, 1));
            assert!(!copy, "a copy that would be taken is noticed");
        }
        Err(WebhookError::TooOld { age_s, tolerance_s }) => {
            assert!(age_s > tolerance_s);
            assert!(check(secret, &headers, rest, now - age_s).is_ok(), "an age is told of genuine deliveries only");
        }
        Err(WebhookError::TooNew { ahead_s, tolerance_s }) => {
            assert!(ahead_s > tolerance_s);
            assert!(check(secret, &headers, rest, now + ahead_s).is_ok(), "as is how far ahead it is");
        }
        Err(_) => {}
    }
}

/// Genuine deliveries: no fuzzer guesses a MAC. The values are those of the tests in `vault-core/src/webhook/`.
pub fn seeds() -> Vec<Vec<u8>> {
    let seeds: [&str; 9] = [
        "01700000000\nwhsec_test_secret\nStripe-Signature: t=1700000000,v1=d95c6b7477fbd7e9f90b1b0ef5f9c7ac25abca5382460e0d988c2b2a5b71b990,v1=1cb6dcc976031545f12b68de4b5ef6f6806a4532dd1b5244e0bd1461a486a7f9,v0=00\n\n{\"id\":\"evt_test_webhook\",\"object\":\"event\"}",
        "01700000301\nwhsec_test_secret\nstripe-signature: v1=d95c6b7477fbd7e9f90b1b0ef5f9c7ac25abca5382460e0d988c2b2a5b71b990,t=1700000000\n\n{\"id\":\"evt_test_webhook\",\"object\":\"event\"}",
        "11700000000\nIt's a Secret to Everybody\nX-Hub-Signature-256: sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17\nX-GitHub-Delivery: 72d3162e\n\nHello, World!",
        "21531420618\n8f742231b10e8888abcd99yyyzzz85a5\nX-Slack-Request-Timestamp: 1531420618\nX-Slack-Signature: v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503\n\ntoken=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c",
        "31614265030\nwhsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\nwebhook-id: msg_p5jXN8AQM9LWM0D4loKWxJek\nwebhook-timestamp: 1614265330\nwebhook-signature: v1,Ceo5qEr07ixe2NLpvHk3FH9bwy/WavXrAFQ/9tdO6mc= v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=\n\n{\"test\": 2432232314}",
        "31614265029\nwhpk_ZlN4eg7dSSqi0moX9hQUk3orrOouK3QVQSlJa248c/g=\nwebhook-id: msg_p5jXN8AQM9LWM0D4loKWxJek\nwebhook-timestamp: 1614265330\nwebhook-signature: v1a,tQ9V2XOqn7jL/DQenEFpqIugdBVtiMmER5mhSkXBNwM0mkATuDe6KYYUuxqtaiHeYGb7KaaBRdM5WqyeFiL8Ag==\n\n{\"test\": 2432232314}",
        "41700000000\n03a107bff3ce10be1d70dd18e74bc09967e4d6309ba50d5f1ddc8664125531b8\nX-Signature-Ed25519: c1098e97d711377f30225d53d94b89d43537f92e5b3afaddc590781b1f9f9d4b2eeab335d370be3b9a090bc61a85b86448bc140dcd195f1569c2bff181257607\nX-Signature-Timestamp: 1700000000\n\n{\"type\":1}",
        "50\nshpss_secret\nX-Signature: sha256=8EA6DA95b3b767c9839ab176ffec33337298bdb82acd5045f7af6f822232f342\n\n{\"id\":820982911946154508}",
        "618446744073709551615\nshpss_secret\nX-SIGNATURE: jqbalbO3Z8mDmrF2/+wzM3KYvbgqzVBF969vgiIy80I=\n\n{\"id\":820982911946154508}",
    ];
    seeds.map(|seed| seed.as_bytes().to_vec()).into()
}

fn scheme(kind: u8) -> Scheme {
    let generic =
        |encoding, prefix: &str| Scheme::Hmac { header: "x-signature".to_owned(), encoding, prefix: prefix.to_owned() };
    match kind {
        b'0' => Scheme::Stripe,
        b'1' => Scheme::Github,
        b'2' => Scheme::Slack,
        b'3' => Scheme::Standard,
        b'4' => Scheme::Discord,
        b'5' => generic(Encoding::Hex, "sha256="),
        _ => generic(Encoding::Base64, ""),
    }
}

/// Up to the next line break, or all of it.
fn line<'a>(rest: &mut &'a [u8]) -> &'a [u8] {
    let end = rest.iter().position(|byte| *byte == b'\n').unwrap_or(rest.len());
    let (line, after) = rest.split_at(end);
    *rest = after.get(1..).unwrap_or_default();
    line
}
