//! Rotating keys.

use super::Kms;
use crate::kms::{self, KeyRef, KmsError, MaterialInfo, Page, RotationStatus};

impl Kms<'_> {
    /// Gives a symmetric key new material now; returns the new version.
    pub fn rotate_key(&self, key: &KeyRef) -> Result<u32, KmsError> {
        self.add("kms.rotate_key", |desk, txn| kms::rotate(desk, txn, key))
    }

    /// Rotates a key every so many days from now on.
    pub fn enable_key_rotation(&self, key: &KeyRef, days: u32) -> Result<(), KmsError> {
        self.change("kms.enable_key_rotation", |desk, txn| kms::enable_rotation(desk, txn, key, days))
    }

    /// No automatic rotation any more.
    pub fn disable_key_rotation(&self, key: &KeyRef) -> Result<(), KmsError> {
        self.change("kms.disable_key_rotation", |desk, txn| kms::disable_rotation(desk, txn, key))
    }

    /// How a key is rotated.
    pub fn key_rotation_status(&self, key: &KeyRef) -> Result<RotationStatus, KmsError> {
        self.look("kms.key_rotation_status", |desk| kms::rotation_status(desk, key))
    }

    /// Versions of a key's material, oldest first, after a given one.
    pub fn list_key_rotations(
        &self,
        key: &KeyRef,
        after: Option<u32>,
        limit: usize,
    ) -> Result<Page<MaterialInfo>, KmsError> {
        self.look("kms.list_key_rotations", |desk| kms::list_rotations(desk, key, after, limit))
    }
}
