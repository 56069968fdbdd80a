//! Data keys, data key pairs and random bytes.

use vault_core::kms::{Encrypted, NewDataKey, NewDataKeyPair, SealedDataKeyPair};

use super::super::error::Refused;
use super::super::names::Site;
use super::super::wire::{Input, Output};
use super::super::words::{DATA_KEY_SPECS, PAIR_SPECS};
use super::{Request, material_id};

pub(super) fn generate(Request { kms, site, input }: Request<'_>) -> Result<Output, Refused> {
    input.refuse(&["Recipient"])?;
    let (key, context) = (site.key(input, "KeyId")?, input.context("EncryptionContext")?);
    let made = kms.generate_data_key(&NewDataKey { key: &key, context: &context, len: len(input)? })?;
    Ok(sealed(site, "CiphertextBlob", &made.sealed).blob("Plaintext", made.plaintext.expose()))
}

pub(super) fn generate_sealed(Request { kms, site, input }: Request<'_>) -> Result<Output, Refused> {
    let (key, context) = (site.key(input, "KeyId")?, input.context("EncryptionContext")?);
    let request = NewDataKey { key: &key, context: &context, len: len(input)? };
    Ok(sealed(site, "CiphertextBlob", &kms.generate_data_key_without_plaintext(&request)?))
}

pub(super) fn generate_pair(Request { kms, site, input }: Request<'_>) -> Result<Output, Refused> {
    input.refuse(&["Recipient"])?;
    let (key, context) = (site.key(input, "KeyId")?, input.context("EncryptionContext")?);
    let spec = input.need_word("KeyPairSpec", &PAIR_SPECS)?;
    let made = kms.generate_data_key_pair(&NewDataKeyPair { key: &key, context: &context, spec })?;
    let output = pair(site, &made.pair).text("KeyPairSpec", PAIR_SPECS.word(spec));
    Ok(output.blob("PrivateKeyPlaintext", made.private.expose()))
}

pub(super) fn generate_sealed_pair(Request { kms, site, input }: Request<'_>) -> Result<Output, Refused> {
    let (key, context) = (site.key(input, "KeyId")?, input.context("EncryptionContext")?);
    let spec = input.need_word("KeyPairSpec", &PAIR_SPECS)?;
    let request = NewDataKeyPair { key: &key, context: &context, spec };
    let made = kms.generate_data_key_pair_without_plaintext(&request)?;
    Ok(pair(site, &made).text("KeyPairSpec", PAIR_SPECS.word(spec)))
}

pub(super) fn random(Request { kms, input, .. }: Request<'_>) -> Result<Output, Refused> {
    input.refuse(&["CustomKeyStoreId", "Recipient"])?;
    let len = input.need("NumberOfBytes", input.number("NumberOfBytes", BYTES)?)?;
    Ok(Output::new().blob("Plaintext", kms.generate_random(len as usize)?.expose()))
}

/// Of a data key: in bytes, or as the kind of key it is; one of the two.
fn len(input: Input<'_>) -> Result<usize, Refused> {
    match (input.number("NumberOfBytes", BYTES)?, input.word("KeySpec", &DATA_KEY_SPECS)?) {
        (Some(len), None) | (None, Some(len)) => Ok(len as usize),
        _ => Err(Refused::validation("expected either NumberOfBytes or KeySpec")),
    }
}

fn pair(site: &Site, made: &SealedDataKeyPair) -> Output {
    sealed(site, "PrivateKeyCiphertextBlob", &made.sealed).blob("PublicKey", &made.public)
}

fn sealed(site: &Site, name: &str, sealed: &Encrypted) -> Output {
    Output::new()
        .blob(name, &sealed.ciphertext)
        .text("KeyId", &site.key_arn(&sealed.key))
        .text("KeyMaterialId", &material_id(&sealed.key, sealed.version))
}

const BYTES: std::ops::RangeInclusive<u32> = 1..=1_024;
