//! Key pairs: signatures, public halves, shared secrets.

use vault_core::kms::{KeyRef, KmsError, Message, NewSignature};

use super::super::error::Refused;
use super::super::wire::{Input, Output};
use super::super::words::{AGREEMENT, MESSAGE_TYPES, ORIGINS, SIGNING, USAGES};
use super::{Request, keys};

pub(super) fn sign(Request { kms, site, input }: Request<'_>) -> Result<Output, Refused> {
    let key = site.key(input, "KeyId")?;
    let bytes = input.need_blob("Message", MESSAGE_MAX)?;
    let algorithm = input.need_word("SigningAlgorithm", &SIGNING)?;
    let message = message(input, &bytes)?;
    let made = kms.sign(&NewSignature { key: &key, message, algorithm }).map_err(no_digest)?;
    Ok(Output::new()
        .blob("Signature", &made.signature)
        .text("SigningAlgorithm", SIGNING.word(algorithm))
        .text("KeyId", &site.key_arn(&made.key)))
}

pub(super) fn verify(Request { kms, site, input }: Request<'_>) -> Result<Output, Refused> {
    let key = site.key(input, "KeyId")?;
    let bytes = input.need_blob("Message", MESSAGE_MAX)?;
    let algorithm = input.need_word("SigningAlgorithm", &SIGNING)?;
    let signature = input.need_blob("Signature", SIGNATURE_MAX)?;
    let message = message(input, &bytes)?;
    let key = kms.verify(&NewSignature { key: &key, message, algorithm }, &signature).map_err(no_digest)?;
    Ok(Output::new()
        .flag("SignatureValid", true)
        .text("SigningAlgorithm", SIGNING.word(algorithm))
        .text("KeyId", &site.key_arn(&key)))
}

pub(super) fn public_key(Request { kms, site, input }: Request<'_>) -> Result<Output, Refused> {
    let found = kms.public_key(&site.key(input, "KeyId")?)?;
    let output = Output::new()
        .text("KeyId", &site.key_arn(&found.key))
        .blob("PublicKey", &found.spki)
        .text("KeyUsage", USAGES.word(found.usage));
    Ok(keys::algorithms(keys::spec(output, found.spec), found.spec, found.usage))
}

pub(super) fn derive_shared_secret(Request { kms, site, input }: Request<'_>) -> Result<Output, Refused> {
    input.refuse(&["Recipient"])?;
    let key = site.key(input, "KeyId")?;
    input.need_word("KeyAgreementAlgorithm", &AGREEMENT)?;
    let peer = input.need_blob("PublicKey", PUBLIC_KEY_MAX)?;
    // The answer says which key and where it comes from. Somebody whom a grant lets
    // derive and not look has named it by its id, and hears no more than that.
    let (id, origin) = match (kms.dry_run(false).describe_key(&key), &key) {
        (Ok(info), _) => (info.id, Some(info.origin)),
        (Err(KmsError::Forbidden), KeyRef::Id(id)) => (*id, None),
        (Err(error), _) => return Err(error.into()),
    };
    let secret = kms.derive_shared_secret(&KeyRef::Id(id), &peer)?;
    Ok(Output::new()
        .text("KeyId", &site.key_arn(&id))
        .blob("SharedSecret", secret.expose())
        .text("KeyAgreementAlgorithm", AGREEMENT.word(()))
        .with(origin, |output, origin| output.text("KeyOrigin", ORIGINS.word(origin))))
}

fn message<'b>(input: Input<'_>, bytes: &'b [u8]) -> Result<Message<'b>, Refused> {
    Ok(match input.word("MessageType", &MESSAGE_TYPES)? {
        Some(true) => Message::Digest(bytes),
        Some(false) | None => Message::Raw(bytes),
    })
}

/// An algorithm that signs messages only was given a digest.
fn no_digest(error: KmsError) -> Refused {
    match error {
        KmsError::Unsupported { .. } => Refused::invalid("MessageType", "RAW with this SigningAlgorithm"),
        error => error.into(),
    }
}

const MESSAGE_MAX: usize = 4_096;
const SIGNATURE_MAX: usize = 6_144;
const PUBLIC_KEY_MAX: usize = 8_192;
