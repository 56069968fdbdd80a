//! How long something lasts, as people write it.

/// `90d`, `12h`, `30m`, `never`; in seconds, 0 = never.
pub(crate) fn seconds(text: &str) -> Result<u64, &'static str> {
    let expected = "expected a number and d, h or m, such as 90d, or `never`";
    if text == "never" {
        return Ok(0);
    }
    let (number, unit) = text.split_at_checked(text.len().saturating_sub(1)).ok_or(expected)?;
    let number: u64 = number.parse().map_err(|_| expected)?;
    let seconds = match unit {
        "d" => number.checked_mul(86_400),
        "h" => number.checked_mul(3_600),
        "m" => number.checked_mul(60),
        _ => None,
    };
    seconds.filter(|seconds| *seconds > 0).ok_or(expected)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_a_number_and_a_unit() {
        for (text, meant) in [("90d", 7_776_000), ("12h", 43_200), ("30m", 1_800), ("never", 0)] {
            assert_eq!(seconds(text), Ok(meant));
        }
        for bad in ["", "d", "0d", "-1d", "90", "1w", "1.5d", "99999999999999999999d", "é"] {
            assert!(seconds(bad).is_err(), "{bad}");
        }
    }
}
