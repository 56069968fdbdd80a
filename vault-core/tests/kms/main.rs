//! The KMS through the library's own door: what a key does, for whom, and what
//! it survives.
#![expect(clippy::unwrap_used, reason = "helpers of tests, outside a test function")]

mod asymmetric;
mod busy;
mod contexts;
mod frozen;
mod grants;
mod import;
mod lifecycle;
mod machine;
mod macs;
mod manage;
mod openssl;
mod silence;
#[path = "../support/mod.rs"]
mod support;
mod survival;
mod symmetric;

use vault_core::access::{Caller, Kms};
use vault_core::envelope::CallerContext;
use vault_core::kms::{Decrypt, Encrypt, EncryptionAlgorithm, KeyId, KeyRef, KmsError, NewKey};
use vault_core::{Open, Vault};

use support::{Machine, key_file, user};

pub(crate) const SYMMETRIC: EncryptionAlgorithm = EncryptionAlgorithm::SymmetricDefault;

pub(crate) fn open() -> (Machine, Vault<Open>) {
    let machine = Machine::in_memory();
    let vault = machine.create(key_file(1));
    (machine, vault)
}

pub(crate) fn alice() -> Caller {
    user(1_000)
}

pub(crate) fn bob() -> Caller {
    user(1_001)
}

pub(crate) fn context(pairs: &[(&str, &str)]) -> CallerContext {
    CallerContext::new(pairs.iter().map(|(key, value)| (key.as_bytes(), value.as_bytes()))).unwrap()
}

pub(crate) fn symmetric(kms: &Kms<'_>) -> KeyId {
    kms.create_key(&NewKey::symmetric()).unwrap().id
}

pub(crate) fn encrypt(kms: &Kms<'_>, key: &KeyRef, plaintext: &[u8], context: &CallerContext) -> Vec<u8> {
    let request = Encrypt { key, plaintext, context, algorithm: SYMMETRIC };
    kms.encrypt(&request).unwrap().ciphertext
}

pub(crate) fn decrypt(kms: &Kms<'_>, ciphertext: &[u8], context: &CallerContext) -> Result<Vec<u8>, KmsError> {
    let request = Decrypt { key: None, ciphertext, context, algorithm: SYMMETRIC };
    kms.decrypt(&request).map(|opened| opened.plaintext.into_vec())
}

/// The error's variant, for tables.
pub(crate) fn word<T>(result: Result<T, KmsError>) -> String {
    match result {
        Ok(_) => "ok".into(),
        Err(error) => format!("{error:?}").split([' ', '(', '{']).next().unwrap_or_default().into(),
    }
}

/// What the audit log says.
pub(crate) fn audit(machine: &Machine) -> String {
    String::from_utf8(machine.sink.contents()).unwrap()
}
