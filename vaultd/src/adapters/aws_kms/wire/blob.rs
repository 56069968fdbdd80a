//! Base64 as the wire has it: the standard alphabet, padded, one spelling. No
//! table is looked up by a byte that may be a secret's.

use base64ct::{Base64, Encoding};
use zeroize::Zeroizing;

/// Decodes, or says nothing of why not.
pub(in super::super) fn decode(text: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let mut bytes = Zeroizing::new(vec![0; text.len() / 4 * 3]);
    let len = Base64::decode(text, &mut bytes).ok()?.len();
    bytes.truncate(len);
    Some(bytes)
}

/// Encodes behind what is there.
pub(in super::super) fn encode_into(bytes: &[u8], into: &mut Vec<u8>) {
    let start = into.len();
    into.resize(start + Base64::encoded_len(bytes), 0);
    let written = Base64::encode(bytes, &mut into[start..]).map_or(0, str::len);
    into.truncate(start + written);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_spelling_and_no_other() {
        for len in 0..70 {
            let bytes: Vec<u8> = (0..len).map(|n: u8| n.wrapping_mul(37)).collect();
            let mut text = b"x".to_vec();
            encode_into(&bytes, &mut text);
            assert_eq!(decode(&text[1..]).as_deref(), Some(&bytes));
        }
        for bad in ["A", "AA", "AAA", "AA=", "AB==", "AAAA=", "A A=", "AA==\n", "-_==", "AA==AA==", "====", "é"] {
            assert!(decode(bad.as_bytes()).is_none(), "{bad}");
        }
    }
}
