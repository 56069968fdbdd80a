//! The `Authorization` header: `AWS4-HMAC-SHA256 Credential=ID/DATE/REGION/SERVICE/aws4_request,
//! SignedHeaders=a;b;c, Signature=HEX`.

use vault_core::hex;

use super::error::SignatureError;

/// What the header says. Not believed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Authorization<'r> {
    pub(super) access_key: &'r str,
    pub(super) date: &'r str,
    pub(super) region: &'r str,
    pub(super) service: &'r str,
    /// Lower case, sorted, each once.
    pub(super) signed: Vec<&'r str>,
    pub(super) signature: [u8; 32],
}

impl<'r> Authorization<'r> {
    pub(super) fn parse(text: &'r [u8]) -> Result<Self, SignatureError> {
        if text.len() > HEADER_MAX {
            return Err(SignatureError::Malformed { expected: "at most 2,048 bytes" });
        }
        let text = std::str::from_utf8(text).ok().filter(|text| text.is_ascii());
        let text = text.and_then(|text| text.strip_prefix(ALGORITHM)).and_then(|text| text.strip_prefix(' '));
        let text = text.ok_or(SignatureError::Malformed { expected: "it begins with AWS4-HMAC-SHA256" })?;
        let (mut credential, mut signed, mut signature) = (None, None, None);
        for part in text.split(',').map(|part| part.trim_matches(' ')) {
            let (name, value) = part.split_once('=').ok_or(PARTS)?;
            let place = match name {
                "Credential" => &mut credential,
                "SignedHeaders" => &mut signed,
                "Signature" => &mut signature,
                _ => return Err(PARTS),
            };
            if place.replace(value).is_some() {
                return Err(PARTS);
            }
        }
        let (Some(credential), Some(signed), Some(signature)) = (credential, signed, signature) else {
            return Err(PARTS);
        };
        let scope: Vec<&str> = credential.split('/').collect();
        let [access_key, date, region, service, "aws4_request"] = scope[..] else {
            return Err(SignatureError::Malformed { expected: "Credential=ID/DATE/REGION/SERVICE/aws4_request" });
        };
        Ok(Self {
            access_key,
            date,
            region,
            service,
            signed: headers(signed)?,
            signature: hex::decode(signature.as_bytes())
                .ok_or(SignatureError::Malformed { expected: "Signature=, 64 hex digits" })?,
        })
    }
}

fn headers(list: &str) -> Result<Vec<&str>, SignatureError> {
    let expected = "SignedHeaders=, at most 64 header names in lower case, sorted, with ; between them";
    let names: Vec<&str> = list.split(';').take(SIGNED_MAX + 1).collect();
    let plain = |name: &&str| {
        !name.is_empty() && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"-_.".contains(&b))
    };
    let sorted = names.windows(2).all(|pair| pair[0] < pair[1]);
    if names.len() <= SIGNED_MAX && sorted && names.iter().all(plain) {
        Ok(names)
    } else {
        Err(SignatureError::Malformed { expected })
    }
}

pub(super) const ALGORITHM: &str = "AWS4-HMAC-SHA256";
const PARTS: SignatureError =
    SignatureError::Malformed { expected: "Credential=…, SignedHeaders=…, Signature=…, each once" };
const HEADER_MAX: usize = 2_048;
const SIGNED_MAX: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "AWS4-HMAC-SHA256 Credential=AKID/20150830/us-east-1/kms/aws4_request, \
         SignedHeaders=host;x-amz-date, Signature=5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b";

    #[test]
    fn with_and_without_spaces() {
        let parsed = Authorization::parse(GOOD.as_bytes()).unwrap();
        assert_eq!((parsed.access_key, parsed.date), ("AKID", "20150830"));
        assert_eq!((parsed.region, parsed.service), ("us-east-1", "kms"));
        assert_eq!(parsed.signed, ["host", "x-amz-date"]);
        assert_eq!((parsed.signature[0], parsed.signature[31]), (0x5d, 0x6b));
        let tight = GOOD.replace(", ", ",");
        assert_eq!(Authorization::parse(tight.as_bytes()).unwrap(), parsed);
    }

    #[test]
    fn each_thing_that_is_not_as_it_must_be() {
        for (from, to) in [
            ("AWS4-HMAC-SHA256", "AWS4-HMAC-SHA1"),
            ("AWS4-HMAC-SHA256 ", "AWS4-HMAC-SHA256"),
            ("/aws4_request", ""),
            ("/aws4_request", "/aws4_request/more"),
            ("host;x-amz-date", "x-amz-date;host"),
            ("host;x-amz-date", "host;host"),
            ("host;x-amz-date", "Host;x-amz-date"),
            ("host;x-amz-date", "host;;x-amz-date"),
            ("SignedHeaders=host;x-amz-date, ", ""),
            ("SignedHeaders", "Credential"),
            ("Signature=5d", "Signature=5D"),
            ("Signature=5d", "Signature=5"),
            ("Signature=", "Signature=+"),
            ("Credential=", "Credential=é"),
        ] {
            let text = GOOD.replacen(from, to, 1);
            assert!(Authorization::parse(text.as_bytes()).is_err(), "{text}");
        }
        assert!(Authorization::parse(&[b' '; 3_000]).is_err());
        assert!(Authorization::parse(b"\xff").is_err());
        let many: Vec<String> = (0..65).map(|n| format!("h{n:02}")).collect();
        let text = GOOD.replace("host;x-amz-date", &many.join(";"));
        assert!(Authorization::parse(text.as_bytes()).is_err());
    }
}
