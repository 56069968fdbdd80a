//! A line to bytes and back. The format is in the module above.

use std::io::Write as _;

use jiff::Timestamp;
use serde::Deserialize;

use super::chain::{Checkpoint, Link};
use super::event::{Detail, Event};
use crate::hex;
use crate::keys::AuditKey;
use crate::limits::{AUDIT_LINE_MAX, AUDIT_WORD_MAX, DAY_MS};
use crate::names::User;

/// What the log adds to a draft.
pub(super) struct Place {
    /// Lines lost before this one.
    pub(super) lost: u64,
    /// Is it the first of a file?
    pub(super) first: bool,
}

/// Appends the line of a draft, which follows `after`; returns where the chain is then.
pub(super) fn append(
    buffer: &mut Vec<u8>,
    key: Option<&AuditKey>,
    after: &Checkpoint,
    draft: &[u8],
    place: &Place,
) -> Checkpoint {
    let start = buffer.len();
    let sequence = after.sequence.saturating_add(place.lost).saturating_add(1);
    buffer.extend_from_slice(b"{\"seq\":");
    push_number(buffer, sequence);
    buffer.extend_from_slice(draft);
    if place.lost > 0 {
        buffer.extend_from_slice(b",\"lost\":");
        push_number(buffer, place.lost);
    }
    if place.first {
        buffer.extend_from_slice(b",\"prev\":\"");
        hex::push(buffer, &after.head);
        buffer.push(b'"');
    }
    let link = Link::make(key, &after.head, &buffer[start..]);
    buffer.extend_from_slice(match link {
        Link::Keyed(_) => MAC,
        Link::Plain(_) => HASH,
    });
    hex::push(buffer, &link.head());
    buffer.extend_from_slice(b"\"}\n");
    debug_assert!(buffer.len() - start <= AUDIT_LINE_MAX);
    Checkpoint { sequence, head: link.head() }
}

/// The members that an event decides, in the canonical order, between the
/// number and what the log adds. By hand, because every request writes one; the
/// golden lines of the tests hold it still.
pub(super) fn draft(buffer: &mut Vec<u8>, now_ms: u64, event: &Event<'_>) {
    buffer.extend_from_slice(b",\"time\":\"");
    push_time(buffer, now_ms);
    buffer.extend_from_slice(b"\",\"op\":");
    push_text(buffer, cut(event.op));
    buffer.extend_from_slice(b",\"outcome\":");
    push_text(buffer, cut(event.outcome));
    if let Some(uid) = event.who.uid {
        buffer.extend_from_slice(b",\"uid\":");
        push_number(buffer, uid.into());
    }
    if let Some(user) = event.who.user {
        buffer.extend_from_slice(b",\"user\":");
        push_user(buffer, user);
    }
    if let Some(pid) = event.who.pid {
        buffer.extend_from_slice(if pid < 0 { b",\"pid\":-" } else { b",\"pid\":" });
        push_number(buffer, pid.unsigned_abs().into());
    }
    if let Some(app) = event.app {
        buffer.extend_from_slice(b",\"app\":");
        push_text(buffer, app.as_str());
    }
    if let Some(name) = event.name {
        buffer.extend_from_slice(b",\"name\":\"");
        hex::push(buffer, &name);
        buffer.push(b'"');
    }
    if let Some(version) = event.version {
        buffer.extend_from_slice(b",\"version\":");
        push_number(buffer, version);
    }
    buffer.extend_from_slice(b",\"request\":");
    push_number(buffer, event.request);
    if let Some(detail) = event.detail {
        buffer.extend_from_slice(b",\"detail\":");
        match detail {
            Detail::Word(word) => push_text(buffer, cut(word)),
            Detail::Number(number) => push_number(buffer, number),
        }
    }
}

/// A uid needs no escaping; what a gateway calls its users may.
fn push_user(buffer: &mut Vec<u8>, user: &User) {
    match user {
        User::Uid(uid) => {
            buffer.extend_from_slice(b"\"uid:");
            push_number(buffer, (*uid).into());
            buffer.push(b'"');
        }
        User::Ext(_) | User::App => push_text(buffer, &user.to_string()),
    }
}

/// A JSON string. What is usual here needs no escaping and is copied as it is.
fn push_text(buffer: &mut Vec<u8>, text: &str) {
    let plain = |byte: u8| matches!(byte, b' '..=b'~') && byte != b'"' && byte != b'\\';
    if text.bytes().all(plain) {
        buffer.push(b'"');
        buffer.extend_from_slice(text.as_bytes());
        buffer.push(b'"');
    } else {
        // Writing text into memory does not fail.
        let _ = serde_json::to_writer(buffer, text);
    }
}

/// RFC 3339 in UTC, to the millisecond.
fn push_time(buffer: &mut Vec<u8>, ms: u64) {
    if ms >= END_OF_TIME_MS {
        // Writing into memory does not fail.
        let _ = write!(buffer, "{:.3}", Timestamp::MAX);
        return;
    }
    let (year, month, day) = date(ms / DAY_MS);
    let of_day = ms % DAY_MS;
    let mut text = *b"0000-00-00T00:00:00.000Z";
    put_digits(&mut text[..4], year);
    put_digits(&mut text[5..7], month);
    put_digits(&mut text[8..10], day);
    put_digits(&mut text[11..13], of_day / 3_600_000);
    put_digits(&mut text[14..16], of_day / 60_000 % 60);
    put_digits(&mut text[17..19], of_day / 1_000 % 60);
    put_digits(&mut text[20..23], of_day % 1_000);
    buffer.extend_from_slice(&text);
}

/// Year, month and day of the Gregorian calendar, that many days after
/// 1970-01-01. Counted in years that begin in March, so that the leap day is
/// their last; 400 of them have 146,097 days.
fn date(days: u64) -> (u64, u64, u64) {
    let since_march_of_year_0 = days + 719_468;
    let (era, day) = (since_march_of_year_0 / 146_097, since_march_of_year_0 % 146_097);
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let of_year = day - (365 * year + year / 4 - year / 100);
    // Five months from March on have 153 days, and so the next five.
    let month = (5 * of_year + 2) / 153;
    let of_month = of_year - (153 * month + 2) / 5 + 1;
    let year = 400 * era + year;
    if month < 10 { (year, month + 3, of_month) } else { (year + 1, month - 9, of_month) }
}

/// Decimal digits with leading zeros, as many as there is room for.
fn put_digits(place: &mut [u8], mut number: u64) {
    for digit in place.iter_mut().rev() {
        *digit = DIGITS[(number % 10) as usize];
        number /= 10;
    }
}

fn push_number(buffer: &mut Vec<u8>, number: u64) {
    let mut digits = [0; 20];
    let (mut from, mut rest) = (digits.len(), number);
    loop {
        from -= 1;
        digits[from] = DIGITS[(rest % 10) as usize];
        rest /= 10;
        if rest == 0 {
            break;
        }
    }
    buffer.extend_from_slice(&digits[from..]);
}

/// A line as read back; nothing in it is believed yet.
pub(super) struct Parsed<'a> {
    pub(super) sequence: u64,
    pub(super) lost: u64,
    pub(super) prev: Option<[u8; 32]>,
    pub(super) body: &'a [u8],
    pub(super) link: Link,
}

/// Reads a line, given without its line feed. Strict: what we would not write
/// is not a line, so that no byte can change unseen.
pub(super) fn parse(line: &[u8]) -> Option<Parsed<'_>> {
    if line.len() >= AUDIT_LINE_MAX {
        return None;
    }
    let (rest, head) = line.strip_suffix(b"\"}")?.split_last_chunk::<64>()?;
    let head = hex::decode(head)?;
    let (body, link) = match rest.strip_suffix(MAC) {
        Some(body) => (body, Link::Keyed(head)),
        None => (rest.strip_suffix(HASH)?, Link::Plain(head)),
    };
    let view: View = serde_json::from_slice(line).ok()?;
    let prev = match view.prev {
        Some(text) => Some(hex::decode(text.as_bytes())?),
        None => None,
    };
    Some(Parsed { sequence: view.seq, lost: view.lost.unwrap_or(0), prev, body, link })
}

/// What the chain needs of a line.
#[derive(Deserialize)]
struct View {
    seq: u64,
    lost: Option<u64>,
    prev: Option<String>,
}

/// A word that is too long is a mistake in the program; a line must fit all the same.
fn cut(word: &'static str) -> &'static str {
    if word.len() <= AUDIT_WORD_MAX { word } else { word.get(..AUDIT_WORD_MAX).unwrap_or_default() }
}

const MAC: &[u8] = b",\"mac\":\"";
const HASH: &[u8] = b",\"hash\":\"";
const DIGITS: &[u8; 10] = b"0123456789";
/// 9999-12-30T22:00:01Z, after which no timestamp is.
const END_OF_TIME_MS: u64 = 253_402_207_201_000;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn time(ms: u64) -> String {
        let mut buffer = Vec::new();
        push_time(&mut buffer, ms);
        String::from_utf8(buffer).unwrap()
    }

    /// As the calendar library writes it.
    fn expected(ms: u64) -> String {
        let time = i64::try_from(ms).ok().and_then(|ms| Timestamp::from_millisecond(ms).ok());
        format!("{:.3}", time.unwrap_or(Timestamp::MAX))
    }

    #[test]
    fn times_are_the_calendars_every_day_and_at_the_ends() {
        for day in 0..=END_OF_TIME_MS / DAY_MS {
            for ms in [day * DAY_MS, day * DAY_MS + 12 * 3_600_000 + 34 * 60_000 + 56_789, (day + 1) * DAY_MS - 1] {
                assert_eq!(time(ms), expected(ms), "{ms}");
            }
        }
        for ms in [END_OF_TIME_MS - 1, END_OF_TIME_MS, END_OF_TIME_MS + 1, i64::MAX as u64, u64::MAX] {
            assert_eq!(time(ms), expected(ms), "{ms}");
        }
    }

    proptest! {
        #[test]
        fn times_are_the_calendars(ms in 0..=END_OF_TIME_MS) {
            prop_assert_eq!(time(ms), expected(ms));
        }

        #[test]
        fn text_is_as_json_writes_it(text in any::<String>()) {
            let mut buffer = Vec::new();
            push_text(&mut buffer, &text);
            prop_assert_eq!(buffer, serde_json::to_vec(&text).unwrap());
        }
    }
}
