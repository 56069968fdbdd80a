//! A line to bytes and back. The format is in the module above.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize, Serializer};

use super::chain::{Checkpoint, Link};
use super::event::{Detail, Event};
use crate::keys::AuditKey;
use crate::limits::{AUDIT_LINE_MAX, AUDIT_WORD_MAX};

/// What the log adds to an event.
pub(super) struct Place {
    pub(super) now_ms: u64,
    /// Lines lost before this one.
    pub(super) lost: u64,
    /// Is it the first of a file?
    pub(super) first: bool,
}

/// Appends the line that follows `after`; returns where the chain is then.
/// On an error the buffer is as it was.
pub(super) fn append(
    buffer: &mut Vec<u8>,
    key: Option<&AuditKey>,
    after: &Checkpoint,
    event: &Event<'_>,
    place: &Place,
) -> Result<Checkpoint, serde_json::Error> {
    let start = buffer.len();
    let sequence = after.sequence.saturating_add(place.lost).saturating_add(1);
    let body = Body {
        seq: sequence,
        time: Time(place.now_ms),
        op: cut(event.op),
        outcome: cut(event.outcome),
        uid: event.who.uid,
        user: event.who.user.map(Text),
        pid: event.who.pid,
        app: event.app.map(Text),
        name: event.name.map(Hex),
        version: event.version,
        request: event.request,
        detail: event.detail.map(DetailMember),
        lost: (place.lost > 0).then_some(place.lost),
        prev: place.first.then_some(Hex(after.head)),
    };
    if let Err(error) = serde_json::to_writer(&mut *buffer, &body) {
        buffer.truncate(start);
        return Err(error);
    }
    buffer.pop(); // the closing brace comes after the link
    let link = Link::make(key, &after.head, &buffer[start..]);
    buffer.extend_from_slice(match link {
        Link::Keyed(_) => MAC,
        Link::Plain(_) => HASH,
    });
    push_hex(buffer, &link.head());
    buffer.extend_from_slice(b"\"}\n");
    debug_assert!(buffer.len() - start <= AUDIT_LINE_MAX);
    Ok(Checkpoint { sequence, head: link.head() })
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
    let head = from_hex(head)?;
    let (body, link) = match rest.strip_suffix(MAC) {
        Some(body) => (body, Link::Keyed(head)),
        None => (rest.strip_suffix(HASH)?, Link::Plain(head)),
    };
    let view: View = serde_json::from_slice(line).ok()?;
    let prev = match view.prev {
        Some(text) => Some(from_hex(text.as_bytes().try_into().ok()?)?),
        None => None,
    };
    Some(Parsed { sequence: view.seq, lost: view.lost.unwrap_or(0), prev, body, link })
}

/// Field order is the canonical order.
#[derive(Serialize)]
struct Body<'a> {
    seq: u64,
    time: Time,
    op: &'a str,
    outcome: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    uid: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    user: Option<Text<&'a crate::names::User>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pid: Option<i32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    app: Option<Text<&'a crate::names::App>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<Hex<16>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<u64>,
    request: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<DetailMember>,
    #[serde(skip_serializing_if = "Option::is_none")]
    lost: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    prev: Option<Hex<32>>,
}

/// What the chain needs of a line.
#[derive(Deserialize)]
struct View {
    seq: u64,
    lost: Option<u64>,
    prev: Option<String>,
}

struct Time(u64);

impl Serialize for Time {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let time = i64::try_from(self.0).ok().and_then(|ms| Timestamp::from_millisecond(ms).ok());
        serializer.collect_str(&format_args!("{:.3}", time.unwrap_or(Timestamp::MAX)))
    }
}

struct Text<T>(T);

impl<T: fmt::Display> Serialize for Text<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

struct DetailMember(Detail);

impl Serialize for DetailMember {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Detail::Word(word) => serializer.serialize_str(cut(word)),
            Detail::Number(number) => serializer.serialize_u64(number),
        }
    }
}

struct Hex<const N: usize>([u8; N]);

impl<const N: usize> Serialize for Hex<N> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<const N: usize> fmt::Display for Hex<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// A word that is too long is a mistake in the program; a line must fit all the same.
fn cut(word: &'static str) -> &'static str {
    if word.len() <= AUDIT_WORD_MAX { word } else { word.get(..AUDIT_WORD_MAX).unwrap_or_default() }
}

fn push_hex(buffer: &mut Vec<u8>, bytes: &[u8; 32]) {
    for byte in bytes {
        buffer.push(DIGITS[usize::from(byte >> 4)]);
        buffer.push(DIGITS[usize::from(byte & 15)]);
    }
}

/// Lower case only: a second spelling would be a change nobody notices.
fn from_hex(text: &[u8; 64]) -> Option<[u8; 32]> {
    let digit = |byte: u8| match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        _ => None,
    };
    let mut bytes = [0; 32];
    for (byte, pair) in bytes.iter_mut().zip(text.chunks_exact(2)) {
        *byte = digit(pair[0])? << 4 | digit(pair[1])?;
    }
    Some(bytes)
}

const MAC: &[u8] = b",\"mac\":\"";
const HASH: &[u8] = b",\"hash\":\"";
const DIGITS: &[u8; 16] = b"0123456789abcdef";
