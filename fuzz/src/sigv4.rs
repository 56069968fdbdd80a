//! Requests that are signed. An input is headers, one a line, an empty line, a body.

use hyper::Request;
use hyper::http::request::Parts;
use vaultd::adapters::aws_kms::sigv4::Claim;

use super::tokens::laid_over;

/// Any bytes as a request; then laid over a genuine one, so that its form is
/// right: what is found to be signed says what the genuine one says.
pub fn sigv4(data: &[u8]) {
    look(data);
    look(&laid_over(GENUINE.as_bytes(), data));
}

fn look(text: &[u8]) {
    let Some((head, body)) = request(text) else { return };
    let Ok(claim) = Claim::parse(&head, NOW) else { return };
    let (genuine, genuine_body) = request(GENUINE.as_bytes()).unwrap();
    // The access key is not signed: it says whose secret the signature has to be of.
    let is_its = claim.access_key() == Claim::parse(&genuine, NOW).unwrap().access_key();
    if claim.is_signed_by(if is_its { SECRET } else { b"another's" }, &body) {
        assert!(is_its);
        for name in ["content-type", "host", "x-amz-date", "x-amz-target"] {
            assert_eq!(words(&head, name), words(&genuine, name), "{name}");
        }
        assert_eq!(body, genuine_body);
    }
}

/// Spaces around and between words are nothing.
fn words(head: &Parts, name: &str) -> Vec<Vec<u8>> {
    let values = head.headers.get_all(name).iter().map(|value| value.as_bytes().to_vec());
    let text = values.collect::<Vec<_>>().join(&b","[..]);
    text.split(|byte| *byte == b' ').filter(|word| !word.is_empty()).map(<[u8]>::to_vec).collect()
}

fn request(text: &[u8]) -> Option<(Parts, Vec<u8>)> {
    let end = text.windows(2).position(|pair| pair == b"\n\n")?;
    let mut request = Request::builder().method("POST").uri("/");
    for line in text[..end].split(|byte| *byte == b'\n').take(100) {
        let colon = line.iter().position(|byte| *byte == b':')?;
        request = request.header(&line[..colon], &line[colon + 1..]);
    }
    Some((request.body(()).ok()?.into_parts().0, text[end + 2..].to_vec()))
}

pub(super) fn seeds() -> Vec<Vec<u8>> {
    let variant = |from: &str, to: &str| GENUINE.replacen(from, to, 1).into_bytes();
    vec![
        GENUINE.as_bytes().to_vec(),
        variant("content-type;host;x-amz-date;x-amz-target", "host;x-amz-date;x-amz-target"),
        variant("host:", "host:  "),
        variant("\n\n", "\nx-amz-content-sha256:UNSIGNED-PAYLOAD\n\n"),
        variant("\n\n", "\nx-amz-security-token:t\n\n"),
        variant("20261126T121530Z", "20261126T122959Z"),
        variant("/kms/", "/s3/"),
        variant("Signature=85", "Signature=86"),
        variant(", ", ","),
        vec![0],
    ]
}

/// By botocore, of a fixed time.
const GENUINE: &str = "content-type:application/x-amz-json-1.1\nx-amz-target:TrentService.Encrypt\n\
    host:127.0.0.1:7342\nx-amz-date:20261126T121530Z\nauthorization:AWS4-HMAC-SHA256 \
    Credential=VLTKAAAAAAAAAAAAAAAA/20261126/eu-central-1/kms/aws4_request, \
    SignedHeaders=content-type;host;x-amz-date;x-amz-target, \
    Signature=85665c353f9da61bf2ed5bba1a832dab9d96e487fbc96455cec871a458f83fe2\n\n\
    {\"KeyId\":\"alias/a\",\"Plaintext\":\"aGVsbG8=\"}";
const SECRET: &[u8] = b"wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
/// 2026-11-26 12:15:30 UTC.
const NOW: i64 = 1_795_695_330;
