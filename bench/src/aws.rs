//! Requests to AWS KMS.

pub(crate) use vault_tests::aws::{Signer, hmac};

use crate::peers::Ask;
use crate::text::base64;

/// A request that is signed anew each time it is made.
pub(crate) fn ask(signer: &Signer, operation: &'static str, body: String) -> Ask {
    let signer = signer.clone();
    Box::new(move || signer.request(operation, &body))
}

/// The body of an `Encrypt` of so many bytes.
pub(crate) fn encrypt(key: &str, size: usize) -> String {
    format!(r#"{{"KeyId":"{key}","Plaintext":"{}"}}"#, base64(&vec![b'x'; size]))
}

/// The body of a `Decrypt`.
pub(crate) fn decrypt(ciphertext: &str) -> String {
    format!(r#"{{"CiphertextBlob":"{ciphertext}"}}"#)
}
