//! How a vault is unsealed: one kind of key slot a file. Each turns what a
//! person or a machine holds into a [`crate::keys::SlotKey`].

pub mod credential;
pub mod key_file;
pub mod passphrase;
pub mod recovery;
mod secret_file;
mod slot_label;
