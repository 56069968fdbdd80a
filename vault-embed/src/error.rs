//! What can go wrong, each source kept.

use vault_core::audit::OpenFileError;
use vault_core::names::NameError;
use vault_core::seal::key_file::{CreateError, SecretFileError};
use vault_core::store::StoreError;
use vault_core::{OpenError, Refusal, UnsealError};

/// Why an embedded vault said no.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The operation was refused.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// A user, app or secret name breaks its rule.
    #[error(transparent)]
    Name(#[from] NameError),
    /// The file.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The file is no vault that can be read.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// It stays sealed.
    #[error(transparent)]
    Unseal(#[from] UnsealError),
    /// The key file was not made.
    #[error("key file: {0}")]
    KeyFile(#[from] CreateError),
    /// The key file was not read.
    #[error("key file: {0}")]
    KeyFileRead(#[from] SecretFileError),
    /// The audit log's file was not taken.
    #[error("audit log: {0}")]
    AuditFile(#[from] OpenFileError),
    /// The audit log could not be continued.
    #[error("audit log: {0}")]
    Audit(#[from] std::io::Error),
}
