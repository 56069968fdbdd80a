//! The format is frozen: `tests/vectors/stream/`, which another implementation
//! reads too. `VAULT_WRITE_VECTORS=1` writes those that are not there.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use std::path::PathBuf;

use common::*;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use vault_stream::{DataKey, FileId, encrypt_with};

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn unhex(value: &Value) -> Vec<u8> {
    let text = value.as_str().unwrap();
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect()
}

fn path(name: &str) -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/vectors/stream")).join(name)
}

fn load(name: &str, make: impl FnOnce() -> Value) -> Value {
    if std::env::var_os("VAULT_WRITE_VECTORS").is_some() && !path(name).exists() {
        std::fs::write(path(name), serde_json::to_string_pretty(&make()).unwrap() + "\n").unwrap();
    }
    serde_json::from_slice(&std::fs::read(path(name)).unwrap()).unwrap()
}

fn file(vector: &Value) -> Vec<u8> {
    let array = |field: &str| <[u8; 32]>::try_from(unhex(&vector[field])).unwrap();
    let plain = plaintext(usize::try_from(vector["plaintext_len"].as_u64().unwrap()).unwrap());
    let (key, mut file) = (DataKey::from_bytes(&array("key")), Vec::new());
    let id = FileId::from_bytes(array("id"));
    encrypt_with(id, &key, &unhex(&vector["sealed"]), &mut &plain[..], &mut file, |_| {}).unwrap();
    file
}

fn make_valid() -> Value {
    let sealed: Vec<u8> = (0..133).collect();
    let long = vec![9; 6_144];
    let cases = [
        ("empty", 0, &sealed),
        ("one byte", 1, &sealed),
        ("short", 1_000, &sealed),
        ("a chunk", 65_536, &sealed),
        ("a chunk and a byte", 65_537, &sealed),
        ("three chunks and some", 200_000, &sealed),
        ("the longest sealed key", 5, &long),
    ];
    let vectors = cases.map(|(name, len, sealed)| {
        let mut vector = json!({
            "name": name,
            "key": hex(&KEY),
            "id": hex(&std::array::from_fn::<u8, 32, _>(|i| 0x40 + i as u8)),
            "sealed": hex(sealed),
            "plaintext_len": len,
        });
        let file = file(&vector);
        vector["len"] = file.len().into();
        vector["sha256"] = hex(&Sha256::digest(&file)).into();
        vector["begins"] = hex(&file[..76]).into();
        vector["ends"] = hex(&file[file.len() - 17..]).into();
        vector
    });
    json!({ "plaintext": "byte i is (i*i + 3*i) mod 251", "vectors": vectors })
}

#[test]
fn valid() {
    let vectors = load("v1.json", make_valid);
    for vector in vectors["vectors"].as_array().unwrap() {
        let file = file(vector);
        assert_eq!(hex(&Sha256::digest(&file)), vector["sha256"], "{}", vector["name"]);
        assert_eq!(hex(&file[..76]), vector["begins"]);
        assert_eq!(hex(&file[file.len() - 17..]), vector["ends"]);
        assert_eq!(decrypted(&file).1, Ok(vector["plaintext_len"].as_u64().unwrap()));
    }
}

/// Each a file put together from pieces of a valid one, and one changed byte.
fn make_damaged() -> Value {
    let chunk = |n: u64| json!([1_536 + n * 65_552, (1_536 + (n + 1) * 65_552).min(1_536 + 200_000 + 4 * 16)]);
    let (header, whole) = (json!([0, 1_536]), json!([0, 201_600]));
    let case = |name: &str, pieces: Value, flip: Value, error: &str, out: u64| json!({ "name": name, "pieces": pieces, "flip": flip, "error": error, "released": out });
    let none = Value::Null;
    json!({ "base": "three chunks and some", "cases": [
        case("cut off after a chunk", json!([header, chunk(0), chunk(1)]), none.clone(), "truncated 2", 65_536),
        case("cut off within a chunk", json!([[0, 201_599]]), none.clone(), "end 3", 196_608),
        case("no chunk", json!([header]), none.clone(), "truncated 0", 0),
        case("two exchanged", json!([header, chunk(0), chunk(2), chunk(1), chunk(3)]), none.clone(), "corrupt 1", 65_536),
        case("one doubled", json!([header, chunk(0), chunk(0), chunk(1), chunk(2), chunk(3)]), none.clone(), "corrupt 1", 65_536),
        case("one left out", json!([header, chunk(1), chunk(2), chunk(3)]), none.clone(), "corrupt 0", 0),
        case("the last alone", json!([header, chunk(3)]), none.clone(), "end 0", 0),
        case("the file twice", json!([whole, whole]), none.clone(), "corrupt 3", 196_608),
        case("a changed byte", json!([whole]), json!(70_000), "corrupt 1", 65_536),
        case("a changed tag", json!([whole]), json!(201_599), "end 3", 196_608),
        case("a changed commitment", json!([whole]), json!(50), "wrong key", 0),
        case("a changed id", json!([whole]), json!(12), "malformed", 0),
        case("changed room", json!([whole]), json!(11), "malformed", 0),
        case("a byte where zeros are", json!([whole]), json!(500), "malformed", 0),
        case("another format", json!([whole]), json!(4), "unknown", 0),
        case("another magic", json!([whole]), json!(0), "not encrypted", 0),
        case("half a header", json!([[0, 700]]), none, "short", 0),
    ]})
}

#[test]
fn damaged() {
    let damaged = load("damaged.json", make_damaged);
    let valid = load("v1.json", make_valid);
    let base = valid["vectors"].as_array().unwrap().iter().find(|vector| vector["name"] == damaged["base"]).unwrap();
    let base = file(base);
    for case in damaged["cases"].as_array().unwrap() {
        let pieces = case["pieces"].as_array().unwrap().iter();
        let at = |piece: &Value, end: usize| usize::try_from(piece[end].as_u64().unwrap()).unwrap();
        let mut bytes: Vec<u8> = pieces.flat_map(|piece| base[at(piece, 0)..at(piece, 1)].to_vec()).collect();
        if let Some(flip) = case["flip"].as_u64() {
            bytes[usize::try_from(flip).unwrap()] ^= 1;
        }
        let (out, ended) = decrypted(&bytes);
        assert_eq!(ended, Err(case["error"].as_str().unwrap().to_owned()), "{}", case["name"]);
        assert_eq!(out.len() as u64, case["released"], "{}", case["name"]);
        assert!(plaintext(200_000).starts_with(&out));
    }
}
