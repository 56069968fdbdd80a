//! Rotating keys.

use vault_proto::latest::{KeyCall, KeyMaterialInfo, KeyReply, Reply, RotationStatus};

use super::{Operation, no_more, on, only_key};
use crate::keys::Listed;

/// Gives a symmetric key new material now; answers the new version.
#[must_use]
pub fn rotate(key: &str) -> Operation<u32> {
    on(KeyCall::Rotate { key: key.to_owned() }, only_key!(KeyReply::Rotated { version } => version))
}

/// Rotates a key every so many days from now on, 90 to 2,560.
#[must_use]
pub fn enable_rotation(key: &str, days: u32) -> Operation<()> {
    no_more(KeyCall::EnableRotation { key: key.to_owned(), days })
}

/// No automatic rotation any more.
#[must_use]
pub fn disable_rotation(key: &str) -> Operation<()> {
    no_more(KeyCall::DisableRotation { key: key.to_owned() })
}

/// How a key is rotated.
#[must_use]
pub fn rotation_status(key: &str) -> Operation<RotationStatus> {
    on(KeyCall::GetRotationStatus { key: key.to_owned() }, only_key!(KeyReply::RotationStatus(status) => status))
}

/// Versions of a key's material, oldest first, after a given one.
#[must_use]
pub fn rotations(key: &str, after: Option<u32>, limit: u32) -> Operation<Listed<KeyMaterialInfo>> {
    on(
        KeyCall::ListRotations { key: key.to_owned(), after, limit },
        only_key!(KeyReply::Rotations { items, more } => Listed { items, more }),
    )
}
