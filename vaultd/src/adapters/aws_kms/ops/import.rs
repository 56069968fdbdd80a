//! Importing material. It arrives wrapped; what it is wrapped to stays here.

use vault_core::kms::{KeyRef, KmsError, NewMaterial};

use super::super::error::Refused;
use super::super::wire::Output;
use super::super::words::{EXPIRATION, IMPORT_TYPES, WRAPPING_SPECS, WRAPPINGS};
use super::{Request, material_id};

pub(super) fn parameters(Request { kms, site, input }: Request<'_>) -> Result<Output, Refused> {
    let key = site.key_id(input, "KeyId")?.into();
    let wrapping = input.need_word("WrappingAlgorithm", &WRAPPINGS)?;
    let spec = input.need_word("WrappingKeySpec", &WRAPPING_SPECS)?;
    let given = kms.parameters_for_import(&key, wrapping, spec)?;
    Ok(Output::new()
        .text("KeyId", &site.key_arn(&given.key))
        .blob("ImportToken", &given.token)
        .blob("PublicKey", &given.public)
        .time("ParametersValidTo", given.valid_until_ms))
}

pub(super) fn material(Request { kms, site, input }: Request<'_>) -> Result<Output, Refused> {
    let id = site.key_id(input, "KeyId")?;
    let token = input.need_blob("ImportToken", BLOB_MAX)?;
    let wrapped = input.need_blob("EncryptedKeyMaterial", BLOB_MAX)?;
    input.word("ImportType", &IMPORT_TYPES)?;
    let expires_ms = match (input.word("ExpirationModel", &EXPIRATION)?.unwrap_or(true), input.time("ValidTo")?) {
        (true, Some(at)) => Some(at),
        (true, None) => return Err(Refused::invalid("ValidTo", "a time, or KEY_MATERIAL_DOES_NOT_EXPIRE")),
        (false, None) => None,
        (false, Some(_)) => return Err(Refused::invalid("ValidTo", "none with KEY_MATERIAL_DOES_NOT_EXPIRE")),
    };
    let ours = material_id(&id, IMPORTED_VERSION);
    if input.text("KeyMaterialId", 64)?.is_some_and(|given| *given != *ours) {
        return Err(KmsError::IncorrectMaterial { expected: "the KeyMaterialId of this key's material" }.into());
    }
    kms.import_key_material(&NewMaterial { key: &KeyRef::Id(id), token: &token, wrapped: &wrapped, expires_ms })?;
    Ok(Output::new().text("KeyId", &site.key_arn(&id)).text("KeyMaterialId", &ours))
}

pub(super) fn delete(Request { kms, site, input }: Request<'_>) -> Result<Output, Refused> {
    let id = site.key_id(input, "KeyId")?;
    let ours = material_id(&id, IMPORTED_VERSION);
    if input.text("KeyMaterialId", 64)?.is_some_and(|given| *given != *ours) {
        return Err(KmsError::NotFound { what: "key material" }.into());
    }
    kms.delete_imported_key_material(&KeyRef::Id(id))?;
    Ok(Output::new().text("KeyId", &site.key_arn(&id)).text("KeyMaterialId", &ours))
}

/// The first import decides, and no key that takes material is rotated.
const IMPORTED_VERSION: u32 = 1;
const BLOB_MAX: usize = 6_144;
