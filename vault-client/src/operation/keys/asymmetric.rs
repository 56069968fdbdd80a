//! Using key pairs.

use vault_proto::latest::{KeyCall, KeyReply, KeySpec, PublicKey, Reply, SecretBytes, SigningAlgorithm};

use super::{Operation, on, only_key};
use crate::keys::{DataKeyPair, Message, SealedDataKeyPair, Signature, pairs};

/// Signs a message or its digest.
#[must_use]
pub fn sign(key: &str, message: Message<'_>, algorithm: SigningAlgorithm) -> Operation<Signature> {
    let (message, digest) = message.parts();
    let (key, message) = (key.to_owned(), SecretBytes::new(message.to_vec()));
    on(
        KeyCall::Sign { key, message, digest, algorithm },
        only_key!(KeyReply::Signature { key, signature } => Signature { key, signature }),
    )
}

/// Verifies a signature; answers the key's id, or the error
/// `invalid_signature`.
#[must_use]
pub fn verify(key: &str, message: Message<'_>, algorithm: SigningAlgorithm, signature: &[u8]) -> Operation<String> {
    let (message, digest) = message.parts();
    let (key, message) = (key.to_owned(), SecretBytes::new(message.to_vec()));
    on(
        KeyCall::Verify { key, message, digest, algorithm, signature: signature.to_vec() },
        only_key!(KeyReply::Verified { key } => key),
    )
}

/// The public half of a key.
#[must_use]
pub fn public_key(key: &str) -> Operation<PublicKey> {
    on(KeyCall::GetPublicKey { key: key.to_owned() }, only_key!(KeyReply::PublicKey(public) => public))
}

/// The secret shared with the holder of a public key, a DER
/// SubjectPublicKeyInfo.
#[must_use]
pub fn derive_shared_secret(key: &str, peer: &[u8]) -> Operation<SecretBytes> {
    on(
        KeyCall::DeriveSharedSecret { key: key.to_owned(), peer: peer.to_vec() },
        only_key!(KeyReply::SharedSecret { secret } => secret),
    )
}

/// Makes a data key pair, its private half in clear and sealed.
#[must_use]
pub fn generate_data_key_pair(key: &str, context: &[(&str, &str)], spec: KeySpec) -> Operation<DataKeyPair> {
    on(
        KeyCall::GenerateDataKeyPair { key: key.to_owned(), context: pairs(context), spec },
        only_key!(KeyReply::DataKeyPair { private, public, sealed } => DataKeyPair { private, public, sealed }),
    )
}

/// Makes a data key pair, its private half sealed alone.
#[must_use]
pub fn generate_data_key_pair_without_plaintext(
    key: &str,
    context: &[(&str, &str)],
    spec: KeySpec,
) -> Operation<SealedDataKeyPair> {
    on(
        KeyCall::GenerateDataKeyPairWithoutPlaintext { key: key.to_owned(), context: pairs(context), spec },
        only_key!(KeyReply::SealedDataKeyPair { public, sealed } => SealedDataKeyPair { public, sealed }),
    )
}
