//! A string on its way out.

/// How many bytes a string takes between its quotes.
pub(in super::super) fn escaped_len(text: &str) -> usize {
    let len = |byte| match byte {
        b'"' | b'\\' => 2,
        0..0x20 => 6,
        _ => 1,
    };
    text.bytes().map(len).sum()
}

/// Writes it behind what is there, without its quotes. `into` has room for it.
pub(in super::super) fn push_escaped(text: &str, into: &mut Vec<u8>) {
    let mut rest = text.as_bytes();
    while let Some(end) = rest.iter().position(|byte| matches!(byte, b'"' | b'\\' | 0..0x20)) {
        into.extend_from_slice(&rest[..end]);
        match rest[end] {
            byte @ (b'"' | b'\\') => into.extend_from_slice(&[b'\\', byte]),
            byte => {
                let digits = [HEX[usize::from(byte >> 4)], HEX[usize::from(byte & 15)]];
                into.extend_from_slice(&[b'\\', b'u', b'0', b'0', digits[0], digits[1]]);
            }
        }
        rest = &rest[end + 1..];
    }
    into.extend_from_slice(rest);
}

const HEX: &[u8; 16] = b"0123456789abcdef";
