//! The door for clients of AWS KMS: where it is, and requests signed as an SDK
//! signs them (Signature Version 4).

use std::net::SocketAddr;

use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use sha2::{Digest, Sha256};

use crate::site::Config;
use crate::{Daemon, until};

/// Signs by one access key. A request is good for some seconds.
#[derive(Debug, Clone)]
pub struct Signer {
    /// The door.
    pub address: SocketAddr,
    /// The access key's id.
    pub id: String,
    /// And its secret.
    pub secret: String,
}

/// A configuration with the door on a port of the system's choice.
#[must_use]
pub fn config() -> Config {
    Config { tables: "[adapters.aws_kms]\nlisten = \"127.0.0.1:0\"\n".to_owned(), ..Config::default() }
}

/// The address in the daemon's log.
#[must_use]
pub fn address(daemon: &Daemon) -> SocketAddr {
    until("the door listens", || {
        let log = daemon.log();
        let (_, rest) = log.rsplit_once("door for AWS KMS clients listening on http://")?;
        rest.lines().next()?.trim().parse().ok()
    })
}

impl Signer {
    /// A request, signed now.
    #[must_use]
    pub fn request(&self, operation: &str, body: &str) -> Vec<u8> {
        let Self { address, id, secret } = self;
        let time = Timestamp::now().strftime("%Y%m%dT%H%M%SZ").to_string();
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

/// HMAC-SHA-256.
#[must_use]
pub fn hmac(key: &[u8], text: &str) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).unwrap();
    mac.update(text.as_bytes());
    mac.finalize().into_bytes().to_vec()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

const REGION: &str = "us-east-1";
const SIGNED: &str = "content-type;host;x-amz-date;x-amz-target";
