//! Anchors: what tells that a whole vault file was put back to an earlier time,
//! which nothing in the file itself can. An anchor lies on another volume and
//! says how far the vault had come.
//!
//! `"VLTA" | format 1 | vault id 16 | incarnation 16 | sequence u64be |
//! HMAC-SHA-256(anchor key, LP("vault/v1/anchor") ‖ everything before) 32`
//!
//! Limit: whoever puts back vault and anchor together is not noticed by it;
//! clients that remember a [`crate::Stamp`] are the other witness.

use subtle::ConstantTimeEq;

use crate::barrier::{Barrier, Fault};
use crate::codec::{Malformed, Put, Reader, lp_prefix};
use crate::hazmat::hmac::hmac;
use crate::keys::Role;
use crate::vault::{Open, Vault};

/// Length of an anchor, in bytes.
pub const ANCHOR_LEN: usize = 4 + 1 + 16 + 16 + 8 + 32;

/// The anchor does not fit the vault.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AnchorError {
    /// Not an anchor.
    #[error("the anchor is damaged: {0}")]
    Malformed(#[from] Malformed),
    /// Not this vault's, or changed.
    #[error("the anchor cannot be proven to be this vault's")]
    Forged,
    /// The vault is older than its anchor.
    #[error("the vault stands at sequence {vault}, its anchor at {anchor}: an older vault file was put back")]
    Rollback {
        /// The vault.
        vault: u64,
        /// The anchor.
        anchor: u64,
    },
    /// The vault is of another incarnation.
    #[error("the vault is of another incarnation than its anchor: a backup was restored, or damage was accepted")]
    OtherIncarnation,
    /// Below.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl Vault<Open> {
    /// What to write to the anchor now.
    pub fn anchor(&self) -> Result<[u8; ANCHOR_LEN], Fault> {
        let barrier = &self.0.barrier;
        let stamp = barrier.stamp()?;
        let mut bytes = Vec::with_capacity(ANCHOR_LEN);
        bytes.extend_from_slice(MAGIC);
        bytes.push(FORMAT);
        bytes.extend_from_slice(barrier.vault());
        bytes.extend_from_slice(&stamp.incarnation);
        bytes.put_u64(stamp.sequence);
        let mac = mac(barrier, &bytes);
        bytes.extend_from_slice(&mac);
        let mut anchor = [0; ANCHOR_LEN];
        anchor.copy_from_slice(&bytes);
        Ok(anchor)
    }

    /// Does the vault stand where its anchor says, or later?
    pub fn check_anchor(&self, bytes: &[u8]) -> Result<(), AnchorError> {
        check(&self.0.barrier, bytes)
    }
}

/// Does the vault stand where its anchor says, or later?
pub(crate) fn check(barrier: &Barrier, bytes: &[u8]) -> Result<(), AnchorError> {
    let (body, given) = bytes.split_last_chunk::<32>().ok_or(Malformed { expected: "77 bytes" })?;
    let mut reader = Reader::new(body);
    reader.literal(MAGIC, "the anchor magic VLTA")?;
    reader.literal(&[FORMAT], "anchor format 1")?;
    let vault: [u8; 16] = reader.array("a vault id")?;
    let incarnation: [u8; 16] = reader.array("an incarnation")?;
    let sequence = reader.u64("a sequence")?;
    reader.end()?;
    if vault != *barrier.vault() || !bool::from(mac(barrier, body).ct_eq(given)) {
        return Err(AnchorError::Forged);
    }
    let stamp = barrier.stamp()?;
    if incarnation != stamp.incarnation {
        return Err(AnchorError::OtherIncarnation);
    }
    if sequence > stamp.sequence {
        return Err(AnchorError::Rollback { vault: stamp.sequence, anchor: sequence });
    }
    Ok(())
}

fn mac(barrier: &Barrier, body: &[u8]) -> [u8; 32] {
    let label = b"vault/v1/anchor";
    hmac(barrier.keyring().current(Role::Anchor).1, &[&lp_prefix(label), label, body])
}

const MAGIC: &[u8; 4] = b"VLTA";
const FORMAT: u8 = 1;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access::Caller;
    use crate::keys::SecretBytes;
    use crate::names::{App, SecretName, User};

    fn step(vault: &Vault<Open>) {
        let (app, name) = (App::personal(), SecretName::parse("k").unwrap());
        vault.caller(&Caller::new(User::Uid(1), None)).set(&app, &name, SecretBytes::from(&b"x"[..]), None).unwrap();
    }

    #[test]
    fn an_anchor_holds_for_its_vault_from_then_on() {
        let vault = Vault::ephemeral().unwrap();
        let anchor = vault.anchor().unwrap();
        assert!(vault.check_anchor(&anchor).is_ok());
        step(&vault);
        assert!(vault.check_anchor(&anchor).is_ok(), "the vault may be ahead");
        vault.begin_incarnation().unwrap();
        assert!(matches!(vault.check_anchor(&anchor), Err(AnchorError::OtherIncarnation)));
        let other = Vault::ephemeral().unwrap();
        assert!(matches!(other.check_anchor(&anchor), Err(AnchorError::Forged)));
    }

    #[test]
    fn every_changed_byte_and_every_length_is_refused() {
        let vault = Vault::ephemeral().unwrap();
        let anchor = vault.anchor().unwrap();
        for at in 0..anchor.len() {
            let mut changed = anchor;
            changed[at] ^= 1;
            assert!(vault.check_anchor(&changed).is_err(), "byte {at}");
            assert!(vault.check_anchor(&anchor[..at]).is_err(), "length {at}");
        }
        assert!(vault.check_anchor(&[&anchor[..], &[0]].concat()).is_err());
    }
}
