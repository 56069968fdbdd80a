//! Where an answer of HTTP/1.1 ends, and what it says.

use crate::wire::{find, number};

/// The length of the answer at the front, when that much is known.
pub(crate) fn end(received: &[u8]) -> Option<usize> {
    let head = head(received)?;
    if let Some(length) = header(&received[..head], "content-length") {
        return Some(head + number(length));
    }
    match header(&received[..head], "transfer-encoding") {
        Some(_) => chunks(received, head, |_| {}),
        None => Some(head),
    }
}

/// The body of a whole answer, as text.
pub(crate) fn body(answer: &[u8]) -> String {
    let head = head(answer).unwrap();
    let mut body = Vec::new();
    match header(&answer[..head], "transfer-encoding") {
        Some(_) => _ = chunks(answer, head, |chunk| body.extend_from_slice(chunk)),
        None => body.extend_from_slice(&answer[head..]),
    }
    String::from_utf8(body).unwrap()
}

fn head(received: &[u8]) -> Option<usize> {
    Some(find(received, b"\r\n\r\n")? + 4)
}

/// Its value; servers differ in how they write the name.
fn header<'h>(head: &'h [u8], name: &str) -> Option<&'h [u8]> {
    head.split(|byte| *byte == b'\n').find_map(|line| {
        let colon = line.iter().position(|byte| *byte == b':')?;
        line[..colon].eq_ignore_ascii_case(name.as_bytes()).then(|| &line[colon + 1..])
    })
}

/// Goes over all chunks, to what follows the last.
fn chunks(received: &[u8], mut at: usize, mut each: impl FnMut(&[u8])) -> Option<usize> {
    loop {
        let line = find(&received[at..], b"\r\n")?;
        let size = std::str::from_utf8(&received[at..at + line]).unwrap();
        let size = usize::from_str_radix(size, 16).unwrap();
        let from = at + line + 2;
        at = from + size + 2;
        each(received.get(from..at)?.get(..size)?);
        if size == 0 {
            return Some(at);
        }
    }
}
