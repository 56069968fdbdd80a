//! Requests to AWS KMS, signed as an SDK signs them (Signature Version 4).

use std::net::SocketAddr;
use std::time::{SystemTime, UNIX_EPOCH};

use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};

use crate::peers::Ask;
use crate::text::{base64, hex};

/// Signs for one server. A request is good for some seconds.
#[derive(Clone)]
pub(crate) struct Signer {
    pub(crate) address: SocketAddr,
    pub(crate) id: String,
    pub(crate) secret: String,
}

impl Signer {
    /// A request that is signed anew each time it is made.
    pub(crate) fn ask(&self, operation: &'static str, body: String) -> Ask {
        let signer = self.clone();
        Box::new(move || signer.request(operation, &body))
    }

    /// A whole request.
    pub(crate) fn request(&self, operation: &str, body: &str) -> Vec<u8> {
        let Self { address, id, secret } = self;
        let time = now();
        let date = &time[..8];
        let headers = format!(
            "content-type:application/x-amz-json-1.1\nhost:{address}\nx-amz-date:{time}\n\
             x-amz-target:TrentService.{operation}\n"
        );
        let canonical = format!("POST\n/\n\n{headers}\n{SIGNED}\n{}", hex(&Sha256::digest(body)));
        let scope = format!("{date}/{REGION}/kms/aws4_request");
        let text = format!("AWS4-HMAC-SHA256\n{time}\n{scope}\n{}", hex(&Sha256::digest(canonical)));
        let key = [date, REGION, "kms", "aws4_request"]
            .iter()
            .fold(format!("AWS4{secret}").into_bytes(), |key, part| hmac(&key, part));
        let signature = hex(&hmac(&key, &text));
        let length = body.len();
        format!(
            "POST / HTTP/1.1\r\nHost: {address}\r\nContent-Type: application/x-amz-json-1.1\r\nX-Amz-Date: {time}\r\n\
             X-Amz-Target: TrentService.{operation}\r\n\
             Authorization: AWS4-HMAC-SHA256 Credential={id}/{scope}, SignedHeaders={SIGNED}, Signature={signature}\r\n\
             Content-Length: {length}\r\n\r\n{body}"
        )
        .into_bytes()
    }
}

/// The body of an `Encrypt` of so many bytes.
pub(crate) fn encrypt(key: &str, size: usize) -> String {
    format!(r#"{{"KeyId":"{key}","Plaintext":"{}"}}"#, base64(&vec![b'x'; size]))
}

/// The body of a `Decrypt`.
pub(crate) fn decrypt(ciphertext: &str) -> String {
    format!(r#"{{"CiphertextBlob":"{ciphertext}"}}"#)
}

/// HMAC-SHA-256.
pub(crate) fn hmac(key: &[u8], text: &str) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).unwrap();
    mac.update(text.as_bytes());
    mac.finalize().into_bytes().to_vec()
}

/// `20260131T235959Z`.
fn now() -> String {
    let seconds = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    let (days, of_day) = (seconds / 86_400, seconds % 86_400);
    // Years that begin in March, in eras of 400.
    let days = days + 719_468;
    let (era, of_era) = (days / 146_097, days % 146_097);
    let years = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * years + years / 4 - years / 100);
    let months = (5 * of_year + 2) / 153;
    let day = of_year - (153 * months + 2) / 5 + 1;
    let month = if months < 10 { months + 3 } else { months - 9 };
    let year = era * 400 + years + u64::from(month <= 2);
    let (hour, minute, second) = (of_day / 3_600, of_day / 60 % 60, of_day % 60);
    format!("{year:04}{month:02}{day:02}T{hour:02}{minute:02}{second:02}Z")
}

const REGION: &str = "us-east-1";
const SIGNED: &str = "content-type;host;x-amz-date;x-amz-target";
