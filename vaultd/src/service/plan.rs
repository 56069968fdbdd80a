//! What the commands ask of the engine, and what comes back.

use std::path::PathBuf;

use zeroize::Zeroizing;

use crate::config::{Audit, KeySource, Policy};
use crate::keyfile::{Key, Owner};

/// A secret that opens an existing slot, as a person or a file gave it.
#[derive(Debug)]
pub enum Unlock {
    /// The bytes of a key file or credential.
    Key(Key),
    /// A passphrase, without its newline.
    Passphrase(Zeroizing<Vec<u8>>),
    /// The recovery key, as printed.
    Recovery(Zeroizing<Vec<u8>>),
}

/// The first slot of a new vault.
#[derive(Debug)]
pub enum NewSlotPlan {
    /// A key file, made or existing.
    KeyFile(Key),
    /// A credential for systemd.
    Credential(Key),
    /// A passphrase.
    Passphrase(Zeroizing<Vec<u8>>),
}

/// Make a vault.
#[derive(Debug)]
pub struct InitPlan {
    /// Where; must not exist.
    pub vault: PathBuf,
    /// What opens it.
    pub slot: NewSlotPlan,
    /// Make a recovery key too.
    pub recovery: bool,
    /// Who shall own the files; whoever runs the command when none.
    pub owner: Option<Owner>,
    /// Flag it as a development vault, which `serve` refuses.
    pub development: bool,
}

/// A vault was made.
#[derive(Debug)]
pub struct Initialised {
    /// Its id, 32 hex digits.
    pub vault_id: String,
    /// The recovery key as it shall be shown, once.
    pub recovery_key: Option<Zeroizing<String>>,
}

/// Take the vault's lock and get ready to serve it, sealed.
#[derive(Debug)]
pub struct OpenPlan {
    /// The vault file.
    pub vault: PathBuf,
    /// The audit log.
    pub audit_path: PathBuf,
    /// How the audit log behaves.
    pub audit: Audit,
    /// A file on another volume that remembers how far the vault had come.
    pub anchor: Option<PathBuf>,
    /// What opens it unattended. Read only when `auto_unseal` is called.
    pub key: Option<KeySource>,
    /// Limits and operators.
    pub policy: Policy,
    /// True for `dev`, which serves development vaults only; false for `serve`,
    /// which refuses them.
    pub development: bool,
    /// What hardening took effect, for `status`.
    pub hardening: Vec<String>,
}

/// Make a vault of a backup.
#[derive(Debug)]
pub struct RestorePlan {
    /// The backup.
    pub backup: PathBuf,
    /// Where; must not exist.
    pub vault: PathBuf,
    /// Opens a slot of the backup: a restored vault is a new incarnation, and
    /// only its key can write that.
    pub unlock: Unlock,
    /// Who shall own the files; whoever runs the command when none.
    pub owner: Option<Owner>,
}

/// A backup was restored.
#[derive(Debug)]
pub struct Restored {
    /// The vault's id, 32 hex digits.
    pub vault_id: String,
    /// The new incarnation, 32 hex digits.
    pub incarnation: String,
    /// The sequence the backup stood at.
    pub sequence: u64,
    /// Records.
    pub records: u64,
}

/// Prove a backup.
#[derive(Debug)]
pub struct VerifyPlan {
    /// The backup; it is not changed.
    pub backup: PathBuf,
    /// Opens a slot of it.
    pub unlock: Unlock,
}

/// What a backup holds.
#[derive(Debug)]
pub struct Verified {
    /// The vault's id, 32 hex digits.
    pub vault_id: String,
    /// The sequence it stands at.
    pub sequence: u64,
    /// Records that were checked under their keys.
    pub records: u64,
    /// What is wrong, in words; empty when all is well.
    pub problems: Vec<String>,
}

/// Check a vault that no daemon serves.
#[derive(Debug)]
pub struct CheckPlan {
    /// The vault; its lock is taken.
    pub vault: PathBuf,
    /// The audit log.
    pub audit_path: PathBuf,
    /// Opens a slot.
    pub unlock: Unlock,
    /// Give up what cannot be proven genuine and go on with the rest.
    pub accept_damage: bool,
}

/// What a check found.
#[derive(Debug)]
pub struct Checked {
    /// Records looked at.
    pub records: u64,
    /// What is wrong, in words; empty when all is well.
    pub problems: Vec<String>,
    /// Records given up with `--accept-damage`.
    pub given_up: u64,
}

/// One value of a development seed.
#[derive(Debug)]
pub struct SeedValue {
    /// Whose.
    pub uid: u32,
    /// `name` or `name/instance`, in the personal app.
    pub name: String,
    /// The value.
    pub value: Zeroizing<Vec<u8>>,
}
