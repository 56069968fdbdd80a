use hyper::Request;
use proptest::prelude::*;

use super::*;

const SECRET: &[u8] = b"wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
/// 2026-11-26 12:15:30 UTC.
const NOW: i64 = 1_795_695_330;

fn head(method: &str, headers: &[(&str, &str)]) -> Parts {
    let mut request = Request::builder().method(method).uri("/");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.body(()).unwrap().into_parts().0
}

fn authorization(signed: &str, signature: &str) -> String {
    format!(
        "AWS4-HMAC-SHA256 Credential=VLTKAAAAAAAAAAAAAAAA/20261126/eu-central-1/kms/aws4_request, \
         SignedHeaders={signed}, Signature={signature}"
    )
}

/// As botocore signs.
fn encrypt() -> (Vec<(&'static str, String)>, &'static [u8]) {
    let signed = authorization("content-type;host;x-amz-date;x-amz-target", BOTOCORE);
    let headers = vec![
        ("content-type", "application/x-amz-json-1.1".to_owned()),
        ("x-amz-target", "TrentService.Encrypt".to_owned()),
        ("host", "127.0.0.1:7342".to_owned()),
        ("x-amz-date", "20261126T121530Z".to_owned()),
        ("authorization", signed),
    ];
    (headers, br#"{"KeyId":"alias/a","Plaintext":"aGVsbG8="}"#)
}

fn is_good(headers: &[(&str, String)], body: &[u8]) -> bool {
    let headers: Vec<_> = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let head = head("POST", &headers);
    Claim::parse(&head, NOW).is_ok_and(|claim| claim.is_signed_by(SECRET, body))
}

/// AWS's own test suite, *get-vanilla* and *post-vanilla*: their service is called `service`.
#[test]
fn the_published_vectors() {
    for (method, expected) in [
        ("GET", "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"),
        ("POST", "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"),
    ] {
        let head = head(method, &[("host", "example.amazonaws.com"), ("x-amz-date", "20150830T123600Z")]);
        let text = format!(
            "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, \
             SignedHeaders=host;x-amz-date, Signature={expected}"
        );
        let said = Authorization::parse(text.as_bytes()).unwrap();
        assert!(Claim { head: &head, said, date: "20150830T123600Z" }.is_signed_by(SECRET, b""), "{method}");
    }
}

/// Made by botocore 1.44.8 at a fixed time; the second with a hash of its own and spaces in a value, as other clients send.
#[test]
fn what_clients_sign() {
    let (headers, body) = encrypt();
    assert!(is_good(&headers, body));
    let signed = "content-type;host;x-amz-content-sha256;x-amz-date;x-amz-target;x-amz-user-agent";
    let headers = vec![
        ("content-type", "application/x-amz-json-1.1".to_owned()),
        ("x-amz-target", "TrentService.ListKeys".to_owned()),
        ("host", "127.0.0.1:7342".to_owned()),
        ("x-amz-content-sha256", "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a".to_owned()),
        ("x-amz-user-agent", "aws-sdk-js/3.1   md/x".to_owned()),
        ("x-amz-date", "20261126T121530Z".to_owned()),
        ("authorization", authorization(signed, BOTOCORE_MORE)),
    ];
    assert!(is_good(&headers, b"{}"));
    assert!(!is_good(&headers, b"{ }"), "the hash is taken here, too");
}

#[test]
fn what_is_not_signed_may_change_and_nothing_else() {
    let (mut headers, body) = encrypt();
    headers.push(("user-agent", "another".to_owned()));
    assert!(is_good(&headers, body));
    for at in 0..4 {
        let mut changed = headers.clone();
        changed[at].1 = match changed[at].0 {
            "x-amz-date" => "20261126T121531Z".to_owned(),
            _ => format!("{}x", changed[at].1),
        };
        assert!(!is_good(&changed, body), "{:?}", changed[at]);
        changed.remove(at);
        assert!(!is_good(&changed, body), "without {:?}", headers[at].0);
        let mut twice = headers.clone();
        twice.push(headers[at].clone());
        assert!(!is_good(&twice, body), "twice {:?}", headers[at].0);
    }
    let plain: Vec<_> = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let got = head("GET", &plain);
    assert!(!Claim::parse(&got, NOW).unwrap().is_signed_by(SECRET, body));
    let posted = head("POST", &plain);
    let claim = Claim::parse(&posted, NOW).unwrap();
    assert!(claim.is_signed_by(SECRET, body) && !claim.is_signed_by(b"another", body));
    assert_eq!(claim.access_key(), "VLTKAAAAAAAAAAAAAAAA");
}

#[test]
fn each_refusal_says_why() {
    let (headers, _) = encrypt();
    let with = |name: &'static str, value: Option<String>| {
        let mut headers: Vec<_> = headers.iter().filter(|(known, _)| *known != name).cloned().collect();
        headers.extend(value.map(|value| (name, value)));
        let headers: Vec<_> = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let head = head("POST", &headers);
        Claim::parse(&head, NOW).err()
    };
    let signed = |list: &str| Some(authorization(list, BOTOCORE));
    assert_eq!(with("authorization", None), Some(SignatureError::Missing));
    assert_eq!(with("x-amz-security-token", Some("t".into())), Some(SignatureError::SessionToken));
    let unsigned = |header| Some(SignatureError::Unsigned { header });
    assert_eq!(with("authorization", signed("host;x-amz-date")), unsigned("x-amz-target"));
    assert_eq!(with("authorization", signed("x-amz-date;x-amz-target")), unsigned("host"));
    assert_eq!(with("authorization", signed("host;x-amz-target")), unsigned("x-amz-date"));
    assert_eq!(with("x-amz-content-sha256", Some("UNSIGNED-PAYLOAD".into())), unsigned("x-amz-content-sha256"));
    assert!(matches!(with("x-amz-date", None), Some(SignatureError::Header { header: "x-amz-date", .. })));
    assert!(matches!(with("x-amz-date", Some("now".into())), Some(SignatureError::Header { .. })));
    assert_eq!(with("x-amz-date", Some("20261127T121530Z".into())), Some(SignatureError::Scope));
    let elsewhere = encrypt().0[4].1.replace("/kms/", "/s3/");
    assert_eq!(with("authorization", Some(elsewhere)), Some(SignatureError::Scope));
    let plain: Vec<_> = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let head = head("POST", &plain);
    for (now, good) in [(NOW - 900, true), (NOW + 900, true), (NOW - 901, false), (NOW + 901, false)] {
        assert_eq!(Claim::parse(&head, now).is_ok(), good, "{now}");
    }
}

proptest! {
    #[test]
    fn any_headers_are_read_without_a_slip(
        said in "[ -~]{0,300}",
        date in "[0-9TZ]{0,20}",
        body in proptest::collection::vec(any::<u8>(), 0..50),
    ) {
        let head = head("POST", &[("authorization", &said), ("x-amz-date", &date), ("host", "h")]);
        if let Ok(claim) = Claim::parse(&head, NOW) {
            prop_assert!(!claim.is_signed_by(SECRET, &body));
        }
    }

    #[test]
    fn a_body_with_one_bit_changed_is_another(at in 0_usize..42, bit in 0_u8..8) {
        let (headers, body) = encrypt();
        let mut body = body.to_vec();
        body[at] ^= 1 << bit;
        prop_assert!(!is_good(&headers, &body));
    }
}

const BOTOCORE: &str = "85665c353f9da61bf2ed5bba1a832dab9d96e487fbc96455cec871a458f83fe2";
const BOTOCORE_MORE: &str = "02a9eea0742dd74df360dddd55142ba1aa64bf32fdd972c70ffbcf6c0261f86c";
