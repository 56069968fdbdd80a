//! A machine of our own for the tests: a clock that is set, entropy that
//! repeats, stores that can be opened again.
#![allow(
    dead_code,
    unreachable_pub,
    clippy::unwrap_used,
    reason = "shared by test binaries that each use a part of it"
)]

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use vault_core::access::{Access, Caller};
use vault_core::audit::{AuditLog, MemorySink, OnFull};
use vault_core::host::{Clock, Entropy, EntropyError, Host};
use vault_core::keys::SecretBytes;
use vault_core::names::{App, SecretName, User};
use vault_core::seal::credential::Credential;
use vault_core::seal::key_file::KeyFile;
use vault_core::store::Store;
use vault_core::store::memory::MemoryStore;
use vault_core::store::sqlite::SqliteStore;
use vault_core::{NewVault, Open, Sealed, Unlock, UnsealError, Vault, Verbs};

/// 2026-01-01, in milliseconds.
pub const START_MS: u64 = 1_767_225_600_000;
pub const DAY_MS: u64 = 24 * 3_600 * 1_000;

/// Time that only a test moves.
pub struct SetClock(AtomicU64);

impl SetClock {
    pub fn set(&self, now_ms: u64) {
        self.0.store(now_ms, Ordering::SeqCst);
    }

    pub fn now(&self) -> u64 {
        self.0.load(Ordering::SeqCst)
    }
}

impl Clock for SetClock {
    fn now_ms(&self) -> u64 {
        self.now()
    }
}

/// SplitMix64: the same bytes for the same seed. Never for anything but tests.
struct Repeatable(AtomicU64);

impl Entropy for Repeatable {
    fn fill(&self, buffer: &mut [u8]) -> Result<(), EntropyError> {
        for chunk in buffer.chunks_mut(8) {
            let mut z = self.0.fetch_add(0x9e37_79b9_7f4a_7c15, Ordering::SeqCst);
            z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            chunk.copy_from_slice(&(z ^ (z >> 31)).to_le_bytes()[..chunk.len()]);
        }
        Ok(())
    }
}

/// Everything around a vault.
pub struct Machine {
    pub clock: Arc<SetClock>,
    pub host: Host,
    pub sink: MemorySink,
    pub disk: Disk,
}

/// Where the records lie.
pub enum Disk {
    Memory(Arc<MemoryStore>),
    File(tempfile::TempDir),
}

impl Disk {
    pub fn file() -> Self {
        Self::File(tempfile::tempdir().unwrap())
    }

    pub fn path(&self) -> std::path::PathBuf {
        match self {
            Self::Memory(_) => unreachable!("there is no file"),
            Self::File(dir) => dir.path().join("a.vault"),
        }
    }
}

impl Machine {
    pub fn new(disk: Disk, seed: u64) -> Self {
        let clock = Arc::new(SetClock(AtomicU64::new(START_MS)));
        let host = Host { clock: clock.clone(), entropy: Arc::new(Repeatable(AtomicU64::new(seed))) };
        Self { clock, host, sink: MemorySink::new(), disk }
    }

    pub fn in_memory() -> Self {
        Self::new(Disk::Memory(Arc::new(MemoryStore::new())), 7)
    }

    pub fn on_file() -> Self {
        Self::new(Disk::file(), 7)
    }

    /// The rows, for tampering.
    pub fn memory(&self) -> &MemoryStore {
        match &self.disk {
            Disk::Memory(store) => store,
            Disk::File(_) => unreachable!("the store is a file"),
        }
    }

    pub fn create(&self, unlock: Unlock) -> Vault<Open> {
        let store: Arc<dyn Store> = match &self.disk {
            Disk::Memory(store) => store.clone(),
            Disk::File(_) => Arc::new(SqliteStore::create(&self.disk.path()).unwrap()),
        };
        let new = NewVault { slots: &[(unlock, "first")], development: false };
        Vault::create(store, self.host.clone(), self.log(), &new).unwrap()
    }

    /// As a fresh process would.
    pub fn open(&self) -> Vault<Sealed> {
        Vault::open(self.store(), self.host.clone(), self.log()).unwrap()
    }

    pub fn store(&self) -> Arc<dyn Store> {
        match &self.disk {
            Disk::Memory(store) => store.clone(),
            Disk::File(_) => Arc::new(SqliteStore::open(&self.disk.path()).unwrap()),
        }
    }

    pub fn unseal(&self, unlock: &Unlock) -> Result<Vault<Open>, UnsealError> {
        self.open().unseal(unlock).map_err(|(_, error)| error)
    }

    pub fn log(&self) -> Arc<AuditLog> {
        Arc::new(AuditLog::open(self.sink.clone(), OnFull::Gap, &self.host).unwrap())
    }
}

pub fn key_file(n: u8) -> Unlock {
    Unlock::KeyFile(KeyFile::from_bytes(&[n; 32]).unwrap())
}

pub fn credential(n: u8) -> Unlock {
    Unlock::Credential(Credential::from_bytes(&[n; 32]).unwrap())
}

pub fn user(uid: u32) -> Caller {
    Caller::new(User::Uid(uid), Some(format!("u{uid}")))
}

pub fn operator() -> Caller {
    Caller::new(User::Uid(0), Some("root".into())).with_verbs(Verbs::ALL)
}

pub fn name(text: &str) -> SecretName {
    SecretName::parse(text).unwrap()
}

pub fn app() -> App {
    App::personal()
}

pub fn put(access: &Access<'_>, at: &str, value: &[u8]) -> u64 {
    access.set(&app(), &name(at), SecretBytes::from(value), None).unwrap()
}
