//! Enabling, disabling, deleting.

use vault_core::kms::{KeyRef, KeyState};

use super::super::error::Refused;
use super::super::wire::Output;
use super::super::words::STATES;
use super::Request;

pub(super) fn enable(Request { kms, site, input }: Request<'_>) -> Result<Output, Refused> {
    kms.enable_key(&site.key_id(input, "KeyId")?.into())?;
    Ok(Output::new())
}

pub(super) fn disable(Request { kms, site, input }: Request<'_>) -> Result<Output, Refused> {
    kms.disable_key(&site.key_id(input, "KeyId")?.into())?;
    Ok(Output::new())
}

pub(super) fn schedule_deletion(Request { kms, site, input }: Request<'_>) -> Result<Output, Refused> {
    let key = site.key_id(input, "KeyId")?;
    let days = input.number("PendingWindowInDays", 7..=30)?.unwrap_or(30);
    let deletion_ms = kms.schedule_key_deletion(&KeyRef::Id(key), days)?;
    Ok(Output::new()
        .text("KeyId", &site.key_arn(&key))
        .time("DeletionDate", deletion_ms)
        .text("KeyState", STATES.word(KeyState::PendingDeletion))
        .number("PendingWindowInDays", days))
}

pub(super) fn cancel_deletion(Request { kms, site, input }: Request<'_>) -> Result<Output, Refused> {
    let key = site.key_id(input, "KeyId")?;
    kms.cancel_key_deletion(&KeyRef::Id(key))?;
    Ok(Output::new().text("KeyId", &site.key_arn(&key)))
}
