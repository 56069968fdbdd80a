//! What somebody with the file can do to it: refused, and nothing comes out but
//! the genuine beginning.

mod common;

use common::*;
use proptest::prelude::*;
use vault_stream::DataKey;

fn chunk(file: &[u8], number: usize) -> &[u8] {
    let end = file.len().min(HEADER + (number + 1) * CHUNK);
    &file[HEADER + number * CHUNK..end]
}

/// `file`'s header and these chunks.
fn with_chunks(file: &[u8], chunks: &[&[u8]]) -> Vec<u8> {
    [&file[..HEADER], &chunks.concat()].concat()
}

fn refused(file: &[u8], chunks: usize, why: &str) {
    let (out, ended) = decrypted(file);
    assert_eq!(ended, Err(why.to_owned()));
    assert!(out == plaintext(chunks * 65_536), "{why}: {} bytes came out", out.len());
}

/// Three whole chunks and a half.
fn file() -> Vec<u8> {
    encrypted(1, &plaintext(3 * 65_536 + 100))
}

#[test]
fn truncated() {
    let file = file();
    // At the end of a chunk, which is known, and so is an end too short for a tag.
    refused(&file[..HEADER + 3 * CHUNK], 2, "truncated 3");
    refused(&file[..HEADER + CHUNK], 0, "truncated 1");
    refused(&file[..HEADER + 2 * CHUNK + 7], 2, "truncated 2");
    refused(&file[..HEADER], 0, "truncated 0");
    // Within one.
    refused(&file[..file.len() - 1], 3, "end 3");
    refused(&file[..HEADER + CHUNK - 1], 0, "end 0");
}

#[test]
fn extended() {
    let whole = encrypted(1, &plaintext(2 * 65_536));
    for more in [&b"x"[..], &[0; 16], chunk(&whole, 0), &whole] {
        refused(&[&whole, more].concat(), 1, "extended");
    }
    // Behind a short chunk nobody can tell where it ended.
    refused(&[&file()[..], b"x"].concat(), 3, "end 3");
}

#[test]
fn reordered_doubled_left_out() {
    let file = file();
    let [zero, one, two, last] = [0, 1, 2, 3].map(|number| chunk(&file, number));
    refused(&with_chunks(&file, &[one, zero, two, last]), 0, "corrupt 0");
    refused(&with_chunks(&file, &[zero, two, one, last]), 1, "corrupt 1");
    refused(&with_chunks(&file, &[zero, zero, one, two, last]), 1, "corrupt 1");
    refused(&with_chunks(&file, &[zero, two, last]), 1, "corrupt 1");
    refused(&with_chunks(&file, &[zero, one, last]), 2, "end 2");
    refused(&with_chunks(&file, &[last]), 0, "end 0");
}

#[test]
fn a_chunk_of_another_file_under_the_same_key() {
    let (file, other) = (file(), encrypted(2, &plaintext(3 * 65_536 + 100)));
    let mixed = [chunk(&file, 0), chunk(&other, 1), chunk(&file, 2), chunk(&file, 3)];
    refused(&with_chunks(&file, &mixed), 1, "corrupt 1");
    refused(&[&file[..HEADER], &other[HEADER..]].concat(), 0, "corrupt 0");
}

#[test]
fn another_key() {
    let (out, ended) = decrypted_with(&DataKey::from_bytes(&[8; 32]), &file());
    assert_eq!((out.len(), ended), (0, Err("wrong key".into())));
}

/// The fixed part is bound to the key; the two copies of the sealed key are what
/// may be replaced.
#[test]
fn every_bit_of_a_header() {
    let file = encrypted(1, b"text");
    for at in 0..HEADER {
        for bit in [0, 3, 7] {
            let mut changed = file.clone();
            changed[at] ^= 1 << bit;
            let (out, ended) = decrypted(&changed);
            match at {
                0..4 => assert_eq!(ended, Err("not encrypted".into()), "byte {at}"),
                4..6 => assert_eq!(ended, Err("unknown".into()), "byte {at}"),
                6..12 | 76..512 => assert!(ended.is_err() && out.is_empty(), "byte {at}: {ended:?}"),
                // The id is in both slots' sums, so it is missed there first.
                12..44 => assert_eq!(ended, Err("malformed".into()), "byte {at}"),
                44..76 => assert_eq!(ended, Err("wrong key".into()), "byte {at}"),
                // One copy is damaged, the other serves.
                _ => assert_eq!((out, ended), (b"text".to_vec(), Ok(4)), "byte {at}"),
            }
        }
    }
    let mut both = file.clone();
    both[520] ^= 1;
    both[1_030] ^= 1;
    assert_eq!(decrypted(&both).1, Err("malformed".into()));
}

#[test]
fn every_length_of_a_header() {
    let file = encrypted(1, b"text");
    assert_eq!(decrypted(b"").1, Err("not encrypted".into()));
    for len in 1..HEADER {
        assert_eq!(decrypted(&file[..len]).1, Err("short".into()), "{len}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_changed_bit_of_any_chunk(len in 0_usize..150_000, at in any::<prop::sample::Index>(), bit in 0_u8..8) {
        let plain = plaintext(len);
        let mut file = encrypted(1, &plain);
        let at = HEADER + at.index(file.len() - HEADER);
        file[at] ^= 1 << bit;
        let (out, ended) = decrypted(&file);
        prop_assert!(ended.is_err());
        prop_assert_eq!(&out[..], &plain[..(at - HEADER) / CHUNK * 65_536]);
    }

    #[test]
    fn any_cut(len in 0_usize..150_000, cut in any::<prop::sample::Index>()) {
        let file = encrypted(1, &plaintext(len));
        let cut = cut.index(file.len());
        let (out, ended) = decrypted(&file[..cut]);
        prop_assert!(ended.is_err());
        prop_assert!(plaintext(len).starts_with(&out));
    }
}
