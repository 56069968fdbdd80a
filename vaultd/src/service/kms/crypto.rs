//! Using keys.

use vault_core::access::Kms;
use vault_core::kms::{
    Decrypt, Encrypt, Message, NewDataKey, NewDataKeyPair, NewMac, NewSignature, ReEncrypt, SealedDataKeyPair,
};
use vault_proto::latest::{KeyCall, KeyReply, Reply, SecretBytes, WireError};

use super::super::map::invalid;
use super::answer::key;
use super::{ask, map, words};

pub(super) fn answer(kms: Kms<'_>, call: KeyCall) -> Result<Reply, WireError> {
    match call {
        KeyCall::Encrypt { key: name, plaintext, context, algorithm } => {
            let (name, context) = (ask::key(&name)?, ask::context(&context)?);
            let algorithm = words::encryption(algorithm);
            let request = Encrypt { key: &name, plaintext: plaintext.expose(), context: &context, algorithm };
            key(kms.encrypt(&request), |encrypted| KeyReply::Encrypted(map::encrypted(encrypted)))
        }
        KeyCall::Decrypt { key: name, ciphertext, context, algorithm } => {
            let (name, context) = (name.as_deref().map(ask::key).transpose()?, ask::context(&context)?);
            let algorithm = words::encryption(algorithm);
            let request = Decrypt { key: name.as_ref(), ciphertext: &ciphertext, context: &context, algorithm };
            key(kms.decrypt(&request), |decrypted| KeyReply::Decrypted(map::decrypted(decrypted)))
        }
        KeyCall::ReEncrypt {
            source_key,
            ciphertext,
            source_context,
            source_algorithm,
            key: name,
            context,
            algorithm,
        } => {
            let (source_key, name) = (source_key.as_deref().map(ask::key).transpose()?, ask::key(&name)?);
            let (source_context, context) = (ask::context(&source_context)?, ask::context(&context)?);
            let source = Decrypt {
                key: source_key.as_ref(),
                ciphertext: &ciphertext,
                context: &source_context,
                algorithm: words::encryption(source_algorithm),
            };
            let algorithm = words::encryption(algorithm);
            let moved = kms.re_encrypt(&ReEncrypt { source, key: &name, context: &context, algorithm });
            key(moved, |moved| KeyReply::ReEncrypted(map::re_encrypted(moved)))
        }
        KeyCall::GenerateDataKey { key: name, context, len } => {
            let (name, context) = (ask::key(&name)?, ask::context(&context)?);
            let made = kms.generate_data_key(&NewDataKey { key: &name, context: &context, len: len as usize });
            key(made, |made| KeyReply::DataKey {
                plaintext: map::secret(made.plaintext),
                sealed: map::encrypted(made.sealed),
            })
        }
        KeyCall::GenerateDataKeyWithoutPlaintext { key: name, context, len } => {
            let (name, context) = (ask::key(&name)?, ask::context(&context)?);
            let new = NewDataKey { key: &name, context: &context, len: len as usize };
            let made = kms.generate_data_key_without_plaintext(&new);
            key(made, |sealed| KeyReply::Encrypted(map::encrypted(sealed)))
        }
        KeyCall::GenerateDataKeyPair { key: name, context, spec } => {
            let (name, context) = (ask::key(&name)?, ask::context(&context)?);
            let new = NewDataKeyPair { key: &name, context: &context, spec: words::spec(spec) };
            key(kms.generate_data_key_pair(&new), |made| {
                let SealedDataKeyPair { public, sealed } = made.pair;
                KeyReply::DataKeyPair { private: map::secret(made.private), public, sealed: map::encrypted(sealed) }
            })
        }
        KeyCall::GenerateDataKeyPairWithoutPlaintext { key: name, context, spec } => {
            let (name, context) = (ask::key(&name)?, ask::context(&context)?);
            let new = NewDataKeyPair { key: &name, context: &context, spec: words::spec(spec) };
            key(kms.generate_data_key_pair_without_plaintext(&new), |SealedDataKeyPair { public, sealed }| {
                KeyReply::SealedDataKeyPair { public, sealed: map::encrypted(sealed) }
            })
        }
        KeyCall::GenerateRandom { len } => {
            key(kms.generate_random(len as usize), |bytes| KeyReply::Random { bytes: map::secret(bytes) })
        }
        KeyCall::GenerateMac { key: name, message, algorithm } => {
            let new = NewMac { key: &ask::key(&name)?, message: message.expose(), algorithm: words::mac(algorithm) };
            key(kms.generate_mac(&new), |made| KeyReply::Mac {
                key: made.key.to_string(),
                mac: SecretBytes::new(made.mac),
            })
        }
        KeyCall::VerifyMac { key: name, message, algorithm, mac } => {
            let new = NewMac { key: &ask::key(&name)?, message: message.expose(), algorithm: words::mac(algorithm) };
            key(kms.verify_mac(&new, mac.expose()), |id| KeyReply::Verified { key: id.to_string() })
        }
        KeyCall::Sign { key: name, message, digest, algorithm } => {
            let (name, algorithm) = (ask::key(&name)?, words::signing(algorithm));
            let signed = kms.sign(&NewSignature { key: &name, message: signed(&message, digest), algorithm });
            key(signed, |made| KeyReply::Signature { key: made.key.to_string(), signature: made.signature })
        }
        KeyCall::Verify { key: name, message, digest, algorithm, signature } => {
            let (name, algorithm) = (ask::key(&name)?, words::signing(algorithm));
            let request = NewSignature { key: &name, message: signed(&message, digest), algorithm };
            key(kms.verify(&request, &signature), |id| KeyReply::Verified { key: id.to_string() })
        }
        KeyCall::GetPublicKey { key: name } => {
            key(kms.public_key(&ask::key(&name)?), |public| KeyReply::PublicKey(map::public_key(public)))
        }
        KeyCall::DeriveSharedSecret { key: name, peer } => {
            let derived = kms.derive_shared_secret(&ask::key(&name)?, &peer);
            key(derived, |secret| KeyReply::SharedSecret { secret: map::secret(secret) })
        }
        KeyCall::Export { key: name } => {
            key(kms.export_key(&ask::key(&name)?), |bytes| KeyReply::Material { bytes: map::secret(bytes) })
        }
        _ => Err(invalid("call", "a call of another topic")),
    }
}

fn signed(message: &SecretBytes, digest: bool) -> Message<'_> {
    if digest { Message::Digest(message.expose()) } else { Message::Raw(message.expose()) }
}
