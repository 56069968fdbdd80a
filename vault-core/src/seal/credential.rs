//! A key slot opened by a systemd credential: 32 raw bytes that the service
//! manager puts into a directory only this service can read
//! (`LoadCredentialEncrypted=`, `SetCredentialEncrypted=`).
//!
//! The directory comes as an argument: the core reads no environment.

use std::path::Path;

pub use super::secret_file::SecretFileError;
use super::{secret_file, slot_label};
use crate::keys::{SlotKey, key_type};
use crate::limits::CREDENTIAL_NAME_MAX;

key_type! {
    /// The 32 bytes of a credential.
    pub Credential
}

/// The name of a credential: one path part, not hidden, 1 to 255 bytes of visible ASCII.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CredentialName(Box<str>);

/// A name that is not a credential's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a credential name: expected 1 to 255 visible ASCII characters, no `/` and no leading `.`")]
pub struct CredentialNameError;

impl CredentialName {
    /// Checks the name, so that it can never lead out of the directory.
    pub fn parse(text: &str) -> Result<Self, CredentialNameError> {
        let fits = (1..=CREDENTIAL_NAME_MAX).contains(&text.len());
        let plain = text.bytes().all(|b| b.is_ascii_graphic() && b != b'/');
        if fits && plain && !text.starts_with('.') { Ok(Self(text.into())) } else { Err(CredentialNameError) }
    }

    /// As text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Credential {
    /// A credential that came from elsewhere; none unless it has exactly 32 bytes.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let bytes: &[u8; 32] = bytes.try_into().ok()?;
        Self::fill_with(|key| {
            key.copy_from_slice(bytes);
            Ok::<_, SecretFileError>(())
        })
        .ok()
    }

    /// Reads `directory/name`: regular, owned by us or root, 0400 or 0600 (or
    /// root's 0440, which is how systemd's ACL looks), one name, exactly 32 bytes.
    pub fn read(directory: &Path, name: &CredentialName) -> Result<Self, SecretFileError> {
        let path = directory.join(name.as_str());
        Self::fill_with(|key| secret_file::read_into(&path, secret_file::Rule::Credential, key))
    }

    /// The slot key this credential gives in this place.
    #[must_use]
    pub fn derive_slot_key(&self, vault_id: &[u8; 16], slot_id: &[u8; 16]) -> SlotKey {
        slot_label::derive(self.expose(), LABEL, vault_id, slot_id)
    }
}

const LABEL: &str = "vault/v1/slot/credential";

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn names() {
        let long = "a".repeat(256);
        for bad in ["", ".", "..", ".hidden", "a/b", "/a", "a b", "a\n", "ä", "a\0", &long] {
            assert_eq!(CredentialName::parse(bad), Err(CredentialNameError), "{bad:?}");
        }
        for good in ["vault.key", "a", "A-1_x", &long[1..]] {
            assert_eq!(CredentialName::parse(good).unwrap().as_str(), good);
        }
    }

    /// Computed with Python's `hmac`, as in `key_file`.
    #[test]
    fn known_answer() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("vault.key");
        std::fs::write(&path, std::array::from_fn::<u8, 32, _>(|i| i as u8)).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o400)).unwrap();
        let read = Credential::read(dir.path(), &CredentialName::parse("vault.key").unwrap()).unwrap();
        let key = read.derive_slot_key(&[0xa1; 16], &[0xb2; 16]);
        let hex: String = key.expose().iter().map(|b| format!("{b:02x}")).collect();
        assert_eq!(hex, "c6a83bcabcb004c773e93d57ea9c89eed959bf8f0119ac2a5f1df99d30f33440");

        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o404)).unwrap();
        let refused = Credential::read(dir.path(), &CredentialName::parse("vault.key").unwrap());
        assert!(matches!(refused, Err(SecretFileError::Mode { mode: 0o404 })));
    }
}
