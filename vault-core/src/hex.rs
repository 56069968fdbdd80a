//! Bytes as digits in lower case, and back from that one spelling: a second one
//! would be a change that nobody notices.

/// Two digits a byte.
#[must_use]
pub fn encode(bytes: &[u8]) -> String {
    bytes.iter().flat_map(|byte| pair(*byte)).map(char::from).collect()
}

/// Appends two digits a byte.
pub fn push(text: &mut Vec<u8>, bytes: &[u8]) {
    let from = text.len();
    text.resize(from + 2 * bytes.len(), 0);
    for (place, byte) in text[from..].as_chunks_mut().0.iter_mut().zip(bytes) {
        *place = pair(*byte);
    }
}

/// Back; none for anything that [`encode`] does not write.
#[must_use]
pub fn decode<const N: usize>(text: &[u8]) -> Option<[u8; N]> {
    let (pairs, []) = text.as_chunks() else { return None };
    let mut bytes = [0; N];
    if pairs.len() != N {
        return None;
    }
    for (byte, pair) in bytes.iter_mut().zip(pairs) {
        *byte = byte_of(*pair)?;
    }
    Some(bytes)
}

/// One byte's two digits.
pub(crate) fn pair(byte: u8) -> [u8; 2] {
    PAIRS[usize::from(byte)]
}

/// The byte of two digits.
pub(crate) fn byte_of([high, low]: [u8; 2]) -> Option<u8> {
    let value = |digit: u8| match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        _ => None,
    };
    Some(value(high)? << 4 | value(low)?)
}

/// Each byte in two digits.
static PAIRS: [[u8; 2]; 256] = {
    let digits = b"0123456789abcdef";
    let mut pairs = [[0; 2]; 256];
    let mut byte = 0;
    while byte < 256 {
        pairs[byte] = [digits[byte >> 4], digits[byte & 15]];
        byte += 1;
    }
    pairs
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_spelling() {
        let all: Vec<u8> = (0..=255).collect();
        assert_eq!(encode(&all), all.iter().map(|byte| format!("{byte:02x}")).collect::<String>());
        for four in all.chunks_exact(4) {
            let mut pushed = b"before".to_vec();
            push(&mut pushed, four);
            assert_eq!(pushed, [b"before", encode(four).as_bytes()].concat());
            assert_eq!(decode::<4>(encode(four).as_bytes()).as_ref().map(<[u8; 4]>::as_slice), Some(four));
        }
        let bad = ["", "a5a5a5a", "a5a5a5a5a", "a5a5a5a5a5", "A5a5a5a5", "+1+1+1+1", "g5a5a5a5", "é5a5a5a", "a5a5a5\n"];
        for bad in bad {
            assert_eq!(decode::<4>(bad.as_bytes()), None, "{bad}");
        }
    }
}
