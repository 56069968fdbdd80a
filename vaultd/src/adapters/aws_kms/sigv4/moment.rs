//! `X-Amz-Date`: `YYYYMMDD'T'HHMMSS'Z'`.

/// Seconds since 1970, UTC; none when it is no such time.
pub(super) fn parse(text: &str) -> Option<i64> {
    let digits = text.as_bytes();
    let marks = digits.len() == LEN && digits[8] == b'T' && digits[15] == b'Z';
    let all = |range: std::ops::Range<usize>| digits[range].iter().all(u8::is_ascii_digit);
    if !marks || !all(0..8) || !all(9..15) {
        return None;
    }
    let number = |range: std::ops::Range<usize>| text[range].parse::<i64>().ok();
    let (year, month, day) = (number(0..4)?, number(4..6)?, number(6..8)?);
    let (hour, minute, second) = (number(9..11)?, number(11..13)?, number(13..15)?);
    if hour > 23 || minute > 59 || second > 59 || !(1970..=9_999).contains(&year) || !(1..=12).contains(&month) {
        return None;
    }
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let lengths = [31, if leap { 29 } else { 28 }, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let (before, rest) = lengths.split_at(usize::try_from(month - 1).ok()?);
    if !(1..=rest[0]).contains(&day) {
        return None;
    }
    let past = year - 1;
    let days = 365 * (year - 1970) + (past / 4 - past / 100 + past / 400) - LEAPS_BEFORE_1970;
    let days = days + before.iter().sum::<i64>() + day - 1;
    Some(((days * 24 + hour) * 60 + minute) * 60 + second)
}

const LEN: usize = 16;
/// 1969/4 - 1969/100 + 1969/400.
const LEAPS_BEFORE_1970: i64 = 477;

#[cfg(test)]
mod tests {
    use super::*;

    /// By `date -u -d … +%s`.
    #[test]
    fn known_times_and_no_others() {
        for (text, seconds) in [
            ("19700101T000000Z", 0),
            ("20150830T123600Z", 1_440_938_160),
            ("20240229T235959Z", 1_709_251_199),
            ("20261126T121530Z", 1_795_695_330),
            ("21000301T000000Z", 4_107_542_400),
        ] {
            assert_eq!(parse(text), Some(seconds), "{text}");
        }
        for text in [
            "",
            "20150830T123600",
            "20150830 123600Z",
            "20150230T000000Z",
            "20230229T000000Z",
            "21000229T000000Z",
            "20151301T000000Z",
            "20150100T000000Z",
            "20150830T240000Z",
            "20150830T126000Z",
            "20150830T123660Z",
            "+0150830T123600Z",
            "19690830T123600Z",
            "2015083\u{e9}T12360Z",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
