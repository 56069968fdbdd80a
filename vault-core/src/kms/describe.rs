//! What is known about a key, its material never.

use super::KmsError;
use super::desk::Desk;
use super::grant::Operation;
use super::id::{KeyId, KeyRef};
use super::record::KeyRecord;
use super::spec::{KeySpec, KeyUsage, Origin};
use super::state::{KeyState, Needs};
use crate::names::User;

/// A key, as it is shown.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct KeyInfo {
    /// Its id.
    pub id: KeyId,
    /// Who made it.
    pub made_by: User,
    /// When.
    pub made_ms: u64,
    /// Does it belong to whoever asks? Else a grant shows it.
    pub own: bool,
    /// What it is made of.
    pub spec: KeySpec,
    /// What it is for.
    pub usage: KeyUsage,
    /// Where its material comes from.
    pub origin: Origin,
    /// Its state.
    pub state: KeyState,
    /// May its material be handed out?
    pub exportable: bool,
    /// For people.
    pub description: String,
    /// The version in use, and its id; none while it waits for material.
    pub current: Option<(u32, [u8; 32])>,
    /// When it will be deleted.
    pub deletion_ms: Option<u64>,
    /// When imported material expires.
    pub expires_ms: Option<u64>,
}

pub(crate) fn describe(desk: &Desk<'_>, key: &KeyRef) -> Result<KeyInfo, KmsError> {
    let found = desk.may(key, Operation::DescribeKey, None, Needs::Nothing)?;
    Ok(info(&found.record, desk.barrier.now_ms(), found.own))
}

pub(crate) fn info(record: &KeyRecord, now_ms: u64, own: bool) -> KeyInfo {
    let usable = record.usable(now_ms);
    let state = record.state.unwrap_or(KeyState::PendingDeletion);
    // Expired, whether upkeep has come by or not.
    let expired = usable.is_none() && state != KeyState::PendingDeletion;
    KeyInfo {
        id: record.id,
        made_by: record.made_by.clone(),
        made_ms: record.made_ms,
        own,
        spec: record.spec,
        usage: record.usage,
        origin: record.origin,
        state: if expired { KeyState::PendingImport } else { state },
        exportable: record.exportable,
        description: record.description.clone(),
        current: usable.map(|material| (material.version, material.id)),
        deletion_ms: (state == KeyState::PendingDeletion).then_some(record.deletion_ms),
        expires_ms: usable.map(|material| material.expires_ms).filter(|at| *at != 0),
    }
}
