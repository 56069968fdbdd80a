//! Anchors: every one a vault has written, and any other bytes.

use std::sync::atomic::AtomicU64;
use std::sync::{Arc, OnceLock};

use vault_core::host::Host;
use vault_core::store::memory::MemoryStore;
use vault_core::{ANCHOR_LEN, AnchorError, Expect, Open, UnsealError, Vault};

use super::{Repeatable, Rows, create, fill, host, key, log, put};

/// Any bytes as an anchor; then laid over a genuine one, which the first byte
/// picks. Only what this vault wrote, at this point of its history or before,
/// lets it open; and a vault that is refused for its anchor stays as it was.
pub fn anchor(data: &[u8]) {
    judge(data);
    let Some((&pick, mask)) = data.split_first() else { return };
    let written = &made().written;
    let mut bytes = written[usize::from(pick) % written.len()].0.to_vec();
    for (byte, mask) in bytes.iter_mut().zip(mask) {
        *byte ^= mask;
    }
    judge(&bytes);
}

fn judge(bytes: &[u8]) {
    let made = made();
    let known = made.written.iter().find(|(anchor, _)| anchor[..] == *bytes).map(|(_, when)| *when);
    let sequence = made.now.stamp().unwrap().sequence;
    let verdict = made.now.check_anchor(bytes);
    match (&verdict, known) {
        (Ok(()), Some(When::Before)) | (Err(AnchorError::OtherIncarnation), Some(When::Elsewhere)) => {}
        (Err(AnchorError::Forged), Some(When::OtherVault)) => {}
        (Err(AnchorError::Rollback { vault, anchor }), Some(When::After(later))) => {
            assert_eq!((*vault, *anchor), (sequence, later));
        }
        (Err(AnchorError::Forged), None) => assert!(is_shaped(bytes)),
        (Err(AnchorError::Malformed(_)), None) => assert!(!is_shaped(bytes)),
        other => panic!("{other:?}"),
    }

    let store = Arc::new(MemoryStore::from_rows(made.rows.iter().cloned()));
    let sealed = Vault::open(store.clone(), host(), log()).unwrap();
    match (sealed.unseal_if(&key(), Expect { anchor: Some(bytes), ..Expect::default() }), verdict) {
        (Ok(_), Ok(())) => {}
        (Err((_, UnsealError::Anchor(refused))), Err(verdict)) => {
            assert_eq!(refused.to_string(), verdict.to_string());
            assert!(store.rows() == made.rows, "a refused vault was changed");
        }
        (opened, verdict) => panic!("opened: {}, the anchor: {verdict:?}", opened.is_ok()),
    }
}

fn is_shaped(bytes: &[u8]) -> bool {
    bytes.len() == ANCHOR_LEN && bytes.starts_with(b"VLTA\x01")
}

/// When an anchor was written, as this vault sees it.
#[derive(Debug, Clone, Copy)]
enum When {
    Before,
    /// At this sequence, which an older file of the vault has not reached.
    After(u64),
    /// By the same vault after a restore.
    Elsewhere,
    OtherVault,
}

struct Made {
    now: Vault<Open>,
    rows: Rows,
    written: Vec<([u8; ANCHOR_LEN], When)>,
}

fn made() -> &'static Made {
    static MADE: OnceLock<Made> = OnceLock::new();
    MADE.get_or_init(|| {
        let open = |rows: &Rows| super::open(Arc::new(MemoryStore::from_rows(rows.iter().cloned())), log());
        let store = Arc::new(MemoryStore::new());
        let vault = create(store.clone());
        let mut written = vec![(vault.anchor().unwrap(), When::Before)];
        fill(&vault);
        written.push((vault.anchor().unwrap(), When::Before));
        let rows = store.rows();
        put(&vault, "later", b"than the file");
        written.push((vault.anchor().unwrap(), When::After(vault.stamp().unwrap().sequence)));
        let restored = open(&rows);
        restored.begin_incarnation().unwrap();
        written.push((restored.anchor().unwrap(), When::Elsewhere));
        let entropy = Arc::new(Repeatable(AtomicU64::new(2)));
        let other = Vault::ephemeral_on(Host { entropy, ..host() }).unwrap();
        written.push((other.anchor().unwrap(), When::OtherVault));
        Made { now: open(&rows), rows, written }
    })
}

/// Each anchor as it is, and under a mask that changes nothing.
pub(super) fn seeds() -> Vec<Vec<u8>> {
    let mut seeds: Vec<_> = made().written.iter().map(|(anchor, _)| anchor.to_vec()).collect();
    seeds.extend((0..).zip(&made().written).map(|(pick, _)| vec![pick]));
    seeds
}
