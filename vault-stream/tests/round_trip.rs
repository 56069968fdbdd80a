//! Every length comes back, in constant memory, however it is read.

mod common;

use std::io::Read;

use common::*;
use proptest::prelude::*;
use vault_stream::{Header, limits};

#[test]
fn every_length_at_the_edge_of_a_chunk() {
    for len in [0, 1, 65_535, 65_536, 65_537, 131_071, 131_072, 131_073, 200_000] {
        let plain = plaintext(len);
        let file = encrypted(1, &plain);
        assert_eq!(file.len(), HEADER + len + 16 * len.div_ceil(65_536).max(1), "{len}");
        assert_eq!(decrypted(&file), (plain, Ok(len as u64)));
    }
}

#[test]
fn a_header_says_what_it_is_and_reads_no_further() {
    let file = encrypted(1, b"x");
    let mut rest = &file[..];
    let header = Header::read(&mut rest).unwrap();
    assert_eq!((header.sealed(), header.size(), rest.len()), (SEALED, HEADER as u64, 17));
}

#[test]
fn a_sealed_key_of_every_length_that_is_accepted() {
    for len in [1, 476, 477, 988, 989, limits::SEALED_MAX] {
        let (sealed, mut file) = (vec![3; len], Vec::new());
        vault_stream::encrypt(&key(), &sealed, &mut &b"text"[..], &mut file, |_| {}).unwrap();
        assert_eq!(limits::encrypted_len(len, 4), Some(file.len() as u64), "{len}");
        assert_eq!(Header::read(&mut &file[..]).unwrap().sealed(), sealed);
        assert_eq!(decrypted(&file), (b"text".to_vec(), Ok(4)));
    }
    for len in [0, limits::SEALED_MAX + 1] {
        let refused = vault_stream::encrypt(&key(), &vec![3; len], &mut &b""[..], &mut Vec::new(), |_| {});
        assert!(matches!(refused, Err(vault_stream::EncryptError::Sealed { max: limits::SEALED_MAX, .. })), "{len}");
    }
}

#[test]
fn two_files_under_one_key_have_nothing_in_common() {
    let plain = plaintext(70_000);
    let (one, two) = (encrypted(1, &plain), encrypted(2, &plain));
    assert_ne!(one[44..76], two[44..76], "commitments");
    let equal = one[HEADER..].iter().zip(&two[HEADER..]).filter(|(a, b)| a == b).count();
    assert!(equal < 500, "{equal} of 70,000 bytes are equal");
}

#[test]
fn progress_counts_plaintext() {
    let (mut file, mut seen) = (Vec::new(), Vec::new());
    vault_stream::encrypt(&key(), SEALED, &mut &plaintext(70_000)[..], &mut file, |n| seen.push(n)).unwrap();
    assert_eq!(seen, [65_536, 70_000]);
}

#[test]
fn a_data_key_does_not_print() {
    assert_eq!(format!("{:?}", key()), "DataKey(..)");
}

/// Gives at most so many bytes at once.
struct Slow<'a>(&'a [u8], usize);

impl Read for Slow<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let len = buffer.len().min(self.1);
        self.0.read(&mut buffer[..len])
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn whatever_the_reads(len in 0_usize..200_000, at_once in 1_usize..100_000) {
        let plain = plaintext(len);
        let (mut file, mut out) = (Vec::new(), Vec::new());
        vault_stream::encrypt(&key(), SEALED, &mut Slow(&plain, at_once), &mut file, |_| {}).unwrap();
        let mut from = Slow(&file, at_once);
        let header = Header::read(&mut from).unwrap();
        prop_assert_eq!(vault_stream::decrypt(&header, &key(), &mut from, &mut out, |_| {}).unwrap(), len as u64);
        prop_assert_eq!(out, plain);
    }
}
