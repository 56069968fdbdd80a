//! The last step every kind of slot shares.
//!
//! Threat: one secret used in two places (a key file for two vaults, a
//! credential that is also a key file) must not give the same slot key twice.
//! So kind, vault and slot are all in the derivation.

use std::convert::Infallible;

use crate::hazmat::hkdf;
use crate::keys::SlotKey;

/// HKDF-Expand-SHA256(secret, LP(label) ‖ vault id ‖ slot id, 32). No extract:
/// each secret given here is 32 uniform bytes (random, or an Argon2id output).
pub(super) fn derive(secret: &[u8; 32], label: &str, vault_id: &[u8; 16], slot_id: &[u8; 16]) -> SlotKey {
    // Labels are short constants of this crate.
    let length = (label.len() as u32).to_be_bytes();
    let filled = SlotKey::fill_with(|key| {
        hkdf::expand(secret, &[&length, label.as_bytes(), vault_id, slot_id], key);
        Ok::<(), Infallible>(())
    });
    match filled {
        Ok(key) => key,
        Err(never) => match never {},
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kind_vault_and_slot_each_change_the_key() {
        let secret = [7; 32];
        let base = derive(&secret, "a", &[1; 16], &[2; 16]);
        for other in [
            derive(&[8; 32], "a", &[1; 16], &[2; 16]),
            derive(&secret, "b", &[1; 16], &[2; 16]),
            derive(&secret, "a", &[3; 16], &[2; 16]),
            derive(&secret, "a", &[1; 16], &[3; 16]),
            derive(&secret, "a", &[2; 16], &[1; 16]),
        ] {
            assert_ne!(base.expose(), other.expose());
        }
    }
}
