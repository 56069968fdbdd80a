//! A vault is sealed or open, and that is its type: what needs keys exists only
//! on [`Vault<Open>`], and sealing consumes it.

mod open;
mod sealed;

use std::sync::{Arc, Mutex, RwLock};

use crate::anchor::AnchorError;
use crate::audit::{AuditLog, UnlockError};
use crate::barrier::{Barrier, Fault, HeaderKeys, OpenFault};
use crate::header::{Header, HeaderError};
use crate::host::Host;
use crate::keys::RootKey;
use crate::kms;
use crate::retention::Retention;
use crate::secrets::{LastReads, Quotas, Recents, Shelf};
use crate::slots::{SlotError, Unlock, Work};
use crate::store::{Store, StoreError};
use crate::webhook::Replays;

/// A vault in one of its two states, [`Sealed`] or [`Open`].
pub struct Vault<State>(pub(crate) State);

/// No key is in memory.
pub struct Sealed {
    store: Arc<dyn Store>,
    host: Host,
    audit: Arc<AuditLog>,
    /// The copies that parse, first one first, as one entry when they agree.
    headers: Vec<(Header, Vec<u8>)>,
    /// A copy is missing or differs.
    copy_damaged: bool,
    work: Work,
}

/// Keys are in memory.
pub struct Open {
    pub(crate) barrier: Barrier,
    pub(crate) shelf: Shelf,
    pub(crate) kms: kms::Room,
    pub(crate) reads: LastReads,
    pub(crate) recents: Recents,
    pub(crate) audit: Arc<AuditLog>,
    pub(crate) quotas: RwLock<Quotas>,
    pub(crate) work: Work,
    /// Webhook deliveries of the last minutes.
    pub(crate) replays: Replays,
    /// Held by operations that look first and write in several commits: there
    /// is one of them at a time.
    pub(crate) structure: Mutex<()>,
    /// Lasting conditions an operator should know of.
    troubles: Mutex<Vec<String>>,
    retention: Retention,
}

/// What a new vault starts with.
pub struct NewVault<'a> {
    /// The key slots, with their labels; at least one.
    pub slots: &'a [(Unlock, &'a str)],
    /// Flag it as made for development.
    pub development: bool,
}

/// Why a vault could not be opened as a file.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Neither header copy can be read.
    #[error(transparent)]
    Header(#[from] HeaderError),
    /// There is no header.
    #[error("this is not a vault: it has no header")]
    NotAVault,
}

/// Why a vault stayed sealed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum UnsealError {
    /// A slot said no.
    #[error(transparent)]
    Slot(#[from] SlotError),
    /// The header is not genuine.
    #[error(transparent)]
    Header(#[from] HeaderError),
    /// The rows are not whole.
    #[error(transparent)]
    Rows(#[from] OpenFault),
    /// The audit log is not whole and is configured to refuse then.
    #[error(transparent)]
    Audit(#[from] UnlockError),
    /// The vault and its anchor do not fit.
    #[error(transparent)]
    Anchor(#[from] AnchorError),
    /// Not of the kind that was expected.
    #[error("{}", if *.development { "this is a development vault" } else { "this is not a development vault" })]
    Kind {
        /// What it is.
        development: bool,
    },
}

/// What a vault has to be, beside whole, to be opened.
#[derive(Clone, Copy, Default, Debug)]
pub struct Expect<'a> {
    /// Its anchor, as it was read: the vault may not be older.
    pub anchor: Option<&'a [u8]>,
    /// Made for development, or not.
    pub development: Option<bool>,
    /// Open it to look only: nothing is committed and the audit log is left
    /// alone, so a vault that is looked at stays as it is.
    pub look_only: bool,
}

impl From<Fault> for UnsealError {
    fn from(fault: Fault) -> Self {
        Self::Rows(OpenFault::Fault(fault))
    }
}

fn header_keys(root: &RootKey, vault: &[u8; 16]) -> HeaderKeys {
    HeaderKeys { mac: root.derive_header_mac(vault), keyring: root.derive_keyring(vault) }
}
