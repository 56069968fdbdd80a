//! Key slots in use: opening, adding, removing, and replacing the root key they
//! all wrap.

mod strengthen;

pub(crate) use strengthen::strengthen;

use crate::barrier::{Barrier, Fault, HeaderKeys};
use crate::envelope::SealError;
use crate::header::{Header, Slot, SlotId, SlotKind};
use crate::host::Host;
use crate::keys::{RootKey, SecretBytes, SlotKey};
use crate::limits;
use crate::names::is_label;
use crate::seal::credential::Credential;
use crate::seal::key_file::KeyFile;
use crate::seal::passphrase::{self, CheckedParams, KdfParams, ParamsError, PassphraseError};
use crate::seal::recovery::RecoveryKey;

/// What opens a slot, or shall open a new one.
#[derive(Debug)]
pub enum Unlock {
    /// A passphrase.
    Passphrase(SecretBytes),
    /// A key file's content.
    KeyFile(KeyFile),
    /// The recovery key.
    RecoveryKey(RecoveryKey),
    /// A systemd credential's content.
    Credential(Credential),
}

/// Why a slot operation was refused.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SlotError {
    /// No slot opens with this.
    #[error("the secret given opens no key slot of this vault")]
    WrongSecret,
    /// The slot's parameters ask for more than is allowed, or less than is safe.
    #[error(transparent)]
    Params(#[from] ParamsError),
    /// The passphrase cannot be used.
    #[error(transparent)]
    Passphrase(#[from] PassphraseError),
    /// No slot has that id.
    #[error("no key slot has that id: `vaultctl slot ls` shows them")]
    NoSuchSlot,
    /// A vault without slots could never be opened again.
    #[error("this is the last key slot; add another before removing it")]
    LastSlot,
    /// No room.
    #[error("a vault has at most {max} key slots; remove one first")]
    TooMany {
        /// [`limits::SLOTS_MAX`].
        max: usize,
    },
    /// Slots whose secret was not presented would be lost.
    #[error("{} slots would be lost, because their secret was not given; agree with --drop-slots", .0.len())]
    WouldDrop(Vec<SlotInfo>),
    /// The label is not printable ASCII or too long.
    #[error("a label is at most {max} printable ASCII characters", max = limits::LABEL_MAX)]
    Label,
    /// A freshly made slot did not open again; nothing was kept.
    #[error("the new slot did not open again and was not kept: try once more, then check the machine's memory")]
    Unverified,
    /// Below.
    #[error(transparent)]
    Fault(#[from] Fault),
}

/// A slot as people see it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SlotInfo {
    /// Its id.
    pub id: SlotId,
    /// Its kind.
    pub kind: SlotKind,
    /// For people.
    pub label: String,
}

/// How much work a new passphrase slot's key takes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Work {
    /// What policy says.
    Policy,
    /// For vaults that never reach a file.
    InMemoryOnly,
}

impl Unlock {
    /// The kind of slot it can open.
    #[must_use]
    pub fn kind(&self) -> SlotKind {
        match self {
            Self::Passphrase(_) => SlotKind::Passphrase,
            Self::KeyFile(_) => SlotKind::KeyFile,
            Self::RecoveryKey(_) => SlotKind::RecoveryKey,
            Self::Credential(_) => SlotKind::Credential,
        }
    }

    /// The slot key this gives in a slot of the same kind. For a passphrase the
    /// parameters are checked against the limits before any work is done.
    fn slot_key(&self, slot: &Slot, vault: &[u8; 16], work: Work) -> Result<SlotKey, SlotError> {
        let id = &slot.id.0;
        Ok(match self {
            Self::Passphrase(text) => {
                let params = KdfParams::parse(&slot.params)?;
                let params = match work {
                    Work::Policy => params.checked()?,
                    Work::InMemoryOnly => KdfParams::in_memory_only(params.salt),
                };
                passphrase::derive_slot_key(text, &params, vault, id)?
            }
            Self::KeyFile(key) => key.derive_slot_key(vault, id),
            Self::RecoveryKey(key) => key.derive_slot_key(vault, id),
            Self::Credential(key) => key.derive_slot_key(vault, id),
        })
    }
}

impl From<&Slot> for SlotInfo {
    fn from(slot: &Slot) -> Self {
        Self { id: slot.id, kind: slot.kind, label: slot.label.clone() }
    }
}

/// The root key, and the slot that gave it.
pub(crate) fn open_root<'h>(header: &'h Header, unlock: &Unlock, work: Work) -> Result<(RootKey, &'h Slot), SlotError> {
    let mut refused = SlotError::WrongSecret;
    for slot in header.slots.iter().filter(|slot| slot.kind == unlock.kind()) {
        match unlock.slot_key(slot, &header.vault, work) {
            Ok(key) => {
                if let Ok(root) = slot.open(&key, &header.vault, header.root_version) {
                    return Ok((root, slot));
                }
            }
            Err(error) => refused = error,
        }
    }
    Err(refused)
}

/// Makes a slot and proves that it opens.
pub(crate) fn make_slot(
    header: &Header,
    root: &RootKey,
    unlock: &Unlock,
    label: &str,
    id: SlotId,
    host: &Host,
    work: Work,
) -> Result<Slot, SlotError> {
    if !is_label(label) {
        return Err(SlotError::Label);
    }
    let params = match unlock {
        Unlock::Passphrase(text) => {
            passphrase::check_new(text)?;
            new_params(host, work)?.params().encode().to_vec()
        }
        _ => Vec::new(),
    };
    let blank = Slot { id, kind: unlock.kind(), label: label.to_owned(), params, wrap: Vec::new() };
    let key = unlock.slot_key(&blank, &header.vault, work)?;
    let sealed = blank.seal(&key, &header.vault, root, header.root_version, &*host.entropy);
    let slot = sealed.map_err(|error: SealError| Fault::from(error))?;
    drop(key);
    // A second derivation, not the key at hand: what the file says must open it.
    let fresh = unlock.slot_key(&slot, &header.vault, work)?;
    match slot.open(&fresh, &header.vault, header.root_version) {
        Ok(opened) if opened.expose() == root.expose() => Ok(slot),
        _ => Err(SlotError::Unverified),
    }
}

pub(crate) fn list(barrier: &Barrier) -> Result<Vec<SlotInfo>, Fault> {
    Ok(barrier.header()?.slots.iter().map(SlotInfo::from).collect())
}

pub(crate) fn add(
    barrier: &Barrier,
    existing: &Unlock,
    new: &Unlock,
    label: &str,
    work: Work,
) -> Result<SlotInfo, SlotError> {
    // The work of deriving happens before the writer is held.
    let header = barrier.header()?;
    let (root, opened_by) = open_root(&header, existing, work)?;
    let (root_version, opened_by) = (header.root_version, opened_by.id);
    let id = SlotId(barrier.host().random().map_err(Fault::from)?);
    let slot = make_slot(&header, &root, new, label, id, barrier.host(), work)?;
    let info = SlotInfo::from(&slot);
    let mut txn = barrier.begin()?;
    let mut header = txn.header().clone();
    if header.slots.len() == limits::SLOTS_MAX {
        return Err(SlotError::TooMany { max: limits::SLOTS_MAX });
    }
    if header.root_version != root_version || header.slots.iter().all(|slot| slot.id != opened_by) {
        // The root was replaced, or that slot removed, meanwhile.
        return Err(SlotError::WrongSecret);
    }
    header.slots.push(slot);
    txn.set_header(header);
    txn.commit()?;
    Ok(info)
}

pub(crate) fn remove(barrier: &Barrier, id: SlotId) -> Result<(), SlotError> {
    let mut txn = barrier.begin()?;
    let mut header = txn.header().clone();
    let at = header.slots.iter().position(|slot| slot.id == id).ok_or(SlotError::NoSuchSlot)?;
    if header.slots.len() == 1 {
        return Err(SlotError::LastSlot);
    }
    header.slots.remove(at);
    txn.set_header(header);
    txn.commit()?;
    // The old header's bytes must leave the files with it.
    barrier.erase();
    Ok(())
}

/// A new root, keyring and header in one transaction. Only the slots opened by
/// `keep` survive; the others are named and, unless agreed, nothing is done.
/// Each of `keep` is one secret in its possible readings, of which one must open
/// a slot: 32 bytes may be a key file's or a credential's.
pub(crate) fn replace_root(
    barrier: &Barrier,
    keep: &[Vec<Unlock>],
    drop_slots: bool,
    work: Work,
) -> Result<(u32, Vec<SlotInfo>), SlotError> {
    let mut txn = barrier.begin()?;
    let old = txn.header().clone();
    let mut kept: Vec<(SlotId, &Unlock)> = Vec::new();
    for readings in keep {
        let mut refused = SlotError::WrongSecret;
        let before = kept.len();
        for unlock in readings {
            match open_root(&old, unlock, work) {
                Ok((_, slot)) => kept.push((slot.id, unlock)),
                Err(error) => refused = error,
            }
        }
        if kept.len() == before {
            return Err(refused);
        }
    }
    if kept.is_empty() {
        return Err(SlotError::WrongSecret);
    }
    let is_kept = |slot: &Slot| kept.iter().any(|(id, _)| *id == slot.id);
    let dropped: Vec<SlotInfo> = old.slots.iter().filter(|slot| !is_kept(slot)).map(SlotInfo::from).collect();
    if !dropped.is_empty() && !drop_slots {
        return Err(SlotError::WouldDrop(dropped));
    }

    let host = barrier.host();
    let root = RootKey::make(&*host.entropy).map_err(Fault::from)?;
    let mut header = old.clone();
    header.root_version += 1;
    header.slots.clear();
    for slot in &old.slots {
        if let Some((id, unlock)) = kept.iter().find(|(id, _)| *id == slot.id) {
            // Parameters come from policy, never from the old slot.
            let slot = make_slot(&header, &root, unlock, &slot.label, *id, host, work)?;
            header.slots.push(slot);
        }
    }
    let version = header.root_version;
    let keys = HeaderKeys { mac: root.derive_header_mac(&header.vault), keyring: root.derive_keyring(&header.vault) };
    txn.set_header(header);
    txn.set_header_keys(keys);
    txn.commit()?;
    barrier.erase();
    Ok((version, dropped))
}

fn new_params(host: &Host, work: Work) -> Result<CheckedParams, SlotError> {
    Ok(match work {
        Work::Policy => KdfParams::policy_default(host).map_err(Fault::from)?.checked()?,
        Work::InMemoryOnly => KdfParams::in_memory_only(host.random().map_err(Fault::from)?),
    })
}
