//! Encrypting and decrypting. The blob is the vault's envelope: it names key and
//! version, so decrypting needs no key id.

use vault_core::kms::{Decrypt, Encrypt, EncryptionAlgorithm, ReEncrypt};

use super::super::error::Refused;
use super::super::wire::{Input, Output};
use super::super::words::ENCRYPTION;
use super::{Request, material_id};

pub(super) fn encrypt(Request { kms, site, input }: Request<'_>) -> Result<Output, Refused> {
    let key = site.key(input, "KeyId")?;
    let plaintext = input.need_blob("Plaintext", PLAINTEXT_MAX)?;
    let context = input.context("EncryptionContext")?;
    let algorithm = algorithm(input, "EncryptionAlgorithm")?;
    let sealed = kms.encrypt(&Encrypt { key: &key, plaintext: &plaintext, context: &context, algorithm })?;
    Ok(Output::new()
        .blob("CiphertextBlob", &sealed.ciphertext)
        .text("KeyId", &site.key_arn(&sealed.key))
        .text("EncryptionAlgorithm", ENCRYPTION.word(algorithm)))
}

pub(super) fn decrypt(Request { kms, site, input }: Request<'_>) -> Result<Output, Refused> {
    input.refuse(&["Recipient", "DryRunModifiers"])?;
    let ciphertext = input.need_blob("CiphertextBlob", CIPHERTEXT_MAX)?;
    let key = site.key_if_any(input, "KeyId")?;
    let context = input.context("EncryptionContext")?;
    let algorithm = algorithm(input, "EncryptionAlgorithm")?;
    let request = Decrypt { key: key.as_ref(), ciphertext: &ciphertext, context: &context, algorithm };
    let opened = kms.decrypt(&request)?;
    let material = material(algorithm).then(|| material_id(&opened.key, opened.version));
    Ok(Output::new()
        .blob("Plaintext", opened.plaintext.expose())
        .text("KeyId", &site.key_arn(&opened.key))
        .text("EncryptionAlgorithm", ENCRYPTION.word(algorithm))
        .with(material, |output, id| output.text("KeyMaterialId", &id)))
}

pub(super) fn re_encrypt(Request { kms, site, input }: Request<'_>) -> Result<Output, Refused> {
    input.refuse(&["DryRunModifiers"])?;
    let ciphertext = input.need_blob("CiphertextBlob", CIPHERTEXT_MAX)?;
    let from = site.key_if_any(input, "SourceKeyId")?;
    let to = site.key(input, "DestinationKeyId")?;
    let before = input.context("SourceEncryptionContext")?;
    let after = input.context("DestinationEncryptionContext")?;
    let source_algorithm = algorithm(input, "SourceEncryptionAlgorithm")?;
    let algorithm = algorithm(input, "DestinationEncryptionAlgorithm")?;
    let source = Decrypt { key: from.as_ref(), ciphertext: &ciphertext, context: &before, algorithm: source_algorithm };
    let moved = kms.re_encrypt(&ReEncrypt { source, key: &to, context: &after, algorithm })?;
    let source_material = material(source_algorithm).then(|| material_id(&moved.source, moved.source_version));
    let new_material = material(algorithm).then(|| material_id(&moved.sealed.key, moved.sealed.version));
    Ok(Output::new()
        .blob("CiphertextBlob", &moved.sealed.ciphertext)
        .text("SourceKeyId", &site.key_arn(&moved.source))
        .text("KeyId", &site.key_arn(&moved.sealed.key))
        .text("SourceEncryptionAlgorithm", ENCRYPTION.word(source_algorithm))
        .text("DestinationEncryptionAlgorithm", ENCRYPTION.word(algorithm))
        .with(source_material, |output, id| output.text("SourceKeyMaterialId", &id))
        .with(new_material, |output, id| output.text("DestinationKeyMaterialId", &id)))
}

fn algorithm(input: Input<'_>, member: &'static str) -> Result<EncryptionAlgorithm, Refused> {
    Ok(input.word(member, &ENCRYPTION)?.unwrap_or(EncryptionAlgorithm::SymmetricDefault))
}

/// Only symmetric keys have more than one material.
fn material(algorithm: EncryptionAlgorithm) -> bool {
    algorithm == EncryptionAlgorithm::SymmetricDefault
}

const PLAINTEXT_MAX: usize = 4_096;
const CIPHERTEXT_MAX: usize = 6_144;
