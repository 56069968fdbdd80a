//! Headers: slots, keyring, MAC, and what is refused.

use serde_json::{Value, json};

use super::{Given, array, bytes, frozen, hex, number, text};
use crate::codec::Put;
use crate::hazmat::hmac::hmac;
use crate::header::{self, Header, HeaderError, Slot, SlotId, SlotKind};
use crate::keys::{Keyring, Role, RootKey, SecretBytes, SlotKey};
use crate::seal::credential::Credential;
use crate::seal::key_file::KeyFile;
use crate::seal::passphrase::{self, KdfParams};
use crate::seal::recovery::RecoveryKey;

const VAULT: [u8; 16] = [0xab; 16];
const PASSPHRASE: &[u8] = b"correct horse battery staple";

fn root() -> RootKey {
    RootKey::make(&Given::counting(0x30, 32)).unwrap()
}

fn recovery() -> RecoveryKey {
    let host =
        crate::host::Host { entropy: std::sync::Arc::new(Given::counting(0x60, 32)), ..crate::host::Host::system() };
    RecoveryKey::make(&host).unwrap()
}

/// The least cost a file may ask for, so that the test stays quick.
fn params() -> KdfParams {
    KdfParams { memory_kib: crate::limits::ARGON2_MEMORY_KIB_MIN, passes: 2, lanes: 1, salt: [0x5a; 16] }
}

fn slot_key(kind: SlotKind, id: &SlotId) -> SlotKey {
    match kind {
        SlotKind::Passphrase => {
            let text = SecretBytes::from(PASSPHRASE);
            passphrase::derive_slot_key(&text, &params().checked().unwrap(), &VAULT, &id.0).unwrap()
        }
        SlotKind::KeyFile => KeyFile::from_bytes(&[0x11; 32]).unwrap().derive_slot_key(&VAULT, &id.0),
        SlotKind::RecoveryKey => recovery().derive_slot_key(&VAULT, &id.0),
        SlotKind::Credential => Credential::from_bytes(&[0x22; 32]).unwrap().derive_slot_key(&VAULT, &id.0),
    }
}

fn secret(kind: SlotKind) -> Vec<u8> {
    match kind {
        SlotKind::Passphrase => PASSPHRASE.to_vec(),
        SlotKind::KeyFile => vec![0x11; 32],
        SlotKind::RecoveryKey => recovery().to_text().into_vec(),
        SlotKind::Credential => vec![0x22; 32],
    }
}

fn slots() -> Vec<Slot> {
    let kinds = [SlotKind::Passphrase, SlotKind::KeyFile, SlotKind::RecoveryKey, SlotKind::Credential];
    let made = (1_u8..).zip(kinds).map(|(n, kind)| {
        let params = if kind == SlotKind::Passphrase { params().encode().to_vec() } else { Vec::new() };
        let slot = Slot { id: SlotId([n; 16]), kind, label: format!("slot {n}"), params, wrap: Vec::new() };
        slot.seal(&slot_key(kind, &SlotId([n; 16])), &VAULT, &root(), 3, &Given::counting(n * 40, 24)).unwrap()
    });
    made.collect()
}

fn ring() -> Keyring {
    let ring = Keyring::make(&Given::counting(1, 192)).unwrap();
    ring.with_next(Role::ScopeWrap, &Given::counting(0xd0, 32)).unwrap()
}

fn whole() -> Header {
    let keyring = ring().seal(&root().derive_keyring(&VAULT), 3, &VAULT, 9, &Given::counting(0x77, 24)).unwrap();
    Header { vault: VAULT, development: true, epoch: 4, generation: 9, root_version: 3, slots: slots(), keyring }
}

fn make() -> Value {
    let header = whole();
    let mac = root().derive_header_mac(&VAULT);
    let bytes = header.encode(&mac);
    let slots = header.slots.iter().map(|slot| {
        json!({
            "id": hex(&slot.id.0), "kind": slot.kind as u8, "label": slot.label, "params": hex(&slot.params),
            "secret": hex(&secret(slot.kind)), "slot_key": hex(slot_key(slot.kind, &slot.id).expose()), "wrap": hex(&slot.wrap),
        })
    });
    let keys = [Role::ScopeWrap, Role::Index, Role::RowSet, Role::State, Role::Audit, Role::Anchor].into_iter().flat_map(|role| {
        let ring = ring();
        let versions = ring.versions(role).into_iter();
        versions.map(|version| json!({ "role": role as u8, "version": version, "key": hex(ring.version(role, version).unwrap()) })).collect::<Vec<_>>()
    });
    json!({
        "about": "a header of version 1 with a slot of every kind; secrets in hex, the recovery key as its text",
        "vault": hex(&VAULT), "development": true, "epoch": 4, "generation": 9, "root_version": 3,
        "root": hex(root().expose()), "header_mac_key": hex(mac.expose()),
        "keyring_key": hex(root().derive_keyring(&VAULT).expose()),
        "slots": slots.collect::<Vec<_>>(), "keys": keys.collect::<Vec<_>>(), "keyring": hex(&header.keyring),
        "bytes": hex(&bytes), "sha256": hex(&header::fingerprint(&bytes)),
    })
}

#[test]
fn a_header_with_every_kind_of_slot() {
    let file = frozen("header/v1.json", make);
    let (root, sealed) = (root(), bytes(&file, "bytes"));
    let mac = root.derive_header_mac(&VAULT);
    assert_eq!(hex(root.expose()), text(&file, "root"));
    assert_eq!(hex(mac.expose()), text(&file, "header_mac_key"));
    assert_eq!(hex(&header::fingerprint(&sealed)), text(&file, "sha256"));
    let header = Header::parse(&sealed).unwrap();
    Header::verify(&sealed, &mac).unwrap();
    assert_eq!(header.encode(&mac), sealed);
    assert_eq!(header.vault, array(&file, "vault"));
    assert_eq!((header.epoch, header.generation), (number(&file, "epoch"), number(&file, "generation")));
    for (slot, vector) in header.slots.iter().zip(file["slots"].as_array().unwrap()) {
        let key = slot_key(slot.kind, &slot.id);
        assert_eq!(hex(key.expose()), text(vector, "slot_key"));
        assert_eq!(slot.wrap, bytes(vector, "wrap"));
        assert_eq!(slot.open(&key, &VAULT, header.root_version).unwrap().expose(), root.expose());
        assert!(slot.open(&key, &VAULT, header.root_version + 1).is_err());
    }
    let ring = Keyring::open(&root.derive_keyring(&VAULT), &VAULT, 9, &header.keyring).unwrap();
    for key in file["keys"].as_array().unwrap() {
        let roles = [Role::ScopeWrap, Role::Index, Role::RowSet, Role::State, Role::Audit, Role::Anchor];
        let role = roles.into_iter().find(|role| *role as u64 == number(key, "role")).unwrap();
        let kept = ring.version(role, u32::try_from(number(key, "version")).unwrap()).unwrap();
        assert_eq!(hex(kept), text(key, "key"));
    }
    assert!(Keyring::open(&root.derive_keyring(&VAULT), &VAULT, 8, &header.keyring).is_err());
}

/// Each with a MAC that fits: only what the name says is wrong.
fn make_invalid() -> Value {
    let mac = root().derive_header_mac(&VAULT);
    let good = whole();
    let encoded = good.encode(&mac);
    let body = &encoded[..encoded.len() - 32];
    let signed = |body: &[u8]| [body, &hmac(mac.expose(), &[body])].concat();
    let patched = |at: usize, with: u8| {
        let mut body = body.to_vec();
        body[at] = with;
        signed(&body)
    };
    let slots = |slots: Vec<Slot>| Header { slots, ..good.clone() }.encode(&mac);
    let first = good.slots[0].clone();
    let many: Vec<Slot> = (0..17).map(|n| Slot { id: SlotId([n; 16]), ..good.slots[1].clone() }).collect();
    let relabelled = |label: &str| slots(vec![Slot { label: label.into(), ..first.clone() }]);
    let mut long = body.to_vec();
    long.truncate(body.len() - 4 - good.keyring.len());
    long.put_lp(&vec![0; crate::limits::HEADER_MAX]);
    let cases = [
        ("a reader of tomorrow", "too_new", patched(5, 2)),
        ("a format of tomorrow", "too_new", patched(4, 2)),
        ("format 0", "malformed", patched(4, 0)),
        ("reader 0", "malformed", patched(5, 0)),
        ("another magic", "malformed", patched(0, b'X')),
        ("an unknown flag", "malformed", patched(25, 2)),
        ("another suite", "malformed", patched(47, 2)),
        ("two suites", "malformed", patched(46, 2)),
        ("a slot kind of tomorrow", "malformed", patched(65, 5)),
        ("no slots", "malformed", slots(Vec::new())),
        ("seventeen slots", "malformed", slots(many)),
        ("one slot twice", "malformed", slots(vec![first.clone(), first.clone()])),
        ("a label with a line feed", "malformed", relabelled("a\nb")),
        ("a label that is not ASCII", "malformed", relabelled("ä")),
        ("a label too long", "malformed", relabelled(&"a".repeat(65))),
        ("parameters too long", "malformed", slots(vec![Slot { params: vec![0; 65], ..first.clone() }])),
        ("a wrap too long", "malformed", slots(vec![Slot { wrap: vec![0; 257], ..first }])),
        ("a byte after the keyring", "malformed", signed(&[body, &[0]].concat())),
        ("longer than any header", "malformed", signed(&long)),
        ("empty", "malformed", Vec::new()),
        ("a MAC alone", "malformed", vec![0; 32]),
        ("another MAC", "forged", [body, &[0; 32]].concat()),
        ("another epoch under the old MAC", "forged", {
            let mut bytes = encoded.clone();
            bytes[33] ^= 1;
            bytes
        }),
    ];
    let cases = cases.map(|(name, error, bytes)| json!({ "name": name, "error": error, "bytes": hex(&bytes) }));
    json!({ "about": "headers that are refused, and how", "header_mac_key": hex(mac.expose()), "cases": cases })
}

#[test]
fn invalid_headers_are_refused_by_name() {
    let file = frozen("header/invalid.json", make_invalid);
    let mac = root().derive_header_mac(&VAULT);
    for case in file["cases"].as_array().unwrap() {
        let sealed = bytes(case, "bytes");
        let outcome = Header::parse(&sealed).and_then(|_| Header::verify(&sealed, &mac));
        let word = match outcome {
            Err(HeaderError::TooNew { .. }) => "too_new",
            Err(HeaderError::Malformed(_)) => "malformed",
            Err(HeaderError::Forged) => "forged",
            Ok(()) => "accepted",
        };
        assert_eq!(word, text(case, "error"), "{}", text(case, "name"));
    }
}
