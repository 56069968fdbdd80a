//! The 42 bytes a record lies under.
//!
//! class 1 ‖ scope id 16 ‖ record kind 1 ‖ name index 16 ‖ u64be version. One
//! scope is one range; nothing in a key names a user, an app or a secret.

/// What family a record belongs to.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[repr(u8)]
pub enum Class {
    /// A header copy; not an envelope, not in the row set.
    Header = 0,
    /// The state record; not in the row set.
    State = 1,
    /// Everything of a scope, the system scope included.
    Scope = 2,
}

/// A record's place. Ordered as its bytes are.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RecordKey([u8; RecordKey::LEN]);

impl RecordKey {
    /// Length in bytes.
    pub const LEN: usize = 42;

    /// Puts a key together.
    #[must_use]
    pub fn new(class: Class, scope: &[u8; 16], kind: u8, index: &[u8; 16], version: u64) -> Self {
        let mut bytes = [0; Self::LEN];
        bytes[0] = class as u8;
        bytes[1..17].copy_from_slice(scope);
        bytes[17] = kind;
        bytes[18..34].copy_from_slice(index);
        bytes[34..].copy_from_slice(&version.to_be_bytes());
        Self(bytes)
    }

    /// Takes a key back from a store; any 42 bytes with a known class.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let bytes: [u8; Self::LEN] = bytes.try_into().ok()?;
        (bytes[0] <= Class::Scope as u8).then_some(Self(bytes))
    }

    /// The bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; Self::LEN] {
        &self.0
    }

    /// The class.
    #[must_use]
    pub fn class(&self) -> Class {
        match self.0[0] {
            0 => Class::Header,
            1 => Class::State,
            _ => Class::Scope,
        }
    }

    /// The scope id; zeros are the system's.
    #[must_use]
    pub fn scope(&self) -> [u8; 16] {
        take(&self.0[1..17])
    }

    /// The record kind within its class.
    #[must_use]
    pub fn kind(&self) -> u8 {
        self.0[17]
    }

    /// The keyed name index.
    #[must_use]
    pub fn index(&self) -> [u8; 16] {
        take(&self.0[18..34])
    }

    /// The version.
    #[must_use]
    pub fn version(&self) -> u64 {
        u64::from_be_bytes(take(&self.0[34..]))
    }

    /// The prefix shared by every record of a scope.
    #[must_use]
    pub fn scope_prefix(scope: &[u8; 16]) -> [u8; 17] {
        let mut prefix = [Class::Scope as u8; 17];
        prefix[1..].copy_from_slice(scope);
        prefix
    }
}

impl std::fmt::Debug for RecordKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("RecordKey(")?;
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))?;
        f.write_str(")")
    }
}

fn take<const N: usize>(bytes: &[u8]) -> [u8; N] {
    let mut out = [0; N];
    out.copy_from_slice(bytes);
    out
}
