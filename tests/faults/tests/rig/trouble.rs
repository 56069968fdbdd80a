//! Why a vault did not open or read: damaged, or anything else.

use std::fmt;

use vault_core::kms::KmsError;
use vault_core::store::StoreError;
use vault_core::{AnchorError, Fault, OpenError, OpenFault, Refusal, UnsealError};

/// An error, and whether it speaks of damage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trouble {
    /// It says that the file is not what was written, not that it cannot be
    /// read now, is held, or needs another secret.
    pub is_damage: bool,
    pub what: String,
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)
    }
}

impl From<Trouble> for String {
    fn from(trouble: Trouble) -> Self {
        trouble.what
    }
}

impl From<StoreError> for Trouble {
    fn from(error: StoreError) -> Self {
        // A layout of a later version is what one changed number looks like.
        let is_damage = matches!(error, StoreError::Corrupt { .. } | StoreError::TooNew { .. });
        Self { is_damage, what: error.to_string() }
    }
}

impl From<OpenError> for Trouble {
    fn from(error: OpenError) -> Self {
        match error {
            OpenError::Store(error) => error.into(),
            OpenError::Header(_) | OpenError::NotAVault => Self { is_damage: true, what: error.to_string() },
            other => Self { is_damage: false, what: other.to_string() },
        }
    }
}

impl From<UnsealError> for Trouble {
    fn from(error: UnsealError) -> Self {
        let is_damage = match &error {
            UnsealError::Header(_) => true,
            UnsealError::Rows(OpenFault::Fault(fault)) => is_damage(fault),
            UnsealError::Rows(_) => true,
            UnsealError::Anchor(AnchorError::Fault(fault)) => is_damage(fault),
            UnsealError::Anchor(_) => true,
            _ => false,
        };
        Self { is_damage, what: error.to_string() }
    }
}

impl From<Refusal> for Trouble {
    fn from(refusal: Refusal) -> Self {
        let is_damage = matches!(&refusal, Refusal::Fault(fault) if is_damage(fault));
        Self { is_damage, what: refusal.to_string() }
    }
}

impl From<KmsError> for Trouble {
    fn from(error: KmsError) -> Self {
        let is_damage = matches!(&error, KmsError::Fault(fault) if is_damage(fault));
        Self { is_damage, what: error.to_string() }
    }
}

impl From<Fault> for Trouble {
    fn from(fault: Fault) -> Self {
        Self { is_damage: is_damage(&fault), what: fault.to_string() }
    }
}

fn is_damage(fault: &Fault) -> bool {
    matches!(fault, Fault::Corrupt { .. })
}
