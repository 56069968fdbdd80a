//! A file and what becomes of it.

#![allow(dead_code, unreachable_pub, clippy::unwrap_used, clippy::panic, reason = "each test takes what it needs")]

use vault_stream::{DataKey, DecryptError, FileId, Header, HeaderError, encrypt_with};

pub const KEY: [u8; 32] = [7; 32];
pub const SEALED: &[u8] = b"the data key, sealed";
/// What the chunks begin after, for a sealed key this short.
pub const HEADER: usize = 1_536;
/// A whole chunk with its tag.
pub const CHUNK: usize = 65_552;

pub fn key() -> DataKey {
    DataKey::from_bytes(&KEY)
}

/// Bytes that repeat with no period a chunk could have.
pub fn plaintext(len: usize) -> Vec<u8> {
    (0..len as u64).map(|i| ((i * i + 3 * i) % 251) as u8).collect()
}

pub fn encrypted(id: u8, plaintext: &[u8]) -> Vec<u8> {
    let mut file = Vec::new();
    let id = FileId::from_bytes([id; 32]);
    let len = encrypt_with(id, &key(), SEALED, &mut &plaintext[..], &mut file, |_| {}).unwrap();
    assert_eq!(len, plaintext.len() as u64);
    assert_eq!(vault_stream::limits::encrypted_len(SEALED.len(), len), Some(file.len() as u64));
    file
}

/// What came out, and how it ended: a word, and a chunk's number where there is one.
pub fn decrypted(file: &[u8]) -> (Vec<u8>, Result<u64, String>) {
    decrypted_with(&key(), file)
}

pub fn decrypted_with(key: &DataKey, mut file: &[u8]) -> (Vec<u8>, Result<u64, String>) {
    let mut out = Vec::new();
    let ended = match Header::read(&mut file) {
        Ok(header) => vault_stream::decrypt(&header, key, &mut file, &mut out, |_| {}).map_err(|error| match error {
            DecryptError::WrongKey => "wrong key".into(),
            DecryptError::Truncated { chunk } => format!("truncated {chunk}"),
            DecryptError::End { chunk } => format!("end {chunk}"),
            DecryptError::Extended => "extended".into(),
            DecryptError::Corrupt { chunk } => format!("corrupt {chunk}"),
            other => panic!("{other}"),
        }),
        Err(HeaderError::NotEncrypted) => Err("not encrypted".into()),
        Err(HeaderError::Unknown { .. }) => Err("unknown".into()),
        Err(HeaderError::Short) => Err("short".into()),
        Err(HeaderError::Malformed { .. }) => Err("malformed".into()),
        Err(other) => panic!("{other}"),
    };
    (out, ended)
}
