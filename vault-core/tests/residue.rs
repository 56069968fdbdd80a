//! No key stays in memory once the vault is sealed: every one it has made,
//! looked for in this process in pieces of eight bytes.
#![expect(clippy::unwrap_used, reason = "helpers of tests, outside a test function")]

mod support;

use std::collections::HashSet;
use std::fs::{self, File};
use std::os::unix::fs::FileExt;
use std::sync::{Arc, Mutex};

use support::{app, name, operator, put, user};
use vault_core::audit::{AuditLog, MemorySink, OnFull};
use vault_core::envelope::CallerContext;
use vault_core::host::{Entropy, EntropyError, Host};
use vault_core::kms::{
    Decrypt, Encrypt, EncryptionAlgorithm, KeyRef, KeySpec, KeyUsage, MacAlgorithm, Message, NewKey, NewMac,
    NewSignature, SigningAlgorithm,
};
use vault_core::seal::key_file::KeyFile;
use vault_core::store::sqlite::SqliteStore;
use vault_core::{NewAccessKey, NewVault, Open, Unlock, Vault};

/// The kernel's randomness, and what it gave that is long enough to be a key: not
/// as it was, or the search would find this.
struct Remembering {
    system: Host,
    masked: Mutex<HashSet<u64>>,
}

impl Remembering {
    fn new() -> Arc<Self> {
        Arc::new(Self { system: Host::system(), masked: Mutex::default() })
    }

    /// How many pieces of keys this process's memory holds, and where.
    fn left(&self) -> Vec<(String, usize)> {
        let masked = self.masked.lock().unwrap();
        assert!(masked.len() > 100, "few keys were made");
        let (memory, maps) = (File::open("/proc/self/mem").unwrap(), fs::read_to_string("/proc/self/maps").unwrap());
        let mut page = vec![0_u8; PAGE];
        let own = page.as_ptr().addr();
        let mut found = Vec::new();
        for map in maps.lines() {
            let (range, rest) = map.split_once(' ').unwrap();
            if !rest.starts_with("rw") {
                continue;
            }
            let (from, to) = range.split_once('-').unwrap();
            let (from, to) = (usize::from_str_radix(from, 16).unwrap(), usize::from_str_radix(to, 16).unwrap());
            let mut pieces = 0;
            let mut window = 0_u64;
            for at in (from..to).step_by(PAGE) {
                let is_own = at < own + PAGE && own < at + PAGE;
                // What cannot be read holds nothing.
                if is_own || memory.read_exact_at(&mut page, at as u64).is_err() {
                    continue;
                }
                for byte in &page {
                    window = window >> 8 | u64::from(byte ^ MASK) << 56;
                    pieces += usize::from(masked.contains(&window));
                }
            }
            if pieces > 0 {
                found.push((map.to_owned(), pieces));
            }
        }
        found
    }
}

impl Entropy for Remembering {
    fn fill(&self, buffer: &mut [u8]) -> Result<(), EntropyError> {
        self.system.entropy.fill(buffer)?;
        // Nonces and ids are in clear.
        if buffer.len() >= KEY_MIN {
            let masked: Vec<u8> = buffer.iter().map(|byte| byte ^ MASK).collect();
            let pieces = masked.windows(8).map(|piece| u64::from_le_bytes(piece.try_into().unwrap()));
            self.masked.lock().unwrap().extend(pieces);
        }
        Ok(())
    }
}

/// What keys are for.
fn live(vault: &Vault<Open>, unlock: Unlock) {
    let (alice, operator) = (user(1_000), operator());
    let (access, operate) = (vault.caller(&alice), vault.caller(&operator));
    put(&access, "a", b"one");
    put(&access, "a", &[2; 5_000]);
    for _ in 0..3 {
        access.get(&app(), &name("a"), None).unwrap();
    }
    let kms = access.kms();
    let specs = [
        (KeySpec::SymmetricDefault, KeyUsage::EncryptDecrypt),
        (KeySpec::Hmac256, KeyUsage::Mac),
        (KeySpec::Ed25519, KeyUsage::SignVerify),
    ];
    let ids = specs.map(|(spec, usage)| kms.create_key(&NewKey::new(spec, usage)).unwrap().id);
    let [key, mac, pair] = ids.map(KeyRef::Id);
    kms.rotate_key(&key).unwrap();
    let context = CallerContext::default();
    let algorithm = EncryptionAlgorithm::SymmetricDefault;
    let sealed = kms.encrypt(&Encrypt { key: &key, plaintext: b"x", context: &context, algorithm }).unwrap().ciphertext;
    kms.decrypt(&Decrypt { key: None, ciphertext: &sealed, context: &context, algorithm }).unwrap();
    kms.generate_mac(&NewMac { key: &mac, message: b"x", algorithm: MacAlgorithm::HmacSha256 }).unwrap();
    let message = Message::Raw(b"x");
    kms.sign(&NewSignature { key: &pair, message, algorithm: SigningAlgorithm::Ed25519Sha512 }).unwrap();
    access.access_key_create(NewAccessKey::default()).unwrap();

    operate.rekey_user(alice.user()).unwrap();
    operate.rekey_scope_wrap().unwrap();
    operate.slot_add(&unlock, &support::key_file(2), "another").unwrap();
    operate.rekey_root(&[vec![unlock], vec![support::key_file(2)]], true).unwrap();
    // The next read unwraps what was replaced.
    access.get(&app(), &name("a"), None).unwrap();
}

#[test]
fn no_key_is_left_in_memory_when_the_vault_is_sealed() {
    let directory = tempfile::tempdir().unwrap();
    let entropy = Remembering::new();
    let host = Host { entropy: entropy.clone(), ..Host::system() };
    let log = Arc::new(AuditLog::open(MemorySink::new(), OnFull::Deny, &host).unwrap());
    let unlock = Unlock::KeyFile(KeyFile::make(&host).unwrap());
    let store = Arc::new(SqliteStore::create(&directory.path().join("a.vault")).unwrap());
    let slots = [(unlock, "first")];
    let vault = Vault::create(store, host, log, &NewVault { slots: &slots, development: false }).unwrap();
    let [(unlock, _)] = slots;
    live(&vault, unlock);
    // Or the search would prove nothing.
    assert!(!entropy.left().is_empty());
    drop(vault.seal());
    assert_eq!(entropy.left(), []);
}

const KEY_MIN: usize = 30;
const MASK: u8 = 0xa5;
const PAGE: usize = 4_096;
