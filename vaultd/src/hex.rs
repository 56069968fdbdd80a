//! Bytes as digits in lower case, and back from that one spelling.

/// Two digits a byte.
pub(crate) fn encode(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Back; none for anything that [`encode`] does not write.
pub(crate) fn decode<const N: usize>(text: &[u8]) -> Option<[u8; N]> {
    let digit = |b: u8| char::from(b).to_digit(16).filter(|_| !b.is_ascii_uppercase());
    let mut bytes = [0; N];
    if text.len() != 2 * N {
        return None;
    }
    for (byte, pair) in bytes.iter_mut().zip(text.chunks_exact(2)) {
        *byte = u8::try_from(digit(pair[0])? << 4 | digit(pair[1])?).ok()?;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_spelling() {
        let all: Vec<u8> = (0..=255).collect();
        for four in all.chunks_exact(4) {
            assert_eq!(decode::<4>(encode(four).as_bytes()).as_ref().map(<[u8; 4]>::as_slice), Some(four));
        }
        for bad in ["", "a5a5a5a", "a5a5a5a5a", "A5a5a5a5", "+1+1+1+1", "g5a5a5a5", "é5a5a5a"] {
            assert_eq!(decode::<4>(bad.as_bytes()), None, "{bad}");
        }
    }
}
