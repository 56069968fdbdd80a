//! Using keys.

use vault_proto::latest::{
    Decrypted, Encrypted, EncryptionAlgorithm, KeyCall, KeyReply, MacAlgorithm, ReEncrypted, Reply, SecretBytes,
};

use super::{Operation, on, only_key};
use crate::keys::{DataKey, Decrypt, Mac, ReEncrypt, pairs};

/// Encrypts under the current version of a key.
#[must_use]
pub fn encrypt(
    key: &str,
    plaintext: &[u8],
    context: &[(&str, &str)],
    algorithm: EncryptionAlgorithm,
) -> Operation<Encrypted> {
    let (key, plaintext) = (key.to_owned(), SecretBytes::new(plaintext.to_vec()));
    on(KeyCall::Encrypt { key, plaintext, context: pairs(context), algorithm }, encrypted)
}

/// Decrypts with the version that the ciphertext names.
#[must_use]
pub fn decrypt(what: &Decrypt<'_>) -> Operation<Decrypted> {
    let Decrypt { key, ciphertext, context, algorithm } = what;
    on(
        KeyCall::Decrypt {
            key: key.map(str::to_owned),
            ciphertext: ciphertext.to_vec(),
            context: pairs(context),
            algorithm: *algorithm,
        },
        only_key!(KeyReply::Decrypted(decrypted) => decrypted),
    )
}

/// Moves a ciphertext to another key, version or context.
#[must_use]
pub fn re_encrypt(what: &ReEncrypt<'_>) -> Operation<ReEncrypted> {
    let ReEncrypt { source, key, context, algorithm } = what;
    on(
        KeyCall::ReEncrypt {
            source_key: source.key.map(str::to_owned),
            ciphertext: source.ciphertext.to_vec(),
            source_context: pairs(source.context),
            source_algorithm: source.algorithm,
            key: (*key).to_owned(),
            context: pairs(context),
            algorithm: *algorithm,
        },
        only_key!(KeyReply::ReEncrypted(moved) => moved),
    )
}

/// Makes a data key, in clear and sealed.
#[must_use]
pub fn generate_data_key(key: &str, context: &[(&str, &str)], len: u32) -> Operation<DataKey> {
    on(
        KeyCall::GenerateDataKey { key: key.to_owned(), context: pairs(context), len },
        only_key!(KeyReply::DataKey { plaintext, sealed } => DataKey { plaintext, sealed }),
    )
}

/// Makes a data key, sealed alone.
#[must_use]
pub fn generate_data_key_without_plaintext(key: &str, context: &[(&str, &str)], len: u32) -> Operation<Encrypted> {
    on(KeyCall::GenerateDataKeyWithoutPlaintext { key: key.to_owned(), context: pairs(context), len }, encrypted)
}

/// Random bytes, 1 to 1,024.
#[must_use]
pub fn generate_random(len: u32) -> Operation<SecretBytes> {
    on(KeyCall::GenerateRandom { len }, only_key!(KeyReply::Random { bytes } => bytes))
}

/// Makes a message's MAC.
#[must_use]
pub fn generate_mac(key: &str, message: &[u8], algorithm: MacAlgorithm) -> Operation<Mac> {
    let (key, message) = (key.to_owned(), SecretBytes::new(message.to_vec()));
    on(KeyCall::GenerateMac { key, message, algorithm }, only_key!(KeyReply::Mac { key, mac } => Mac { key, mac }))
}

/// Verifies a message's MAC; answers the key's id, or the error `invalid_mac`.
#[must_use]
pub fn verify_mac(key: &str, message: &[u8], algorithm: MacAlgorithm, mac: &[u8]) -> Operation<String> {
    let (message, mac) = (SecretBytes::new(message.to_vec()), SecretBytes::new(mac.to_vec()));
    on(
        KeyCall::VerifyMac { key: key.to_owned(), message, algorithm, mac },
        only_key!(KeyReply::Verified { key } => key),
    )
}

/// The material of a key that was made exportable.
#[must_use]
pub fn export(key: &str) -> Operation<SecretBytes> {
    on(KeyCall::Export { key: key.to_owned() }, only_key!(KeyReply::Material { bytes } => bytes))
}

fn encrypted(reply: Reply) -> Option<Encrypted> {
    only_key!(KeyReply::Encrypted(encrypted) => encrypted)(reply)
}
