//! The states of a key and the ways from one to another. What is not in this
//! file does not happen.

use super::KmsError;

/// The state of a key.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[repr(u8)]
pub enum KeyState {
    /// Can be used.
    Enabled = 1,
    /// Cannot be used until it is enabled.
    Disabled = 2,
    /// Will be deleted on its date unless that is cancelled.
    PendingDeletion = 3,
    /// Waits for its material.
    PendingImport = 4,
}

/// What may happen to a key.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Transition {
    Enable,
    Disable,
    ScheduleDeletion,
    /// There is material to go back to, or not.
    CancelDeletion {
        has_material: bool,
    },
    /// Material was imported.
    Import,
    /// Imported material was deleted or has expired.
    LoseMaterial,
}

/// What an operation needs of a key's state.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Needs {
    /// Nothing: it only looks, or takes something away.
    Nothing,
    /// That the key is not on its way out.
    Kept,
    /// That the key can be used.
    Enabled,
}

impl KeyState {
    /// Every one.
    pub const ALL: [Self; 4] = [Self::Enabled, Self::Disabled, Self::PendingDeletion, Self::PendingImport];

    pub(crate) fn from_byte(byte: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|state| *state as u8 == byte)
    }

    /// The state after `what` has happened, if it may.
    pub(crate) fn after(self, what: Transition) -> Result<Self, KmsError> {
        use KeyState::{Disabled, Enabled, PendingDeletion, PendingImport};
        use Transition::{CancelDeletion, Disable, Enable, Import, LoseMaterial, ScheduleDeletion};
        match (what, self) {
            (Enable, Enabled | Disabled) => Ok(Enabled),
            (Disable, Enabled | Disabled) => Ok(Disabled),
            (ScheduleDeletion, Enabled | Disabled | PendingImport) => Ok(PendingDeletion),
            (CancelDeletion { has_material: true }, PendingDeletion) => Ok(Disabled),
            (CancelDeletion { has_material: false }, PendingDeletion) => Ok(PendingImport),
            (Import, PendingImport) => Ok(Enabled),
            // The same material again: a new expiry, nothing else.
            (Import, Enabled | Disabled) => Ok(self),
            (LoseMaterial, Enabled | Disabled | PendingImport) => Ok(PendingImport),
            (LoseMaterial, PendingDeletion) => Ok(PendingDeletion),
            (CancelDeletion { .. }, Enabled | Disabled | PendingImport) => {
                Err(KmsError::NotPendingDeletion { state: self })
            }
            (Enable | Disable | ScheduleDeletion | Import, PendingDeletion) => Err(KmsError::PendingDeletion),
            (Enable | Disable, PendingImport) => Err(KmsError::PendingImport),
        }
    }

    /// Is that enough for an operation?
    pub(crate) fn admit(self, needs: Needs) -> Result<(), KmsError> {
        match (needs, self) {
            (Needs::Nothing, _)
            | (Needs::Kept, Self::Enabled | Self::Disabled | Self::PendingImport)
            | (Needs::Enabled, Self::Enabled) => Ok(()),
            (Needs::Kept | Needs::Enabled, Self::PendingDeletion) => Err(KmsError::PendingDeletion),
            (Needs::Enabled, Self::Disabled) => Err(KmsError::Disabled),
            (Needs::Enabled, Self::PendingImport) => Err(KmsError::PendingImport),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every cell of the table, written down once more: E, D, P (deletion), I
    /// (import), or - for refused.
    #[test]
    fn the_whole_table() {
        let rows = [
            (Transition::Enable, "EE--"),
            (Transition::Disable, "DD--"),
            (Transition::ScheduleDeletion, "PP-P"),
            (Transition::CancelDeletion { has_material: true }, "--D-"),
            (Transition::CancelDeletion { has_material: false }, "--I-"),
            (Transition::Import, "ED-E"),
            (Transition::LoseMaterial, "IIPI"),
        ];
        let letter = |state| match state {
            KeyState::Enabled => 'E',
            KeyState::Disabled => 'D',
            KeyState::PendingDeletion => 'P',
            KeyState::PendingImport => 'I',
        };
        for (what, row) in rows {
            let found: String = KeyState::ALL.into_iter().map(|state| state.after(what).map_or('-', letter)).collect();
            assert_eq!(found, row, "{what:?}");
        }
    }

    #[test]
    fn only_an_enabled_key_is_used_and_the_error_says_why() {
        let words = |needs| {
            KeyState::ALL.map(|state| match state.admit(needs) {
                Ok(()) => "ok",
                Err(KmsError::Disabled) => "disabled",
                Err(KmsError::PendingDeletion) => "deletion",
                Err(KmsError::PendingImport) => "import",
                Err(_) => "?",
            })
        };
        assert_eq!(words(Needs::Enabled), ["ok", "disabled", "deletion", "import"]);
        assert_eq!(words(Needs::Kept), ["ok", "ok", "deletion", "ok"]);
        assert_eq!(words(Needs::Nothing), ["ok"; 4]);
    }
}
