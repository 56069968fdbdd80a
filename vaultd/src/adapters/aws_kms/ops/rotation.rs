//! Rotation.

use vault_core::kms::{KeyRef, KeySpec, KmsError, MaterialInfo, MaterialSource, Origin};

use super::super::error::Refused;
use super::super::marker::{Asked, Listed};
use super::super::wire::Output;
use super::super::words::INCLUDED;
use super::{Request, material_id};

pub(super) fn enable(Request { kms, site, input }: Request<'_>) -> Result<Output, Refused> {
    let key = site.key_id(input, "KeyId")?.into();
    let days = input.number("RotationPeriodInDays", 90..=2_560)?.unwrap_or(365);
    kms.enable_key_rotation(&key, days)?;
    Ok(Output::new())
}

pub(super) fn disable(Request { kms, site, input }: Request<'_>) -> Result<Output, Refused> {
    kms.disable_key_rotation(&site.key_id(input, "KeyId")?.into())?;
    Ok(Output::new())
}

pub(super) fn status(Request { kms, site, input }: Request<'_>) -> Result<Output, Refused> {
    let key = site.key_id(input, "KeyId")?;
    let status = kms.key_rotation_status(&KeyRef::Id(key))?;
    Ok(Output::new()
        .flag("KeyRotationEnabled", status.period_days.is_some())
        .text("KeyId", &key.to_string())
        .with(status.period_days, |output, days| output.number("RotationPeriodInDays", days))
        .with(status.next_ms, |output, at| output.time("NextRotationDate", at)))
}

pub(super) fn rotate(Request { kms, site, input }: Request<'_>) -> Result<Output, Refused> {
    let key = site.key_id(input, "KeyId")?;
    kms.rotate_key(&KeyRef::Id(key))?;
    Ok(Output::new().text("KeyId", &key.to_string()))
}

pub(super) fn list(Request { kms, site, input }: Request<'_>) -> Result<Output, Refused> {
    let asked = Asked::of(input, Listed::Rotations, 100, 1_000)?;
    let id = site.key_id(input, "KeyId")?;
    let all = input.word("IncludeKeyMaterial", &INCLUDED)?.unwrap_or(false);
    let after = asked.after(|place| Some(u32::from_be_bytes(place.try_into().ok()?)))?;
    // Versions begin with 1, which no rotation made.
    let after = if all { after } else { Some(after.unwrap_or(0).max(1)) };
    let key = KeyRef::Id(id);
    let page = kms.list_key_rotations(&key, after, asked.limit)?;
    let info = kms.describe_key(&key)?;
    if info.spec != KeySpec::SymmetricDefault {
        return Err(KmsError::Unsupported { what: "be rotated" }.into());
    }
    let current = info.current.map(|(version, _)| version);
    let show = |material: MaterialInfo| {
        let output = Output::new()
            .text("KeyId", &id.to_string())
            .text("KeyMaterialId", &material_id(&id, material.version))
            .text("KeyMaterialState", if current == Some(material.version) { "CURRENT" } else { "NON_CURRENT" });
        let output = match info.origin {
            Origin::External => imported(output, &material),
            Origin::Internal => output,
        };
        match material.source {
            MaterialSource::OnDemand => output.time("RotationDate", material.made_ms).text("RotationType", "ON_DEMAND"),
            MaterialSource::Automatic => {
                output.time("RotationDate", material.made_ms).text("RotationType", "AUTOMATIC")
            }
            MaterialSource::Created | MaterialSource::Imported => output,
        }
    };
    Ok(asked.page("Rotations", page, |material| material.version.to_be_bytes().to_vec(), show))
}

fn imported(output: Output, material: &MaterialInfo) -> Output {
    let expires = (material.expires_ms != 0).then_some(material.expires_ms);
    output
        .text("ImportState", if material.gone { "PENDING_IMPORT" } else { "IMPORTED" })
        .text(
            "ExpirationModel",
            if expires.is_some() { "KEY_MATERIAL_EXPIRES" } else { "KEY_MATERIAL_DOES_NOT_EXPIRE" },
        )
        .with(expires, |output, at| output.time("ValidTo", at))
}
