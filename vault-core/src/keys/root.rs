//! The root key and the two keys that derive from it.

use super::key_type;
use crate::codec::lp_prefix;
use crate::hazmat::hkdf;
use crate::host::{Entropy, EntropyError};

key_type! {
    /// The top of the tree: random, wrapped by every key slot.
    pub(crate) RootKey
}
key_type! {
    /// Authenticates the header.
    pub(crate) HeaderMacKey
}
key_type! {
    /// Seals the keyring.
    pub(crate) KeyringKey
}

impl RootKey {
    pub(crate) fn make(entropy: &dyn Entropy) -> Result<Self, EntropyError> {
        Self::fill_with(|key| entropy.fill(key))
    }

    pub(crate) fn derive_header_mac(&self, vault: &[u8; 16]) -> HeaderMacKey {
        derived(HeaderMacKey::fill_with(|key| derive(self, b"vault/v1/root/header-mac", vault, key)))
    }

    pub(crate) fn derive_keyring(&self, vault: &[u8; 16]) -> KeyringKey {
        derived(KeyringKey::fill_with(|key| derive(self, b"vault/v1/root/keyring", vault, key)))
    }
}

fn derive(root: &RootKey, label: &[u8], vault: &[u8; 16], key: &mut [u8; 32]) -> Result<(), std::convert::Infallible> {
    hkdf::expand(root.expose(), &[&lp_prefix(label), label, vault], key);
    Ok(())
}

fn derived<T>(made: Result<T, std::convert::Infallible>) -> T {
    match made {
        Ok(key) => key,
        Err(never) => match never {},
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Computed with Python's hmac: `HMAC(root, LP(label) ‖ vault ‖ 0x01)`.
    #[test]
    fn known_answers() {
        let root = RootKey::fill_with(|key| {
            *key = std::array::from_fn(|i| i as u8);
            Ok::<_, EntropyError>(())
        })
        .unwrap();
        let vault = [0xaa; 16];
        let hex = |key: &[u8; 32]| key.iter().map(|b| format!("{b:02x}")).collect::<String>();
        assert_eq!(
            hex(root.derive_header_mac(&vault).expose()),
            "d86216e9e43bb68088d2645ca8e67cae613a33bcd2e8f7cf87fbd8d9bee95d1f"
        );
        assert_eq!(
            hex(root.derive_keyring(&vault).expose()),
            "2302287354d447fd4762083a7dd0ddaa4596f4157902c7151a0b88aab70f3e57"
        );
    }

    #[test]
    fn debug_is_silent() {
        assert_eq!(format!("{:?}", RootKey::make(&*crate::host::Host::system().entropy).unwrap()), "RootKey(..)");
    }
}
