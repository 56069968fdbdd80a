//! Files under a data key: any bytes as one, and a genuine one that was changed.

use std::io::Cursor;
use std::sync::OnceLock;

use vault_stream::{DataKey, FileId, Header, decrypt, encrypt_with, limits, reseal};

/// Any bytes as a file; as plaintext; as a new sealed key; and laid over a
/// genuine file somewhere, or as what is left of it. Nothing but the genuine
/// beginning comes out, and `Ok` means all of it.
pub fn stream(data: &[u8]) {
    is_right(data);
    let Some((place, changes)) = data.split_first_chunk::<3>() else { return };
    let place = usize::from(place[0]) << 16 | usize::from(place[1]) << 8 | usize::from(place[2]);
    let mut changed = genuine().clone();
    if changes.is_empty() {
        changed.truncate(place);
    } else {
        let at = place % changed.len();
        changed.iter_mut().skip(at).zip(changes).for_each(|(byte, change)| *byte ^= change);
        // What lies beyond the end was put there.
        changed.extend(changes.iter().skip(genuine().len() - at));
    }
    is_right(&changed);

    let mut file = Vec::new();
    encrypt_with(FileId::from_bytes([2; 32]), &key(), b"sealed", &mut &data[..], &mut file, |_| {}).unwrap();
    assert_eq!(limits::encrypted_len(6, data.len() as u64), Some(file.len() as u64));
    let known = Header::read(&mut &file[..]).unwrap();
    let mut file = Cursor::new(file);
    let fits = reseal(&known, changes, &mut file, |_| Ok(())).is_ok();
    let mut rest = file.get_ref().as_slice();
    let header = Header::read(&mut rest).unwrap();
    assert_eq!(header.sealed(), if fits { changes } else { b"sealed" });
    let mut out = Vec::new();
    assert_eq!(decrypt(&header, &key(), &mut rest, &mut out, |_| {}).unwrap(), data.len() as u64);
    assert_eq!(out, data);
}

fn is_right(mut file: &[u8]) {
    let Ok(header) = Header::read(&mut file) else { return };
    let mut out = Vec::new();
    let ended = decrypt(&header, &key(), &mut file, &mut out, |_| {});
    assert!(PLAIN.starts_with(&out), "something else came out");
    assert!(ended.is_err() || out == PLAIN, "a part was called whole");
    assert!(ended.is_err() || file.is_empty());
}

/// A file as it is, and where something of it can be changed or cut off.
pub(super) fn seeds() -> Vec<Vec<u8>> {
    let at = |place: usize, change: &[u8]| [&place.to_be_bytes()[5..], change].concat();
    let chunk = HEADER + limits::CHUNK + limits::TAG;
    let places = [0, 5, 8, 12, 44, 80, 512, 540, 1_024, HEADER, chunk - 1, chunk];
    let changed = places.into_iter().map(|place| at(place, &[1]));
    let cut = [0, 511, HEADER, HEADER + 20, chunk, chunk + 5].into_iter().map(|place| at(place, b""));
    let behind = at(genuine().len() - 1, b"\0more");
    changed.chain(cut).chain([behind, genuine()[..HEADER].to_vec()]).collect()
}

fn genuine() -> &'static Vec<u8> {
    static MADE: OnceLock<Vec<u8>> = OnceLock::new();
    MADE.get_or_init(|| {
        let mut file = Vec::new();
        encrypt_with(FileId::from_bytes([1; 32]), &key(), b"sealed", &mut &PLAIN[..], &mut file, |_| {}).unwrap();
        file
    })
}

fn key() -> DataKey {
    DataKey::from_bytes(&[0x5e; 32])
}

/// One whole chunk and a little.
const PLAIN: &[u8] = &[b'a'; limits::CHUNK + 20];
const HEADER: usize = 1_536;
