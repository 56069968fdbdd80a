//! What the fuzz targets call: one function each, bytes in, nothing out. Each
//! panics when something is wrong, not only when something crashes: what parses
//! must have one spelling, what opens must be right.
//!
//! `cargo +nightly fuzz run NAME` looks for new inputs; the corpora found so far
//! are replayed on stable by `tests/tests/fuzz_corpora.rs` with everything else.

#![allow(clippy::unwrap_used, clippy::panic, unreachable_pub, reason = "a panic is how a target reports")]

use std::os::unix::fs::PermissionsExt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

use vault_core::access::Caller;
use vault_core::audit::{AuditLog, MemorySink, OnFull};
use vault_core::header::Header;
use vault_core::host::{Clock, Entropy, EntropyError, Host};
use vault_core::keys::SecretBytes;
use vault_core::names::{App, SecretName, User};
use vault_core::seal::key_file::KeyFile;
use vault_core::seal::passphrase::KdfParams;
use vault_core::seal::recovery::RecoveryKey;
use vault_core::store::memory::MemoryStore;
use vault_core::store::sqlite::SqliteStore;
use vault_core::store::{Class, RecordKey, Row, Store};
use vault_core::{Fault, NewVault, Open, Refusal, Unlock, Vault, envelope as vlt1};
use vault_proto::hello::{ClientHello, ServerHello};
use vault_proto::{Codec, Dialect, Message, Version, frame, v1, v2};

mod anchor;
mod audit_file;
mod aws_json;
mod backup;
mod gateway;
mod import;
mod manifest;
mod session;
mod sigv4;
mod stream;
mod text;
mod tokens;
mod webhook;

pub use anchor::anchor;
pub use audit_file::audit_file;
pub use aws_json::aws_json;
pub use backup::backup;
pub use gateway::gateway;
pub use import::import;
pub use manifest::manifest;
pub use session::{end_session, session};
pub use sigv4::sigv4;
pub use stream::stream;
pub use text::{configuration, seed};
pub use tokens::{oauth, token};
pub use webhook::webhook;

/// Any bytes as an envelope; then laid over a genuine one, whose commitment and
/// tag stay, so that they get past the index and are opened.
pub fn envelope(data: &[u8]) {
    if let Ok(parsed) = vlt1::parse(data) {
        assert!(data.len() >= 84 && data.starts_with(b"VLT1\x01\x01"));
        assert_eq!(parsed.kind as u8, data[6]);
        assert_eq!(parsed.kms_key.is_some(), parsed.kind == vlt1::Kind::KmsMessage);
        assert_eq!(parsed.tag, &data[data.len() - 16..]);
    }
    let mut rows = genuine().to_vec();
    let at = rows.iter().rposition(|(key, _)| key.kind() == KIND_VALUE).unwrap();
    let bytes = &mut rows[at].1.bytes;
    let (commitment, tag) = (36..68, bytes.len() - 16..bytes.len());
    let before = bytes.clone();
    for (place, byte) in bytes.iter_mut().enumerate() {
        if !commitment.contains(&place) && !tag.contains(&place) {
            *byte ^= data.get(place).copied().unwrap_or(0);
        }
    }
    let changed = *bytes != before;
    // None: it is no envelope any more, and the vault stayed sealed.
    assert_eq!(opened_is_right(rows).unwrap_or(true), changed, "a changed envelope opened");
}

/// Any bytes as a header, alone and in both places of a vault.
pub fn header(data: &[u8]) {
    if let Ok(parsed) = Header::parse(data) {
        assert!(parsed.slots.len() <= vault_core::limits::SLOTS_MAX);
        let again = Header::parse(data).unwrap();
        assert_eq!(parsed, again);
    }
    let genuine_header = &genuine()[0].1.bytes;
    let mut rows = genuine().to_vec();
    rows[0].1.bytes = data.to_vec();
    // One copy: the other serves.
    assert_eq!(opened_is_right(rows.clone()), Some(false));
    rows[1].1.bytes = data.to_vec();
    assert_eq!(opened_is_right(rows).is_some(), data == genuine_header, "a forged header was taken");
}

/// Any bytes as a passphrase slot's parameters, and as the slots of a header.
pub fn slot(data: &[u8]) {
    if let Ok(params) = KdfParams::parse(data) {
        assert_eq!(params.encode(), data);
        if let Ok(checked) = params.checked() {
            let params = checked.params();
            assert!((19 * 1024..=1 << 20).contains(&params.memory_kib));
            assert!(u64::from(params.memory_kib) * u64::from(params.passes) <= 4 << 20);
        }
    }
    // Everything up to the slots' count is genuine.
    let genuine_header = &genuine()[0].1.bytes;
    let count = data.first().copied().unwrap_or(0) % 20;
    let bytes = [&genuine_header[..48], &[count], data.get(1..).unwrap_or_default()].concat();
    if let Ok(parsed) = Header::parse(&bytes) {
        assert_eq!(parsed.slots.len(), usize::from(count));
        // A key file never runs a password hash, whatever the slots say.
        let mut rows = genuine().to_vec();
        rows[0].1.bytes.clone_from(&bytes);
        rows[1].1.bytes.clone_from(&bytes);
        assert_eq!(opened_is_right(rows).is_some(), bytes == *genuine_header, "forged slots were taken");
    }
}

/// Any bytes as the text of a recovery key.
pub fn recovery_key(data: &[u8]) {
    if let Ok(key) = RecoveryKey::parse(&SecretBytes::from(data)) {
        let text = key.to_text();
        let again = RecoveryKey::parse(&text).unwrap();
        assert_eq!(again.to_text().expose(), text.expose(), "one key, one spelling");
        let letters = |bytes: &[u8]| bytes.iter().filter(|b| !b.is_ascii_whitespace() && **b != b'-').count();
        assert_eq!((letters(data), letters(text.expose())), (56, 56));
    }
}

/// A script of changes to the rows of a genuine vault.
pub fn rows(data: &[u8]) {
    let mut rows = genuine().to_vec();
    let mut script = data.chunks(8).take(24);
    while let Some(&[op, a, b, at_high, at_low, x, y, z]) = script.next() {
        if rows.is_empty() {
            break;
        }
        let (a, b) = (usize::from(a) % rows.len(), usize::from(b) % rows.len());
        let at = usize::from(u16::from_be_bytes([at_high, at_low]));
        match op % 8 {
            0 => drop(rows.remove(a)),
            1 => {
                let (left, right) = (rows[a].1.clone(), rows[b].1.clone());
                (rows[a].1, rows[b].1) = (right, left);
            }
            2 => {
                let len = rows[a].1.bytes.len().max(1);
                if let Some(byte) = rows[a].1.bytes.get_mut(at % len) {
                    *byte ^= x;
                }
            }
            3 => rows[a].1.bytes.truncate(at),
            4 => rows[a].1.revision = u64::from_be_bytes([x, y, z, 0, 0, 0, x, y]),
            5 => {
                let class = [Class::Header, Class::State, Class::Scope][usize::from(x) % 3];
                let key = RecordKey::new(class, &rows[b].0.scope(), y, &rows[b].0.index(), u64::from(z));
                let row = rows[a].1.clone();
                rows.push((key, row));
            }
            6 => rows[a].1.bytes.extend_from_slice(&data[..data.len().min(at)]),
            _ => {
                let earlier = earlier();
                let (key, row) = &earlier[a % earlier.len()];
                rows.retain(|(known, _)| known != key);
                rows.push((*key, row.clone()));
            }
        }
    }
    let _refused_or_right = opened_is_right(rows.clone());
    accepted_is_right(rows);
}

/// Any bytes as a whole database file.
pub fn database(data: &[u8]) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.vault");
    std::fs::write(&path, data).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
    for open in [SqliteStore::open_backup, SqliteStore::open] {
        let Ok(store) = open(&path) else { continue };
        let store: Arc<dyn Store> = Arc::new(store);
        let Ok(sealed) = Vault::open(Arc::clone(&store), host(), log()) else { continue };
        if let Ok(vault) = sealed.unseal(&key()) {
            is_right(&vault);
        }
    }
}

/// Any eight bytes as either hello.
pub fn hello(data: &[u8]) {
    let Some(bytes) = data.first_chunk::<8>() else { return };
    if let Ok(hello) = ClientHello::parse(bytes) {
        assert_eq!(&hello.encode(), bytes);
        let answer = hello.answer();
        assert_eq!(ServerHello::parse(&answer.encode()), Ok(answer));
    }
    match ServerHello::parse(bytes) {
        // What else a refusal says is for later versions.
        Ok(refusal @ ServerHello::Refused(_)) => assert_eq!(ServerHello::parse(&refusal.encode()), Ok(refusal)),
        Ok(hello) => assert_eq!(&hello.encode(), bytes),
        Err(_) => {}
    }
}

/// Any bytes as a stream of frames.
pub fn frames(data: &[u8]) {
    let mut rest = data;
    loop {
        match frame::split(rest) {
            Ok(frame::Split::Frame(range)) => {
                assert!(!range.is_empty() && range.start == frame::HEADER);
                let mut out = Vec::new();
                let begun = frame::begin(&mut out);
                out.extend_from_slice(&rest[range.clone()]);
                begun.finish(&mut out).unwrap();
                assert_eq!(out, rest[..range.end]);
                for codec in [Codec::Postcard, Codec::Json] {
                    let _any = Dialect::newest(codec).decode_request(&rest[range.clone()]).is_ok();
                }
                rest = &rest[range.end..];
            }
            Ok(frame::Split::Need(missing)) => return assert!(missing > 0),
            Err(_) => return,
        }
    }
}

/// Any bytes as a request, in both versions and both codecs.
pub fn request(data: &[u8]) {
    canonical::<v1::Request>(data);
    canonical::<v2::Request>(data);
    for codec in [Codec::Postcard, Codec::Json] {
        let old = Dialect { version: Version::V1, codec };
        if let Ok(request) = old.decode_request(data) {
            // An older client's request says the same inside, and back.
            let (mut again, mut new) = (Vec::new(), Vec::new());
            old.encode_request_frame(&request, &mut again).unwrap();
            assert_eq!(old.decode_request(&again[frame::HEADER..]).as_ref(), Ok(&request));
            if Dialect::newest(codec).encode_request_frame(&request, &mut new).is_ok() {
                assert_eq!(Dialect::newest(codec).decode_request(&new[frame::HEADER..]), Ok(request));
            }
        }
    }
}

/// Any bytes as a response, in both versions and both codecs.
pub fn response(data: &[u8]) {
    canonical::<v1::Response>(data);
    canonical::<v2::Response>(data);
    for codec in [Codec::Postcard, Codec::Json] {
        let Ok(response) = Dialect::newest(codec).decode_response(data) else { continue };
        // An older client hears of it, unless it is an answer it never asks for.
        let (old, mut told) = (Dialect { version: Version::V1, codec }, Vec::new());
        let is_known = matches!(response.result, Err(_) | Ok(v2::Reply::Vault(_)));
        assert_eq!(old.encode_response_frame(&response, &mut told).is_ok(), is_known);
        if is_known {
            let heard = old.decode_response(&told[frame::HEADER..]).unwrap();
            assert_eq!(
                (heard.id, heard.stamp, heard.result.is_ok()),
                (response.id, response.stamp, response.result.is_ok())
            );
        }
    }
}

fn canonical<M: Message + PartialEq + std::fmt::Debug>(data: &[u8]) {
    if let Ok(message) = Codec::Postcard.decode::<M>(data) {
        let mut out = Vec::new();
        Codec::Postcard.encode(&message, &mut out).unwrap();
        assert_eq!(out, data, "two encodings of one message");
        carried_over(&message, Codec::Json);
    }
    if let Ok(message) = Codec::Json.decode::<M>(data) {
        carried_over(&message, Codec::Json);
        carried_over(&message, Codec::Postcard);
    }
}

fn carried_over<M: Message + PartialEq + std::fmt::Debug>(message: &M, codec: Codec) {
    let mut out = Vec::new();
    if codec.encode(message, &mut out).is_ok() && out.len() <= vault_proto::limits::FRAME_MAX {
        assert_eq!(&codec.decode::<M>(&out).unwrap(), message);
    }
}

/// Opens a vault of these rows. None: refused. Otherwise whether anything
/// answered *corrupt*; anything wrong or missing panics.
fn opened_is_right(rows: Vec<(RecordKey, Row)>) -> Option<bool> {
    let store: Arc<dyn Store> = Arc::new(MemoryStore::from_rows(rows));
    let vault = Vault::open(store, host(), log()).ok()?.unseal(&key()).ok()?;
    Some(is_right(&vault))
}

/// Accepts the damage: what is then read is genuine, if not always the newest.
fn accepted_is_right(rows: Vec<(RecordKey, Row)>) {
    let store: Arc<dyn Store> = Arc::new(MemoryStore::from_rows(rows));
    let Ok(sealed) = Vault::open(Arc::clone(&store), host(), log()) else { return };
    let Ok((vault, _)) = sealed.accept_damage(&key()) else { return };
    let caller = caller();
    for (name, _) in SECRETS {
        match vault.caller(&caller).get(&App::personal(), &secret(name), None) {
            Ok(value) => assert!(
                SECRETS.iter().any(|(_, known)| *known == value.bytes.expose()) || value.bytes.expose() == OLDER
            ),
            Err(Refusal::Missing { .. }) => {}
            Err(other) => panic!("after damage was accepted: {other}"),
        }
    }
    drop(vault);
    let again = Vault::open(store, host(), log()).unwrap().unseal(&key());
    assert!(again.is_ok(), "an accepted vault opens again");
}

fn is_right(vault: &Vault<Open>) -> bool {
    let caller = caller();
    let mut corrupt = false;
    for (name, value) in SECRETS {
        match vault.caller(&caller).get(&App::personal(), &secret(name), None) {
            Ok(found) => assert_eq!(found.bytes.expose(), value, "a wrong value"),
            Err(Refusal::Fault(Fault::Corrupt { .. })) => corrupt = true,
            Err(other) => panic!("{name}: {other}"),
        }
    }
    corrupt
}

/// The rows of a sealed vault, in key order: header copies first.
fn genuine() -> &'static [(RecordKey, Row)] {
    &made().0
}

/// The same vault's rows before its last writes.
fn earlier() -> &'static [(RecordKey, Row)] {
    &made().1
}

type Rows = Vec<(RecordKey, Row)>;

fn made() -> &'static (Rows, Rows) {
    static MADE: OnceLock<(Rows, Rows)> = OnceLock::new();
    MADE.get_or_init(|| {
        let store = Arc::new(MemoryStore::new());
        let vault = create(store.clone());
        for (name, _) in SECRETS {
            put(&vault, name, OLDER);
        }
        let earlier = store.rows();
        fill(&vault);
        drop(vault.seal());
        (store.rows(), earlier)
    })
}

/// The first inputs of the targets whose inputs are hardly found by chance.
pub fn seeds(target: &str) -> Vec<Vec<u8>> {
    match target {
        "header" => vec![genuine()[0].1.bytes.clone()],
        // The slots and what follows, after their count.
        "slot" => vec![genuine()[0].1.bytes[48..].to_vec()],
        "recovery_key" => vec![RecoveryKey::make(&host()).unwrap().to_text().into_vec()],
        "database" => {
            let dir = tempfile::tempdir().unwrap();
            let path = dir.path().join("a.vault");
            let vault = create(Arc::new(SqliteStore::create(&path).unwrap()));
            fill(&vault);
            drop(vault.seal());
            vec![std::fs::read(path).unwrap()]
        }
        "gateway" => gateway::seeds(),
        "import" => import::seeds(),
        "manifest" => manifest::seeds(),
        "session" => session::seeds(),
        "stream" => stream::seeds(),
        "webhook" => webhook::seeds(),
        "backup" => backup::seeds(),
        "audit_file" => audit_file::seeds(),
        "anchor" => anchor::seeds(),
        "aws_json" => aws_json::seeds(),
        "seed" => text::seed_seeds(),
        "sigv4" => sigv4::seeds(),
        "configuration" => text::configuration_seeds(),
        "token" | "oauth" => tokens::seeds(),
        _ => vec![Vec::new()],
    }
}

fn open(store: Arc<dyn Store>, log: Arc<AuditLog>) -> Vault<Open> {
    match Vault::open(store, host(), log).unwrap().unseal(&key()) {
        Ok(vault) => vault,
        Err((_, error)) => panic!("a genuine vault does not open: {error}"),
    }
}

fn create(store: Arc<dyn Store>) -> Vault<Open> {
    let new = NewVault { slots: &[(key(), "key file")], development: false };
    Vault::create(store, host(), log(), &new).unwrap()
}

fn fill(vault: &Vault<Open>) {
    for (name, value) in SECRETS {
        put(vault, name, value);
    }
}

fn put(vault: &Vault<Open>, name: &str, value: &[u8]) {
    vault.caller(&caller()).set(&App::personal(), &secret(name), SecretBytes::from(value), None).unwrap();
}

fn key() -> Unlock {
    Unlock::KeyFile(KeyFile::from_bytes(&KEY).unwrap())
}

fn log() -> Arc<AuditLog> {
    Arc::new(AuditLog::open(MemorySink::new(), OnFull::Gap, &host()).unwrap())
}

/// The same vault in every run, so that an input found in one means the same in
/// the next.
fn host() -> Host {
    Host { clock: Arc::new(Still), entropy: Arc::new(Repeatable(AtomicU64::new(1))) }
}

struct Still;

impl Clock for Still {
    fn now_ms(&self) -> u64 {
        1_767_225_600_000
    }
}

/// SplitMix64.
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

fn caller() -> Caller {
    Caller::new(User::Uid(1_000), Some("alice".into()))
}

fn secret(name: &str) -> SecretName {
    SecretName::parse(name).unwrap()
}

const SECRETS: [(&str, &[u8]); 3] =
    [("a", b"value of a"), ("api_key", b"value of api_key"), ("mail/bob", b"value of bob")];
const KEY: [u8; 32] = [0x5e; 32];
const OLDER: &[u8] = b"an older value";
const KIND_VALUE: u8 = 3;
