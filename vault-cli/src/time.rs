//! Milliseconds since 1970 as people and programs write them.

use jiff::Timestamp;

/// RFC 3339 in UTC; none for a time no calendar holds.
pub(crate) fn rfc3339(ms: u64) -> Option<String> {
    timestamp(ms).map(|time| time.to_string())
}

/// To the minute, for a table.
pub(crate) fn short(ms: u64) -> String {
    timestamp(ms).map_or_else(|| "?".into(), |time| time.strftime("%Y-%m-%d %H:%M UTC").to_string())
}

/// Now.
pub(crate) fn now_ms() -> u64 {
    u64::try_from(Timestamp::now().as_millisecond()).unwrap_or(0)
}

/// Today, for a label.
pub(crate) fn today() -> String {
    Timestamp::now().strftime("%Y-%m-%d").to_string()
}

/// Seconds in the largest two units.
pub(crate) fn span(seconds: u64) -> String {
    let (days, hours, minutes) = (seconds / 86_400, seconds / 3_600 % 24, seconds / 60 % 60);
    match (days, hours, minutes) {
        (0, 0, 0) => format!("{seconds} s"),
        (0, 0, _) => format!("{minutes} min"),
        (0, _, _) => format!("{hours} h {minutes} min"),
        _ => format!("{days} d {hours} h"),
    }
}

fn timestamp(ms: u64) -> Option<Timestamp> {
    Timestamp::from_millisecond(i64::try_from(ms).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_instants() {
        assert_eq!(rfc3339(0).as_deref(), Some("1970-01-01T00:00:00Z"));
        assert_eq!(rfc3339(1_785_146_400_123).as_deref(), Some("2026-07-27T10:00:00.123Z"));
        assert_eq!(short(1_785_146_400_123), "2026-07-27 10:00 UTC");
        assert_eq!(rfc3339(u64::MAX), None);
    }

    #[test]
    fn spans() {
        for (seconds, text) in [(5, "5 s"), (125, "2 min"), (7_380, "2 h 3 min"), (180_000, "2 d 2 h")] {
            assert_eq!(span(seconds), text);
        }
    }
}
