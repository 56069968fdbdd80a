//! PEM, RFC 7468: DER between two lines.

use vault_client::SecretBytes;
use zeroize::Zeroizing;

use super::secret::{TextError, base64, from_base64};

/// A public key.
pub(super) const PUBLIC: &str = "PUBLIC KEY";
/// A private key, PKCS#8.
pub(super) const PRIVATE: &str = "PRIVATE KEY";

/// Lines of 64 characters.
pub(super) fn encode(label: &str, der: &[u8]) -> Zeroizing<Vec<u8>> {
    let text = base64(der);
    let mut pem = Zeroizing::new(Vec::with_capacity(text.len() / 64 * 65 + 2 * label.len() + 100));
    pem.extend_from_slice(format!("-----BEGIN {label}-----\n").as_bytes());
    for line in text.chunks(64) {
        pem.extend_from_slice(line);
        pem.push(b'\n');
    }
    pem.extend_from_slice(format!("-----END {label}-----\n").as_bytes());
    pem
}

/// The DER, when it is PEM with this label.
pub(super) fn decode(label: &str, text: &[u8]) -> Option<Result<SecretBytes, TextError>> {
    let body = text.trim_ascii().strip_prefix(format!("-----BEGIN {label}-----").as_bytes())?;
    let body = body.strip_suffix(format!("-----END {label}-----").as_bytes())?;
    Some(from_base64("the PEM file", body))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_and_back() {
        for len in [0, 1, 47, 48, 49, 200] {
            let der = vec![7; len];
            let pem = encode(PUBLIC, &der);
            assert!(pem.split(|byte| *byte == b'\n').all(|line| line.len() <= 64));
            assert_eq!(decode(PUBLIC, &pem).unwrap().unwrap().expose(), der);
            assert!(decode(PRIVATE, &pem).is_none());
        }
        assert!(decode(PUBLIC, b"-----BEGIN PUBLIC KEY-----\n!\n-----END PUBLIC KEY-----\n").unwrap().is_err());
    }
}
