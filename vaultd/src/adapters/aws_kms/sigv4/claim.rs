//! A request that says whose it is, and the proof.

use hmac::{Hmac, KeyInit, Mac};
use hyper::http::request::Parts;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use vault_core::hex;
use zeroize::Zeroizing;

use super::authorization::{ALGORITHM, Authorization};
use super::error::SignatureError;
use super::moment;

/// What a request says of itself: nothing of it is believed until
/// [`Claim::is_signed_by`] has said so.
#[derive(Debug)]
pub struct Claim<'r> {
    head: &'r Parts,
    said: Authorization<'r>,
    date: &'r str,
}

impl<'r> Claim<'r> {
    /// Reads a request's head. `now` is in seconds since 1970.
    pub fn parse(head: &'r Parts, now: i64) -> Result<Self, SignatureError> {
        if head.headers.contains_key("x-amz-security-token") {
            return Err(SignatureError::SessionToken);
        }
        let expected = "one Authorization header";
        let said = match once(head, "authorization") {
            Ok(Some(text)) => Authorization::parse(text)?,
            Ok(None) => return Err(SignatureError::Missing),
            Err(()) => return Err(SignatureError::Malformed { expected }),
        };
        for header in MUST_BE_SIGNED {
            if head.headers.contains_key(header) && !said.signed.contains(&header) {
                return Err(SignatureError::Unsigned { header });
            }
        }
        if !said.signed.contains(&"host") {
            return Err(SignatureError::Unsigned { header: "host" });
        }
        let expected = "YYYYMMDDTHHMMSSZ";
        let undated = SignatureError::Header { header: "x-amz-date", expected };
        let date = once(head, "x-amz-date").ok().flatten().and_then(|date| std::str::from_utf8(date).ok());
        let date = date.ok_or(undated)?;
        let signed_at = moment::parse(date).ok_or(undated)?;
        if date.get(..8) != Some(said.date) || said.service != SERVICE {
            return Err(SignatureError::Scope);
        }
        if (signed_at - now).abs() > SKEW_MAX {
            return Err(SignatureError::Skewed);
        }
        Ok(Self { head, said, date })
    }

    /// The access key it says it is signed by.
    #[must_use]
    pub fn access_key(&self) -> &'r str {
        self.said.access_key
    }

    /// What a replay would have again.
    #[must_use]
    pub fn signature(&self) -> &[u8; 32] {
        &self.said.signature
    }

    /// Is it this secret's signature over this head and body? The comparison takes the same time whatever differs.
    #[must_use]
    pub fn is_signed_by(&self, secret: &[u8], body: &[u8]) -> bool {
        let hash = hex::encode(&Sha256::digest(body));
        // A hash of the client's own is among what it signs; it must be the body's all the same.
        match once(self.head, "x-amz-content-sha256") {
            Ok(None) => {}
            Ok(Some(said)) if said == hash.as_bytes() => {}
            Ok(Some(_)) | Err(()) => return false,
        }
        let Some(canonical) = self.canonical(&hash) else { return false };
        let Authorization { date, region, service, signature, .. } = &self.said;
        let to_sign = format!(
            "{ALGORITHM}\n{}\n{date}/{region}/{service}/aws4_request\n{}",
            self.date,
            hex::encode(&Sha256::digest(canonical))
        );
        let key = signing_key(secret, date, region, service);
        mac(&*key, to_sign.as_bytes()).ct_eq(signature).into()
    }

    /// The request as both sides write it down; none when a signed header is not there.
    fn canonical(&self, hash: &str) -> Option<Vec<u8>> {
        let Parts { method, uri, headers, .. } = self.head;
        let mut text = Vec::with_capacity(1_024);
        // One path and no query is all there is at this door.
        for part in [method.as_str(), uri.path(), uri.query().unwrap_or("")] {
            text.extend_from_slice(part.as_bytes());
            text.push(b'\n');
        }
        for name in &self.said.signed {
            text.extend_from_slice(name.as_bytes());
            let mut between = b':';
            for value in headers.get_all(*name) {
                text.push(between);
                push_trimmed(&mut text, value.as_bytes());
                between = b',';
            }
            if between == b':' {
                return None;
            }
            text.push(b'\n');
        }
        text.push(b'\n');
        text.extend_from_slice(self.said.signed.join(";").as_bytes());
        text.push(b'\n');
        text.extend_from_slice(hash.as_bytes());
        Some(text)
    }
}

/// The value of a header that may be there once.
fn once<'r>(head: &'r Parts, name: &str) -> Result<Option<&'r [u8]>, ()> {
    let mut values = head.headers.get_all(name).iter();
    match (values.next(), values.next()) {
        (value, None) => Ok(value.map(hyper::header::HeaderValue::as_bytes)),
        _ => Err(()),
    }
}

/// Without spaces at the ends, and one where there are several.
fn push_trimmed(text: &mut Vec<u8>, value: &[u8]) {
    let mut words = value.split(|b| *b == b' ').filter(|word| !word.is_empty());
    if let Some(first) = words.next() {
        text.extend_from_slice(first);
    }
    for word in words {
        text.push(b' ');
        text.extend_from_slice(word);
    }
}

fn signing_key(secret: &[u8], date: &str, region: &str, service: &str) -> Zeroizing<[u8; 32]> {
    let begin = Zeroizing::new([b"AWS4", secret].concat());
    let mut key = Zeroizing::new(mac(&begin, date.as_bytes()));
    for part in [region, service, "aws4_request"] {
        key = Zeroizing::new(mac(&*key, part.as_bytes()));
    }
    key
}

fn mac(key: &[u8], message: &[u8]) -> [u8; 32] {
    // HMAC takes keys of any length: there is no error to speak of.
    Hmac::<Sha256>::new_from_slice(key)
        .map_or([0; 32], |hmac| hmac.chain_update(message).finalize().into_bytes().into())
}

/// What decides what is done: somebody on the way could change it otherwise.
const MUST_BE_SIGNED: [&str; 3] = ["x-amz-date", "x-amz-target", "x-amz-content-sha256"];
const SERVICE: &str = "kms";
/// Seconds.
const SKEW_MAX: i64 = 15 * 60;

#[cfg(test)]
mod tests;
