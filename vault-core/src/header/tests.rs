use proptest::prelude::*;

use super::*;
use crate::host::Host;
use crate::keys::RootKey;

fn header() -> (Header, HeaderMacKey) {
    let root = RootKey::make(&*Host::system().entropy).unwrap();
    let slot = |id, kind| Slot {
        id: SlotId([id; 16]),
        kind,
        label: "laptop key".into(),
        params: vec![1; 20],
        wrap: vec![2; 117],
    };
    let header = Header {
        vault: [9; 16],
        development: true,
        epoch: 1,
        generation: 7,
        root_version: 2,
        slots: vec![slot(1, SlotKind::Passphrase), slot(2, SlotKind::Credential)],
        keyring: vec![3; 300],
    };
    (header, root.derive_header_mac(&[9; 16]))
}

#[test]
fn parses_back_to_the_same_bytes() {
    let (header, key) = header();
    let bytes = header.encode(&key);
    assert_eq!(Header::parse(&bytes), Ok(header.clone()));
    assert_eq!(Header::verify(&bytes, &key), Ok(()));
    assert_eq!(Header::parse(&bytes).unwrap().encode(&key), bytes);
}

#[test]
fn mistake_2_every_changed_byte_and_every_truncation_is_refused() {
    let (header, key) = header();
    let bytes = header.encode(&key);
    for at in 0..bytes.len() {
        let mut changed = bytes.clone();
        changed[at] ^= 1;
        assert_eq!(Header::verify(&changed, &key), Err(HeaderError::Forged), "byte {at}");
        assert!(Header::parse(&bytes[..at]).is_err(), "length {at}");
    }
    assert!(Header::parse(&[&bytes[..], &[0]].concat()).is_err());
}

#[test]
fn newer_headers_are_refused_by_name() {
    let (header, key) = header();
    let mut bytes = header.encode(&key);
    bytes[5] = 2;
    assert_eq!(Header::parse(&bytes), Err(HeaderError::TooNew { needs: 2, ours: 1 }));
}

#[test]
fn slot_ids_have_one_spelling() {
    let id = SlotId([0xab; 16]);
    assert_eq!(SlotId::parse(&id.to_string()), Some(id));
    for bad in ["", "ab", &"AB".repeat(16), &"ab".repeat(17), &"g".repeat(32), &"a".repeat(31)] {
        assert_eq!(SlotId::parse(bad), None, "{bad}");
    }
}

proptest! {
    #[test]
    fn any_bytes_parse_or_are_refused(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        let _ = Header::parse(&bytes);
    }

    #[test]
    fn mutated_headers_parse_canonically_or_not_at_all(at in any::<prop::sample::Index>(), with in 1_u8..) {
        let (header, key) = header();
        let mut bytes = header.encode(&key);
        let at = at.index(bytes.len() - MAC_LEN);
        bytes[at] ^= with;
        if let Ok(parsed) = Header::parse(&bytes) {
            let body = bytes.len() - MAC_LEN;
            prop_assert_eq!(&parsed.encode(&key)[..body], &bytes[..body]);
        }
    }
}
