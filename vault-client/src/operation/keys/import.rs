//! Bringing material of one's own.

use vault_proto::latest::{ImportParameters, KeyCall, KeyReply, KeySpec, Reply, Wrapping};

use super::{Operation, no_more, on, only_key};

/// What an import needs; `spec` is that of the key to wrap to, RSA of any size.
#[must_use]
pub fn parameters_for_import(key: &str, wrapping: Wrapping, spec: KeySpec) -> Operation<ImportParameters> {
    on(
        KeyCall::GetParametersForImport { key: key.to_owned(), wrapping, spec },
        only_key!(KeyReply::ImportParameters(parameters) => parameters),
    )
}

/// Imports a key's material, or the same again; `expires_at` in milliseconds
/// since 1970, UTC.
#[must_use]
pub fn import_material(key: &str, token: &[u8; 32], wrapped: &[u8], expires_at: Option<u64>) -> Operation<()> {
    no_more(KeyCall::ImportMaterial { key: key.to_owned(), token: *token, wrapped: wrapped.to_vec(), expires_at })
}

/// Deletes imported material; answers whether its erasure still waits for
/// readers.
#[must_use]
pub fn delete_imported_material(key: &str) -> Operation<bool> {
    on(
        KeyCall::DeleteImportedMaterial { key: key.to_owned() },
        only_key!(KeyReply::MaterialDeleted { erasure_pending } => erasure_pending),
    )
}
