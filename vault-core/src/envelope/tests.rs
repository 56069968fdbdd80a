use proptest::prelude::*;

use super::*;
use crate::host::{EntropyError, Host};

const KEY: [u8; 32] = [7; 32];
const VAULT: [u8; 16] = [1; 16];
const SCOPE: [u8; 16] = [2; 16];

fn context<'a>(name: &'a [u8], version: u64) -> Context<'a> {
    Context { vault: &VAULT, scope: &SCOPE, name, version, caller: CallerContext::EMPTY }
}

fn sealed(kind: Kind, plaintext: &[u8]) -> Vec<u8> {
    seal(&KEY, kind, 3, &context(b"name", 9), plaintext, &*Host::system().entropy).unwrap()
}

/// Entropy that counts up, so that an envelope can be compared byte for byte.
struct Counting;

impl Entropy for Counting {
    fn fill(&self, buffer: &mut [u8]) -> Result<(), EntropyError> {
        (0..).zip(buffer).for_each(|(i, byte)| *byte = i);
        Ok(())
    }
}

struct Exhausted;

impl Entropy for Exhausted {
    fn fill(&self, _: &mut [u8]) -> Result<(), EntropyError> {
        Err(EntropyError)
    }
}

#[test]
fn layout_is_the_documented_one() {
    let bytes = seal(&KEY, Kind::WrappedKey, 3, &context(b"name", 9), b"secret", &Counting).unwrap();
    assert_eq!(bytes[..12], *b"VLT1\x01\x01\x02\x00\x00\x00\x00\x03");
    assert_eq!(bytes[12..36], std::array::from_fn::<u8, 24, _>(|i| i as u8));
    assert_eq!(bytes.len(), 12 + 24 + 32 + 6 + 16);
}

#[test]
fn no_randomness_no_envelope() {
    let refused = seal(&KEY, Kind::System, 1, &context(b"n", 1), b"x", &Exhausted);
    assert_eq!(refused, Err(SealError::Entropy(EntropyError)));
}

#[test]
fn too_large_is_refused_with_its_limit() {
    let refused = seal(&KEY, Kind::System, 1, &context(b"n", 1), &vec![0; limits::PLAINTEXT_MAX + 1], &Counting);
    assert_eq!(refused, Err(SealError::TooLarge { len: limits::PLAINTEXT_MAX + 1, max: limits::PLAINTEXT_MAX }));
}

/// The ceilings themselves are accepted, one more is not.
#[test]
fn the_largest_plaintext_is_sealed_and_opened() {
    let largest = vec![7; limits::PLAINTEXT_MAX];
    for kind in [Kind::System, Kind::Value] {
        let bytes = sealed(kind, &largest);
        assert_eq!(open(&KEY, kind, &context(b"name", 9), &bytes).unwrap().expose(), largest);
    }
    let most = sealed(Kind::Value, &largest).len();
    let mut longer = sealed(Kind::System, b"short");
    longer.resize(most, 0);
    assert!(parse(&longer).is_ok());
    longer.push(0);
    assert_eq!(parse(&longer).err(), Some(Malformed { expected: "a ciphertext within limits" }));
}

#[test]
fn padding_classes_follow_padme() {
    for (record, class) in [(0, 256), (252, 256), (253, 272), (508, 512), (996, 1024), (65_537, 67_584)] {
        assert_eq!(padding::padded_len(record), class, "{record}");
        assert_eq!(size_class(record), class, "{record}");
    }
}

#[test]
fn nonzero_padding_is_refused() {
    let mut body = Vec::new();
    padding::pad_into(&mut body, b"abc");
    assert_eq!(padding::unpad(&body), Some(4..7));
    for at in 7..body.len() {
        let mut changed = body.clone();
        changed[at] = 1;
        assert_eq!(padding::unpad(&changed), None);
    }
    body.push(0);
    assert_eq!(padding::unpad(&body), None);
}

#[test]
fn mistake_1_every_byte_of_the_place_is_bound() {
    let bytes = sealed(Kind::Value, b"value");
    assert!(open(&KEY, Kind::Value, &context(b"name", 9), &bytes).is_ok());
    let other = CallerContext::new([(&b"k"[..], &b"v"[..])]).unwrap();
    let wrong = [
        Context { vault: &[9; 16], ..context(b"name", 9) },
        Context { scope: &[9; 16], ..context(b"name", 9) },
        context(b"nam", 9),
        context(b"name", 8),
        Context { caller: &other, ..context(b"name", 9) },
    ];
    for place in wrong {
        assert_eq!(open(&KEY, Kind::Value, &place, &bytes).err(), Some(Refused));
    }
    assert_eq!(open(&KEY, Kind::Metadata, &context(b"name", 9), &bytes).err(), Some(Refused));
    assert_eq!(open(&[8; 32], Kind::Value, &context(b"name", 9), &bytes).err(), Some(Refused));
}

#[test]
fn mistake_6_two_seals_never_share_a_nonce() {
    let (a, b) = (sealed(Kind::Value, b"x"), sealed(Kind::Value, b"x"));
    assert_ne!(a[12..36], b[12..36]);
}

#[test]
fn caller_context_is_injective_and_order_free() {
    let pairs = |list: &[(&str, &str)]| {
        CallerContext::new(list.iter().map(|(k, v)| (k.as_bytes(), v.as_bytes()))).map(|cc| cc.encode())
    };
    assert_ne!(pairs(&[("ab", "c")]), pairs(&[("a", "bc")]));
    assert_eq!(pairs(&[("a", "1"), ("b", "2")]), pairs(&[("b", "2"), ("a", "1")]));
    assert_eq!(pairs(&[("a", "1"), ("a", "1")]), Err(CallerContextError::Duplicate));
}

proptest! {
    #[test]
    fn opens_to_what_was_sealed(plaintext in proptest::collection::vec(any::<u8>(), 0..2000), padded in any::<bool>()) {
        let kind = if padded { Kind::Value } else { Kind::System };
        let bytes = sealed(kind, &plaintext);
        let opened = open(&KEY, kind, &context(b"name", 9), &bytes).unwrap();
        prop_assert_eq!(opened.expose(), &plaintext[..]);
    }

    #[test]
    fn any_changed_byte_is_refused(at in any::<prop::sample::Index>(), with in 1_u8..) {
        let mut bytes = sealed(Kind::Metadata, b"canary");
        let at = at.index(bytes.len());
        bytes[at] ^= with;
        prop_assert!(open(&KEY, Kind::Metadata, &context(b"name", 9), &bytes).is_err());
    }

    #[test]
    fn any_truncation_or_extension_is_refused(len in any::<prop::sample::Index>(), extra in 1_usize..40) {
        let bytes = sealed(Kind::System, b"canary");
        prop_assert!(open(&KEY, Kind::System, &context(b"name", 9), &bytes[..len.index(bytes.len())]).is_err());
        let longer = [bytes, vec![0; extra]].concat();
        prop_assert!(open(&KEY, Kind::System, &context(b"name", 9), &longer).is_err());
    }

    #[test]
    fn any_bytes_parse_or_are_refused(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        let _ = parse(&bytes);
    }
}

/// Computed in Python with nothing but hashlib: docs/FORMAT.md, section 12.
#[test]
fn known_answer_kms_message() {
    let blue = CallerContext::new([(&b"tenant"[..], &b"blue"[..])]).unwrap();
    let bytes = seal_message(&KEY, &[4; 16], 3, &VAULT, &blue, b"secret", &Counting).unwrap();
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(
        hex,
        "564c5431010103000000000304040404040404040404040404040404000102030405060708090a0b0c0d0e0f1011121314151617\
         30ec52f6d8a854d2cea09873995ec362eda422918e95429186b9ea1adf91d220\
         1ca5dcf813db74d5c89be9fefad5a70f837667c9dd3f0c"
    );
    assert_eq!(open_message(&KEY, &VAULT, &blue, &bytes).unwrap().expose(), b"secret");
    assert!(open_message(&KEY, &VAULT, CallerContext::EMPTY, &bytes).is_err());
    assert!(open_message(&KEY, &[2; 16], &blue, &bytes).is_err(), "another vault");
}

/// Sealed with all the right keys by something that is not this program.
#[test]
fn a_message_of_another_record_version_is_refused() {
    let ctx = message_context(&VAULT, CallerContext::EMPTY);
    let prefix = [&prefix(Kind::KmsMessage, 3)[..], &[4; 16]].concat();
    let nonce = [9; 24];
    for body in [&b""[..], b"\x00x", b"\x02x"] {
        let aad = ctx.encode(&prefix);
        let (key, commitment) = subkey(&KEY, &nonce, &aad);
        let mut ciphertext = body.to_vec();
        let tag = aead::seal(key.expose(), &nonce, &aad, &mut ciphertext);
        let bytes = [&prefix[..], &nonce, &commitment, &ciphertext, &tag].concat();
        assert!(open_message(&KEY, &VAULT, CallerContext::EMPTY, &bytes).is_err(), "{body:?}");
    }
}

proptest! {
    #[test]
    fn a_caller_s_context_has_one_encoding(bytes in proptest::collection::vec(any::<u8>(), 0..60)) {
        if let Ok(context) = CallerContext::parse(&bytes) {
            prop_assert_eq!(context.encode(), bytes);
        }
    }

    #[test]
    fn a_caller_s_context_comes_back(pairs: std::collections::BTreeMap<Vec<u8>, Vec<u8>>) {
        let context = CallerContext::new(pairs.iter().map(|(key, value)| (&key[..], &value[..])));
        if let Ok(context) = context {
            prop_assert_eq!(CallerContext::parse(&context.encode()), Ok(context));
        }
    }
}
