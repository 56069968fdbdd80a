//! Keys: made, described, listed.

use vault_core::kms::{KeyId, KeyInfo, KeySpec, KeyState, KeyUsage, NewKey, Origin, Page};

use super::super::error::Refused;
use super::super::marker::{Asked, Listed};
use super::super::names::Site;
use super::super::wire::Output;
use super::super::words::{ENCRYPTION, MACS, ORIGINS, OWNERS, SIGNING, SPECS, STATES, USAGES};
use super::{Request, material_id, policy, tags};

pub(super) fn create(Request { kms, site, input }: Request<'_>) -> Result<Output, Refused> {
    input.refuse(&["CustomKeyStoreId", "XksKeyId"])?;
    if input.flag("MultiRegion")? {
        return Err(Refused::not_offered("MultiRegion"));
    }
    let spec = match (input.word("KeySpec", &SPECS)?, input.word("CustomerMasterKeySpec", &SPECS)?) {
        (Some(spec), Some(older)) if spec != older => {
            return Err(Refused::invalid("CustomerMasterKeySpec", "the same as KeySpec, or none"));
        }
        (spec, older) => spec.or(older).unwrap_or(KeySpec::SymmetricDefault),
    };
    let usage = match input.word("KeyUsage", &USAGES)? {
        None if spec != KeySpec::SymmetricDefault => {
            return Err(Refused::invalid("KeyUsage", "a value: it is required unless the key is SYMMETRIC_DEFAULT"));
        }
        usage => usage.unwrap_or(KeyUsage::EncryptDecrypt),
    };
    if let Some(policy) = input.text("Policy", policy::TEXT_MAX)? {
        policy::check(&policy::statements(site, &policy)?)?;
    }
    let new = NewKey {
        origin: input.word("Origin", &ORIGINS)?.unwrap_or(Origin::Internal),
        description: input.text("Description", DESCRIPTION_MAX)?.unwrap_or_default().into_owned(),
        tags: tags::read(input)?.unwrap_or_default(),
        ..NewKey::new(spec, usage)
    };
    let info = kms.create_key(&new)?;
    Ok(Output::new().object("KeyMetadata", metadata(site, &info)))
}

pub(super) fn describe(Request { kms, site, input }: Request<'_>) -> Result<Output, Refused> {
    let info = kms.describe_key(&site.key(input, "KeyId")?)?;
    Ok(Output::new().object("KeyMetadata", metadata(site, &info)))
}

pub(super) fn list(Request { kms, site, input }: Request<'_>) -> Result<Output, Refused> {
    let asked = Asked::of(input, Listed::Keys, 100, 1_000)?;
    let owners = input.texts("ResourceOwners", 64)?.unwrap_or_default();
    let owners = owners.iter().map(|word| OWNERS.find("ResourceOwners", word)).collect::<Result<Vec<_>, _>>()?;
    let after = asked.after(|place| Some(KeyId::from_bytes(place.try_into().ok()?)))?;
    let page = match owners.is_empty() || owners.contains(&true) {
        true => kms.list_keys(after.as_ref(), asked.limit)?,
        // Keys that others have granted are in nobody's list.
        false => Page { items: Vec::new(), more: false },
    };
    let show = |id: KeyId| Output::new().text("KeyId", &id.to_string()).text("KeyArn", &site.key_arn(&id));
    Ok(asked.page("Keys", page, |id| id.as_bytes().to_vec(), show))
}

pub(super) fn update_description(Request { kms, site, input }: Request<'_>) -> Result<Output, Refused> {
    let key = site.key_id(input, "KeyId")?.into();
    let description = input.need("Description", input.text("Description", DESCRIPTION_MAX)?)?;
    kms.update_key_description(&key, &description)?;
    Ok(Output::new())
}

fn metadata(site: &Site, info: &KeyInfo) -> Output {
    let output = Output::new()
        .text("AWSAccountId", &site.account)
        .text("KeyId", &info.id.to_string())
        .text("Arn", &site.key_arn(&info.id))
        .time("CreationDate", info.made_ms)
        .flag("Enabled", info.state == KeyState::Enabled)
        .text("Description", &info.description)
        .text("KeyUsage", USAGES.word(info.usage))
        .text("KeyState", STATES.word(info.state))
        .with(info.deletion_ms, |output, at| output.time("DeletionDate", at))
        .text("Origin", ORIGINS.word(info.origin))
        .text("KeyManager", "CUSTOMER")
        .flag("MultiRegion", false);
    let output = algorithms(spec(output, info.spec), info.spec, info.usage);
    let output = match (info.usage, info.spec.mac_algorithm()) {
        (KeyUsage::Mac, Some(algorithm)) => output.texts("MacAlgorithms", [MACS.word(algorithm)]),
        _ => output,
    };
    let output = match (info.origin, info.current, info.expires_ms) {
        (Origin::External, Some(_), Some(at)) => {
            output.text("ExpirationModel", "KEY_MATERIAL_EXPIRES").time("ValidTo", at)
        }
        (Origin::External, Some(_), None) => output.text("ExpirationModel", "KEY_MATERIAL_DOES_NOT_EXPIRE"),
        _ => output,
    };
    let current = info.current.filter(|_| info.spec == KeySpec::SymmetricDefault);
    output.with(current, |output, (version, _)| output.text("CurrentKeyMaterialId", &material_id(&info.id, version)))
}

/// Under both of its names. The older one ended before Ed25519 came.
pub(super) fn spec(output: Output, spec: KeySpec) -> Output {
    let word = SPECS.word(spec);
    let older = (spec != KeySpec::Ed25519).then_some(word);
    output.text("KeySpec", word).with(older, |output, word| output.text("CustomerMasterKeySpec", word))
}

/// What a key with a public half, or a symmetric one, can do.
pub(super) fn algorithms(output: Output, spec: KeySpec, usage: KeyUsage) -> Output {
    match usage {
        KeyUsage::EncryptDecrypt => {
            let words = spec.encryption_algorithms().iter().map(|algorithm| ENCRYPTION.word(*algorithm));
            output.texts("EncryptionAlgorithms", words)
        }
        KeyUsage::SignVerify => {
            let words = spec.signing_algorithms().iter().map(|algorithm| SIGNING.word(*algorithm));
            output.texts("SigningAlgorithms", words)
        }
        KeyUsage::KeyAgreement => output.texts("KeyAgreementAlgorithms", ["ECDH"]),
        KeyUsage::Mac => output,
    }
}

const DESCRIPTION_MAX: usize = 8_192;
