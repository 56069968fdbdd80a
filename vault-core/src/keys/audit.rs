//! The audit log's key.

use std::fmt;

use crate::hazmat::hmac::MacKey;

/// Authenticates the lines of the audit log. Kept as the state of an HMAC that
/// has taken it in, since every request writes a line; in a box, erased on drop.
pub struct AuditKey(Box<MacKey>);

impl AuditKey {
    pub(crate) fn new(key: &[u8; 32]) -> Self {
        Self(Box::new(MacKey::new(key)))
    }

    pub(crate) fn mac(&self, parts: &[&[u8]]) -> [u8; 32] {
        self.0.mac(parts)
    }
}

impl fmt::Debug for AuditKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AuditKey(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_shows_nothing_of_itself() {
        assert_eq!(format!("{:?}", AuditKey::new(&[7; 32])), "AuditKey(..)");
    }
}
