//! The key tree: what derives from what, and the one type a key of each role has.

mod secret;

pub use secret::SecretBytes;
pub(crate) use secret::key_type;

key_type! {
    /// What one key slot's secret turns into; wraps the root key.
    SlotKey
}
key_type! {
    /// Chains the audit log.
    AuditKey
}
