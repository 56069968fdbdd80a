//! Bringing material of one's own.

use super::Kms;
use crate::kms::{self, ImportParameters, KeyRef, KeySpec, KmsError, NewMaterial, Wrapping};
use crate::store::Erasure;

impl Kms<'_> {
    /// What an import needs; `spec` is that of the key to wrap to, RSA of any size.
    pub fn parameters_for_import(
        &self,
        key: &KeyRef,
        wrapping: Wrapping,
        spec: KeySpec,
    ) -> Result<ImportParameters, KmsError> {
        // Before the writer is asked for: making an RSA key takes long.
        let prepared = kms::prepare_import(self.open().barrier.host(), wrapping, spec);
        self.add("kms.parameters_for_import", |desk, txn| kms::import_parameters(desk, txn, key, prepared?))
    }

    /// Imports a key's material, or the same again.
    pub fn import_key_material(&self, new: &NewMaterial<'_>) -> Result<(), KmsError> {
        self.add("kms.import_key_material", |desk, txn| kms::import_material(desk, txn, new))
    }

    /// Deletes imported material; says whether it is out of the files too.
    pub fn delete_imported_key_material(&self, key: &KeyRef) -> Result<Erasure, KmsError> {
        self.change("kms.delete_imported_key_material", |desk, txn| kms::delete_material(desk, txn, key))?;
        let barrier = &self.open().barrier;
        // Out of memory, then out of the files.
        self.open().kms.sweep(barrier)?;
        Ok(barrier.erase())
    }
}
