//! When a delivery was signed, and whether that is near enough.
//!
//! Judged after the signature and not before: an age is then told of genuine
//! deliveries only, and a clock that is wrong is not mistaken for a forgery.

use super::{Verified, WebhookError};

/// A delivery whose signature fits.
pub(super) struct Genuine {
    pub(super) timestamp_s: Option<u64>,
    pub(super) id: Option<String>,
    pub(super) fingerprint: [u8; 32],
}

impl Genuine {
    /// Near enough to now, either way.
    pub(super) fn fresh(self, now_s: u64, tolerance_s: u64) -> Result<Verified, WebhookError> {
        let last_s = match self.timestamp_s {
            None => now_s.saturating_add(tolerance_s),
            Some(signed_s) => {
                let (age_s, ahead_s) = (now_s.saturating_sub(signed_s), signed_s.saturating_sub(now_s));
                if age_s > tolerance_s {
                    return Err(WebhookError::TooOld { age_s, tolerance_s });
                }
                if ahead_s > tolerance_s {
                    return Err(WebhookError::TooNew { ahead_s, tolerance_s });
                }
                signed_s.saturating_add(tolerance_s)
            }
        };
        // The last second in which a copy would be taken is part of the window.
        let window_s = last_s.saturating_sub(now_s).saturating_add(1);
        Ok(Verified { timestamp_s: self.timestamp_s, id: self.id, fingerprint: self.fingerprint, window_s })
    }
}

/// Seconds since 1970 in digits alone. No sign, point or space: with digits
/// alone it is plain where a timestamp ends in what was signed.
pub(super) fn seconds(text: &[u8]) -> Option<u64> {
    if text.is_empty() || text.len() > DIGITS_MAX {
        return None;
    }
    text.iter().try_fold(0_u64, |seconds, byte| {
        let digit = byte.is_ascii_digit().then(|| u64::from(byte - b'0'))?;
        seconds.checked_mul(10)?.checked_add(digit)
    })
}

/// The digits of the largest u64.
const DIGITS_MAX: usize = 20;

#[cfg(test)]
mod tests {
    use super::*;

    fn judge(signed_s: Option<u64>, now_s: u64, tolerance_s: u64) -> Result<u64, WebhookError> {
        let genuine = Genuine { timestamp_s: signed_s, id: None, fingerprint: [0; 32] };
        genuine.fresh(now_s, tolerance_s).map(|verified| verified.window_s)
    }

    #[test]
    fn the_tolerance_is_exact_either_way() {
        assert_eq!(judge(Some(1_000), 1_300, 300), Ok(1));
        assert_eq!(judge(Some(1_000), 1_301, 300), Err(WebhookError::TooOld { age_s: 301, tolerance_s: 300 }));
        assert_eq!(judge(Some(1_000), 700, 300), Ok(601));
        assert_eq!(judge(Some(1_000), 699, 300), Err(WebhookError::TooNew { ahead_s: 301, tolerance_s: 300 }));
        assert_eq!(judge(Some(1_000), 1_000, 0), Ok(1));
        assert_eq!(judge(None, 1_000, 300), Ok(301));
    }

    /// A copy is taken for as long as the window says, and not a second longer.
    #[test]
    fn the_window_ends_when_a_copy_is_too_old() {
        for now in 700..=1_300 {
            let window = judge(Some(1_000), now, 300).unwrap();
            assert!(judge(Some(1_000), now + window - 1, 300).is_ok());
            assert!(judge(Some(1_000), now + window, 300).is_err());
        }
    }

    #[test]
    fn the_ends_of_time_do_not_overflow() {
        assert!(judge(Some(u64::MAX), 0, 300).is_err() && judge(Some(0), u64::MAX, 300).is_err());
        assert_eq!(judge(Some(u64::MAX), u64::MAX, 300), Ok(1));
        assert_eq!(judge(None, u64::MAX, u64::MAX), Ok(1));
    }

    #[test]
    fn a_timestamp_is_digits() {
        assert_eq!(seconds(b"1700000000"), Some(1_700_000_000));
        assert_eq!(seconds(b"18446744073709551615"), Some(u64::MAX));
        for text in ["", "+1", "-1", " 1", "1 ", "1.5", "1e9", "0x1", "18446744073709551616", "000000000000000000001"] {
            assert_eq!(seconds(text.as_bytes()), None, "{text}");
        }
    }
}
