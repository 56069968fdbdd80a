//! `X-Amz-Date`: `YYYYMMDD'T'HHMMSS'Z'`.

use jiff::civil::DateTime;
use jiff::tz::TimeZone;

/// Seconds since 1970, UTC; none when it is no such time.
pub(super) fn parse(text: &str) -> Option<i64> {
    let digits = text.as_bytes();
    let marks = digits.len() == LEN && digits[8] == b'T' && digits[15] == b'Z';
    let all = |range: std::ops::Range<usize>| digits[range].iter().all(u8::is_ascii_digit);
    if !marks || !all(0..8) || !all(9..15) {
        return None;
    }
    let two = |at: usize| text[at..at + 2].parse::<i8>().ok();
    let year = text[..4].parse().ok().filter(|year| *year >= 1970)?;
    let at = DateTime::new(year, two(4)?, two(6)?, two(9)?, two(11)?, two(13)?, 0).ok()?;
    Some(TimeZone::UTC.to_timestamp(at).ok()?.as_second())
}

const LEN: usize = 16;

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
